//! Figures over windows that slide over a run, and the worst of them.
//!
//! In: what finished in each slice. Out: a figure where enough finished for it to be more than one request's doing, and
//! the worst one of a run. Whether it is bad enough, the gate decides.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::metric::Metric;
use super::numbers::{real, share, whole};
use super::sample::Phase;
use super::series::{Series, Tally};
use super::summary::ALL;

/// A window over which a limit is held.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowLimit {
    /// The endpoint; `(all)` is the whole run.
    pub endpoint: String,
    /// What is limited.
    pub metric: Metric,
    /// Length of the window in seconds.
    pub window_s: u64,
    /// The limit in the metric's unit.
    pub limit: f64,
}

/// The worst of all windows of one length within the measured window of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorstWindow {
    /// The figure over it, in the metric's unit.
    pub value: f64,
    /// When it starts, in seconds from the start of the run.
    pub start_s: u64,
    /// Its length in seconds: as asked, or that of the recording's slices where those are longer.
    pub length_s: u64,
}

impl WorstWindow {
    /// The worse of two.
    #[must_use]
    pub fn or_worse(self, other: Self, metric: Metric) -> Self {
        let is_worse = if metric.higher_is_worse() { other.value > self.value } else { other.value < self.value };
        if is_worse { other } else { self }
    }
}

/// Requests from which on a figure does not hang on a single one of them: of p99 100, of an error rate with a limit of 1%
/// as many.
#[must_use]
pub fn fewest_requests(metric: Metric, limit: f64) -> u64 {
    match metric.quantile() {
        Some(level) => whole((1.0 / (1.0 - level)).round()),
        None if metric == Metric::ErrorRate && limit > 0.0 => whole((1.0 / limit).ceil()),
        None => 1,
    }
}

/// The figure of a metric over a span of `length_s` seconds; none where too little finished to tell.
pub(super) fn figure(tally: &Tally, metric: Metric, length_s: u64, limit: f64) -> Option<f64> {
    let fewest = fewest_requests(metric, limit);
    let successes = tally.response_us.count();
    let latency = |value: f64| (successes >= fewest).then_some(value);
    match (metric.quantile(), metric) {
        (Some(level), _) => latency(real(tally.response_us.quantile(level))),
        (None, Metric::Max) => latency(real(tally.response_us.max())),
        (None, Metric::Mean) => latency(tally.response_us.mean()),
        (None, Metric::ErrorRate) => (tally.requests >= fewest).then(|| share(tally.failed(), tally.requests)),
        (None, Metric::Rps) => Some(real(tally.requests) / real(length_s.max(1))),
        _ => None,
    }
}

/// The worst of all windows that lie wholly within the measured window; none where too little finished in each of them.
pub(super) fn worst(series: &Series, warmup_s: f64, window_s: f64, asked: &WindowLimit) -> Option<WorstWindow> {
    let slices = tallies(series, warmup_s, window_s, &asked.endpoint);
    let count = whole(real(asked.window_s) / real(series.slice_s())).max(1);
    let count = usize::try_from(count).unwrap_or(usize::MAX).min(slices.len());
    let length_s = series.slice_s() * count as u64;
    let (starts, tallies): (Vec<u64>, Vec<Tally>) = slices.into_iter().unzip();
    starts
        .iter()
        .zip(sums(&tallies, count))
        .filter_map(|(start_s, sum)| {
            let value = figure(&sum, asked.metric, length_s, asked.limit)?;
            Some(WorstWindow { value, start_s: *start_s, length_s })
        })
        .reduce(|worst, next| worst.or_worse(next, asked.metric))
}

/// The slices that lie wholly within the measured window, empty ones too: start in seconds, and what finished there of
/// requests that were due in it.
fn tallies(series: &Series, warmup_s: f64, window_s: f64, endpoint: &str) -> Vec<(u64, Tally)> {
    let numbers = series.within(warmup_s, warmup_s + window_s);
    let first = numbers.start;
    let mut all: Vec<_> = numbers.map(|number| (number * series.slice_s(), Tally::default())).collect();
    for slice in series.slices().iter().filter(|slice| slice.phase == Phase::Window) {
        let place = (slice.start_s / series.slice_s()).checked_sub(first);
        let place = place.and_then(|place| usize::try_from(place).ok());
        let Some((_, tally)) = place.and_then(|place| all.get_mut(place)) else { continue };
        match slice.endpoints.get(endpoint) {
            Some(own) => tally.add(own),
            None if endpoint == ALL => tally.add(&slice.all()),
            None => {}
        }
    }
    all
}

/// The sum of each `count` neighbours, in order. Sums from the left and from the right of blocks of that length make
/// every one of them with a single addition, since a histogram can't be taken away from another (van Herk 1992).
fn sums(tallies: &[Tally], count: usize) -> Vec<Tally> {
    let count = count.max(1);
    let running = |block: &mut dyn Iterator<Item = &Tally>| -> Vec<Tally> {
        block
            .scan(Tally::default(), |sum, tally| {
                sum.add(tally);
                Some(sum.clone())
            })
            .collect()
    };
    let from_left: Vec<Tally> = tallies.chunks(count).flat_map(|block| running(&mut block.iter())).collect();
    let from_right: Vec<Tally> = tallies
        .chunks(count)
        .flat_map(|block| running(&mut block.iter().rev()).into_iter().rev().collect::<Vec<_>>())
        .collect();
    let ends = from_left.iter().enumerate().skip(count - 1);
    ends.zip(from_right)
        .map(|((end, left), mut right)| {
            // A window that is a block is the sum from its right already.
            if (end + 1) % count != 0 {
                right.add(left);
            }
            right
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::properties::{recording, success};
    use super::*;
    use crate::measure::{Failure, Sample};

    fn asked(metric: Metric, window_s: u64) -> WindowLimit {
        WindowLimit { endpoint: ALL.to_owned(), metric, window_s, limit: 0.5 }
    }

    /// So many requests of so many microseconds in each second of a window that begins at 5 s, and ends at 25 s.
    fn worst_of(asked: &WindowLimit, second: impl Fn(u64) -> (u64, u64, bool)) -> Option<WorstWindow> {
        let samples: Vec<Sample> = (0..25)
            .flat_map(|number| {
                let (count, micros, fails) = second(number);
                let failure = fails.then_some(Failure::Status(500));
                (0..count).map(move |n| Sample { failure, ..success(0, number * 1_000 + n, micros) })
            })
            .collect();
        worst(recording(&samples).series(), 5.0, 20.0, asked)
    }

    #[test]
    fn the_worst_window_is_found_wherever_it_lies_and_warm_up_is_in_none() {
        let slow =
            |number| if number < 5 || (12..15).contains(&number) { (40, 9_000, false) } else { (40, 1_000, false) };
        // Histograms resolve a thousandth.
        let near = |value: f64, expected: f64| (value / expected - 1.0).abs() < 0.002;
        let found = worst_of(&asked(Metric::P95, 3), slow).unwrap();
        assert!(near(found.value, 9_000.0) && (found.start_s, found.length_s) == (10, 3), "{found:?}");
        let found = worst_of(&asked(Metric::Mean, 6), slow).unwrap();
        assert!(near(found.value, 5_000.0) && (9..=12).contains(&found.start_s), "{found:?}");
        let whole_run = worst_of(&asked(Metric::P50, 600), slow).unwrap();
        assert_eq!((whole_run.value, whole_run.start_s, whole_run.length_s), (1_000.0, 5, 20));
    }

    #[test]
    fn errors_and_throughput_have_worst_windows_too() {
        let failing = |number| (10, 1_000, (9..11).contains(&number));
        let found = worst_of(&asked(Metric::ErrorRate, 4), failing).unwrap();
        assert!((found.value - 0.5).abs() < 1e-9, "{found:?}");
        let silent = |number| if (10..12).contains(&number) { (0, 1, false) } else { (10, 1_000, false) };
        let found = worst_of(&asked(Metric::Rps, 2), silent).unwrap();
        assert_eq!((found.value, found.start_s), (0.0, 10));
    }

    #[test]
    fn a_window_in_which_one_request_would_decide_is_none() {
        let rare = |number| if number == 10 { (19, 9_000, false) } else { (0, 1, false) };
        assert_eq!(worst_of(&asked(Metric::P95, 5), rare), None);
        assert!(worst_of(&asked(Metric::P90, 5), rare).is_some());
        assert_eq!((fewest_requests(Metric::P99, 1.0), fewest_requests(Metric::ErrorRate, 0.01)), (100, 100));
        let one_fails = |number| if number == 10 { (1, 1_000, true) } else { (0, 1, false) };
        assert_eq!(worst_of(&asked(Metric::ErrorRate, 1), one_fails), None);
    }

    #[test]
    fn slices_longer_than_the_window_are_windows_themselves() {
        let samples: Vec<Sample> = (0..1_000).map(|second| success(0, second * 1_000, 1_000)).collect();
        let recording = recording(&samples);
        assert_eq!(recording.series().slice_s(), 2);
        let found = worst(recording.series(), 5.0, 990.0, &asked(Metric::Rps, 1)).unwrap();
        assert_eq!((found.length_s, found.value), (2, 1.0));
    }

    proptest! {
        #[test]
        fn sums_of_neighbours_are_what_adding_them_one_by_one_gives(
            counts in prop::collection::vec(0..5u64, 0..40),
            length in 1..12usize,
        ) {
            let tally = |requests: &u64| Tally { requests: *requests, ..Tally::default() };
            let tallies: Vec<Tally> = counts.iter().map(tally).collect();
            let found: Vec<u64> = sums(&tallies, length).iter().map(|sum| sum.requests).collect();
            let expected: Vec<u64> = counts.windows(length).map(|window| window.iter().sum()).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
