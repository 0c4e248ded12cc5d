//! What was simulated already: a line of JSON for each scenario.
//!
//! A line counts for the gate it was made with: it names a hash of the sources that a figure depends on.

use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::scenario::Scenario;
use super::tally::Tally;

/// What figures depend on, below the repository.
const SOURCES: [&str; 4] = ["src/gate", "src/measure", "src/baseline", "benches/lab/synthetic"];

/// One scenario, simulated.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Entry {
    version: String,
    pub(super) scenario: Scenario,
    pub(super) tally: Tally,
}

/// The journal of one version.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    version: String,
    pub(super) entries: Vec<Entry>,
}

impl Journal {
    /// Opens the journal in `folder`.
    pub(super) fn open(folder: &Path) -> Result<Self, Box<dyn Error>> {
        fs::create_dir_all(folder)?;
        let (path, version) = (folder.join("synthetic.jsonl"), version()?);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            text => text?,
        };
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Entry>(line).ok());
        let entries = lines.filter(|entry| entry.version == version).collect();
        Ok(Self { path, version, entries })
    }

    /// What a scenario came to, where it was simulated as often.
    pub(super) fn find(&self, scenario: &Scenario) -> Option<&Tally> {
        self.entries.iter().find(|entry| entry.scenario == *scenario).map(|entry| &entry.tally)
    }

    /// Adds a scenario.
    pub(super) fn add(&mut self, scenario: Scenario, tally: Tally) -> Result<(), Box<dyn Error>> {
        let entry = Entry { version: self.version.clone(), scenario, tally };
        let line = serde_json::to_string(&entry)? + "\n";
        OpenOptions::new().create(true).append(true).open(&self.path)?.write_all(line.as_bytes())?;
        self.entries.push(entry);
        Ok(())
    }
}

/// A hash of the sources.
fn version() -> Result<String, Box<dyn Error>> {
    let mut files = Vec::new();
    for folder in SOURCES {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files)?;
    }
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        hash.update(fs::read(file)?);
    }
    Ok(hash.finalize().iter().take(6).fold(String::new(), |hex, byte| hex + &format!("{byte:02x}")))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
