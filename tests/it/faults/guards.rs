//! The line of loadgate that each row of docs/reliability.md stands on, and what it would be without it.
//!
//! In: `guards.json`. Out: guards by fault. `just guards` takes each away and sees the row's test fail; here it is held that
//! every one of them is still in the code.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use serde::Deserialize;

use super::row;

/// A line that a row stands on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Guard {
    /// The test, within `faults`.
    test: String,
    /// Its file, from the project's root.
    pub(super) file: String,
    /// What is there, once.
    find: String,
    /// What takes it away.
    replace: String,
}

impl Guard {
    /// What goes wrong, in a word.
    pub(super) fn area(&self) -> &str {
        self.test.split("::").next().unwrap()
    }
}

/// Guards by fault.
pub(super) fn all() -> &'static BTreeMap<String, Guard> {
    static ALL: LazyLock<BTreeMap<String, Guard>> =
        LazyLock::new(|| serde_json::from_str(include_str!("guards.json")).unwrap());
    &ALL
}

/// The guard of a row.
#[track_caller]
pub(super) fn of(fault: &str) -> &'static Guard {
    all().get(fault).unwrap_or_else(|| panic!("guards.json has no guard of {fault:?}"))
}

#[test]
fn every_row_has_a_guard_that_is_in_the_code_and_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (fault, guard) in all() {
        let code = fs::read_to_string(root.join(&guard.file)).unwrap();
        let places = code.matches(&guard.find).count();
        assert!(
            places == 1 && guard.find != guard.replace,
            "{fault}: {} has {:?} {places} times",
            guard.file,
            guard.find
        );
        let (file, test) = guard.test.split_once("::").unwrap();
        let tests = fs::read_to_string(root.join(format!("tests/it/faults/{file}.rs"))).unwrap();
        assert!(tests.contains(&format!("fn {test}()")), "{fault}: there is no {}", guard.test);
        assert!(tests.contains(&format!("{fault:?}")), "{fault}: {} is about something else", guard.test);
    }
    let told = row::told();
    let guarded: Vec<String> = all().keys().cloned().collect();
    assert_eq!(told, guarded, "docs/reliability.md: just refresh-reliability");
}
