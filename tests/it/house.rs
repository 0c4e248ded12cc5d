//! The house's rules, kept on `src/`, and proven able to fail on bad examples.

mod paths;
mod rules;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rules::{LONGEST_FILE, Violation, check};

/// Every `.rs` file below `src/`, as its path there and its text.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// What `check` says of a bad example: the rules it breaks.
fn broken(path: &str, text: &str) -> Vec<String> {
    check(path, text).into_iter().map(|violation| violation.rule).collect()
}

#[test]
fn the_house_keeps_its_rules() {
    let sources = sources();
    assert!(sources.len() > 10, "the sources were not found");
    let violations: Vec<Violation> = sources.iter().flat_map(|(path, text)| check(path, text)).collect();
    let report: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert!(report.is_empty(), "{} broken rules (ARCHITECTURE.md):\n{}", report.len(), report.join("\n"));
}

#[test]
fn every_room_with_rules_exists() {
    let standing: BTreeSet<String> =
        sources().iter().map(|(path, _)| path.trim_end_matches(".rs").split('/').next().unwrap().to_owned()).collect();
    for room in rules::rooms() {
        assert!(standing.contains(room), "tests/it/house/rules.rs has rules for `{room}`, which is gone");
    }
}

#[test]
fn an_import_upwards_is_found_wherever_it_hides() {
    let hiding_places = [
        "use crate::report::View;",
        "use crate::{measure::Metric, report::View};",
        "use crate::{\n    measure::Metric,\n    report,\n};",
        "pub(crate) use crate::report::View as Picture;",
        "fn f(view: &crate::report::View) {}",
        "fn f() { println!(\"{}\", crate::report::render()); }",
        "use super::super::report::View;",
        "mod tests { use super::super::super::report::View; }",
        "mod tests { fn f() { crate::report::render() } }",
    ];
    for place in hiding_places {
        let text = format!("//! Doc.\n{place}\n");
        assert_eq!(broken("gate/rules.rs", &text), ["`gate` must not import `report`"], "in {place}");
    }
}

#[test]
fn a_violation_says_where_what_and_what_instead() {
    let found = check("plan/model.rs", "//! Doc.\n\nuse crate::units::Rate;\nuse crate::load::Driver;\n");
    let said: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        ["src/plan/model.rs:4: `plan` must not import `load`; \
          it may import units, intake, config, client: move the type down, or pass a value"]
    );
}

#[test]
fn imports_downwards_and_within_a_room_are_free() {
    let innocent = [
        ("gate/cell.rs", "use crate::measure::{Metric, Run};\nuse super::policy::Policy;\nuse crate::units::Latency;"),
        ("gate/cell.rs", "use crate::gate::Policy;\nmod tests { use super::*; use super::super::policy::Policy; }"),
        ("gate/policy.rs", "use crate::config::Gate;"),
        ("plan/step.rs", "use crate::client::Request;"),
        ("commands/gate.rs", "use crate::{baseline, cli, client, config, demo, gate, live, load, report};"),
        ("main.rs", "use loadgate::{cli, commands};"),
        ("measure/mod.rs", "mod sample;\n\npub use sample::{Sample, Timings};\npub(crate) use sample::Inner;"),
        ("load/user.rs", "// crate::report is not for us\nconst TEXT: &str = \"use crate::report::View; unsafe\";"),
        ("report/words.rs", "fn f(toml: &str) -> usize { toml.len() + <str>::len(toml) + Vec::<u8>::new().len() }"),
    ];
    for (path, code) in innocent {
        assert_eq!(check(path, &format!("//! Doc.\n{code}\n")), [], "in {path}: {code}");
    }
}

#[test]
fn only_the_policy_of_the_gate_may_know_the_configuration() {
    assert_eq!(broken("gate/cell.rs", "//! Doc.\nuse crate::config::Gate;"), ["`gate` must not import `config`"]);
}

#[test]
fn the_demo_is_for_commands_alone() {
    assert_eq!(broken("load/driver.rs", "//! Doc.\nuse crate::demo;"), ["`load` must not import `demo`"]);
}

#[test]
fn the_client_stands_alone() {
    assert_eq!(broken("client/dial.rs", "//! Doc.\nuse crate::units::Span;"), ["`client` must not import `units`"]);
}

#[test]
fn a_glob_over_the_rooms_is_found() {
    for glob in ["use crate::*;", "use crate::{*};", "use super::super::*;"] {
        assert_eq!(broken("gate/cell.rs", &format!("//! Doc.\n{glob}")), ["no glob over the rooms"], "in {glob}");
    }
}

#[test]
fn a_library_used_past_its_door_is_found() {
    let strays = [
        ("reqwest", "load/user.rs", "use reqwest::Client;"),
        ("reqwest", "load/user.rs", "use ::reqwest::Client;"),
        ("reqwest", "client/http1.rs", "fn f(client: &reqwest::Client) {}"),
        ("hdrhistogram", "measure/recorder.rs", "use hdrhistogram as hdr;"),
        ("junit_report", "report/view.rs", "use junit_report::Report;"),
        ("comfy_table", "report/markdown.rs", "use {comfy_table::Table, std::fmt};"),
        ("clap", "commands/gate.rs", "#[derive(clap::Args)] struct Gate;"),
        ("clap_complete", "commands/completions.rs", "use clap_complete::generate;"),
        ("toml", "baseline/store.rs", "fn f() { let value = toml::from_str(\"\"); }"),
        ("indicatif", "commands/run.rs", "use indicatif;"),
    ];
    for (library, path, code) in strays {
        let rule = format!("`{library}` has one door");
        assert_eq!(broken(path, &format!("//! Doc.\n{code}\n")), [rule], "in {path}: {code}");
    }
}

#[test]
fn a_library_at_its_door_is_welcome() {
    let at_home = [
        ("measure/histogram.rs", "use hdrhistogram::Histogram;"),
        ("report/junit.rs", "use junit_report::Report;"),
        ("config/load.rs", "fn f() { toml::from_str(\"\") }"),
        ("cli/root.rs", "use clap::Parser;"),
        ("publish/comment.rs", "use reqwest::Client;"),
        ("demo/tests.rs", "use reqwest::Client;"),
        ("measure/buckets.rs", "#[cfg(test)]\nmod tests { use hdrhistogram::Histogram; }"),
    ];
    for (path, code) in at_home {
        assert_eq!(check(path, &format!("//! Doc.\n{code}\n")), [], "in {path}: {code}");
    }
}

#[test]
fn a_mod_rs_that_does_something_is_found() {
    let doers = [
        "fn f() {}",
        "mod a;\npub struct A { b: u8 }",
        "use std::fmt;",
        "#[cfg(test)]\nmod tests { }",
        "mod a;\n\npub use a::{A, B};\n\nimpl A {}",
    ];
    for code in doers {
        let rules = broken("gate/mod.rs", &format!("//! Doc.\n\n{code}\n"));
        assert_eq!(rules, ["mod.rs holds docs and re-exports only"], "in {code}");
    }
}

#[test]
fn a_module_without_a_doc_is_found() {
    assert_eq!(broken("gate/cell.rs", "use std::fmt;\n"), ["a module starts with `//!`"]);
}

#[test]
fn a_file_that_wants_two_names_is_found() {
    let text = format!("//! Doc.\n{}", "// line\n".repeat(LONGEST_FILE));
    assert_eq!(broken("gate/cell.rs", &text), ["501 lines; a file has at most 500"]);
}

#[test]
fn a_name_that_says_nothing_is_found() {
    for path in ["gate/utils.rs", "report/prelude/mod.rs"] {
        assert_eq!(broken(path, "//! Doc.\n").len(), 1, "{path}");
    }
}

#[test]
fn a_room_without_rules_is_found() {
    assert_eq!(broken("metrics/mod.rs", "//! Doc.\n"), ["`metrics` is a room without rules"]);
}

#[test]
fn unsafe_is_found_and_text_about_it_is_not() {
    let text = "//! Why unsafe is not used.\nfn f() { unsafe { g() } }\n";
    assert_eq!(broken("client/dial.rs", text), ["no `unsafe`"]);
}

/// Files that read what is no stranger's: the system's own tables under /proc, a folder to flush.
const READS_OF_ITS_OWN: [&str; 5] =
    ["target/resources.rs", "load/vitals.rs", "baseline/here.rs", "baseline/atomic.rs", "demo/metrics.rs"];

/// The ways to read a file without saying how much of it.
const UNBOUNDED: [&str; 3] = ["fs::read(", "read_to_string(", "File::open("];

/// The lines of a file, its tests left out, that read a file without an end.
fn reads_without_an_end(path: &str, text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap();
    let is_test = path.ends_with("/tests.rs") || path.contains("/tests/") || READS_OF_ITS_OWN.contains(&path);
    let lines = code.lines().enumerate().filter(|(_, line)| UNBOUNDED.iter().any(|read| line.contains(read)));
    lines.filter(|_| !is_test).map(|(at, line)| format!("src/{path}:{}: {}", at + 1, line.trim())).collect()
}

#[test]
fn files_from_elsewhere_are_read_by_the_intake_alone() {
    let sources = sources();
    let found: Vec<String> = sources.iter().flat_map(|(path, text)| reads_without_an_end(path, text)).collect();
    assert!(found.is_empty(), "read files with crate::intake, which knows their largest size:\n{}", found.join("\n"));
    assert_eq!(reads_without_an_end("plan/rows.rs", "fn f() { let _ = std::fs::read(path); }").len(), 1);
}
