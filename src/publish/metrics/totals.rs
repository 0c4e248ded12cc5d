//! A run so far, as counters that only grow.
//!
//! In: the seconds of a run, each once. Out: sums by phase and endpoint, and the state of the last second. Knows no format.

use std::collections::BTreeMap;

use crate::measure::{GeneratorSlice, Histogram, Phase, Pulse, Tally};

/// All that was told of a run, added up.
#[derive(Debug, Clone, Default)]
pub(super) struct Totals {
    warmup: BTreeMap<String, Sums>,
    window: BTreeMap<String, Sums>,
    /// Virtual users alive in the last second.
    pub(super) users: u32,
    /// What the target used when that was last read, by name.
    pub(super) target: BTreeMap<String, f64>,
    /// How the generator fared, over all seconds.
    pub(super) generator: Load,
}

/// What finished at one endpoint.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sums {
    /// Requests finished, failed ones included.
    pub(super) requests: u64,
    /// Bytes received, heads and bodies.
    pub(super) bytes_received: u64,
    /// Requests that failed, by what reports call the failure.
    pub(super) errors: BTreeMap<String, u64>,
    /// Response times of successful requests, in microseconds.
    pub(super) response_us: Histogram,
}

/// What the generator did and suffered.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Load {
    /// CPU time it took, in seconds.
    pub(super) cpu_s: f64,
    /// Time in which its workers waited for a core, in seconds.
    pub(super) run_delay_s: f64,
    /// Time the machine's host took away, in seconds.
    pub(super) steal_s: f64,
    /// Starts that came late.
    pub(super) late: u64,
    /// Starts that were due and never made.
    pub(super) missed: u64,
}

impl Totals {
    /// Adds a second of the run.
    pub(super) fn add(&mut self, pulse: &Pulse) {
        for (sums, tallies) in [(&mut self.warmup, &pulse.warmup), (&mut self.window, &pulse.window)] {
            for (endpoint, tally) in tallies {
                sums.entry(endpoint.clone()).or_default().add(tally);
            }
        }
        self.users = pulse.users;
        // A second in which the target was not read leaves what it used before.
        self.target.extend(pulse.target.iter().map(|(name, value)| (name.clone(), *value)));
        self.generator.add(&pulse.generator);
    }

    /// What finished, by phase and endpoint, in a stable order.
    pub(super) fn endpoints(&self) -> impl Iterator<Item = (Phase, &str, &Sums)> {
        let phases = [(Phase::Warmup, &self.warmup), (Phase::Window, &self.window)];
        phases
            .into_iter()
            .flat_map(|(phase, sums)| sums.iter().map(move |(endpoint, sums)| (phase, endpoint.as_str(), sums)))
    }
}

impl Sums {
    fn add(&mut self, tally: &Tally) {
        self.requests += tally.requests;
        self.bytes_received += tally.bytes_received;
        for (kind, count) in &tally.errors {
            *self.errors.entry(kind.clone()).or_default() += count;
        }
        self.response_us.add(&tally.response_us);
    }
}

impl Load {
    fn add(&mut self, slice: &GeneratorSlice) {
        self.cpu_s += slice.cpu_s;
        self.run_delay_s += slice.run_delay_s;
        self.steal_s += slice.steal_s;
        self.late += slice.late;
        self.missed += slice.missed;
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The first second of a run: three successes and a failure.
    pub(in crate::publish::metrics) fn example(endpoint: &str, kind: &str) -> Totals {
        let tally = Tally {
            requests: 4,
            bytes_received: 900,
            errors: BTreeMap::from([(kind.to_owned(), 1)]),
            response_us: Histogram::from_micros(&mut [100, 900, 40_000_000]),
        };
        let target = BTreeMap::from([("cpu-cores".to_owned(), 0.5), ("cpu_cores".to_owned(), 0.5)]);
        let window = BTreeMap::from([(endpoint.to_owned(), tally)]);
        let mut totals = Totals::default();
        totals.add(&Pulse { users: 7, window, target, ..Pulse::default() });
        totals
    }

    /// One request: in the warm-up or not, at which endpoint, failed or not, how long in microseconds.
    type Request = (bool, u8, bool, u32);

    fn tally(failed: bool, us: u32) -> Tally {
        let errors = if failed { BTreeMap::from([("timeout".to_owned(), 1)]) } else { BTreeMap::new() };
        let response_us = Histogram::from_micros(&mut [us]);
        Tally { requests: 1, bytes_received: u64::from(us), errors, response_us }
    }

    fn pulse(second: u64, (warmup, endpoint, failed, us): Request) -> Pulse {
        let finished = BTreeMap::from([(format!("endpoint {endpoint}"), tally(failed, us))]);
        let (warmup, window) = if warmup { (finished, BTreeMap::new()) } else { (BTreeMap::new(), finished) };
        Pulse { second, warmup, window, ..Pulse::default() }
    }

    proptest! {
        #[test]
        fn totals_are_the_sum_of_the_seconds(
            requests in prop::collection::vec((any::<bool>(), 0..3_u8, any::<bool>(), 0..9_000_000_u32), 0..60),
        ) {
            let mut totals = Totals::default();
            for (second, request) in requests.iter().enumerate() {
                totals.add(&pulse(second as u64, *request));
            }
            for (phase, endpoint, sums) in totals.endpoints() {
                let here: Vec<_> = requests
                    .iter()
                    .filter(|(warmup, name, ..)| {
                        *warmup == (phase == Phase::Warmup) && format!("endpoint {name}") == endpoint
                    })
                    .collect();
                let mut latencies: Vec<u32> = here.iter().map(|request| request.3).collect();
                let failed = here.iter().filter(|request| request.2).count() as u64;
                prop_assert_eq!(sums.requests, here.len() as u64);
                prop_assert_eq!(sums.bytes_received, latencies.iter().map(|us| u64::from(*us)).sum::<u64>());
                prop_assert_eq!(sums.errors.get("timeout").copied().unwrap_or(0), failed);
                prop_assert_eq!(&sums.response_us, &Histogram::from_micros(&mut latencies));
            }
            let all: u64 = totals.endpoints().map(|(.., sums)| sums.requests).sum();
            prop_assert_eq!(all, requests.len() as u64);
        }
    }

    #[test]
    fn a_second_without_a_reading_of_the_target_keeps_the_last_one() {
        let mut totals = Totals::default();
        let target = BTreeMap::from([("cpu_cores".to_owned(), 0.5)]);
        totals.add(&Pulse { users: 3, target: target.clone(), ..Pulse::default() });
        totals.add(&Pulse { second: 1, users: 2, ..Pulse::default() });
        assert_eq!((totals.users, totals.target), (2, target));
    }
}
