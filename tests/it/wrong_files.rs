//! Files that can't be meant, each beside what is said of it: `wrong_files/NNN-name.toml` and `.txt`.
//!
//! Whoever changes a message reads them as a newcomer would. `LOADGATE_WRITE=1 cargo test wrong_files` writes the texts
//! anew. A first line `# $ …` says what is typed instead of `run`; `{url}` stands for a server's.

use std::path::{Path, PathBuf};

use crate::support::{Answer, Project, Server};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/wrong_files")
}

/// The wrong files, in the order of their names.
fn wrong_files() -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect();
    found.sort();
    found
}

/// What loadgate says of a file, its exit status checked; nothing may have been sent.
fn said(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let server = Server::answering(Answer::ok("ok"));
    let project = Project::with(&text.replace("{url}", &server.url()))
        .file("products.csv", "id,name\n1,lamp\n")
        .file("short.csv", "id,name\n1,lamp\n2\n")
        .file("empty.csv", "id,name\n");
    let typed = text.lines().next().and_then(|line| line.strip_prefix("# $ ")).unwrap_or("run");
    let finished = project.loadgate(typed).run();
    assert_eq!(finished.status, Some(2), "{}: {}", path.display(), finished.transcript());
    assert_eq!(finished.stdout, "", "{}", path.display());
    assert_eq!(server.connections(), 0, "{}: something was sent", path.display());
    finished.stderr.replace(&server.url(), "{url}")
}

#[test]
fn every_wrong_file_is_met_with_where_what_and_what_instead() {
    let files = wrong_files();
    assert!(files.len() >= 60, "{} files", files.len());
    let write = std::env::var_os("LOADGATE_WRITE").is_some();
    let mut drifted = Vec::new();
    for path in &files {
        let (said, kept) = (said(path), path.with_extension("txt"));
        if write {
            std::fs::write(&kept, &said).unwrap();
        } else if std::fs::read_to_string(&kept).unwrap_or_default() != said {
            drifted.push(format!("{}:\n{said}", kept.display()));
        }
    }
    assert!(drifted.is_empty(), "{} texts are others now:\n\n{}", drifted.len(), drifted.join("\n"));
}

#[test]
fn no_text_is_left_without_its_file() {
    let texts = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    for path in texts.filter(|path| path.extension().is_some_and(|extension| extension == "txt")) {
        assert!(path.with_extension("toml").exists(), "{} belongs to no file", path.display());
    }
}

#[test]
fn every_message_is_one_error_that_names_a_place_and_keeps_secrets() {
    for path in wrong_files() {
        let text = std::fs::read_to_string(path.with_extension("txt")).unwrap();
        assert!(text.starts_with("error: "), "{}", path.display());
        let places = ["loadgate.toml", "--", ".csv", ".xlsx", "[duet]", "fault `"];
        assert!(places.iter().any(|place| text.contains(place)), "{} names no place: {text}", path.display());
        assert!(!text.contains("hunter2"), "{} tells a secret", path.display());
    }
}
