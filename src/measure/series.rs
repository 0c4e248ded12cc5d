//! A run in slices of time: what finished when, by endpoint.
//!
//! In: what finished in one second. Out: slices in order, batches of them, totals. Bounded: beyond
//! [`MOST_SLICES`] or [`MOST_BYTES`] the slices double in length, and neighbours of one phase merge, exactly.
//! Knows no figure: quantiles, errors and rates are the summary's and the estimates'.

use std::collections::BTreeMap;
use std::mem;
use std::ops::Range;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::histogram::Histogram;
use super::numbers::{check_counts, check_slices, real, whole};
use super::sample::Phase;

/// Most slices a recording keeps.
pub(super) const MOST_SLICES: usize = 600;

/// Most memory the slices of a recording take for each endpoint, about.
const MOST_BYTES_OF_ENDPOINT: usize = 384 * 1024;

/// Most memory they take, about, of however many endpoints.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// However many endpoints there are, time is told apart at least this finely.
const FEWEST_SLICES: usize = 32;

/// What finished in some span of time: in one slice, in a batch of slices, in a whole run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Tally {
    /// Requests finished, failed ones included.
    pub requests: u64,
    /// Bytes received, heads and bodies.
    pub bytes_received: u64,
    /// Failures by kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, u64>,
    /// Response time of successful requests.
    #[serde(default, skip_serializing_if = "Histogram::is_empty")]
    pub response_us: Histogram,
}

/// What finished in one slice of time, of requests that were due in one phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Slice {
    /// When it starts, in seconds from the start of the run.
    pub start_s: u64,
    /// When its requests were due.
    pub phase: Phase,
    /// By endpoint; one without a request is absent.
    pub endpoints: BTreeMap<String, Tally>,
}

/// The slices of a run, in order of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Series {
    /// Length of a slice in seconds: a power of two.
    slice_s: u64,
    /// In order of start and phase; a slice without a request is absent.
    // Shared with the copies that are kept while a run goes on: of those, only the slice that changes is ever copied.
    slices: Vec<Arc<Slice>>,
}

impl Tally {
    /// Adds what finished in another span.
    pub(super) fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.bytes_received += other.bytes_received;
        for (kind, count) in &other.errors {
            add_count(&mut self.errors, kind, *count);
        }
        self.response_us.add(&other.response_us);
    }

    /// Memory it takes, about, with its place among the endpoints of a slice.
    fn bytes(&self) -> usize {
        const PLACE: usize = 64;
        size_of::<Self>() + PLACE + self.response_us.bytes()
    }

    /// Failed requests.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.errors.values().sum()
    }
}

impl Default for Series {
    fn default() -> Self {
        Self { slice_s: 1, slices: Vec::new() }
    }
}

impl Series {
    /// Most memory that the slices of a run with so many endpoints take, about.
    pub(super) fn most_bytes(endpoints: usize) -> usize {
        (endpoints * MOST_BYTES_OF_ENDPOINT).min(MOST_BYTES)
    }

    /// Adds what finished at one endpoint within a second (or, from another series, within a slice) that starts at
    /// `start_s`.
    pub(super) fn add(&mut self, start_s: u64, phase: Phase, endpoint: &str, tally: &Tally) {
        let start_s = start_s - start_s % self.slice_s;
        let place = match self.slices.binary_search_by_key(&(start_s, phase), |slice| slice.key()) {
            Ok(place) => place,
            Err(place) => {
                self.slices.insert(place, Arc::new(Slice { start_s, phase, endpoints: BTreeMap::new() }));
                self.keep_small();
                return self.add(start_s, phase, endpoint, tally);
            }
        };
        if let Some(slice) = self.slices.get_mut(place) {
            add_tally(&mut Arc::make_mut(slice).endpoints, endpoint, tally);
        }
    }

    /// Adds another series, in the longer slices of the two.
    pub(super) fn merge(&mut self, other: &Self) {
        while self.slice_s < other.slice_s {
            self.coarsen();
        }
        for slice in &other.slices {
            self.add_slice(slice);
        }
    }

    /// Adds the window of a series that was recorded later, as if it had begun at `start_s`. Gives the seconds it takes.
    pub(super) fn append(&mut self, later: &Self, start_s: u64) -> u64 {
        let window = || later.slices.iter().filter(|slice| slice.phase == Phase::Window);
        let Some(first) = window().next().map(|slice| slice.start_s) else { return 0 };
        let mut length_s = 0;
        for slice in window() {
            let after_s = slice.start_s - first;
            length_s = after_s + later.slice_s;
            for (endpoint, tally) in &slice.endpoints {
                self.add(start_s + after_s, Phase::Window, endpoint, tally);
            }
        }
        length_s
    }

    /// Length of a slice in seconds.
    #[must_use]
    pub fn slice_s(&self) -> u64 {
        self.slice_s
    }

    /// The slices in order; those without a request are absent.
    #[must_use]
    pub fn slices(&self) -> &[Arc<Slice>] {
        &self.slices
    }

    /// What finished of requests due in one phase, by endpoint.
    pub(super) fn totals(&self, phase: Phase) -> BTreeMap<String, Tally> {
        let mut totals = BTreeMap::new();
        for slice in self.slices.iter().filter(|slice| slice.phase == phase) {
            for (endpoint, tally) in &slice.endpoints {
                add_tally(&mut totals, endpoint, tally);
            }
        }
        totals
    }

    /// Which slices lie wholly within a span of the run, by number: the slice that starts at 0 is number 0.
    pub(super) fn within(&self, from_s: f64, to_s: f64) -> Range<u64> {
        let length = real(self.slice_s);
        whole((from_s / length).ceil())..whole(to_s / length)
    }

    /// What is wrong with a series that was read, if anything.
    pub(super) fn check(&self) -> Result<(), String> {
        check_slices("slices", self.slice_s, self.slices.iter().map(|slice| slice.start_s))?;
        if !self.slices.is_sorted_by(|one, next| one.key() < next.key()) {
            return Err("slices out of order".to_owned());
        }
        let tallies = || self.slices.iter().flat_map(|slice| slice.endpoints.values());
        check_counts("the requests", tallies().map(|tally| tally.requests))?;
        check_counts("the failures", tallies().flat_map(|tally| tally.errors.values().copied()))?;
        check_counts("the bytes", tallies().map(|tally| tally.bytes_received))?;
        if tallies().any(|tally| tally.requests != tally.response_us.count() + tally.failed()) {
            return Err("a slice whose successes and failures do not add up to its requests".to_owned());
        }
        Ok(())
    }

    fn keep_small(&mut self) {
        let bytes = self.slices.iter().flat_map(|slice| slice.endpoints.values()).map(Tally::bytes).sum::<usize>();
        let endpoints = self.slices.iter().map(|slice| slice.endpoints.len()).max().unwrap_or_default();
        let is_large = bytes > Self::most_bytes(endpoints);
        if self.slices.len() > MOST_SLICES || (is_large && self.slices.len() > 2 * FEWEST_SLICES) {
            self.coarsen();
        }
    }

    /// Doubles the length of the slices.
    fn coarsen(&mut self) {
        self.slice_s *= 2;
        for slice in mem::take(&mut self.slices) {
            self.add_slice(&slice);
        }
    }

    fn add_slice(&mut self, slice: &Slice) {
        for (endpoint, tally) in &slice.endpoints {
            self.add(slice.start_s, slice.phase, endpoint, tally);
        }
    }
}

impl Slice {
    fn key(&self) -> (u64, Phase) {
        (self.start_s, self.phase)
    }

    /// What finished in it, of all endpoints.
    pub(super) fn all(&self) -> Tally {
        let mut all = Tally::default();
        for tally in self.endpoints.values() {
            all.add(tally);
        }
        all
    }
}

/// Adds a tally to that of its endpoint.
pub(super) fn add_tally(endpoints: &mut BTreeMap<String, Tally>, endpoint: &str, tally: &Tally) {
    match endpoints.get_mut(endpoint) {
        Some(sum) => sum.add(tally),
        None => drop(endpoints.insert(endpoint.to_owned(), tally.clone())),
    }
}

/// Adds a count to that of its kind.
fn add_count(counts: &mut BTreeMap<String, u64>, kind: &str, count: u64) {
    match counts.get_mut(kind) {
        Some(sum) => *sum += count,
        None => drop(counts.insert(kind.to_owned(), count)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_of_many_kinds_are_kept_in_bounded_memory_for_each_endpoint() {
        for endpoints in [1, 3] {
            let mut series = Series::default();
            for start_s in 0..600 {
                let mut latencies: Vec<u32> = (0..3_000).map(|number| number * 11 + 13).collect();
                let response_us = Histogram::from_micros(&mut latencies);
                let tally = Tally { requests: 3_000, response_us, ..Tally::default() };
                for endpoint in 0..endpoints {
                    series.add(start_s, Phase::Window, &endpoint.to_string(), &tally);
                }
                let tallies = series.slices.iter().flat_map(|slice| slice.endpoints.values());
                let is_small = tallies.map(Tally::bytes).sum::<usize>() <= Series::most_bytes(endpoints) * 5 / 4;
                assert!(is_small || series.slices.len() <= 2 * FEWEST_SLICES, "{} slices", series.slices.len());
            }
            assert!((2..600).contains(&series.slice_s()), "{} s", series.slice_s());
            assert!(series.slices.len() >= FEWEST_SLICES, "{} slices", series.slices.len());
            let kept = series.totals(Phase::Window);
            assert_eq!(kept.values().map(|tally| tally.requests).sum::<u64>(), 600 * 3_000 * endpoints as u64);
        }
    }
}
