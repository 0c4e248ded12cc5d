//! How the generator itself fared, second by second: figures of a load generator that was not fit are its own.
//!
//! In: what the driver read of the system each second, and the starts that workers noted. Out: slices in order, and
//! what they amount to over the window. Bounded as the series is. Judges nothing: that is `load`'s.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::histogram::Histogram;
use super::numbers::{check_counts, check_figure, check_slices, real};
use super::recorder::RawStarts;
use super::recording::RunFacts;
use super::series::MOST_SLICES;
use super::summary::{GeneratorSummary, StartLag};

/// Longest time that a slice sums up in a file, in seconds: 30 days of a million cores.
const MOST_S: f64 = 30.0 * 86_400.0 * 1e6;

/// However much they take, time is told apart at least half as finely as this.
const FEWEST_SLICES: usize = 64;

/// How the generator fared over a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Generator {
    /// Length of a slice in seconds: a power of two.
    slice_s: u64,
    /// In order of start.
    // Shared with the copies that are kept while a run goes on.
    slices: Vec<Arc<GeneratorSlice>>,
}

/// How the generator fared in one slice of time. Sums, so that slices merge; 0 where the system does not say.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct GeneratorSlice {
    /// When it starts, in seconds from the start of the run.
    pub start_s: u64,
    /// Most virtual users alive.
    #[serde(default, skip_serializing_if = "is_none")]
    pub users: u32,
    /// Seconds that were observed of it.
    pub span_s: f64,
    /// CPU time of this process in seconds.
    pub cpu_s: f64,
    /// Time its workers could have run and waited for a core, in seconds, all workers together.
    pub run_delay_s: f64,
    /// How often its workers got a core, all together.
    pub runs: u64,
    /// Seconds in which one of its workers had no idle time: it ran, or waited for a core.
    pub busy_s: f64,
    /// Time of the machine's cores in seconds, idle time included.
    pub machine_s: f64,
    /// The part of it that the hypervisor gave to others.
    pub steal_s: f64,
    /// Seconds in which anything on this machine waited for a core (PSI).
    pub pressure_s: f64,
    /// TCP segments this machine sent again.
    pub retransmits: u64,
    /// How late starts were against their schedule, in microseconds.
    #[serde(default, skip_serializing_if = "Histogram::is_empty")]
    pub lag_us: Histogram,
    /// Starts that found no idle user and waited for one.
    pub late: u64,
    /// Starts that were due and never made.
    pub missed: u64,
    /// Tasks of the open model that ended.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub ended: u64,
}

/// Starts of the open model against their ends, over the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Starts {
    /// Starts that were due, made or not.
    pub due: u64,
    /// The part of them that found no idle user.
    pub waited: u64,
    /// Tasks that ended, whenever they had begun.
    pub ended: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_none(users: &u32) -> bool {
    *users == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Default for Generator {
    fn default() -> Self {
        Self { slice_s: 1, slices: Vec::new() }
    }
}

impl Generator {
    /// Most memory that the distributions of start lags take, about.
    pub(super) const MOST_BYTES: usize = 256 * 1024;

    /// Adds what was observed within a second, or within a slice of another run.
    pub(super) fn add(&mut self, slice: GeneratorSlice) {
        let start_s = slice.start_s - slice.start_s % self.slice_s;
        match self.slices.binary_search_by_key(&start_s, |slice| slice.start_s) {
            Ok(place) => {
                if let Some(known) = self.slices.get_mut(place) {
                    Arc::make_mut(known).add(&slice);
                }
            }
            Err(place) => self.slices.insert(place, Arc::new(GeneratorSlice { start_s, ..slice })),
        }
        while self.slices.len() > MOST_SLICES || (self.slices.len() > FEWEST_SLICES && self.bytes() > Self::MOST_BYTES)
        {
            self.coarsen(self.slice_s * 2);
        }
    }

    /// Adds how another shard fared at the same time, in the longer slices of the two.
    pub(super) fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        let slice_s = self.slice_s.max(other.slice_s);
        self.coarsen(slice_s);
        other.coarsen(slice_s);
        for slice in other.slices {
            let mut slice = Arc::unwrap_or_clone(slice);
            if let Some(known) = self.slices.iter().find(|known| known.start_s == slice.start_s) {
                // Of what happens beside each other, the longest and the worst counts.
                slice.users += known.users;
                slice.span_s = (slice.span_s - known.span_s).max(0.0);
                slice.busy_s = (slice.busy_s - known.busy_s).max(0.0);
                slice.pressure_s = (slice.pressure_s - known.pressure_s).max(0.0);
            }
            self.add(slice);
        }
    }

    /// Adds how it fared in the window of a run that came later, as if it had begun at `start_s`.
    pub(super) fn append(&mut self, later: &Self, facts: &RunFacts, start_s: u64) {
        let in_window = later.slices.iter().filter(|slice| later.is_in_window(slice, facts));
        for (after_s, slice) in (0..).zip(in_window) {
            self.add(GeneratorSlice { start_s: start_s + after_s * later.slice_s, ..GeneratorSlice::clone(slice) });
        }
    }

    /// Memory that its distributions take.
    fn bytes(&self) -> usize {
        self.slices.iter().map(|slice| slice.lag_us.bytes()).sum()
    }

    /// Whether most of a slice lies behind the warm-up.
    fn is_in_window(&self, slice: &GeneratorSlice, facts: &RunFacts) -> bool {
        real(slice.start_s) + real(self.slice_s) / 2.0 >= facts.warmup_s
    }

    /// Length of a slice in seconds.
    #[must_use]
    pub fn slice_s(&self) -> u64 {
        self.slice_s
    }

    /// The slices, in order.
    #[must_use]
    pub fn slices(&self) -> &[Arc<GeneratorSlice>] {
        &self.slices
    }

    /// Starts and ends over the window. Only those in it were counted.
    #[must_use]
    pub fn starts(&self) -> Starts {
        self.slices.iter().fold(Starts::default(), |all, slice| Starts {
            due: all.due + slice.lag_us.count() + slice.late + slice.missed,
            waited: all.waited + slice.late + slice.missed,
            ended: all.ended + slice.ended,
        })
    }

    /// What it amounts to over the window.
    pub(super) fn summary(&self, facts: &RunFacts) -> GeneratorSummary {
        let mut all = GeneratorSlice::default();
        for slice in &self.slices {
            all.add_starts(slice);
            if self.is_in_window(slice, facts) {
                all.add_observed(slice);
            }
        }
        let of = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        GeneratorSummary {
            workers: facts.workers,
            start_lag_us: StartLag {
                p50: all.lag_us.quantile(0.5),
                p99: all.lag_us.quantile(0.99),
                max: all.lag_us.max(),
            },
            late_starts: all.late,
            missed_starts: all.missed,
            cpu_cores: of(all.cpu_s, all.span_s),
            run_delay: of(all.run_delay_s, all.span_s * f64::from(facts.workers)),
            wake_delay_us: of(all.run_delay_s * 1e6, real(all.runs)),
            busy: of(all.busy_s, all.span_s),
            steal: of(all.steal_s, all.machine_s),
            pressure: of(all.pressure_s, all.span_s),
            retransmits: all.retransmits,
        }
    }

    /// What is wrong with one that was read, if anything.
    pub(super) fn check(&self) -> Result<(), String> {
        check_slices("generator slices", self.slice_s, self.slices.iter().map(|slice| slice.start_s))?;
        if !self.slices.is_sorted_by(|one, next| one.start_s < next.start_s) {
            return Err("generator slices out of order".to_owned());
        }
        for sum in self.slices.iter().flat_map(|slice| slice.sums()) {
            check_figure("a time of a generator slice", sum, 0.0..=MOST_S)?;
        }
        check_counts("the counts of the generator", self.slices.iter().flat_map(|slice| slice.counts()))
    }

    fn coarsen(&mut self, slice_s: u64) {
        self.slice_s = slice_s;
        for slice in std::mem::take(&mut self.slices) {
            self.add(Arc::unwrap_or_clone(slice));
        }
    }
}

impl GeneratorSlice {
    /// What workers noted of their starts within a second; none where there were none.
    pub(super) fn of_starts(start_s: u64, raw: &mut RawStarts) -> Option<Self> {
        let RawStarts { late, missed, ended, .. } = *raw;
        (!raw.lag.is_empty() || late + missed + ended > 0).then(|| {
            let lag_us = Histogram::from_micros(&mut raw.lag);
            Self { start_s, lag_us, late, missed, ended, ..Self::default() }
        })
    }

    /// Adds what belongs to the same time.
    pub(super) fn add(&mut self, other: &Self) {
        self.add_starts(other);
        self.add_observed(other);
    }

    fn add_starts(&mut self, other: &Self) {
        self.lag_us.add(&other.lag_us);
        self.late += other.late;
        self.missed += other.missed;
        self.ended += other.ended;
    }

    fn add_observed(&mut self, other: &Self) {
        self.users = self.users.max(other.users);
        self.span_s += other.span_s;
        self.cpu_s += other.cpu_s;
        self.run_delay_s += other.run_delay_s;
        self.runs += other.runs;
        self.busy_s += other.busy_s;
        self.machine_s += other.machine_s;
        self.steal_s += other.steal_s;
        self.pressure_s += other.pressure_s;
        self.retransmits += other.retransmits;
    }

    fn counts(&self) -> [u64; 6] {
        [self.runs, self.retransmits, self.lag_us.count(), self.late, self.missed, self.ended]
    }

    fn sums(&self) -> [f64; 7] {
        [self.span_s, self.cpu_s, self.run_delay_s, self.busy_s, self.machine_s, self.steal_s, self.pressure_s]
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::facts;
    use super::*;

    fn second(start_s: u64) -> GeneratorSlice {
        GeneratorSlice {
            start_s,
            span_s: 1.0,
            cpu_s: 0.5,
            run_delay_s: 0.1,
            runs: 50,
            busy_s: if start_s.is_multiple_of(4) { 1.0 } else { 0.0 },
            machine_s: 2.0,
            steal_s: 0.2,
            retransmits: 1,
            ..GeneratorSlice::default()
        }
    }

    fn of(seconds: std::ops::Range<u64>) -> Generator {
        let mut generator = Generator::default();
        seconds.for_each(|start_s| generator.add(second(start_s)));
        generator
    }

    #[test]
    fn the_warm_up_tells_nothing_of_the_window() {
        let mut generator = of(0..35);
        generator.add(GeneratorSlice { start_s: 2, cpu_s: 9.0, steal_s: 2.0, ..GeneratorSlice::default() });
        let summary = generator.summary(&facts());
        let near = |value: f64, expected: f64| (value - expected).abs() < 1e-9;
        assert!(
            near(summary.cpu_cores, 0.5) && near(summary.steal, 0.1) && near(summary.run_delay, 0.1),
            "{summary:?}"
        );
        assert!(
            near(summary.busy, 7.0 / 30.0) && near(summary.wake_delay_us, 2_000.0) && summary.retransmits == 30,
            "{summary:?}"
        );
    }

    #[test]
    fn lags_of_many_kinds_are_kept_in_bounded_memory() {
        let mut generator = Generator::default();
        for start_s in 0..600 {
            let mut lags: Vec<u32> = (0..4_000).map(|number| number * 7 + 13).collect();
            let lag_us = Histogram::from_micros(&mut lags);
            generator.add(GeneratorSlice { start_s, lag_us, ..GeneratorSlice::default() });
            assert!(generator.bytes() <= Generator::MOST_BYTES * 5 / 4 || generator.slices.len() <= FEWEST_SLICES);
        }
        assert_eq!(generator.slices.iter().map(|slice| slice.lag_us.count()).sum::<u64>(), 600 * 4_000);
        assert!(generator.slices.len() > FEWEST_SLICES / 2 - 2, "{}", generator.slices.len());
    }

    #[test]
    fn a_long_run_keeps_its_sums_in_longer_slices() {
        let long = of(0..5_000);
        assert_eq!(long.slice_s(), 16);
        assert!(long.slices().len() <= MOST_SLICES);
        assert_eq!(long.slices().iter().map(|slice| slice.retransmits).sum::<u64>(), 5_000);
        assert_eq!(long.check(), Ok(()));
    }

    #[test]
    fn shards_ran_beside_each_other() {
        let mut both = of(0..700);
        both.merge(&of(0..700));
        let summary = both.summary(&RunFacts { workers: 2, ..facts() });
        let near = |value: f64, expected: f64| (value - expected).abs() < 1e-9;
        assert!(
            near(summary.cpu_cores, 1.0) && near(summary.run_delay, 0.1) && near(summary.steal, 0.1),
            "{summary:?}"
        );
        assert!(near(summary.busy, 0.25), "{summary:?}");
    }

    #[test]
    fn one_that_was_tampered_with_is_refused() {
        let bad = |change: fn(&mut Generator)| {
            let mut generator = of(0..3);
            change(&mut generator);
            generator.check()
        };
        assert!(bad(|generator| generator.slice_s = 3).is_err());
        assert!(bad(|generator| generator.slices.reverse()).is_err());
        assert!(bad(|generator| Arc::make_mut(&mut generator.slices[1]).cpu_s = f64::INFINITY).is_err());
    }
}
