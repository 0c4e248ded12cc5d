//! What a control group uses: `cgroups(7)`, version 2.
//!
//! In: its folder. Out: readings by name. Those that the group has no controller for are absent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::pace::Pace;
use crate::intake;

/// Where control groups are.
const ROOT: &str = "/sys/fs/cgroup";

/// A control group, and what it had used when it was read last.
#[derive(Debug)]
pub(super) struct Cgroup {
    folder: PathBuf,
    pace: Pace,
}

impl Cgroup {
    /// The group at a path: absolute, or below `/sys/fs/cgroup`.
    pub(super) fn at(path: &Path) -> Self {
        Self { folder: Path::new(ROOT).join(path), pace: Pace::default() }
    }

    /// Reads it now.
    pub(super) fn sample(&mut self) -> BTreeMap<String, f64> {
        let mut readings = BTreeMap::new();
        for (name, file) in [("rss_bytes", "memory.current"), ("processes", "pids.current")] {
            if let Some(value) = self.text(file).and_then(|text| text.trim().parse().ok()) {
                readings.insert(name.to_owned(), value);
            }
        }
        let cpu = self.text("cpu.stat").and_then(|text| value_of(&text, "usage_usec"));
        let io = self.text("io.stat").unwrap_or_default();
        let totals = [
            ("cpu_cores", cpu.map(|micros| micros / 1e6)),
            ("disk_read_bytes_per_s", sum_of(&io, "rbytes")),
            ("disk_written_bytes_per_s", sum_of(&io, "wbytes")),
        ];
        let totals = totals.into_iter().filter_map(|(name, total)| Some((name.to_owned(), total?)));
        readings.extend(self.pace.rates(totals.collect()));
        readings
    }

    fn text(&self, file: &str) -> Option<String> {
        intake::read_text(&self.folder.join(file), intake::SYSTEM).ok()
    }
}

/// The value in a line `name value`.
fn value_of(text: &str, name: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

/// The sum over devices of what stands as `name=value`; none without a device.
fn sum_of(text: &str, name: &str) -> Option<f64> {
    let values =
        text.split_whitespace().filter_map(|word| word.strip_prefix(name)?.strip_prefix('=')?.parse::<f64>().ok());
    values.reduce(|sum, value| sum + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_read_from_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| std::fs::write(folder.path().join(file), text).unwrap();
        write("memory.current", "1048576\n");
        write("pids.current", "7\n");
        write("cpu.stat", "usage_usec 5000000\nuser_usec 4000000\n");
        write("io.stat", "8:0 rbytes=4096 wbytes=100 rios=1\n8:16 rbytes=4096 wbytes=0\n");
        let mut group = Cgroup::at(folder.path());
        let first = group.sample();
        assert_eq!(first.keys().collect::<Vec<_>>(), ["processes", "rss_bytes"], "rates need a second reading");
        assert_eq!((first["rss_bytes"], first["processes"]), (1_048_576.0, 7.0));
        let second = group.sample();
        let names = ["cpu_cores", "disk_read_bytes_per_s", "disk_written_bytes_per_s", "processes", "rss_bytes"];
        assert_eq!(second.keys().collect::<Vec<_>>(), names);
        assert!(second["cpu_cores"].abs() < 1e-9, "nothing was used in between");
    }

    #[test]
    fn a_group_that_is_not_there_has_nothing() {
        assert!(Cgroup::at(Path::new("no/such.slice")).sample().is_empty());
    }
}
