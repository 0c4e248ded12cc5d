//! What a process uses: CPU, memory, files, connections, disk; its own and all that it started.
//!
//! In: a process id. Out: readings by name, each time they are asked for; none where the system has no `/proc`.
//! Keeps no series: that is for whoever samples.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// Reads what a tree of processes uses.
#[derive(Debug)]
pub(super) struct Resources {
    root: u32,
    last: Option<(Instant, BTreeMap<u32, Used>)>,
}

/// What a process had used since its start.
#[derive(Debug, Clone, Copy)]
struct Used {
    cpu_ticks: u64,
    /// Bytes from disk.
    read: u64,
    /// Bytes to disk.
    written: u64,
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
    pub(super) fn of(id: u32) -> Self {
        Self { root: id, last: None }
    }

    /// Reads them now: `rss_bytes`, `open_files`, `connections` (established, TCP), `processes`; and from the second reading
    /// on, as means since the last, `cpu_cores`, `disk_read_bytes_per_s` and `disk_written_bytes_per_s`.
    ///
    /// Empty if the process is gone, or on systems without `/proc`.
    pub(super) fn sample(&mut self) -> BTreeMap<String, f64> {
        let mut used = BTreeMap::new();
        let (mut rss_pages, mut open_files) = (0, 0);
        let mut sockets = BTreeSet::new();
        for id in tree(self.root) {
            let Some(stat) = std::fs::read_to_string(format!("/proc/{id}/stat")).ok().and_then(|text| parse(&text))
            else {
                continue;
            };
            let (read, written) = disk(id);
            used.insert(id, Used { cpu_ticks: stat.cpu_ticks, read, written });
            rss_pages += stat.rss_pages;
            open_files += files(id, &mut sockets);
        }
        let mut readings = BTreeMap::new();
        if used.is_empty() {
            return readings;
        }
        for (name, reading) in [
            ("rss_bytes", number(rss_pages) * page_bytes()),
            ("open_files", number(open_files)),
            ("connections", number(established(self.root, &sockets))),
            ("processes", number(used.len() as u64)),
        ] {
            readings.insert(name.to_owned(), reading);
        }
        readings.extend(self.rates(&used));
        readings
    }

    /// What was used a second since the last reading, by processes that were there then; those that have come since count
    /// from nothing.
    fn rates(&mut self, used: &BTreeMap<u32, Used>) -> BTreeMap<String, f64> {
        let now = Instant::now();
        let Some((then, before)) = self.last.replace((now, used.clone())) else { return BTreeMap::new() };
        let elapsed_s = now.duration_since(then).as_secs_f64();
        if elapsed_s <= 0.0 {
            return BTreeMap::new();
        }
        let since = |of: fn(&Used) -> u64| -> f64 {
            let grown = used.iter().map(|(id, used)| of(used).saturating_sub(before.get(id).map_or(0, of)));
            number(grown.sum()) / elapsed_s
        };
        BTreeMap::from([
            ("cpu_cores".to_owned(), since(|used| used.cpu_ticks) / ticks_per_second()),
            ("disk_read_bytes_per_s".to_owned(), since(|used| used.read)),
            ("disk_written_bytes_per_s".to_owned(), since(|used| used.written)),
        ])
    }
}

/// How many files a process has open; its sockets are added to `sockets` by their number.
fn files(id: u32, sockets: &mut BTreeSet<u64>) -> u64 {
    let Ok(entries) = std::fs::read_dir(format!("/proc/{id}/fd")) else { return 0 };
    let mut count = 0;
    for entry in entries.flatten() {
        count += 1;
        let link = std::fs::read_link(entry.path()).unwrap_or_default();
        let number = |link: &str| link.strip_prefix("socket:[")?.strip_suffix(']')?.parse::<u64>().ok();
        sockets.extend(link.to_str().and_then(number));
    }
    count
}

/// How many of these sockets are established TCP connections, in the network that the process `id` sees.
fn established(id: u32, sockets: &BTreeSet<u64>) -> u64 {
    let tables =
        ["tcp", "tcp6"].map(|table| std::fs::read_to_string(format!("/proc/{id}/net/{table}")).unwrap_or_default());
    let lines = tables.iter().flat_map(|table| table.lines().skip(1));
    let mine = lines.filter(|line| connection(line).is_some_and(|socket| sockets.contains(&socket)));
    mine.count() as u64
}

/// The number of the socket in a line of `/proc/net/tcp`, if it is established: `proc_net_tcp`, state 01.
fn connection(line: &str) -> Option<u64> {
    let mut fields = line.split_whitespace();
    let state = fields.nth(3)?;
    (state == "01").then(|| fields.nth(5)?.parse().ok())?
}

/// Bytes that a process had read from disk and written to it, where that may be known.
fn disk(id: u32) -> (u64, u64) {
    let text = std::fs::read_to_string(format!("/proc/{id}/io")).unwrap_or_default();
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap_or(0);
    (value("read_bytes:"), value("write_bytes:"))
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
        assert_eq!(first.keys().collect::<Vec<_>>(), ["connections", "open_files", "processes", "rss_bytes"]);
        assert!(first["open_files"] > 0.0 && first["rss_bytes"] > 0.0 && first["processes"] >= 1.0, "{first:?}");
        assert!(resources.sample().contains_key("cpu_cores"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn both_ends_of_a_connection_within_a_process_are_its_own() {
        let connections = || Resources::of(std::process::id()).sample()["connections"];
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut opened: Vec<std::net::TcpStream> = Vec::new();
        // Other tests of this process open and close connections of their own.
        while connections() < 40.0 {
            assert!(opened.len() < 400, "connections are not seen");
            opened.push(std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap());
            opened.push(listener.accept().unwrap().0);
        }
    }

    #[test]
    fn only_established_connections_count() {
        let line = |state: &str| {
            format!(
                "   0: 0100007F:1F90 0100007F:D2F0 {state} 00000000:00000000 00:00000000 00000000  1000        0 424242 1 0"
            )
        };
        assert_eq!(connection(&line("01")), Some(424_242));
        assert_eq!(connection(&line("0A")), None);
        assert_eq!(connection("  sl  local_address rem_address"), None);
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
