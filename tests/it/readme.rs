//! The README: its commands exist with the flags it gives them, and its loadgate.toml plays.

use crate::support::{Answer, Project, Received, Server};

const README: &str = include_str!("../../README.md");

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let opening = format!("```{language}\n");
    README.split(opening.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// The arguments of every loadgate command line in the README.
fn command_lines() -> Vec<Vec<&'static str>> {
    let lines = blocks("sh").into_iter().flat_map(str::lines);
    let commands = lines.filter_map(|line| {
        let line = line.split(" #").next().unwrap().trim();
        line.strip_prefix("cargo run --release -- ").or_else(|| line.strip_prefix("loadgate "))
    });
    commands.map(|line| line.split_whitespace().collect()).collect()
}

/// The words of a command line that name the command: those before a flag, an address, a file or a placeholder.
fn command_of(line: &[&'static str]) -> Vec<&'static str> {
    let is_command = |word: &&&str| word.chars().all(|letter| letter.is_ascii_lowercase());
    let depth = if line.first() == Some(&"baseline") { 2 } else { 1 };
    line.iter().take_while(is_command).take(depth).copied().collect()
}

#[test]
fn every_command_of_the_readme_exists_with_its_flags() {
    let lines = command_lines();
    assert!(lines.len() >= 5, "the README shows few commands: {lines:?}");
    for line in lines {
        let command = command_of(&line);
        let help = Project::empty().loadgate(&command.join(" ")).arg("--help").run().exits(0).stdout;
        for flag in line.iter().filter(|word| word.starts_with('-')) {
            let known = help.split_whitespace().any(|word| word.trim_matches([',', '[', ']']) == *flag);
            assert!(known, "`loadgate {}` has no {flag}, which the README gives it:\n{help}", command.join(" "));
        }
    }
}

#[test]
fn the_loadgate_toml_of_the_readme_plays() {
    // Without the warm-up there are figures from the first request on.
    let config = blocks("toml")[0].replace("warmup = \"5s\"", "warmup = \"0s\"");
    let server = Server::scripted(api);
    let project = Project::with(&config).file("data/products.csv", "id,name\n11,lamp\n12,chair\n");
    let running = project.loadgate("run --profile smoke --target").arg(server.url()).start();
    server.wait_for_requests(8);
    running.interrupt();
    let finished = running.finish().exits(130);
    let summary = &project.json("loadgate-report/recording.json")["summary"];
    assert_eq!(summary["endpoints"]["(all)"]["errors"], serde_json::json!({}), "{}", finished.transcript());
}

/// The shop of the README's example.
fn api(request: &Received) -> Answer {
    match (request.method.as_str(), request.path.split('?').next().unwrap()) {
        ("POST", "/auth/login") => Answer::ok(r#"{"access_token": "t0ken"}"#),
        ("POST", "/cart") => Answer::status(201, r#"{"cart_id": "c-7"}"#),
        ("POST", "/orders") => Answer::status(201, "{}"),
        ("GET", "/products") => Answer::ok("[]"),
        ("GET", path) => match path.trim_start_matches("/products/") {
            "999999" => Answer::status(404, "{}"),
            id => Answer::ok(&format!("{{\"id\": {id}}}")),
        },
        _ => Answer::status(404, "{}"),
    }
}

#[test]
fn the_readme_speaks_of_every_exit_status() {
    for status in ["0", "1", "2", "3", "4", "130"] {
        assert!(README.contains(&format!("| {status} |")), "the README's table has no exit status {status}");
    }
}
