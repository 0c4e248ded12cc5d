//! What a target uses: CPU, memory, open files, of its process and all that it started.
//!
//! In: a process id. Out: readings by name, each time they are asked for; none where the system has no `/proc`.
//! Keeps no series: that is for whoever samples.

use std::collections::BTreeMap;
use std::time::Instant;

/// Reads what a tree of processes uses.
#[derive(Debug)]
pub struct Resources {
    root: u32,
    last: Option<(Instant, BTreeMap<u32, u64>)>,
}

/// One process, as `/proc/<pid>/stat` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    /// User and system time since its start, in clock ticks.
    cpu_ticks: u64,
    /// Resident memory, in pages.
    rss_pages: u64,
}

impl Resources {
    /// The resources of the process `id` and its descendants.
    #[must_use]
    pub fn of(id: u32) -> Self {
        Self { root: id, last: None }
    }

    /// Reads them now: `cpu_cores` (the mean since the last reading, so not at the first), `rss_bytes`, `open_files`.
    ///
    /// Empty if the process is gone, or on systems without `/proc`.
    pub fn sample(&mut self) -> BTreeMap<String, f64> {
        let mut readings = BTreeMap::new();
        let mut ticks = BTreeMap::new();
        let (mut rss_pages, mut open_files) = (0, 0);
        for id in tree(self.root) {
            let Some(stat) = std::fs::read_to_string(format!("/proc/{id}/stat")).ok().and_then(|text| parse(&text))
            else {
                continue;
            };
            ticks.insert(id, stat.cpu_ticks);
            rss_pages += stat.rss_pages;
            open_files += std::fs::read_dir(format!("/proc/{id}/fd")).map_or(0, |entries| entries.count() as u64);
        }
        if ticks.is_empty() {
            return readings;
        }
        let now = Instant::now();
        if let Some((then, before)) = self.last.take() {
            let used: u64 = ticks.iter().map(|(id, ticks)| ticks.saturating_sub(*before.get(id).unwrap_or(&0))).sum();
            let elapsed_s = now.duration_since(then).as_secs_f64();
            if elapsed_s > 0.0 {
                readings.insert("cpu_cores".to_owned(), number(used) / ticks_per_second() / elapsed_s);
            }
        }
        self.last = Some((now, ticks));
        readings.insert("rss_bytes".to_owned(), number(rss_pages) * page_bytes());
        readings.insert("open_files".to_owned(), number(open_files));
        readings
    }
}

/// The process and its descendants.
fn tree(root: u32) -> Vec<u32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(id) = found.get(next).copied() {
        next += 1;
        let Ok(threads) = std::fs::read_dir(format!("/proc/{id}/task")) else { continue };
        for thread in threads.flatten() {
            let children = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            found.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
    }
    found
}

/// Reads `/proc/<pid>/stat`, described in `proc_pid_stat(5)`. The name in parentheses may hold anything, so fields are
/// counted from its end.
fn parse(stat: &str) -> Option<Stat> {
    let (_, rest) = stat.rsplit_once(')')?;
    let field = |number: usize| rest.split_whitespace().nth(number - 3)?.parse::<u64>().ok();
    Some(Stat { cpu_ticks: field(14)? + field(15)?, rss_pages: field(24)? })
}

#[expect(clippy::cast_precision_loss, reason = "readings beyond 2^53 do not occur")]
fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(unix)]
fn ticks_per_second() -> f64 {
    number(rustix::param::clock_ticks_per_second())
}

#[cfg(unix)]
fn page_bytes() -> f64 {
    number(rustix::param::page_size() as u64)
}

#[cfg(not(unix))]
fn ticks_per_second() -> f64 {
    100.0
}

#[cfg(not(unix))]
fn page_bytes() -> f64 {
    4_096.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_from_the_end_of_the_name() {
        let stat = "42 (a ) b) S 1 42 42 0 -1 4194560 100 0 0 0 70 30 0 0 20 0 4 0 999 123456 512 18446744073709551615";
        assert_eq!(parse(stat), Some(Stat { cpu_ticks: 100, rss_pages: 512 }));
        assert_eq!(parse("42 (short) S 1"), None);
        assert_eq!(parse(""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_lives_has_memory_and_files_and_then_cpu() {
        let mut resources = Resources::of(std::process::id());
        let first = resources.sample();
        assert_eq!(first.keys().collect::<Vec<_>>(), ["open_files", "rss_bytes"]);
        assert!(first.values().all(|reading| *reading > 0.0), "{first:?}");
        assert!(resources.sample().contains_key("cpu_cores"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_is_gone_has_nothing() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let id = child.id();
        child.wait().unwrap();
        assert!(Resources::of(id).sample().is_empty());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_process_started_counts_too() {
        use std::io::Read as _;
        let mut child = std::process::Command::new("sh")
            .args(["-c", "sleep 1000 & echo $!; wait"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = child.stdout.take().unwrap();
        while !line.ends_with('\n') {
            let mut byte = [0];
            stdout.read_exact(&mut byte).unwrap();
            line.push(char::from(byte[0]));
        }
        let grandchild: u32 = line.trim().parse().unwrap();
        let found = tree(child.id());
        std::process::Command::new("kill").args([grandchild.to_string(), child.id().to_string()]).status().unwrap();
        child.wait().unwrap();
        assert!(found.contains(&grandchild));
    }
}
