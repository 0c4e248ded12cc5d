//! `[target] command`: started, waited for, watched and stopped with each run; and what it uses, judged.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use crate::support::{Answer, Project, Received, Server};

/// One user who asks for a page again and again.
const USER: &str = r#"
[[user]]
think = { constant = "5ms" }
[[user.task]]
name = "page"
get = "/products/1"
"#;

/// Serves the demo API at the port it is told.
const DEMO: &str = r#"exec "$LOADGATE" demo --listen "127.0.0.1:$PORT""#;

/// A loadgate.toml whose target is this shell script, beside which `more` stands in `[target]`.
fn started_by(script: &str, more: &str, rest: &str) -> String {
    let program = env!("CARGO_BIN_EXE_loadgate");
    let env = if more.contains("env =") { String::new() } else { format!("env = {{ LOADGATE = {program:?} }}\n") };
    format!("[target]\ncommand = [\"sh\", \"-c\", {script:?}]\n{env}{more}\n{USER}\n{rest}")
}

/// The same, played against a server of the test: the script only has to live.
fn lived_beside(script: &str, server: &Server, profile: &str) -> String {
    started_by(script, &format!("url = \"{}\"", server.url()), profile)
}

const SHORT: &str = "[profile.short]\nusers = 1\nduration = \"1s\"\n";
const LONG: &str = "[profile.long]\nusers = 1\nduration = \"60s\"\n";
/// Answers at once, and so knows when it is ready.
const HEALTHY: &str = r#"ready = { get = "/health", status = 200 }"#;

fn recording(project: &Project) -> Value {
    project.json("loadgate-report/recording.json")
}

fn cell(project: &Project, endpoint: &str, metric: &str) -> Value {
    let comparison = project.json("loadgate-report/comparison.json");
    let cells = comparison["cells"].as_array().unwrap();
    let found = cells.iter().find(|cell| cell["endpoint"] == endpoint && cell["metric"] == metric);
    found.unwrap_or_else(|| panic!("no cell {endpoint} {metric} in {comparison:#}")).clone()
}

#[test]
fn a_command_is_started_on_a_free_port_and_what_it_says_is_kept() {
    let project = Project::empty();
    let program = env!("CARGO_BIN_EXE_loadgate");
    let words = ["demo", "--listen", "127.0.0.1:{port}"].map(|word| format!("{word:?}")).join(", ");
    let target = format!("[target]\ncommand = [{program:?}, {words}]\n{HEALTHY}\n");
    let project = project.file("loadgate.toml", format!("{target}{USER}{SHORT}"));
    project.loadgate("run").run().exits(0);
    let page = &recording(&project)["summary"]["endpoints"]["page"];
    assert!(page["requests"].as_u64() > Some(0) && page["errors"] == serde_json::json!({}), "{page:#}");
    let log = project.read("loadgate-report/target.log");
    assert!(log.starts_with("listening on http://127.0.0.1:"), "{log}");
}

#[test]
fn its_environment_is_what_was_typed_with_the_port_in_it() {
    let script = format!("echo \"$GREETING, not $PORT\"; pwd; {DEMO}");
    let env = format!("env = {{ GREETING = \"hello on {{port}}\", LOADGATE = {:?} }}", env!("CARGO_BIN_EXE_loadgate"));
    let project = Project::with(&started_by(&script, &format!("{env}\n{HEALTHY}"), SHORT));
    project.loadgate("run --out reports").run().exits(0);
    let log = project.read("reports/target.log");
    let port = log.lines().next().and_then(|line| line.split_once(", not ")).unwrap().1;
    assert_eq!(log.lines().next(), Some(format!("hello on {port}, not {port}").as_str()));
    assert_eq!(
        Path::new(log.lines().nth(1).unwrap()),
        project.path(".").canonicalize().unwrap(),
        "beside loadgate.toml"
    );
    assert!(log.contains(&format!("listening on http://127.0.0.1:{port}")), "{log}");
}

#[test]
fn no_load_is_sent_before_the_ready_path_has_its_status() {
    let looks = AtomicU64::new(0);
    let server = Server::scripted(move |request: &Received| match request.path.as_str() {
        "/health" if looks.fetch_add(1, Ordering::Relaxed) < 3 => Answer::status(503, "not yet"),
        _ => Answer::ok("{}"),
    });
    let more = format!("url = \"{}\"\n{HEALTHY}", server.url());
    let project = Project::with(&started_by("exec sleep 1000", &more, SHORT));
    project.loadgate("run").run().exits(0);
    let paths: Vec<String> = server.received().into_iter().map(|request| request.path).collect();
    assert_eq!(paths[..5], ["/health", "/health", "/health", "/health", "/products/1"]);
    assert_eq!(recording(&project)["summary"]["endpoints"]["(all)"]["errors"], serde_json::json!({}));
}

#[test]
fn a_command_that_is_never_ready_is_told_with_what_came() {
    let server = Server::answering(Answer::status(503, "still migrating"));
    let more = format!("url = \"{}\"\nready = {{ get = \"/health\", status = 200, within = \"300ms\" }}", server.url());
    let project = Project::with(&started_by("echo migrating; exec sleep 1000", &more, SHORT));
    let asked = format!("GET {}/health gave status 503, not 200", server.url());
    let finished = project.loadgate("run").run().exits(3);
    finished.complains_of(&["was not ready within 0.3 s", &asked, "allow it more time", "migrating"]);
    assert!(server.received().iter().all(|request| request.path == "/health"), "no load was sent");
}

#[test]
fn a_command_that_ends_at_once_is_told_with_its_last_words() {
    let project = Project::with(&started_by("echo no database >&2; exit 4", "", SHORT));
    project.loadgate("run").run().exits(3).complains_of(&[
        "exited before it was ready",
        "exit status: 4",
        "no database",
    ]);
}

#[test]
fn a_program_that_does_not_exist_is_told_with_what_to_do() {
    let project = Project::with(&format!("[target]\ncommand = [\"no-such-program\"]\n{USER}{SHORT}"));
    let finished = project.loadgate("run").run().exits(3);
    finished.complains_of(&["cannot start `no-such-program`", "check that the program exists"]);
}

#[test]
fn a_command_that_ends_in_the_middle_ends_the_run_and_makes_it_invalid() {
    let project = Project::empty();
    let (told, seen) = (project.path("told"), AtomicU64::new(0));
    let server = Server::scripted(move |_: &Received| {
        if seen.fetch_add(1, Ordering::Relaxed) == 20 {
            std::fs::write(&told, "").unwrap();
        }
        Answer::ok("{}")
    });
    let script = "until test -e told; do sleep 0.05; done; echo out of coffee >&2; exit 7";
    let project = project.file("loadgate.toml", lived_beside(script, &server, LONG));
    let finished = project.loadgate("run").run().exits(3);
    for said in ["the target ended", "exit status: 7", "out of coffee"] {
        assert!(finished.stdout.contains(said), "{said}\n{}", finished.transcript());
    }
    let recording = recording(&project);
    assert_eq!(recording["summary"]["valid"], false);
    assert!(recording["summary"]["window_s"].as_f64() < Some(50.0), "it did not play on against nothing");
}

#[test]
fn a_target_on_the_command_line_starts_nothing() {
    let server = Server::answering(Answer::ok("{}"));
    let project = Project::with(&started_by("touch started; exec sleep 1000", HEALTHY, SHORT));
    project.loadgate("run").args(&format!("--target {}", server.url())).run().exits(0);
    assert!(!project.path("started").exists());
    assert!(!project.path("loadgate-report/target.log").exists());
    assert!(server.received().iter().all(|request| request.path == "/products/1"), "nor is anything waited for");
}

#[test]
fn what_belongs_to_a_command_is_refused_elsewhere() {
    let wrong = [
        ("command = [\"shop\"]\nurl = \"demo\"", ["loadgate.toml:2:", "the demo api has no command"]),
        (
            "url = \"http://127.0.0.1:1\"\nready = { get = \"/health\" }",
            ["loadgate.toml:3:", "write its `command` too"],
        ),
        ("url = \"http://127.0.0.1:1\"\nenv = { A = \"b\" }", ["loadgate.toml:3:", "write its `command` too"]),
        ("command = []", ["loadgate.toml:2:", "the command is empty"]),
        ("command = [\"shop\"]\nready = { get = \"health\" }", ["loadgate.toml:3:", "`health` is no path"]),
    ];
    for (target, complaint) in wrong {
        let project = Project::with(&format!("[target]\n{target}\n{USER}{SHORT}"));
        project.loadgate("run").run().exits(2).complains_of(&complaint);
    }
}

/// A server there already, of which nothing can be read.
#[test]
fn a_rule_for_what_was_not_read_is_inconclusive_and_says_where_to_read_it() {
    let server = Server::answering(Answer::ok("{}"));
    let gate = "[gate]\nmax_runs = 1\non_missing_baseline = \"pass\"\ncpu = \"+10%\"\n";
    let project = Project::with(&format!("[target]\nurl = \"{}\"\n{USER}{SHORT}{gate}", server.url()));
    project.loadgate("gate").run();
    let cell = cell(&project, "(target)", "cpu");
    assert_eq!((&cell["outcome"], &cell["candidate"]), (&"inconclusive".into(), &Value::Null), "{cell:#}");
    assert!(cell["reason"].as_str().unwrap().contains("[target] resources"), "{cell:#}");
    assert_eq!(recording(&project)["summary"]["target"], Value::Null);
}

/// What is read of processes, and what becomes of them: both from `/proc`.
#[cfg(target_os = "linux")]
mod on_linux {
    use std::time::{Duration, Instant};

    use super::*;

    /// Writes down the ids of a server and of a child that it leaves asleep.
    const PARENT: &str = "sleep 1000 & echo $! > child.pid; echo $$ > server.pid;";

    /// Longer than anything asked to end may take.
    const LONGEST: Duration = Duration::from_secs(60);

    fn until(what: &str, holds: impl Fn() -> bool) {
        let start = Instant::now();
        while !holds() {
            assert!(start.elapsed() < LONGEST, "{what}");
            std::thread::yield_now();
        }
    }

    /// The id in a file, once it is there whole.
    fn id(project: &Project, file: &str) -> u32 {
        let written = || std::fs::read_to_string(project.path(file)).unwrap_or_default();
        until(file, || written().ends_with('\n'));
        written().trim().parse().unwrap()
    }

    /// What has ended, and waits for its parent to notice, does not run.
    fn runs(id: u32) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
    }

    fn are_gone(project: &Project) {
        for file in ["server.pid", "child.pid"] {
            let id = id(project, file);
            until(&format!("{file}: {id} still runs"), || !runs(id));
        }
    }

    #[test]
    fn after_a_run_nothing_of_it_is_left_its_children_neither() {
        let project = Project::with(&started_by(&format!("{PARENT} {DEMO}"), HEALTHY, SHORT));
        project.loadgate("run").run().exits(0);
        are_gone(&project);
    }

    #[test]
    fn after_ctrl_c_nothing_of_it_is_left() {
        let server = Server::answering(Answer::ok("{}"));
        let project = Project::with(&lived_beside(&format!("{PARENT} wait"), &server, LONG));
        let running = project.loadgate("run").start();
        server.wait_for_requests(20);
        assert!(runs(id(&project, "server.pid")) && runs(id(&project, "child.pid")), "it runs while it is played");
        running.interrupt();
        running.finish().exits(130);
        are_gone(&project);
        assert!(recording(&project)["summary"]["endpoints"]["page"]["requests"].as_u64() > Some(0));
    }

    #[test]
    fn a_start_that_is_interrupted_leaves_nothing() {
        let server = Server::answering(Answer::status(503, ""));
        let more = format!("url = \"{}\"\n{HEALTHY}", server.url());
        let project = Project::with(&started_by(&format!("{PARENT} wait"), &more, SHORT));
        let running = project.loadgate("run").start();
        server.wait_for_requests(1);
        let _both_run = (id(&project, "server.pid"), id(&project, "child.pid"));
        running.interrupt();
        running.finish().exits(130);
        are_gone(&project);
    }

    #[test]
    fn what_it_uses_is_in_the_recording_that_of_its_children_too() {
        // The demo is a child of the shell here: the shell alone has less memory than any server.
        let script = DEMO.replace("exec ", "") + " & wait";
        let more = format!("{HEALTHY}\nresources = {{ process = \"command\" }}");
        let project = Project::with(&started_by(&script, &more, &SHORT.replace("1s", "3s")));
        project.loadgate("run").run().exits(0);
        let used = &recording(&project)["summary"]["target"];
        let names: Vec<&String> = used.as_object().unwrap().keys().collect();
        for name in ["cpu_cores", "open_files", "rss_bytes"] {
            assert!(names.iter().any(|known| *known == name), "{name} is not among {names:?}");
            assert!(used[name]["max"].as_f64() >= used[name]["mean"].as_f64(), "{used:#}");
        }
        assert!(used["rss_bytes"]["mean"].as_f64() > Some(8e6), "{used:#}");
        assert!(used["open_files"]["mean"].as_f64() > Some(8.0), "{used:#}");
    }

    #[test]
    fn a_limit_on_memory_fails_the_gate() {
        let gate = "[gate]\nmax_runs = 1\non_missing_baseline = \"pass\"\n";
        let project = |limit: &str| {
            let rest = format!("{}{gate}memory = {{ limit = \"{limit}\" }}\n", SHORT.replace("1s", "2s"));
            Project::with(&started_by(DEMO, HEALTHY, &rest))
        };
        let small = project("1KiB");
        let finished = small.loadgate("gate").run().exits(1);
        assert!(finished.stdout.contains("(target) memory is over its limit"), "{}", finished.transcript());
        let failed = cell(&small, "(target)", "memory");
        assert_eq!(
            (&failed["outcome"], &failed["limit"], &failed["unit"]),
            (&"fail".into(), &1024.0.into(), &"bytes".into())
        );
        let large = project("64GiB");
        large.loadgate("gate").run();
        assert_eq!(cell(&large, "(target)", "memory")["outcome"], "pass");
    }

    /// A soak short enough for a test. A server that has just started may still grow by what it needs: that is far below
    /// the limit, and the leak of 256 KiB with each of some 40 requests a second is far above.
    fn soak(fault: &str) -> Project {
        let rest = "[profile.soak]\nusers = 4\nduration = \"11s\"\nwarmup = \"2s\"\nleak = { memory = \"+3000%/h\" }\n\
                    [gate]\nmax_runs = 1\non_missing_baseline = \"pass\"\n";
        let script = format!("{DEMO} {fault}");
        let config = started_by(&script, HEALTHY, rest).replace("5ms", "70ms");
        Project::with(&config)
    }

    #[test]
    fn a_leak_fails_the_gate_by_its_name() {
        let project = soak("--fault '*:leak=256KiB'");
        let finished = project.loadgate("gate").run().exits(1);
        assert!(finished.stdout.contains("(target) memory_growth is over its limit"), "{}", finished.transcript());
        let cell = cell(&project, "(target)", "memory_growth");
        assert_eq!((&cell["outcome"], &cell["limit"]), (&"fail".into(), &30.0.into()), "{cell:#}");
        let grown = &recording(&project)["summary"]["growth"]["memory_growth"];
        assert!(grown["low"].as_f64() > Some(30.0) && grown["low"].as_f64() <= grown["growth"].as_f64(), "{grown:#}");
    }

    #[test]
    fn what_does_not_leak_is_not_taken_for_a_leak() {
        let project = soak("");
        project.loadgate("gate").run();
        let cell = cell(&project, "(target)", "memory_growth");
        assert!(cell["outcome"] != "fail" && cell["candidate"].is_number(), "{cell:#}");
    }

    #[test]
    fn a_run_too_short_for_a_trend_is_inconclusive() {
        let rest = "[profile.soak]\nusers = 1\nduration = \"2s\"\nleak = { memory = \"+5%/h\" }\n\
                    [gate]\nmax_runs = 1\non_missing_baseline = \"pass\"\n";
        let project = Project::with(&started_by(DEMO, HEALTHY, rest));
        project.loadgate("gate").run();
        let cell = cell(&project, "(target)", "memory_growth");
        assert_eq!(cell["outcome"], "inconclusive", "{cell:#}");
        assert!(cell["reason"].as_str().unwrap().contains("run for longer"), "{cell:#}");
    }
}
