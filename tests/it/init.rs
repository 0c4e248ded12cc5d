//! `init`, and what helps at the start: the written file plays, and nothing is written over unasked.

use serde_json::Value;

use crate::support::{Answer, Project, Received, Server, closed_port};

/// What `FastAPI` says of a small shop.
const SHOP: &str = include_str!("../fixtures/openapi-shop.json");

/// A file that `init` wrote, with a smoke test short enough for here.
fn shortened(project: Project, name: &str) -> Project {
    let text = project.read(name);
    let short = text.replace("duration = \"15s\"\nwarmup = \"3s\"", "duration = \"1500ms\"");
    let short = short.replace("[\"1s\", \"3s\"]", "[\"5ms\", \"10ms\"]");
    assert_ne!(text, short, "there is nothing to shorten in\n{text}");
    project.file(name, short)
}

fn errors(project: &Project) -> Value {
    project.json("loadgate-report/recording.json")["summary"]["endpoints"]["(all)"]["errors"].clone()
}

#[test]
fn the_starter_plays_as_it_is_written() {
    let project = Project::empty();
    let written = project.loadgate("init").run().exits(0);
    assert_eq!(written.stdout, "");
    written.complains_of(&["wrote loadgate.toml", "loadgate run --profile smoke", "loadgate gate"]);
    let project = shortened(project, "loadgate.toml");
    project.loadgate("run --profile smoke").run().exits(0);
    assert_eq!(errors(&project), serde_json::json!({}));
}

#[test]
fn a_file_that_exists_is_only_written_over_by_force() {
    let project = Project::with("mine");
    project.loadgate("init").run().exits(2).complains_of(&["loadgate.toml is there already", "--force", "--out"]);
    assert_eq!(project.read("loadgate.toml"), "mine");
    project.loadgate("init --out other/load.toml").run().exits(0).complains_of(&["--config other/load.toml"]);
    project.loadgate("init --force").run().exits(0);
    assert_eq!(project.read("loadgate.toml"), project.read("other/load.toml"));
    let project = Project::empty().file("loadgate.schema.json", "mine");
    project.loadgate("init --schema").run().exits(2).complains_of(&["loadgate.schema.json is there already"]);
    assert!(!project.path("loadgate.toml").exists());
}

#[test]
fn the_folder_of_reports_is_not_where_init_writes() {
    let project = Project::empty();
    project.loadgate("init").env("LOADGATE_OUT", "reports").run().exits(0);
    assert!(project.path("loadgate.toml").is_file());
}

#[test]
fn the_schema_is_written_beside_and_the_file_keeps_to_it() {
    let project = Project::empty();
    project.loadgate("init --schema").run().exits(0);
    let text = project.read("loadgate.toml");
    assert!(text.starts_with("#:schema ./loadgate.schema.json\n"), "{text}");
    let validator = jsonschema::validator_for(&project.json("loadgate.schema.json")).unwrap();
    let file: Value = toml::from_str(&text).unwrap();
    let faults: Vec<String> = validator.iter_errors(&file).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The shop of the document: as strict as its schemas.
fn strict_shop(request: &Received) -> Answer {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
    let is_known = request.header("authorization") == Some("Bearer t0ken");
    match (request.method.as_str(), path) {
        ("GET", "/openapi.json") => Answer::ok(SHOP),
        ("GET", "/health") => Answer::ok("{}"),
        ("POST", "/login") if request.body == "password=password-1234&username=ann%40example.com" => Answer::ok("{}"),
        (_, "/login") => Answer::status(422, "{}"),
        ("GET", "/no-such-path") => Answer::status(404, "{}"),
        _ if !is_known => Answer::status(401, "{}"),
        ("GET", "/items") if query.starts_with("page=") && query.ends_with("&sort=newest") => Answer::ok("[]"),
        ("POST", "/items") if body["name"] == "lamp" && body["category"]["name"].is_string() => {
            Answer::status(201, "{}")
        }
        ("GET", path) if path.strip_prefix("/items/").is_some_and(|id| id.parse::<u32>().is_ok()) => Answer::ok("{}"),
        ("GET", path) if path.strip_prefix("/orders/").is_some_and(|id| id.len() == 36) => {
            if request.header("x-tenant") == Some("acme") { Answer::ok("{}") } else { Answer::status(422, "{}") }
        }
        _ => Answer::status(400, "{}"),
    }
}

#[test]
fn what_an_openapi_document_describes_is_played() {
    let server = Server::scripted(strict_shop);
    let project = Project::empty();
    let written = project.loadgate("init --from").arg(server.url()).run().exits(0);
    written.complains_of(&["6 tasks, 2 commented out", "API_TOKEN must be set"]);
    let text = project.read("loadgate.toml");
    assert!(text.contains(&format!("url = \"{}\"", server.url())), "{text}");
    let project = shortened(project, "loadgate.toml");
    project.loadgate("run --profile smoke").run().exits(2).complains_of(&["API_TOKEN"]);
    project.loadgate("run --profile smoke").env("API_TOKEN", "t0ken").run().exits(0);
    assert_eq!(errors(&project), serde_json::json!({}), "{text}");
    let endpoints = &project.json("loadgate-report/recording.json")["summary"]["endpoints"];
    for name in ["health", "list_items", "create_item", "read_item", "read_order", "login", "unknown_path"] {
        assert!(endpoints[name]["requests"].as_u64() > Some(0), "{name} was not played: {endpoints:#}");
    }
}

#[test]
fn the_file_made_from_a_document_is_the_same_each_time() {
    let project = Project::empty().file("openapi.json", SHOP);
    project.loadgate("init --from openapi.json").run().exits(0);
    insta::assert_snapshot!("the_shop_from_its_document", project.read("loadgate.toml"));
}

#[test]
fn a_document_is_not_asked_for_beyond_private_networks() {
    let project = Project::empty();
    let asked = |from: &str| project.loadgate("init --from").arg(from).run();
    // An address reserved for documentation (RFC 5737): nothing would answer there.
    asked("http://192.0.2.1/openapi.json").exits(2).complains_of(&["192.0.2.1", "download", "give the file"]);
    asked("https://127.0.0.1/openapi.json").exits(2).complains_of(&["http://", "download"]);
    assert!(!project.path("loadgate.toml").exists());
}

#[test]
fn a_document_that_is_not_there_is_said_with_what_to_do() {
    let project = Project::empty();
    let asked = |from: &str| project.loadgate("init --from").arg(from).run();
    asked("gone.json").exits(2).complains_of(&["gone.json", "give a file or an http:// URL"]);
    asked(&format!("http://127.0.0.1:{}", closed_port()))
        .exits(3)
        .complains_of(&["no connection", "start the API first"]);
    let server = Server::answering(Answer::status(404, "{}"));
    asked(&server.url()).exits(3).complains_of(&["/openapi.json gave status 404"]);
    // Where a redirect leads nobody has checked.
    let elsewhere = Answer::raw("HTTP/1.1 302 X\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n");
    asked(&Server::answering(elsewhere).url()).exits(3).complains_of(&["gave status 302"]);
    let page = Server::answering(Answer::ok("<html>"));
    asked(&format!("{}/docs.json", page.url())).exits(2).complains_of(&["docs.json", "not JSON"]);
    assert!(!project.path("loadgate.toml").exists());
}

#[test]
fn a_document_without_end_is_left_at_sixteen_mebibytes() {
    let endless = Answer::raw("HTTP/1.1 200 X\r\n\r\n").then_endlessly(vec![b' '; 1 << 20]);
    let server = Server::answering(endless);
    Project::empty().loadgate("init --from").arg(server.url()).run().exits(3).complains_of(&["larger than 16 MiB"]);
}

#[test]
fn man_pages_are_written_to_a_folder_or_printed() {
    let project = Project::empty();
    let printed = project.loadgate("man").run().exits(0).stdout;
    assert!(printed.contains(".TH loadgate 1"), "{printed}");
    project.loadgate("man --out pages/man1").run().exits(0);
    assert_eq!(project.read("pages/man1/loadgate.1"), printed);
    assert!(project.read("pages/man1/loadgate-baseline-record.1").contains("replace"));
}

#[test]
fn completions_are_printed_for_every_shell_and_no_other() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = Project::empty().loadgate("completions").arg(shell).run().exits(0).stdout;
        assert!(script.contains("demo-fault"), "{shell}");
    }
    Project::empty().loadgate("completions tcsh").run().exits(2).complains_of(&["tcsh", "bash"]);
}
