//! Canaries: secrets that would be seen wherever they got out, and files that must not be sent.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::webpage::Page;
use crate::support::{Answer, Finished, Project, Server};

const VARIABLE: &str = "kestrel-4f81/+ 9d";
const PASSWORD: &str = "osprey-b27c-55e0";
const COOKIE: &str = "merlin-83d1-e6aa";
const GIVEN: &str = "hobby-17fe-c0d4";
const TOKEN: &str = "harrier-62ab-91f3";
const FRESH: &str = "buzzard-c41a-7d20";
const HELD: &str = "falcon-90de-4b7c";

/// A journey that sends every canary to a server that repeats them.
fn project(url: &str) -> Project {
    Project::with(&format!(
        r#"
[target]
url = "{url}"
[http]
cookies = true
[vars]
key = {{ env = "CANARY", secret = true }}
[[user]]
headers = {{ Cookie = "fresh={{{{ fresh }}}}" }}
[[user.start]]
name = "login"
get = "/login"
extract = {{ token = "json:$.token" }}
[[user.task]]
name = "basic"
post = "/basic"
headers = {{ Authorization = "Basic {basic}", Cookie = "sid={COOKIE}" }}
json = {{ key = "{{{{ key }}}}" }}
expect = {{ body = "never there" }}
[[user.task]]
name = "bearer"
get = "/bearer/{{{{ key }}}}?key={{{{ key }}}}"
headers = {{ Authorization = "Bearer {{{{ token }}}}" }}
expect = {{ body = "never there" }}
[[user.task]]
name = "neither"
get = "/neither"
expect = {{ body = "never there" }}
[[user.task]]
name = "renew"
get = "/renew"
extract = {{ fresh = "json:$.fresh" }}
expect = {{ body = "never there" }}
[profile.short]
users = 2
duration = "500ms"
"#,
        basic = BASE64.encode(format!("ann:{PASSWORD}")),
    ))
}

/// Repeats what it was told, shortly: an example shows 120 characters.
fn parrot(request: &crate::support::Received) -> Answer {
    if request.path == "/login" {
        let told = format!(r#"{{"token": "{TOKEN}"}}"#);
        let length = told.len();
        return Answer::raw(format!(
            "HTTP/1.1 200 OK\r\nSet-Cookie: held={HELD}; Path=/\r\nContent-Length: {length}\r\n\r\n{told}"
        ));
    }
    // What is never sent, because this answer does not hold, is a credential all the same.
    if request.path == "/renew" {
        return Answer::ok(&format!(r#"{{"fresh": "{FRESH}"}}"#));
    }
    // It sends none of them, and is told what the others sent all the same.
    if request.path == "/neither" {
        return Answer::ok(&format!("{TOKEN} {PASSWORD} {COOKIE}"));
    }
    let bearer = request.path.starts_with("/bearer");
    let told = match request.number % 4 {
        0 if bearer => format!("{TOKEN} {GIVEN} {HELD}"),
        0 => format!("{PASSWORD} {COOKIE} {HELD}"),
        1 => request.header("authorization").unwrap_or_default().to_owned(),
        2 => format!("{} {}", request.body, request.path),
        _ => BASE64.encode(format!("x:{VARIABLE}")),
    };
    Answer::raw(format!("HTTP/1.1 200 OK\r\nSet-Cookie: given={GIVEN}\r\nContent-Length: {}\r\n\r\n{told}", told.len()))
}

/// What must be nowhere: each canary as it is, and what of it base64 always has.
fn forms() -> Vec<String> {
    let plain = [PASSWORD, COOKIE, GIVEN, HELD, "kestrel-4f81"];
    let encoded = plain.iter().flat_map(|secret| {
        (0..3).map(move |before| {
            let text = BASE64.encode([&vec![b'x'; before][..], secret.as_bytes()].concat());
            text[4..text.len() - 4].to_owned()
        })
    });
    encoded.chain(plain.map(str::to_owned)).chain([TOKEN, FRESH].map(str::to_owned)).collect()
}

fn assert_clean(what: &str, text: &str) {
    for form in forms() {
        assert!(!text.contains(&form), "{what} holds {form}:\n{text}");
    }
}

fn assert_clean_folder(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            assert_clean_folder(&path);
        } else if path.file_name().unwrap() != "loadgate.toml" {
            assert_clean(&path.display().to_string(), &String::from_utf8_lossy(&std::fs::read(&path).unwrap()));
        }
    }
}

fn assert_clean_run(project: &Project, finished: &Finished) {
    assert_clean("the output", &format!("{}{}", finished.stdout, finished.stderr));
    assert_clean_folder(&project.path("."));
}

#[test]
fn no_canary_leaves_a_run_or_what_is_made_of_it() {
    let server = Server::scripted(parrot);
    let project = project(&server.url());
    let metrics = "--metrics jsonl=metrics.jsonl --metrics csv=metrics.csv";
    let run = project.loadgate(&format!("run --progress plain {metrics}")).env("CANARY", VARIABLE);
    let finished = run.env("RUST_BACKTRACE", "1").run();
    assert!(server.received().iter().any(|request| request.body.contains("kestrel")), "{}", finished.transcript());
    assert!(project.read("loadgate-report/recording.json").contains("•••"), "answers were shown, and masked");
    assert_clean_run(&project, &finished);
    for command in [
        "report loadgate-report/recording.json --format terminal",
        "report loadgate-report/recording.json --format markdown",
        "report loadgate-report/recording.json --format html",
        "report loadgate-report/recording.json --format junit",
        "report loadgate-report/recording.json --format json",
        "run --json",
        "hit --json -n 3 -u 1 http://ann:osprey-b27c-55e0@127.0.0.1:1/",
        "hit -n 3 -u 1 http://127.0.0.1:1/ --proxy http://ann:osprey-b27c-55e0@127.0.0.1:1",
        "run --target http://ann:osprey-b27c-55e0@127.0.0.1:1",
        "init --from http://ann:osprey-b27c-55e0@127.0.0.1:1/openapi.json --out other.toml",
        "run --metrics remote-write=http://ann:osprey-b27c-55e0@127.0.0.1:1/write",
        "baseline accept loadgate-report/recording.json",
        "baseline show",
        "history --profile short loadgate-report/recording.json",
        "lint",
        "gate --progress plain",
        "compare loadgate-report/recording.json --baseline nowhere.json",
        "report loadgate-report/comparison.json --format html",
        "explain loadgate-report/comparison.json",
        "comment loadgate-report/comparison.json --dry-run",
    ] {
        let finished = project.loadgate(command).env("CANARY", VARIABLE).run();
        assert!(finished.status.is_some_and(|status| status <= 4), "{}", finished.transcript());
        assert_clean_run(&project, &finished);
    }
}

#[test]
fn no_canary_leaves_a_duet_or_a_search() {
    let server = Server::scripted(parrot);
    let url = server.url();
    let more = format!(
        "[duet]\nslot = \"200ms\"\nwarmup = \"0s\"\npairs = 1\nblocks = [10]\n\
         baseline = {{ url = \"{url}\" }}\ncandidate = {{ url = \"{url}\" }}\n\
         [profile.search]\nstop_within = \"1s\"\nsearch = {{ from = \"20/s\", to = \"40/s\", hold = \"600ms\", \
         slo = {{ p95 = \"9s\", error_rate = \"100%\" }} }}\n"
    );
    let project = project(&url);
    let longer = project.read("loadgate.toml").replace("500ms", "2s") + &more;
    let project = project.file("loadgate.toml", longer);
    for command in ["duet --profile short", "ceiling --profile search", "ceiling --profile search --json"] {
        let finished = project.loadgate(command).env("CANARY", VARIABLE).run();
        assert!(finished.status.is_some_and(|status| status != 2 && status <= 4), "{}", finished.transcript());
        assert_clean_run(&project, &finished);
    }
    assert!(project.read("loadgate-report/recording.json").contains("•••"), "answers were shown, and masked");
}

#[test]
#[cfg(target_os = "linux")]
fn no_canary_is_on_the_screen_of_a_run() {
    let (server, terminal) = (Server::scripted(parrot), crate::support::Terminal::new());
    let project = project(&server.url());
    let longer = project.read("loadgate.toml").replace("500ms", "80s");
    let project = project.file("loadgate.toml", longer);
    let running = project.loadgate("run").env("CANARY", VARIABLE).on(&terminal).start();
    terminal.wait_for("•••", 1);
    terminal.type_in("e");
    terminal.wait_for("since", 1);
    terminal.type_in("q");
    assert_clean_run(&project, &running.finish());
    assert_clean("the screen", &terminal.everything());
}

#[test]
fn no_canary_is_on_the_page_of_a_run() {
    let server = Server::scripted(parrot);
    let project = project(&server.url());
    let running = project.loadgate("run --web 127.0.0.1:0").env("CANARY", VARIABLE).start();
    let page = Page::of(project, server, running);
    page.order("start", "");
    let failing = page.told(|update| {
        assert_clean("the page's stream", &update.to_string());
        update.to_string().contains("•••")
    });
    assert_clean("the page's stream", &failing.to_string());
    page.told(|update| {
        assert_clean("the page's stream", &update.to_string());
        update.to_string().contains("recording.json")
    });
    for path in ["/", "/page.js", "/files/recording.json", "/files/report.html", "/files/report.md"] {
        let answered = page.file(path);
        assert_clean(path, &format!("{}{}", answered.head, answered.body));
    }
    assert_clean_folder(&page.project.path("."));
}

#[test]
#[cfg(target_os = "linux")]
fn no_core_file_is_left_to_hold_secrets() {
    use rustix::process::Signal;
    let server = Server::scripted(parrot);
    let project = project(&server.url());
    let longer = project.read("loadgate.toml").replace("500ms", "80s");
    let project = project.file("loadgate.toml", longer);
    let running =
        project.loadgate("run").env("CANARY", VARIABLE).in_shell(r#"ulimit -c unlimited; exec "$0" "$@""#).start();
    server.wait_for_requests(1);
    // Where cores go by way of a program of the system, there is nothing to see here.
    // Not SIGQUIT: a shell's background jobs ignore it.
    running.signal(Signal::ABORT);
    assert_eq!(running.finish().status, None);
    assert_clean_folder(&project.path("."));
}

#[test]
fn an_error_in_the_file_shows_no_secret_that_stands_there() {
    for wrong in [
        format!("[vars]\nkey = {{ default = \"{PASSWORD}\", secrte = true }}"),
        format!("[http]\nheaders = {{ Authorization = \"Bearer {PASSWORD}\\u0001\" }}"),
        format!("[http]\nheaders = {{ Cookie = \"sid={PASSWORD}\", X = 1 }}"),
        format!("[http]\nproxy = \"ftp://ann:{PASSWORD}@127.0.0.1:1\""),
        format!("[target]\nurl = \"http://ann:{PASSWORD}@127.0.0.1:1\""),
        format!("[target]\nurl = \"http://ann:{PASSWORD}@127.0.0.1:99999\""),
    ] {
        let project = Project::with(&format!("{wrong}\n[[user]]\n[[user.task]]\nget = \"/\"\n"));
        let finished = project.loadgate("lint").run().exits(2);
        assert_clean("the error", &format!("{}{}", finished.stdout, finished.stderr));
    }
}

#[test]
fn a_file_outside_the_folder_is_not_sent() {
    let server = Server::answering(Answer::ok("{}"));
    for keys in [
        "body_file = \"../../../../../../etc/passwd\"",
        "body_file = \"/etc/passwd\"",
        "multipart = { a = { file = \"/etc/passwd\" } }",
    ] {
        let config = format!(
            "[target]\nurl = \"{}\"\n[[user]]\n[[user.task]]\npost = \"/\"\n{keys}\n\
             [profile.short]\nusers = 1\nduration = \"100ms\"\n",
            server.url()
        );
        let finished = Project::with(&config).loadgate("run").run().exits(2);
        finished.complains_of(&["loadgate.toml:6", "outside the folder of loadgate.toml"]);
    }
    assert_eq!(server.requests(), 0);
}
