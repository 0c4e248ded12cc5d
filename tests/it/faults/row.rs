//! A row of docs/reliability.md: asserted by its test, and written by it.
//!
//! In: what an invocation left, and what should have followed. Out: a line of the table, which the file has to hold;
//! `just refresh-reliability` writes it anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::Value;

use super::guards;
use crate::support::{Finished, Project};

const BEGIN: &str = "<!-- faults:begin -->";
const END: &str = "<!-- faults:end -->";
const HEAD: &str = "| where | fault | exit | it says | the recording | guarded by |\n|---|---|---|---|---|---|\n";

/// What follows a fault.
#[derive(Debug)]
pub(super) struct Row {
    /// What goes wrong.
    pub(super) fault: &'static str,
    /// The exit status; none where a signal ends loadgate.
    pub(super) exit: Option<i32>,
    /// A part of what is said, on stdout or stderr.
    pub(super) says: &'static str,
    /// What is left of the run.
    pub(super) recording: Kept,
}

/// What is left of a run.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kept {
    /// Nothing was measured, so there is no recording.
    Nothing,
    /// A valid one, with these kinds of failure and no other.
    Valid(&'static [&'static str]),
    /// A valid one, with these kinds of failure among others: how connections break is chance.
    Hurt(&'static [&'static str]),
    /// One that is not valid, with these kinds of failure among others.
    Invalid(&'static [&'static str]),
    /// What was measured until the run was cut off.
    CutOff,
}

impl Row {
    /// Asserts it of a run in a project's folder.
    #[track_caller]
    pub(super) fn holds(&self, finished: &Finished, project: &Project) {
        self.holds_of(finished, &project.path("loadgate-report/recording.json"), project);
    }

    /// Asserts it of a run whose recording is elsewhere.
    #[track_caller]
    pub(super) fn holds_of(&self, finished: &Finished, recording: &Path, project: &Project) {
        assert_eq!(finished.status, self.exit, "{}", finished.transcript());
        let said = finished.stdout.contains(self.says) || finished.stderr.contains(self.says);
        assert!(said, "nothing is said of {:?}\n{}", self.says, finished.transcript());
        self.recording.is_at(recording, project);
        keep(self.fault, &self.line());
    }

    fn line(&self) -> String {
        let exit = self.exit.map_or("killed".to_owned(), |status| status.to_string());
        let guard = guards::of(self.fault);
        let (area, file) = (guard.area(), &guard.file);
        let says = self.says.replace('|', "\\|");
        format!("| {area} | {} | {exit} | {says} | {} | `{file}` |", self.fault, self.recording.in_words())
    }
}

impl Kept {
    #[track_caller]
    fn is_at(self, path: &Path, project: &Project) {
        let Ok(text) = fs::read_to_string(path) else {
            assert!(matches!(self, Self::Nothing), "there is no {}", path.display());
            return;
        };
        let recording: Value = serde_json::from_str(&text).unwrap();
        let errors = recording["summary"]["endpoints"]["(all)"]["errors"].as_object().unwrap();
        let kinds: Vec<&str> = errors.keys().map(String::as_str).collect();
        let (valid, interrupted) = (recording["facts"]["valid"] == true, recording["facts"]["interrupted"] == true);
        match self {
            Self::Nothing => panic!("there is a recording: {}", recording["summary"]),
            Self::Valid(wanted) => assert!(valid && kinds == wanted, "{kinds:?} {:#}", recording["facts"]),
            Self::Hurt(wanted) => {
                assert!(valid && wanted.iter().all(|kind| kinds.contains(kind)), "{kinds:?} {:#}", recording["facts"]);
            }
            Self::Invalid(wanted) => {
                let holds = !interrupted && wanted.iter().all(|kind| kinds.contains(kind));
                // A run in which nothing succeeds may be fit in itself, and is no run to go by.
                let is_of_no_use = !valid || recording["summary"]["endpoints"]["(all)"]["error_rate"] == 1.0;
                assert!(holds && is_of_no_use, "{kinds:?} {:#}", recording["facts"]);
            }
            Self::CutOff => assert!(interrupted && !valid, "{:#}", recording["facts"]),
        }
        project.loadgate("report").arg(path).run().exits(0);
    }

    fn in_words(self) -> String {
        let named = |kinds: &[&str]| match kinds {
            [] => String::new(),
            kinds => format!(", with `{}`", kinds.join("`, `")),
        };
        match self {
            Self::Nothing => "none".to_owned(),
            Self::Hurt(kinds) | Self::Valid(kinds) => format!("valid{}", named(kinds)),
            Self::Invalid(kinds) => format!("of no use to a verdict{}", named(kinds)),
            Self::CutOff => "all until then, marked as cut off".to_owned(),
        }
    }
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reliability.md")
}

/// The page before its table, the rows by their fault, and the page behind it.
fn parts(text: &str) -> (String, BTreeMap<String, String>, String) {
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (table, behind) = rest.split_once(END).unwrap();
    let rows = table.lines().skip_while(|line| !line.starts_with("|---")).skip(1).filter(|line| !line.is_empty());
    let rows = rows.map(|row| (row.split('|').nth(2).unwrap().trim().to_owned(), row.to_owned())).collect();
    (before.to_owned(), rows, behind.to_owned())
}

/// The faults that the page tells of.
pub(super) fn told() -> Vec<String> {
    parts(&fs::read_to_string(page()).unwrap()).1.into_keys().collect()
}

#[track_caller]
fn keep(fault: &str, line: &str) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap();
    let (before, mut rows, behind) = parts(&fs::read_to_string(page()).unwrap());
    if std::env::var_os("REFRESH_RELIABILITY").is_some() {
        rows.insert(fault.to_owned(), line.to_owned());
        rows.retain(|fault, _| guards::all().contains_key(fault));
        let mut rows: Vec<String> = rows.into_values().collect();
        rows.sort();
        fs::write(page(), format!("{before}{BEGIN}\n{HEAD}{}\n{END}{behind}", rows.join("\n"))).unwrap();
    } else {
        assert_eq!(rows.get(fault).map(String::as_str), Some(line), "docs/reliability.md: just refresh-reliability");
    }
}
