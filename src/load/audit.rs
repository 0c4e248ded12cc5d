//! Was the generator itself fit? Its CPU, the machine's steal, and how late its starts were.
//!
//! In: readings at the window's two ends, and the run's summary. Out: what the recording says of the generator, and
//! the reasons for which its figures can't be used. A slow generator must never pass for a slow target.

use std::time::Duration;

use tokio::time::Instant;

use crate::measure::{GeneratorSummary, Model};

/// A start lag beyond which latencies measured from the schedule tell of the generator.
const LAG_P99_LIMIT_US: u64 = 20_000;

/// Share of its cores from which on a generator has nothing left to give.
const BUSY: f64 = 0.95;

/// Share of stolen time from which on a machine is not this process's own.
const STOLEN: f64 = 0.10;

/// What the clocks say at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    at: Instant,
    cpu: Duration,
    machine: Option<MachineTime>,
}

/// Ticks of the whole machine, from `/proc/stat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct MachineTime {
    total: u64,
    steal: u64,
}

impl Reading {
    /// Reads the clocks.
    pub(super) fn now() -> Self {
        let stat = std::fs::read_to_string("/proc/stat").ok();
        Self { at: Instant::now(), cpu: process_cpu(), machine: stat.and_then(|stat| MachineTime::parse(&stat)) }
    }

    /// Cores this process used since an earlier reading, on average.
    pub(super) fn cpu_cores_since(&self, earlier: &Self) -> f64 {
        let wall = self.at.duration_since(earlier.at).as_secs_f64();
        if wall > 0.0 { self.cpu.saturating_sub(earlier.cpu).as_secs_f64() / wall } else { 0.0 }
    }

    /// Share of the machine's time that the hypervisor gave to others since an earlier reading.
    pub(super) fn steal_since(&self, earlier: &Self) -> f64 {
        let (Some(now), Some(then)) = (self.machine, earlier.machine) else { return 0.0 };
        let ticks = |ticks: u64| f64::from(u32::try_from(ticks).unwrap_or(u32::MAX));
        match now.total.saturating_sub(then.total) {
            0 => 0.0,
            total => ticks(now.steal.saturating_sub(then.steal)) / ticks(total),
        }
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

#[cfg(unix)]
fn process_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

#[cfg(not(unix))]
fn process_cpu() -> Duration {
    Duration::ZERO
}

/// What was found out about a run besides its figures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Findings {
    /// Why the figures can't be used.
    pub(super) invalid: Vec<String>,
    /// What to keep in mind when reading them.
    pub(super) notes: Vec<String>,
}

impl Findings {
    /// Adds what else was found.
    pub(super) fn add(&mut self, other: Self) {
        self.invalid.extend(other.invalid);
        self.notes.extend(other.notes);
    }
}

/// Judges a generator by what it recorded of itself.
pub(super) fn judge(generator: &GeneratorSummary, model: Model) -> Findings {
    let mut findings = Findings::default();
    let cores = f64::from(generator.workers);
    let is_busy = cores > 0.0 && generator.cpu_cores >= BUSY * cores;
    let lag = generator.start_lag_us.p99;
    if lag > LAG_P99_LIMIT_US {
        findings.invalid.push(format!(
            "the generator was saturated: 1% of its starts were over {} ms late, so latencies would be its own; \
             use more workers, a lower load, or another machine",
            lag / 1000
        ));
    } else if is_busy {
        findings.notes.push(format!(
            "the generator used all of its {} {}: the target may be able to do more than it was asked for",
            generator.workers,
            if generator.workers == 1 { "core" } else { "cores" }
        ));
    }
    if generator.steal > STOLEN {
        findings.notes.push(format!(
            "the hypervisor gave {:.0}% of this machine's time to others: latencies hold that too",
            generator.steal * 100.0
        ));
    }
    if generator.missed_starts > 0 && model == Model::Open {
        findings.notes.push(format!(
            "{} starts were never made: every user was still waiting for an answer; \
             the target was too slow for this rate, or max_users too low",
            generator.missed_starts
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::StartLag;

    #[test]
    fn steal_is_read_from_the_machine_line() {
        let stat = "cpu  10 20 30 40 5 6 7 82 100 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
        assert_eq!(MachineTime::parse(stat), Some(MachineTime { total: 200, steal: 82 }));
        assert_eq!(MachineTime::parse("intr 1 2"), None);
    }

    #[test]
    fn late_starts_of_the_generator_make_a_run_invalid() {
        let fit = GeneratorSummary { workers: 2, cpu_cores: 0.4, ..GeneratorSummary::default() };
        assert_eq!(judge(&fit, Model::Open), Findings::default());
        let start_lag_us = StartLag { p50: 90, p99: 120_000, max: 300_000 };
        let late = GeneratorSummary { start_lag_us, ..fit };
        assert!(judge(&late, Model::Open).invalid[0].contains("over 120 ms late"));
    }

    #[test]
    fn a_generator_without_a_core_left_is_said_to_be() {
        let busy = GeneratorSummary { workers: 1, cpu_cores: 0.99, ..GeneratorSummary::default() };
        let audit = judge(&busy, Model::Closed);
        assert!(audit.invalid.is_empty());
        assert!(audit.notes[0].contains("all of its 1 core"), "{audit:?}");
    }
}
