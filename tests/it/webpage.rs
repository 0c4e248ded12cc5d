//! The page of `run --web` from outside: who may read it and give orders, and what becomes of the run.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::support::{Answer, Project, Running, Server};

/// A run behind a page.
pub(super) struct Page {
    pub(super) project: Project,
    server: Server,
    loadgate: Running,
    address: String,
    token: String,
}

/// What came back.
pub(super) struct Answered {
    status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

const CONFIG: &str = "[[user]]\nname = \"reader\"\n[[user.task]]\nname = \"read\"\nget = \"/\"\n\n";

impl Page {
    fn open(profile: &str) -> Self {
        let server = Server::answering(Answer::ok("hello"));
        let config = format!("{CONFIG}[target]\nurl = \"{}\"\n\n[profile.load]\n{profile}", server.url());
        let project = Project::with(&config);
        let loadgate = project.loadgate("run --profile load --web 127.0.0.1:0 --workers 2").start();
        Self::of(project, server, loadgate)
    }

    /// The page of a run that was started with `--web`.
    pub(super) fn of(project: Project, server: Server, mut loadgate: Running) -> Self {
        let said = loadgate.first_complaint();
        let (address, token) = said.split_once("http://").unwrap().1.trim().split_once("/#token=").unwrap();
        let (address, token) = (address.to_owned(), token.to_owned());
        Self { project, server, loadgate, address, token }
    }

    fn ask(&self, line: &str, headers: &[String], body: &str) -> Answered {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let headers = headers.iter().fold(String::new(), |text, header| text + header + "\r\n");
        let length = body.len();
        write!(stream, "{line} HTTP/1.1\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
            .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answered { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    fn host(&self) -> String {
        format!("Host: {}", self.address)
    }

    fn key(&self) -> String {
        format!("Authorization: Bearer {}", self.token)
    }

    /// What the page's own script gets.
    pub(super) fn file(&self, path: &str) -> Answered {
        self.ask(&format!("GET {path}"), &[self.host(), self.key()], "")
    }

    pub(super) fn order(&self, path: &str, body: &str) -> Answered {
        self.ask(&format!("POST /api/{path}"), &[self.host(), self.key()], body)
    }

    /// Reads the stream until an update is as wanted.
    pub(super) fn told(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET /events HTTP/1.1\r\n{}\r\n{}\r\n\r\n", self.host(), self.key()).unwrap();
        let updates = BufReader::new(stream).lines().map_while(Result::ok);
        let updates = updates.filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok());
        updates.into_iter().find(wanted).unwrap_or_else(|| panic!("the stream ended before"))
    }
}

#[test]
fn figures_and_orders_need_the_token_and_the_page_itself_does_not() {
    let page = Page::open("users = 2\nduration = \"60s\"\n");
    for path in ["/", "/page.js", "/page.css", "/style.css"] {
        let answer = page.ask(&format!("GET {path}"), &[page.host()], "");
        assert_eq!(answer.status, 200, "{path}: {}", answer.head);
        assert!(answer.head.contains("content-security-policy: default-src 'none'"), "{}", answer.head);
        assert!(!answer.head.contains("access-control"), "{}", answer.head);
        assert!(!answer.body.contains(&page.token));
    }
    let wrong = format!("Authorization: Bearer {}", "0".repeat(32));
    for line in ["GET /events", "GET /files/recording.json", "POST /api/start", "POST /api/stop", "POST /api/level"] {
        for headers in [vec![page.host()], vec![page.host(), wrong.clone()]] {
            assert_eq!(page.ask(line, &headers, "").status, 401, "{line} {headers:?}");
        }
    }
    assert_eq!(page.ask("GET /files/..%2f..%2fetc%2fpasswd", &[page.host(), page.key()], "").status, 404);
    assert_eq!(page.server.requests(), 0, "nothing is sent before Start");
}

#[test]
fn another_site_can_not_reach_it_by_a_name_of_its_own() {
    let page = Page::open("users = 2\nduration = \"60s\"\n");
    for headers in [
        vec!["Host: evil.example".to_owned(), page.key()],
        vec![page.host(), page.key(), "Origin: http://evil.example".to_owned()],
        vec![page.host(), page.key(), "Origin: null".to_owned()],
    ] {
        for line in ["GET /", "POST /api/start"] {
            assert_eq!(page.ask(line, &headers, "").status, 403, "{line} {headers:?}");
        }
    }
    let own = format!("Origin: http://{}", page.address);
    assert_eq!(page.ask("GET /", &[page.host(), own], "").status, 200);
    assert_eq!(page.server.requests(), 0);
}

#[test]
fn an_address_that_others_reach_is_refused_and_one_that_is_taken_too() {
    let server = Server::answering(Answer::ok("hello"));
    let config =
        format!("{CONFIG}[target]\nurl = \"{}\"\n[profile.load]\nusers = 1\nduration = \"5s\"\n", server.url());
    let project = Project::with(&config);
    let refused = project.loadgate("run --web 0.0.0.0:8089").run().exits(2);
    refused.complains_of(&["other machines", "ssh -L 8089:127.0.0.1:8089"]);
    let taken = server.url().replace("http://", "");
    project.loadgate("run --web").arg(taken).run().exits(2).complains_of(&["can't be listened on", "another port"]);
    project.loadgate("run --web nowhere").run().exits(2).complains_of(&["--web"]);
    assert_eq!(server.requests(), 0);
}

#[test]
fn users_changed_by_hand_come_and_go_and_the_recording_says_so() {
    let page = Page::open("users = 2\nduration = \"600s\"\n");
    assert_eq!(page.order("level", "{\"level\": 5}").status, 409, "no run is under way");
    assert_eq!(page.order("stop", "").status, 409);
    assert_eq!(page.order("start", "").status, 200);
    page.told(|update| update["users"] == 2);
    assert_eq!(page.order("start", "").status, 409, "one run at a time");
    assert_eq!(page.order("level", "{\"level\": 7}").status, 200);
    let update = page.told(|update| update["users"] == 7);
    assert_eq!((update["phase"].as_str(), update["load"]["level"].as_f64()), (Some("running"), Some(7.0)));
    for wrong in ["{\"level\": -1}", "{\"level\": \"many\"}", "{\"level\": 1e999}", "7", "{\"level\": 1, \"x\": 2}"] {
        assert_eq!(page.order("level", wrong).status, 400, "{wrong}");
    }
    assert_eq!(page.order("level", &"9".repeat(2000)).status, 413);
    assert_eq!(page.order("level", "{\"level\": 1e12}").status, 409);
    assert_eq!(page.order("level", "{\"level\": 1}").status, 200);
    page.told(|update| update["users"] == 1);
    assert_eq!(page.order("stop", "").status, 200);
    let over = page.told(|update| update["ending"].is_object());
    assert_eq!(over["phase"], "stopped");
    assert!(over["ending"]["reasons"].to_string().contains("changed by hand"), "{over}");

    let recording = page.project.json("loadgate-report/recording.json");
    let reasons = recording["summary"]["reasons"].to_string();
    assert!(reasons.contains("the load was changed by hand") && reasons.contains("2 -> 7 users at"), "{reasons}");
    let fetched = page.ask("GET /files/recording.json", &[page.host(), page.key()], "");
    assert_eq!(serde_json::from_str::<Value>(&fetched.body).unwrap(), recording);
    let all = &recording["summary"]["endpoints"]["(all)"];
    assert_eq!(all["requests"].as_u64(), Some(page.server.requests()), "every request is in the recording");

    page.loadgate.interrupt();
    let Page { loadgate, project, .. } = page;
    loadgate.finish().exits(130);
    project.loadgate("baseline accept loadgate-report/recording.json --profile load").run();
    let compared = project.loadgate("compare loadgate-report/recording.json --baseline baselines/load.json").run();
    assert_ne!(compared.status, Some(0), "a run changed by hand passes no gate: {}", compared.transcript());
}

#[test]
fn a_rate_changed_by_hand_is_the_rate_from_then_on() {
    let page = Page::open("rate = \"20/s\"\nmax_users = 50\nduration = \"600s\"\n");
    page.order("start", "");
    page.told(|update| update["second"].as_u64() >= Some(2));
    assert_eq!(page.order("level", "{\"level\": 200}").status, 200);
    let rps = |update: &Value| update["points"].as_array().unwrap().last().and_then(|point| point["rps"].as_f64());
    let update = page.told(|update| rps(update) > Some(150.0));
    assert_eq!(update["load"]["unit"], "per_second");
    assert_eq!(page.order("level", "{\"level\": 0}").status, 200);
    page.told(|update| rps(update) == Some(0.0));
    assert_eq!(page.order("level", "{\"level\": 50}").status, 200, "from nothing it goes on");
    page.told(|update| rps(update) > Some(30.0));
    page.order("stop", "");
    page.told(|update| update["ending"].is_object());
    let generator = &page.project.json("loadgate-report/recording.json")["summary"]["generator"];
    assert_eq!(generator["missed_starts"], 0, "{generator}");
}

#[test]
fn a_page_that_nobody_starts_ends_with_a_signal() {
    let page = Page::open("users = 2\nduration = \"60s\"\n");
    page.told(|update| update["phase"] == "idle");
    page.loadgate.interrupt();
    let Page { loadgate, server, .. } = page;
    loadgate.finish().exits(0);
    assert_eq!(server.requests(), 0);
}

#[test]
fn each_start_is_a_run_of_its_own_with_a_recording_of_its_own() {
    let page = Page::open("users = 2\nduration = \"2s\"\n");
    for run in 1..=2 {
        assert_eq!(page.order("start", "").status, 200);
        let over = page.told(|update| update["run"] == run && update["ending"].is_object());
        assert_eq!(over["phase"], "done", "{over}");
    }
    let [first, second] =
        ["recording.json", "recording-2.json"].map(|name| page.project.json(&format!("loadgate-report/{name}")));
    let requests = |recording: &Value| recording["summary"]["endpoints"]["(all)"]["requests"].as_u64().unwrap();
    assert!(requests(&first) + requests(&second) <= page.server.requests());
    assert_ne!(first["facts"]["seed"], second["facts"]["seed"]);
}
