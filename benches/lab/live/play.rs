//! Plays one gate with the built binary, and reads what it says.

use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use super::kind::Kind;
use super::state::Record;

/// The users, load and rules of every gate.
const DESCRIPTION: &str = include_str!("description.toml");

/// The binary, and the folder it works in.
#[derive(Debug)]
pub(super) struct Workshop {
    binary: PathBuf,
    folder: PathBuf,
    budget: String,
}

impl Workshop {
    /// Opens the folder, with the description in it.
    pub(super) fn open(binary: PathBuf, folder: &Path, budget: &str) -> Result<Self, Box<dyn Error>> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("loadgate.toml"), DESCRIPTION)?;
        let [binary, folder] = [binary, folder.to_owned()]
            .map(|path| path.canonicalize().map_err(|error| format!("{}: {error}", path.display())));
        Ok(Self { binary: binary?, folder: folder?, budget: budget.to_owned() })
    }

    /// How many jobs the stored baseline is made of.
    pub(super) fn baseline_jobs(&self) -> usize {
        let jobs = |text: String| -> Option<usize> {
            let baseline: Value = serde_json::from_str(&text).ok()?;
            Some(baseline.get("runs")?.as_array()?.len())
        };
        fs::read_to_string(self.folder.join("load.json")).ok().and_then(jobs).unwrap_or(0)
    }

    /// Adds a job to the stored baseline: a call of the binary is one.
    pub(super) fn record_baseline(&self, seed: u64) -> Result<(), Box<dyn Error>> {
        let mut command = self.command("baseline", "baseline", seed)?;
        let status = command.args(["--runs", "1"]).status()?;
        if status.success() {
            return Ok(());
        }
        Err(format!("`baseline record` ended with {status}: see {}", self.log("baseline").display()).into())
    }

    /// Plays a gate. What goes wrong in it is a verdict of its own, so that one gate never ends the batch.
    pub(super) fn play(&self, kind: Kind, number: u32, busy: u32, seed: u64) -> Result<Record, Box<dyn Error>> {
        let out = self.folder.join(kind.name());
        // A verdict of the gate before must never be taken for this one's.
        fs::remove_dir_all(&out).or_else(|error| if out.exists() { Err(error) } else { Ok(()) })?;
        let mut command = self.command(if kind.is_duet() { "duet" } else { "gate" }, kind.name(), seed)?;
        if kind.is_duet() {
            command.args(["--budget", &self.budget]);
        }
        if let Some(fault) = kind.fault() {
            command.args(["--demo-fault", fault]);
        }
        let started = Instant::now();
        let exit = command.status()?.code();
        let seconds = started.elapsed().as_secs_f64();
        let said = fs::read_to_string(out.join("comparison.json")).ok();
        let comparison: Value = said.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let text = |name: &str| comparison.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Record {
            kind,
            number,
            verdict: text("verdict").unwrap_or_else(|| "error".to_owned()),
            exit,
            headline: text("headline")
                .unwrap_or_else(|| format!("no comparison: see {}", self.log(kind.name()).display())),
            failing: failing(&comparison),
            units: units(&comparison, kind),
            seconds: (seconds * 10.0).round() / 10.0,
            load_average: load_average(),
            busy,
            seed,
        })
    }

    /// A command whose output goes into a log beside its results.
    fn command(&self, name: &str, out: &str, seed: u64) -> Result<Command, Box<dyn Error>> {
        let log = File::create(self.log(out))?;
        let mut command = Command::new(&self.binary);
        command.current_dir(&self.folder).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).arg(name);
        if name == "baseline" {
            command.arg("record");
        }
        let seed = seed.to_string();
        command.args(["--config", "loadgate.toml", "--profile", "load", "--out", out, "--seed", &seed]);
        Ok(command)
    }

    fn log(&self, out: &str) -> PathBuf {
        self.folder.join(format!("{out}.log"))
    }
}

fn failing(comparison: &Value) -> Vec<String> {
    let cells = comparison.get("cells").and_then(Value::as_array);
    let text = |cell: &Value, name: &str| cell.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    cells
        .into_iter()
        .flatten()
        .filter(|cell| text(cell, "outcome") == "fail")
        .map(|cell| format!("{} {}", text(cell, "endpoint"), text(cell, "metric")))
        .collect()
}

fn units(comparison: &Value, kind: Kind) -> u64 {
    let (side, name) = if kind.is_duet() { ("duet", "blocks") } else { ("candidate", "runs") };
    comparison.get(side).and_then(|side| side.get(name)).and_then(Value::as_u64).unwrap_or(0)
}

fn load_average() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}
