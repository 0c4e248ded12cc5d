//! What the system says of this process and its machine at one moment, and what happened between two.
//!
//! In: `/proc`, where there is one. Out: a [`GeneratorSlice`]. What a system does not tell reads 0. Judges nothing:
//! that is the audit's.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use tokio::time::Instant;

use super::thread;
use crate::measure::GeneratorSlice;

/// Share of its time from which on a worker that runs, or waits to, has no idle time left.
const NO_IDLE_TIME: f64 = 0.95;

/// `/proc/stat` counts in ticks of 10 ms on every architecture.
const TICKS_PER_SECOND: f64 = 100.0;

/// What the system said at one moment. All counts go up only.
#[derive(Debug, Clone)]
pub(super) struct Vitals {
    at: Instant,
    cpu: Duration,
    /// By thread id.
    workers: BTreeMap<String, OnCore>,
    machine: MachineTime,
    /// Time in which anything on the machine waited for a core.
    pressure: Duration,
    retransmits: u64,
}

/// How a thread got on with its core, from `/proc/…/schedstat`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct OnCore {
    ran: Duration,
    /// Ready to run, and waiting.
    delayed: Duration,
    /// Times it got a core.
    runs: u64,
}

/// Ticks of all cores together, from `/proc/stat`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct MachineTime {
    total: u64,
    steal: u64,
}

impl Vitals {
    /// Reads everything now.
    pub(super) fn now() -> Self {
        Self {
            at: Instant::now(),
            cpu: process_cpu(),
            workers: workers(),
            machine: read("/proc/stat", MachineTime::parse).unwrap_or_default(),
            pressure: read("/proc/pressure/cpu", parse_pressure).unwrap_or_default(),
            retransmits: read("/proc/net/snmp", parse_retransmits).unwrap_or_default(),
        }
    }

    /// What happened since an earlier moment of a run that began at `epoch`.
    pub(super) fn since(&self, earlier: &Self, epoch: Instant) -> GeneratorSlice {
        let span = self.at.duration_since(earlier.at);
        let (mut delayed, mut runs, mut is_busy) = (Duration::ZERO, 0, false);
        for (id, now) in &self.workers {
            let then = earlier.workers.get(id).copied().unwrap_or_default();
            let waited = now.delayed.saturating_sub(then.delayed);
            delayed += waited;
            runs += now.runs.saturating_sub(then.runs);
            is_busy |= (now.ran.saturating_sub(then.ran) + waited).as_secs_f64() >= NO_IDLE_TIME * span.as_secs_f64();
        }
        GeneratorSlice {
            start_s: earlier.at.saturating_duration_since(epoch).as_secs(),
            span_s: span.as_secs_f64(),
            cpu_s: self.cpu.saturating_sub(earlier.cpu).as_secs_f64(),
            run_delay_s: delayed.as_secs_f64(),
            runs,
            busy_s: if is_busy { span.as_secs_f64() } else { 0.0 },
            machine_s: seconds(self.machine.total.saturating_sub(earlier.machine.total)),
            steal_s: seconds(self.machine.steal.saturating_sub(earlier.machine.steal)),
            pressure_s: self.pressure.saturating_sub(earlier.pressure).as_secs_f64(),
            retransmits: self.retransmits.saturating_sub(earlier.retransmits),
            ..GeneratorSlice::default()
        }
    }
}

impl OnCore {
    /// `schedstat`: nanoseconds on a core, nanoseconds ready and waiting, times it ran.
    fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split_ascii_whitespace().map_while(|field| field.parse().ok());
        let (ran, delayed) = (Duration::from_nanos(fields.next()?), Duration::from_nanos(fields.next()?));
        Some(Self { ran, delayed, runs: fields.next()? })
    }
}

impl MachineTime {
    fn parse(stat: &str) -> Option<Self> {
        let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
        let ticks: Vec<u64> = line.split_ascii_whitespace().map_while(|field| field.parse().ok()).collect();
        // user nice system idle iowait irq softirq steal; guest time is within user time.
        Some(Self { total: ticks.iter().take(8).sum(), steal: *ticks.get(7)? })
    }
}

/// `some avg10=0.00 avg60=0.00 avg300=0.00 total=MICROSECONDS`.
fn parse_pressure(text: &str) -> Option<Duration> {
    let some = text.lines().find_map(|line| line.strip_prefix("some "))?;
    let total = some.split_ascii_whitespace().find_map(|field| field.strip_prefix("total="))?;
    total.parse().ok().map(Duration::from_micros)
}

/// A line of names and one of values, each beginning with `Tcp:`.
fn parse_retransmits(text: &str) -> Option<u64> {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("Tcp:"));
    let names = lines.next()?.split_ascii_whitespace();
    let mut both = names.zip(lines.next()?.split_ascii_whitespace());
    both.find_map(|(name, value)| (name == "RetransSegs").then(|| value.parse().ok())?)
}

/// The worker threads of this process.
fn workers() -> BTreeMap<String, OnCore> {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return BTreeMap::new() };
    let worker = |thread: fs::DirEntry| {
        let name = fs::read_to_string(thread.path().join("comm")).ok()?;
        let on_core = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        let id = thread.file_name().to_string_lossy().into_owned();
        name.starts_with(thread::NAME).then(|| OnCore::parse(&on_core))?.map(|on_core| (id, on_core))
    };
    threads.filter_map(|thread| worker(thread.ok()?)).collect()
}

fn read<T>(path: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    parse(&fs::read_to_string(path).ok()?)
}

fn seconds(ticks: u64) -> f64 {
    u32::try_from(ticks).map_or(f64::MAX, f64::from) / TICKS_PER_SECOND
}

#[cfg(unix)]
fn process_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

#[cfg(not(unix))]
fn process_cpu() -> Duration {
    Duration::ZERO
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_what_the_kernel_writes() {
        let stat = "cpu  10 20 30 40 5 6 7 82 100 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
        assert_eq!(MachineTime::parse(stat), Some(MachineTime { total: 200, steal: 82 }));
        assert_eq!(MachineTime::parse("intr 1 2"), None);
        let pressure = "some avg10=93.53 avg60=50.57 avg300=15.31 total=1577629\nfull avg10=0.00 total=0\n";
        assert_eq!(parse_pressure(pressure), Some(Duration::from_micros(1_577_629)));
        let snmp = "Ip: Forwarding\nIp: 1\nTcp: RtoMin InSegs RetransSegs\nTcp: 200 518 228\nUdp: InErrors\nUdp: 0\n";
        assert_eq!(parse_retransmits(snmp), Some(228));
        let (ran, delayed) = (Duration::from_nanos(7), Duration::from_nanos(45_868));
        assert_eq!(OnCore::parse("7 45868 1\n"), Some(OnCore { ran, delayed, runs: 1 }));
    }

    #[test]
    fn a_worker_that_waits_for_its_core_is_as_busy_as_one_that_runs() {
        let at = |second: u64, ran_ms: u64, delayed_ms: u64| {
            let (ran, delayed) = (Duration::from_millis(ran_ms), Duration::from_millis(delayed_ms));
            let on_core = OnCore { ran, delayed, runs: 100 * second };
            Vitals {
                at: Instant::now() + Duration::from_secs(second),
                cpu: Duration::from_millis(ran_ms),
                workers: BTreeMap::from([("41".to_owned(), on_core)]),
                machine: MachineTime { total: 200 * second, steal: 20 * second },
                pressure: Duration::ZERO,
                retransmits: 3 * second,
            }
        };
        let epoch = Instant::now();
        let starved = at(1, 300, 690).since(&at(0, 0, 0), epoch);
        assert!(
            starved.busy_s > 0.99 && (starved.run_delay_s - 0.69).abs() < 1e-9 && starved.runs == 100,
            "{starved:?}"
        );
        assert!((starved.steal_s / starved.machine_s - 0.1).abs() < 1e-9 && starved.retransmits == 3, "{starved:?}");
        let idle = at(1, 300, 20).since(&at(0, 0, 0), epoch);
        assert!(idle.busy_s < 0.01 && (idle.cpu_s - 0.3).abs() < 1e-9, "{idle:?}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_machine_tells_of_itself() {
        let earlier = Vitals::now();
        let now = Vitals::now();
        let slice = now.since(&earlier, earlier.at);
        assert_eq!(slice.start_s, 0);
        assert!(now.machine.total > 0 && now.cpu > Duration::ZERO);
    }
}
