//! Files of every version of every stored format, kept for ever: what was written once is read for good.

use std::path::Path;

use crate::support::{Project, Shelf};

/// The users whose runs are in the fixtures.
const CONFIG: &str = r#"
target = { url = "demo" }

[[user]]
task = [{ name = "list", get = "/products?page={{ rand(1, 20) }}" }]

[profile.short]
users = 8
duration = "2s"

[profile.load]
users = 8
duration = "2s"
"#;

/// The fixtures of stored formats: kind, version, and the file's name.
fn fixtures() -> Vec<(String, u32, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut fixtures: Vec<_> = names
        .filter_map(|name| {
            let (kind, version) = name.strip_suffix(".json")?.rsplit_once("-v")?;
            Some((kind.to_owned(), version.parse().ok()?, name.clone()))
        })
        .collect();
    fixtures.sort();
    fixtures
}

/// The commands that read a kind of file. A kind without one is a fixture that nobody holds to anything.
fn readers(kind: &str) -> &'static [&'static str] {
    match kind {
        "recording" => {
            &["report FILE", "report FILE --format html", "compare FILE", "baseline accept FILE", "history FILE"]
        }
        "comparison" => &["report FILE", "report FILE --format html", "explain FILE", "comment FILE --dry-run"],
        "baseline" => &["baseline show --baseline FILE", "history --baseline FILE"],
        "history" => &["history --history FILE"],
        "duet" => &["compare FILE"],
        other => panic!("no command reads a {other}: say here which does"),
    }
}

#[test]
fn every_version_of_every_stored_format_is_read() {
    for (kind, _, name) in fixtures() {
        let text = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(&name)).unwrap();
        let project = Project::with(CONFIG).file(&name, text);
        let file = project.json(&name);
        let profile = file["profile"].as_str().or(file["facts"]["profile"].as_str()).unwrap();
        for command in readers(&kind) {
            let takes_profile = command.starts_with("baseline show") || command.starts_with("history");
            let profile = if takes_profile { format!(" --profile {profile}") } else { String::new() };
            // A verdict may be any; that the file can't be used is status 2.
            project.loadgate(&(command.replace("FILE", &name) + &profile)).run().exits_with_one_of(&[0, 1, 4]);
        }
    }
}

#[test]
fn there_is_a_file_of_every_version_that_was_ever_written() {
    let shelf = Shelf::new("");
    let (_, comparison) = shelf.compare("steady.json");
    let written = |value: &serde_json::Value| u32::try_from(value["format"].as_u64().unwrap()).unwrap();
    let newest = [
        ("baseline", loadgate::baseline::FORMAT),
        ("comparison", written(&comparison)),
        ("duet", loadgate::measure::Duet::FORMAT),
        ("history", loadgate::baseline::FORMAT),
        ("recording", loadgate::measure::RECORDING_FORMAT),
    ];
    let expected: Vec<String> = newest
        .iter()
        .flat_map(|(kind, newest)| (1..=*newest).map(move |version| format!("{kind}-v{version}.json")))
        .collect();
    let there: Vec<String> = fixtures().into_iter().map(|(_, _, name)| name).collect();
    assert_eq!(there, expected, "a format that changes keeps a file of the old version, and gets one of the new");
}
