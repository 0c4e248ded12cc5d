//! A run while it goes on, a second at a time: for a screen, a page, a time series database.
//!
//! In: what the collector took in. Out: a [`Pulse`] for each second, in order, once it has passed. What comes later than
//! that is in the next one: added up, the pulses are the run, nothing twice and nothing lost. Computes no figure.

use std::collections::BTreeMap;

use super::generator::GeneratorSlice;
use super::sample::Phase;
use super::series::{Tally, add_tally};

/// What is told of one second of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pulse {
    /// The second, from 0 at the start of the run, warm-up included.
    pub second: u64,
    /// Virtual users alive.
    pub users: u32,
    /// What finished of requests due in the warm-up, by endpoint; one without a request is absent.
    pub warmup: BTreeMap<String, Tally>,
    /// What finished of requests due in the window, by endpoint; one without a request is absent.
    pub window: BTreeMap<String, Tally>,
    /// The first failures of a kind at an endpoint.
    pub examples: Vec<PulseExample>,
    /// What the target used, by name; empty where that is not read.
    pub target: BTreeMap<String, f64>,
    /// How the generator fared.
    pub generator: GeneratorSlice,
}

/// What came instead of an answer that held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PulseExample {
    /// The endpoint.
    pub endpoint: String,
    /// What reports call the failure.
    pub kind: String,
    /// What came, in a line without secrets.
    pub text: String,
}

impl Pulse {
    /// What finished, by endpoint, whenever it was due; an endpoint may come twice.
    pub fn finished(&self) -> impl Iterator<Item = (&str, &Tally)> {
        self.warmup.iter().chain(&self.window).map(|(endpoint, tally)| (endpoint.as_str(), tally))
    }

    /// Adds what belongs to a second before it.
    fn precede(&mut self, earlier: Self) {
        for (sums, tallies) in [(&mut self.warmup, &earlier.warmup), (&mut self.window, &earlier.window)] {
            for (endpoint, tally) in tallies {
                add_tally(sums, endpoint, tally);
            }
        }
        self.examples.splice(0..0, earlier.examples);
        let mut target = earlier.target;
        target.append(&mut self.target);
        self.target = target;
        self.generator.add(&earlier.generator);
    }
}

/// The seconds that are still to be told.
#[derive(Debug, Default)]
pub(super) struct Untold {
    /// The next to be told.
    next: u64,
    seconds: BTreeMap<u64, Pulse>,
}

impl Untold {
    /// The second that something belongs to, or the next where that one has been told.
    pub(super) fn at(&mut self, second: u64) -> &mut Pulse {
        let second = second.max(self.next);
        self.seconds.entry(second).or_insert_with(|| Pulse { second, ..Pulse::default() })
    }

    /// Adds what finished.
    pub(super) fn add(&mut self, second: u64, phase: Phase, endpoint: &str, tally: &Tally) {
        let pulse = self.at(second);
        let sums = match phase {
            Phase::Warmup => &mut pulse.warmup,
            Phase::Window => &mut pulse.window,
        };
        add_tally(sums, endpoint, tally);
    }

    /// The next second, if it lies before `end`.
    pub(super) fn take(&mut self, end: u64) -> Option<Pulse> {
        let second = self.next;
        (second < end).then(|| {
            self.next += 1;
            self.seconds.remove(&second).unwrap_or(Pulse { second, ..Pulse::default() })
        })
    }

    /// All that is left, as one second; none where nothing is.
    pub(super) fn take_rest(&mut self) -> Option<Pulse> {
        let mut rest: Option<Pulse> = None;
        for mut pulse in std::mem::take(&mut self.seconds).into_values() {
            if let Some(earlier) = rest.take() {
                pulse.precede(earlier);
            }
            self.next = pulse.second + 1;
            rest = Some(pulse);
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(pulse: &Pulse) -> u64 {
        pulse.finished().map(|(_, tally)| tally.requests).sum()
    }

    fn tally(requests: u64) -> Tally {
        Tally { requests, ..Tally::default() }
    }

    #[test]
    fn every_second_is_told_once_and_in_order_also_one_in_which_nothing_happened() {
        let mut untold = Untold::default();
        untold.add(2, Phase::Window, "search", &tally(5));
        untold.add(0, Phase::Warmup, "search", &tally(3));
        let told: Vec<(u64, u64)> =
            std::iter::from_fn(|| untold.take(3)).map(|pulse| (pulse.second, requests(&pulse))).collect();
        assert_eq!(told, [(0, 3), (1, 0), (2, 5)]);
        assert_eq!((untold.take(3), untold.take_rest()), (None, None));
    }

    #[test]
    fn what_comes_after_its_second_was_told_is_in_the_next() {
        let mut untold = Untold::default();
        assert_eq!(untold.take(1).map(|pulse| requests(&pulse)), Some(0));
        untold.add(0, Phase::Window, "search", &tally(4));
        untold.add(1, Phase::Warmup, "search", &tally(1));
        let next = untold.take(2).unwrap();
        assert_eq!((next.second, requests(&next)), (1, 5));
    }

    #[test]
    fn what_is_left_at_the_end_is_told_as_one() {
        let mut untold = Untold::default();
        for second in [3, 4] {
            untold.add(second, Phase::Window, "search", &tally(second));
            untold.at(second).target.insert("cpu_cores".to_owned(), 0.5 * if second == 3 { 1.0 } else { 2.0 });
            untold.at(second).generator.late = 1;
        }
        let rest = untold.take_rest().unwrap();
        assert_eq!((rest.second, requests(&rest), rest.target["cpu_cores"], rest.generator.late), (4, 7, 1.0, 2));
    }
}
