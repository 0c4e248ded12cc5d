//! What was played already: a line of JSON for each gate, so that a batch that was stopped goes on where it was.

use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::kind::Kind;

/// One gate that was played.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) kind: Kind,
    /// Its place among those of its kind, from 1.
    pub(super) number: u32,
    /// The verdict in comparison.json; `error` where there is none.
    pub(super) verdict: String,
    /// The exit status; none where a signal ended it.
    pub(super) exit: Option<i32>,
    pub(super) headline: String,
    /// The cells that failed, as `create_order p95`.
    pub(super) failing: Vec<String>,
    /// Blocks of a duet, runs of a stored gate.
    pub(super) units: u64,
    /// How long it took.
    pub(super) seconds: f64,
    /// The machine's load average of one minute when it ended, where there is one.
    pub(super) load_average: Option<f64>,
    /// Threads that competed.
    pub(super) busy: u32,
    pub(super) seed: u64,
}

/// Every gate in the file, which need not be there yet. A last line that was cut short is left out.
pub(super) fn read(path: &Path) -> Result<Vec<Record>, Box<dyn Error>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("{}: {error}", path.display()).into()),
    };
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// Adds a gate to the file.
pub(super) fn append(path: &Path, record: &Record) -> Result<(), Box<dyn Error>> {
    let line = serde_json::to_string(record)? + "\n";
    Ok(OpenOptions::new().create(true).append(true).open(path)?.write_all(line.as_bytes())?)
}
