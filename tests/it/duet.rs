//! `duet`: two builds side by side, what is left of it, and the exit status it becomes.

use std::process::Command;

use serde_json::Value;

use crate::support::{Answer, Project, Server, closed_port};

/// Ten blocks of two short slots: the least that can tell anything.
const SHORT: &str = r#"
[[user]]
task = [{ name = "list", get = "/products?page={{ rand(1, 20) }}" }]

[profile.short]
users = 8
duration = "2s"

[duet]
slot = "200ms"
warmup = "0s"
pairs = 1
blocks = [10]
"#;

/// A duet of the demo API.
fn demo() -> Project {
    Project::with(&format!("target = {{ url = \"demo\" }}\n{SHORT}"))
}

/// A duet of two servers that are there already.
fn urls(baseline: &Server, candidate: &Server, more: &str) -> Project {
    let (baseline, candidate) = (baseline.url(), candidate.url());
    let sides = format!("baseline = {{ url = \"{baseline}\" }}\ncandidate = {{ url = \"{candidate}\" }}\n");
    Project::with(&format!("{SHORT}{sides}{more}"))
}

/// A duet whose candidate is this command; the baseline is the same at another commit.
fn command(words: &[&str], more: &str) -> Project {
    let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    let ready = "ready = { get = \"/health\", status = 200 }";
    Project::with(&format!("{SHORT}{more}\n[duet.candidate]\ncommand = [{}]\n{ready}\n", words.join(", ")))
}

/// Commits all that is in the folder, and gives the commit a tag.
fn commit(project: &Project, tag: &str) {
    let script = format!(
        "git init -q . && git add -A && \
         git -c user.name=a -c user.email=a@b -c commit.gpgsign=false commit -qm x && git tag {tag}"
    );
    let made = Command::new("sh").args(["-c", &script]).current_dir(project.path(".")).status().unwrap();
    assert!(made.success());
}

/// A script that serves the demo at the port it is given, once it was built.
fn serve(flags: &str) -> String {
    let program = env!("CARGO_BIN_EXE_loadgate");
    format!("test -f built && exec '{program}' demo --listen 127.0.0.1:$1 {flags}\n")
}

fn cell<'a>(comparison: &'a Value, endpoint: &str, metric: &str) -> &'a Value {
    let mut cells = comparison["cells"].as_array().unwrap().iter();
    cells.find(|cell| cell["endpoint"] == endpoint && cell["metric"] == metric).unwrap()
}

#[test]
fn the_demo_beside_itself_leaves_blocks_recordings_and_reports() {
    let project = demo();
    project.loadgate("duet --seed 7").run().exits(0);
    let duet = project.json("loadgate-report/duet.json");
    let schema: Value = serde_json::from_str(include_str!("../../schemas/duet.schema.json")).unwrap();
    jsonschema::validate(&schema, &duet).unwrap();
    assert_eq!(duet["blocks"].as_array().unwrap().len(), 10);
    assert_eq!((&duet["restarted"], &duet["seed"], &duet["valid"]), (&true.into(), &7.into(), &true.into()));
    for block in duet["blocks"].as_array().unwrap() {
        let mut order: Vec<&str> = block["order"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        order.sort_unstable();
        assert_eq!(order, ["baseline", "candidate"]);
    }
    let comparison = project.json("loadgate-report/comparison.json");
    assert_eq!((&comparison["duet"]["blocks"], &comparison["duet"]["restarted"]), (&10.into(), &true.into()));
    assert_eq!(cell(&comparison, "list", "p50")["gated"], true);
    let all = |file: &str| project.json(file)["summary"]["endpoints"]["(all)"]["requests"].as_u64().unwrap();
    assert!(all("loadgate-report/recording.json") > 0 && all("loadgate-report/recording-baseline.json") > 0);
    for file in ["report.md", "junit.xml"] {
        assert!(project.path("loadgate-report").join(file).exists(), "{file}");
    }
}

#[test]
fn a_slower_candidate_fails_and_is_named() {
    let project = demo();
    let run = project.loadgate("duet --demo-fault").arg("*:delay=x2").run().exits(1);
    assert!(run.stdout.contains("FAIL") && run.stdout.contains("list"), "{run:?}");
    let comparison = project.json("loadgate-report/comparison.json");
    assert_eq!(cell(&comparison, "list", "p50")["label"], "regressed");
}

#[test]
fn a_candidate_with_errors_fails_on_them() {
    let baseline = Server::answering(Answer::ok("{}"));
    let candidate =
        Server::scripted(
            |request| {
                if request.path.contains("page=1") { Answer::status(500, "no") } else { Answer::ok("{}") }
            },
        );
    let project = urls(&baseline, &candidate, "");
    project.loadgate("duet").run().exits(1);
    let comparison = project.json("loadgate-report/comparison.json");
    assert_eq!(cell(&comparison, "list", "error_rate")["outcome"], "fail");
}

#[test]
fn builds_at_urls_are_not_restarted_and_the_report_says_so() {
    let (baseline, candidate) = (Server::answering(Answer::ok("{}")), Server::answering(Answer::ok("{}")));
    let project = urls(&baseline, &candidate, "");
    project.loadgate("duet").run();
    assert!(baseline.requests() > 0 && candidate.requests() > 0);
    assert_eq!(project.json("loadgate-report/comparison.json")["duet"]["restarted"], false);
}

#[test]
fn another_commit_is_checked_out_built_and_played_beside_the_working_tree() {
    let project = command(&["sh", "serve.sh", "{port}"], "build = \"echo built > built\"").file("serve.sh", serve(""));
    commit(&project, "v1");
    let project = project.file("serve.sh", serve("--fault '*:delay=x2'"));
    let run = project.loadgate("duet --baseline-ref v1").run().exits(1);
    assert!(run.stderr.contains("checking out v1") && run.stderr.contains("building the candidate"), "{run:?}");
    let duet = project.json("loadgate-report/duet.json");
    assert_eq!((&duet["baseline"]["ref"], &duet["restarted"]), (&"v1".into(), &true.into()));
    assert_eq!(duet["baseline"]["commit"].as_str().unwrap().len(), 40);
    let listed = Command::new("git").args(["worktree", "list"]).current_dir(project.path(".")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&listed.stdout).lines().count(), 1, "the checkout is gone");
}

#[test]
fn a_candidate_that_does_not_start_is_told_with_its_last_words() {
    let project = command(&["sh", "-c", "echo no database >&2; exit 3"], "baseline = { url = \"http://127.0.0.1:1\" }");
    let run = project.loadgate("duet").run().exits(3);
    let said = &run.stderr;
    assert!(said.contains("the candidate can't be played") && said.contains("no database"), "{said}");
}

#[test]
fn a_baseline_that_gives_no_good_answer_is_no_measure() {
    let candidate = Server::answering(Answer::ok("{}"));
    let port = closed_port();
    let sides = format!(
        "baseline = {{ url = \"http://127.0.0.1:{port}\" }}\ncandidate = {{ url = \"{}\" }}\n",
        candidate.url()
    );
    let project = Project::with(&format!("{SHORT}{sides}"));
    let run = project.loadgate("duet").run().exits(3);
    assert!(run.stderr.contains("the baseline gave no good answer in block 1"), "{run:?}");
}

#[test]
fn what_can_not_be_played_is_refused_before_anything_is_sent() {
    let server = Server::answering(Answer::ok("{}"));
    let project = urls(&server, &server, "");
    for (arguments, complaint) in [
        ("duet --budget 1s", "--budget"),
        ("duet --baseline-ref v1", "a commit is served by a command"),
        ("duet --demo-fault *:delay=x2", "--demo-fault works on the demo API only"),
        ("duet --profile long", "there is no profile `long`"),
        ("duet --target http://8.8.8.8", "neither this machine nor in a private network"),
    ] {
        let run = project.loadgate(arguments).run().exits(2);
        assert!(run.stderr.contains(complaint), "{arguments}: {run:?}");
    }
    assert_eq!(server.requests(), 0);
    let elsewhere = command(&["shop"], "");
    let run = elsewhere.loadgate("duet --baseline-ref v1").run().exits(2);
    assert!(run.stderr.contains("no git repository"), "{run:?}");
}

#[test]
fn an_interrupted_duet_keeps_its_whole_blocks() {
    let (baseline, candidate) = (Server::answering(Answer::ok("{}")), Server::answering(Answer::ok("{}")));
    let project = urls(&baseline, &candidate, "").file("more.toml", "");
    let config = project.read("loadgate.toml").replace("blocks = [10]", "blocks = [100000]");
    let project = project.file("loadgate.toml", config);
    let run = project.loadgate("duet").start();
    // A block plays either side once: by the fourth connection of each of its users to the candidate three blocks are over.
    while candidate.connections() < 32 {
        std::thread::yield_now();
    }
    run.interrupt();
    run.finish().exits(130);
    let duet = project.json("loadgate-report/duet.json");
    assert_eq!(duet["interrupted"], true);
    assert!(duet["blocks"].as_array().unwrap().len() >= 3, "{duet}");
    assert!(project.json("loadgate-report/recording.json")["summary"]["endpoints"]["list"].is_object());
}

#[test]
fn a_duet_that_was_played_can_be_judged_again_with_the_same_bytes() {
    let project = demo();
    project.loadgate("duet").run().exits(0);
    let again = |out: &str| {
        project.loadgate("compare loadgate-report/duet.json --out").arg(out).run().exits(0);
        project.read(&format!("{out}/comparison.json"))
    };
    assert_eq!(again("one"), again("other"));
    let first = project.json("loadgate-report/comparison.json");
    assert_eq!(project.json("one/comparison.json")["cells"], first["cells"]);
    let run = project.loadgate("compare loadgate-report/duet.json --baseline x.json").run().exits(2);
    assert!(run.stderr.contains("leave --baseline away"), "{run:?}");
}

#[test]
fn a_suspect_gate_lets_a_duet_decide() {
    let config = format!(
        "target = {{ url = \"demo\" }}\n{SHORT}\n[gate]\non_suspect = \"duet\"\n[baseline]\nenvironment = \"any\"\n"
    );
    let project = Project::with(&config);
    project.loadgate("baseline record --runs 1").run().exits(0);
    // One job on either side: a change of a fifth is beyond the tolerance, and within what jobs may differ by.
    let run = project.loadgate("gate --demo-fault").arg("*:delay=x1.25").run();
    assert!(run.stderr.contains("a duet decides"), "{run:?}");
    let comparison = project.json("loadgate-report/comparison.json");
    assert_eq!(comparison["duet"]["blocks"], 10);
    let first = comparison["reasons"][0].as_str().unwrap();
    assert!(first.starts_with("against the stored baseline: "), "{first}");
    assert!(project.path("loadgate-report/recording.json").exists(), "the screening run is kept");
    assert!(project.path("loadgate-report/duet/duet.json").exists());
}

#[test]
fn a_build_that_fails_to_start_later_on_loses_no_block() {
    // It serves twice, and then no more.
    let program = env!("CARGO_BIN_EXE_loadgate");
    let script = format!(
        "echo x >> starts; test $(wc -l < starts) -le 2 || {{ echo no more >&2; exit 3; }}; \
         exec '{program}' demo --listen 127.0.0.1:$1\n"
    );
    let project = command(&["sh", "serve.sh", "{port}"], "baseline = { url = \"demo\" }").file("serve.sh", script);
    let run = project.loadgate("duet").run().exits(3);
    assert!(run.stdout.contains("in block 3 the candidate can't be played"), "{run:?}");
    let duet = project.json("loadgate-report/duet.json");
    assert_eq!((duet["blocks"].as_array().unwrap().len(), &duet["valid"]), (2, &false.into()));
}
