//! The command line: what goes where, what it exits with, and what programs read from it.

use serde_json::Value;

use crate::support::{Answer, Project, Server, closed_port, shop, shop_project};

/// The commands that are there, with the subcommands of those that have some.
const COMMANDS: [&str; 15] = [
    "gate",
    "run",
    "hit",
    "compare",
    "baseline",
    "baseline record",
    "baseline accept",
    "baseline show",
    "baseline list",
    "baseline prune",
    "history",
    "lint",
    "report",
    "demo",
    "schema",
];

/// Whether a text holds an escape sequence.
fn is_coloured(text: &str) -> bool {
    text.contains('\u{1b}')
}

#[test]
fn every_command_explains_itself() {
    for command in COMMANDS {
        let help = Project::empty().loadgate(command).arg("--help").run().exits(0);
        assert!(help.stdout.contains("Usage: loadgate"), "{}", help.transcript());
        assert_eq!(help.stderr, "", "{command}");
    }
}

#[test]
fn the_version_is_the_crates() {
    let version = Project::empty().loadgate("--version").run().exits(0);
    assert_eq!(version.stdout.trim(), concat!("loadgate ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn what_is_not_understood_exits_2() {
    let nonsense = [
        "",
        "frobnicate",
        "gate --frobnicate",
        "gate --seed many",
        "hit",
        "hit not-a-url",
        "hit http://127.0.0.1:1 -d soon",
        "hit http://127.0.0.1:1 -u 0",
        "report",
        "report missing.json --format terminal",
        "report loadgate.toml --format interpretive-dance",
        "compare missing.json --baseline also-missing.json",
        "baseline accept missing.json",
        "demo --fault everything:worse",
        "schema nothing",
    ];
    for arguments in nonsense {
        let finished = Project::empty().loadgate(arguments).run().exits(2);
        assert_eq!(finished.stdout, "", "{arguments}");
        assert_ne!(finished.stderr, "", "{arguments}");
    }
}

#[test]
fn an_unreachable_target_is_an_invalid_run() {
    let project = shop_project(&format!("http://127.0.0.1:{}", closed_port()), "");
    project.loadgate("run --profile short").run().exits(3);
}

#[test]
fn the_schemas_in_the_repository_are_those_the_binary_prints() {
    for name in ["loadgate", "recording", "comparison", "baseline", "duet"] {
        let printed = Project::empty().loadgate("schema").arg(name).run().exits(0).stdout;
        let path = format!("{}/schemas/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
        let stored = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(printed == stored, "schemas/{name}.schema.json has drifted: run `just refresh-schemas`");
    }
}

#[test]
fn what_is_written_keeps_to_the_schemas() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "");
    project.loadgate("baseline record --runs 1 --profile short").run().exits(0);
    project.loadgate("gate --profile short").run().exits(0);
    let written = [
        ("recording", project.json("loadgate-report/recording.json")),
        ("comparison", project.json("loadgate-report/comparison.json")),
        ("baseline", project.json("baselines/short.json")),
        ("loadgate", toml::from_str(&project.read("loadgate.toml")).unwrap()),
    ];
    for (name, document) in written {
        let schema: Value = project.loadgate("schema").arg(name).run().exits(0).json();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

#[test]
fn standard_output_of_hit_json_is_json_and_nothing_else() {
    let server = Server::answering(Answer::ok("ok"));
    let finished = Project::empty().loadgate("hit --json -n 5").arg(server.url()).run().exits(0);
    assert_eq!(finished.json()["format"], 1);
}

#[test]
fn quiet_leaves_standard_error_empty() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "");
    assert_eq!(project.loadgate("run --profile short --quiet").run().exits(0).stderr, "");
}

#[test]
fn a_pipe_gets_no_colour_and_no_redrawn_line() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "");
    for (name, value) in [("TERM", "xterm-256color"), ("NO_COLOR", "1")] {
        let finished = project.loadgate("run --profile short").env(name, value).run().exits(0);
        assert!(!is_coloured(&finished.stdout) && !is_coloured(&finished.stderr), "{}", finished.transcript());
        assert!(!finished.stderr.contains('\r'), "{:?}", finished.stderr);
    }
}

#[test]
fn a_reader_that_leaves_is_no_panic() {
    let server = Server::answering(Answer::ok("ok"));
    let finished = Project::empty().loadgate("hit --json -n 5").arg(server.url()).with_closed_stdout().run();
    assert!(!finished.stderr.contains("panicked"), "{}", finished.transcript());
    assert_ne!(finished.status, Some(101), "{}", finished.transcript());
}

#[test]
fn a_flag_wins_over_the_environment_and_the_environment_over_the_file() {
    let server = Server::scripted(shop);
    let project = shop_project(&format!("http://127.0.0.1:{}", closed_port()), "");
    project
        .loadgate("run")
        .env("LOADGATE_PROFILE", "short")
        .env("LOADGATE_TARGET", server.url())
        .env("LOADGATE_OUT", "elsewhere")
        .run()
        .exits(0);
    assert_eq!(project.json("elsewhere/recording.json")["summary"]["profile"], "short");
    project
        .loadgate("run --profile short --target")
        .arg(server.url())
        .env("LOADGATE_PROFILE", "nonsense")
        .env("LOADGATE_TARGET", "nonsense")
        .run()
        .exits(0);
}

#[test]
fn a_recording_is_rendered_again_in_every_format() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "");
    project.loadgate("baseline record --runs 1 --profile short").run().exits(0);
    project.loadgate("gate --profile short").run().exits(0);
    for file in ["recording.json", "comparison.json"] {
        for format in ["terminal", "markdown", "junit", "json"] {
            let command = format!("report loadgate-report/{file} --format {format}");
            let rendered = project.loadgate(&command).run().exits(0);
            // A passing comparison needs no more than a line on a terminal.
            let told = if format == "terminal" { "short" } else { "create_order" };
            assert!(rendered.stdout.contains(told), "{}", rendered.transcript());
        }
    }
    let again = project.loadgate("report loadgate-report/comparison.json --format markdown").run().exits(0);
    assert_eq!(again.stdout.trim(), project.read("loadgate-report/report.md").trim());
}

#[test]
fn a_report_of_something_else_is_refused() {
    for text in ["", "{}", "[1, 2", "<html>"] {
        let project = Project::empty().file("odd.json", text);
        let finished = project.loadgate("report odd.json --format terminal").run();
        finished.exits(2).complains_of(&["odd.json"]);
    }
}

#[test]
fn the_demo_is_served_where_it_says() {
    let project = Project::empty();
    let mut demo = project.loadgate("demo --listen 127.0.0.1:0").start();
    let said = demo.first_line();
    let url = said.split_whitespace().find(|word| word.starts_with("http://")).unwrap_or_else(|| panic!("{said}"));
    let finished = project.loadgate("hit --json -n 5").arg(format!("{url}/health")).run().exits(0);
    assert_eq!(finished.json()["endpoints"]["(all)"]["error_rate"], 0.0);
    demo.interrupt();
    demo.finish().exits_with_one_of(&[0, 130]);
}

#[test]
fn loadgate_alone_says_where_to_begin() {
    let alone = Project::empty().loadgate("").run().exits(2);
    assert_eq!(alone.stdout, "");
    for step in ["hit", "init", "run", "baseline", "gate"] {
        assert!(alone.stderr.contains(&format!("  loadgate {step}")), "{}", alone.transcript());
        Project::empty().loadgate(step).arg("--help").run().exits(0);
    }
    assert!(
        alone.stderr.lines().count() < 20 && alone.stderr.lines().all(|line| line.len() <= 110),
        "{}",
        alone.stderr
    );
}
