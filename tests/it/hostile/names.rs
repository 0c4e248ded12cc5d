//! Names that speak to whoever shows them: to a terminal, Markdown, HTML, XML or a CI runner.

use serde_json::{Value, json};

use crate::support::Shelf;

/// A name that clears the screen, turns the direction of text, opens tags, tables and commands, and has no end.
fn name() -> String {
    format!(
        "\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}\u{9b}31m<script>|`@octocat [x](y)\r\n::error::owned\n##[error]\u{0}\u{fffe}{}",
        "x".repeat(100_000)
    )
}

/// The file with every name of an endpoint or a reason made hostile.
fn renamed(mut file: Value) -> Value {
    rename(&mut file);
    file
}

fn rename(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(search) = members.remove("search") {
                members.insert(name(), search);
            }
            for key in ["profile", "load", "headline", "reason", "commit", "ref", "name", "started_at", "cpu"] {
                if members.get(key).is_some_and(Value::is_string) {
                    members.insert(key.to_owned(), json!(name()));
                }
            }
            if members.get("endpoint") == Some(&json!("search")) {
                members.insert("endpoint".to_owned(), json!(name()));
            }
            if let Some(reasons) = members.get_mut("reasons") {
                *reasons = json!([name()]);
            }
            members.values_mut().for_each(rename);
        }
        Value::Array(items) => items.iter_mut().for_each(rename),
        _ => {}
    }
}

/// Whether a text would be obeyed by a terminal, or by a runner that reads its lines.
fn obeyed(text: &str) -> Option<String> {
    let steers = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if let Some(at) = text.chars().position(steers) {
        return Some(format!("{:?}", text.chars().skip(at.saturating_sub(30)).take(60).collect::<String>()));
    }
    text.lines().find(|line| line.trim_start().starts_with("::error")).map(ToOwned::to_owned)
}

#[test]
fn names_that_speak_to_a_terminal_are_shown_and_not_obeyed() {
    let shelf = super::stocked();
    let recording = renamed(shelf.project.json("steady.json"));
    let comparison = renamed(shelf.project.json("comparison.json"));
    let shelf = shelf.file("recording.json", recording.to_string()).file("hostile.json", comparison.to_string());
    let formats = ["terminal --all", "markdown", "html", "junit"];
    let reports = ["recording.json", "hostile.json"];
    let commands = reports
        .iter()
        .flat_map(|file| formats.map(|format| format!("report {file} --format {format}")))
        .chain(["explain hostile.json", "comment hostile.json --dry-run"].map(ToOwned::to_owned));
    for command in commands {
        let finished = super::said_of(&shelf, &command).exits(0);
        assert_eq!(obeyed(&finished.stdout), None, "{command}");
        let is_markup = command.contains("html") || command.contains("junit");
        assert!(!(is_markup && finished.stdout.contains("<script>|")), "{command}");
        assert!(finished.stdout.len() < 400_000, "{command}: {} bytes", finished.stdout.len());
    }
}

#[test]
fn names_in_baselines_and_histories_are_shown_and_not_obeyed() {
    let mut edited = None;
    let shelf = Shelf::with_baseline("", |baseline| {
        let profile = baseline["profile"].clone();
        rename(baseline);
        baseline["profile"] = profile;
        edited = Some(baseline.clone());
    });
    let shelf = shelf.file("another.json", renamed(edited.unwrap()).to_string());
    for (command, statuses) in [
        ("baseline show", &[0][..]),
        ("baseline list", &[0]),
        ("history --all", &[0]),
        ("compare steady.json --all", &[0, 1, 4]),
        ("baseline show --baseline another.json", &[2]),
        ("baseline accept steady.json", &[0, 2]),
    ] {
        let finished = super::said_of(&shelf, command).exits_with_one_of(statuses);
        assert_eq!(obeyed(&finished.stdout), None, "{command}");
        assert_eq!(obeyed(&finished.stderr.replace("error: ", "")), None, "{command}");
    }
}

#[test]
fn what_a_reader_says_of_a_hostile_file_is_not_obeyed_either() {
    let shelf = super::stocked();
    let wrong = [
        ("report FILE", json!({ "format": 1, "verdict": name() })),
        ("report FILE", json!({ "format": 1, "facts": { "model": name() }, "series": {} })),
        ("baseline show --baseline FILE", json!({ "format": 1, "profile": name(), "environment": { "arch": [] } })),
        ("compare FILE", json!({ "format": 1, "blocks": [{ "order": [name()] }] })),
    ];
    let mut shelf = shelf;
    for (command, file) in wrong {
        shelf = shelf.file("hostile.json", file.to_string());
        let finished = super::said_of(&shelf, &command.replace("FILE", "hostile.json")).exits(2);
        assert_eq!(obeyed(&finished.stderr), None, "{command}");
        assert!(finished.stderr.len() < 80_000, "{command}: {} bytes", finished.stderr.len());
    }
}
