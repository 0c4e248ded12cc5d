//! The rules of the house, as tables and a check of one file against them.
//!
//! In: a path below `src/` and the text there. Out: [`Violation`]s, each with the rule and the way out.
//! Reads no file itself, so that bad examples are as easy to check as real ones.

use std::fmt;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::paths::{self, Named};

/// Most lines of a file, before it is two files.
pub(super) const LONGEST_FILE: usize = 500;

/// Rooms, and the rooms each may import from besides itself.
const EDGES: [(&str, &[&str]); 23] = [
    ("units", &[]),
    ("intake", &[]),
    ("client", &[]),
    ("config", &["units", "intake"]),
    ("measure", &["units", "intake"]),
    ("plan", &["units", "intake", "config", "client"]),
    ("load", &["units", "plan", "client", "measure"]),
    ("lint", &["units", "config", "plan", "measure"]),
    ("target", &["units", "intake", "config", "client", "plan"]),
    ("duet", &["units", "plan", "load", "measure", "target"]),
    ("ceiling", &["units", "plan", "load", "measure"]),
    ("baseline", &["units", "intake", "measure"]),
    ("gate", &["units", "intake", "baseline", "measure"]),
    ("history", &["units", "measure", "baseline"]),
    ("report", &["units", "gate", "history", "baseline", "measure"]),
    ("publish", &["units", "report", "gate", "measure"]),
    ("live", &["units", "report", "gate", "measure"]),
    ("import", &["units", "intake"]),
    ("demo", &["units"]),
    ("cli", &["units"]),
    ("commands", ALL_BELOW_COMMANDS),
    ("main", &["cli", "commands"]),
    ("lib", &[]),
];

const ALL_BELOW_COMMANDS: &[&str] = &[
    "units", "intake", "client", "config", "measure", "plan", "load", "lint", "target", "duet", "ceiling", "baseline",
    "gate", "history", "report", "publish", "live", "import", "demo", "cli",
];

/// Single files that may import what their room may not.
const EXTRA_EDGES: [(&str, &str); 5] = [
    ("gate/policy.rs", "config"),
    ("gate/tests/policies.rs", "config"),
    ("gate/tests/support.rs", "config"),
    ("import/tests.rs", "config"),
    ("import/tests.rs", "plan"),
];

/// Libraries, and the only files that may name them. Tests may too: as an oracle, or as a client from outside.
const DOORS: [(&str, &[&str]); 15] = [
    ("reqwest", &["client/full", "target/", "publish/"]),
    ("hdrhistogram", &["measure/histogram"]),
    ("junit_report", &["report/junit"]),
    ("comfy_table", &["report/terminal", "report/figures"]),
    ("clap", &["cli/", "main.rs"]),
    ("clap_complete", &["cli/"]),
    ("clap_mangen", &["cli/"]),
    ("toml", &["config/"]),
    ("indicatif", &["live/"]),
    ("ratatui", &["live/screen/"]),
    ("maud", &["report/html"]),
    ("axum", &["live/web", "publish/metrics/scrape"]),
    ("opentelemetry_proto", &["publish/metrics/otlp"]),
    ("prost", &["publish/metrics"]),
    ("snap", &["publish/metrics/remote_write"]),
];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 6] = ["prelude", "utils", "util", "helpers", "common", "misc"];

/// A rule that a file breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation {
    /// The file, below the repository.
    pub(super) file: String,
    /// The line, from 1.
    pub(super) line: usize,
    /// What is wrong.
    pub(super) rule: String,
    /// What to do.
    pub(super) fix: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}; {}", self.file, self.line, self.rule, self.fix)
    }
}

/// The rooms that have rules.
pub(super) fn rooms() -> impl Iterator<Item = &'static str> {
    EDGES.iter().map(|(room, _)| *room)
}

/// Checks one file; `path` is below `src/`, with `/` between its parts.
pub(super) fn check(path: &str, text: &str) -> Vec<Violation> {
    let mut found = Findings { path, violations: Vec::new() };
    let parts: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
    let is_root = matches!(path, "lib.rs" | "main.rs");
    let is_door = path.ends_with("/mod.rs");
    let depth = if is_root { 0 } else { parts.len() - usize::from(is_door) };
    names(&parts, &mut found);
    size(text, &mut found);
    match paths::read(text, depth) {
        Err(reason) => found.add(1, format!("not Rust: {reason}"), "let rustc say what is wrong".into()),
        Ok((tokens, named)) => {
            imports(parts[0], &named, &mut found);
            doors(&named, &mut found);
            if is_door {
                door_is_thin(tokens, &mut found);
            }
        }
    }
    found.violations.sort_by_key(|violation| violation.line);
    found.violations
}

struct Findings<'a> {
    path: &'a str,
    violations: Vec<Violation>,
}

impl Findings<'_> {
    fn add(&mut self, line: usize, rule: String, fix: String) {
        self.violations.push(Violation { file: format!("src/{}", self.path), line, rule, fix });
    }
}

fn names(parts: &[&str], found: &mut Findings<'_>) {
    if let Some(name) = parts.iter().find(|part| EMPTY_NAMES.contains(part)) {
        found.add(1, format!("`{name}` says nothing about what is inside"), "name the module after its noun".into());
    }
}

fn size(text: &str, found: &mut Findings<'_>) {
    if !text.starts_with("//!") {
        let fix = "say its purpose, what comes in, what goes out, and one thing it does not do";
        found.add(1, "a module starts with `//!`".into(), fix.into());
    }
    let lines = text.lines().count();
    if lines > LONGEST_FILE {
        let fix = "find the second noun in it and make two files";
        found.add(LONGEST_FILE, format!("{lines} lines; a file has at most {LONGEST_FILE}"), fix.into());
    }
}

fn imports(room: &str, named: &Named, found: &mut Findings<'_>) {
    let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == room) else {
        let fix = "give it a row in ARCHITECTURE.md and in tests/it/house/rules.rs";
        return found.add(1, format!("`{room}` is a room without rules"), fix.into());
    };
    for (other, line) in &named.rooms {
        let other = other.as_str();
        if other == "*" {
            let fix = "name what is needed, from the room that owns it";
            found.add(*line, "no glob over the rooms".into(), fix.into());
        } else if other != room && !allowed.contains(&other) && !EXTRA_EDGES.contains(&(found.path, other)) {
            let may = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") };
            let fix = format!("it may import {may}: move the type down, or pass a value");
            found.add(*line, format!("`{room}` must not import `{other}`"), fix);
        }
    }
}

fn doors(named: &Named, found: &mut Findings<'_>) {
    let is_test = found.path.ends_with("/tests.rs") || found.path.contains("/tests/");
    for (library, line) in named.heads.iter().filter(|_| !is_test) {
        let Some((_, doors)) = DOORS.iter().find(|(name, _)| name == library) else { continue };
        if !doors.iter().any(|door| found.path.starts_with(door)) {
            let fix = format!("only {} may: ask it for a value of ours", doors.join(" and "));
            found.add(*line, format!("`{library}` has one door"), fix);
        }
    }
    for (word, line) in &named.words {
        if word == "unsafe" {
            found.add(*line, "no `unsafe`".into(), "use a safe library, such as rustix".into());
        }
    }
}

/// A `mod.rs` holds docs, `mod name;` and `pub use`.
fn door_is_thin(tokens: TokenStream, found: &mut Findings<'_>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        at = match item(&tokens, at) {
            Ok(next) => next,
            Err(line) => {
                let fix = "move the rest to a file of its own";
                return found.add(line, "mod.rs holds docs and re-exports only".into(), fix.into());
            }
        };
    }
}

/// The index after the item at `at`, or the line of an item that has no place in a `mod.rs`.
fn item(tokens: &[TokenTree], at: usize) -> Result<usize, usize> {
    let mut at = at;
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token| token.to_string() == text);
    let is_list =
        |at: usize, kind: Delimiter| matches!(tokens.get(at), Some(TokenTree::Group(g)) if g.delimiter() == kind);
    while is(at, "#") {
        at += 2 + usize::from(is(at + 1, "!"));
    }
    let Some(first) = tokens.get(at) else { return Ok(at) };
    let line = paths::line(first.span());
    let public = is(at, "pub");
    at += usize::from(public);
    at += usize::from(public && is_list(at, Delimiter::Parenthesis));
    if is(at, "mod") && is(at + 2, ";") {
        return Ok(at + 3);
    }
    if !(public && is(at, "use")) {
        return Err(line);
    }
    let end = tokens.iter().skip(at).position(|token| token.to_string() == ";").ok_or(line)?;
    Ok(at + end + 1)
}
