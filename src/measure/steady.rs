//! Was the warm-up long enough? MSER-5 on the slices of a run.
//!
//! In: the slices of a whole run, warm-up included. Out: the second from which on it was steady, where that lies
//! beyond the warm-up. Decides nothing: the gate's policy says what an unsteady run means.

use statrs::distribution::{ContinuousCDF as _, StudentsT};

use super::numbers::{length, real};
use super::series::{Series, Tally};

/// Slices a batch: the 5 of MSER-5.
const BATCH: usize = 5;

/// A smaller relative difference between the start of the window and its rest is nobody's warm-up.
const LEAST_DIFFERENCE: f64 = 0.05;

/// One-sided probability of 3 standard errors under a normal distribution.
const THREE_SIGMA: f64 = 0.998_650_1;

/// Fewest batches behind a truncation point that show how much batches differ by themselves.
const FEWEST_BATCHES: usize = 3;

/// Most slices looked at: more than a run keeps that made a request in each.
const MOST_SLICES: u64 = 1_200;

/// A figure over time: when each slice starts, and its value.
type Track = Vec<(f64, f64)>;

/// Seconds from the start of the run after which it was steady, where that lies beyond the warm-up; the latest of
/// what ln p50, ln p95 and the rate of `(all)` say. A run whose load rises all along is steady nowhere and reports
/// the middle of its window.
pub(super) fn steady_after_s(series: &Series, warmup_s: f64, window_s: f64) -> Option<f64> {
    let slices: Vec<_> = whole_slices(series, warmup_s + window_s);
    let latency = |level| -> Track {
        let some = slices.iter().filter(|(_, tally)| !tally.response_us.is_empty());
        some.map(|(start_s, tally)| (*start_s, real(tally.response_us.quantile(level).max(1)).ln())).collect()
    };
    let busy: f64 = slices.iter().map(|(_, tally)| real(tally.requests)).sum::<f64>() / length(&slices).max(1.0);
    let rate: Track = slices.iter().map(|(start_s, tally)| (*start_s, real(tally.requests) / busy.max(1.0))).collect();
    [latency(0.5), latency(0.95), rate]
        .iter()
        .filter_map(|track| unsteady_until(track, warmup_s, warmup_s + window_s / 2.0))
        .reduce(f64::max)
}

/// The slices that lie wholly before `end_s`, of both phases together, empty ones too: start in seconds, tally.
fn whole_slices(series: &Series, end_s: f64) -> Vec<(f64, Tally)> {
    let count = series.within(0.0, end_s).end;
    // A long run of few requests has many slices without any: those are taken together, or the search would not end.
    let together = count.div_ceil(MOST_SLICES).max(1);
    let length_s = series.slice_s() * together;
    let mut slices: Vec<_> = (0..count / together).map(|number| (real(number * length_s), Tally::default())).collect();
    for slice in series.slices() {
        let place = usize::try_from(slice.start_s / length_s).ok();
        if let Some((_, tally)) = place.and_then(|place| slices.get_mut(place)) {
            tally.add(&slice.all());
        }
    }
    slices
}

/// The truncation point of one track in seconds, if it lies beyond the warm-up and what it cuts off the window
/// really differs from the rest: by more than 5%, and by more than 3 standard errors.
///
/// MSER alone truncates needlessly where a series is short or noisy (White & Robinson 2010), hence the second look.
fn unsteady_until(track: &Track, warmup_s: f64, latest_s: f64) -> Option<f64> {
    let (starts, means): (Vec<_>, Vec<_>) = track.chunks_exact(BATCH).map(batch_mean).unzip();
    let allowed = starts.iter().take_while(|start| **start <= latest_s).count();
    let cut = truncation(&means, allowed.min((means.len() + 1).saturating_sub(FEWEST_BATCHES)))?;
    let cut_s = *starts.get(cut)?;
    let head: Vec<_> =
        track.iter().filter(|(start, _)| (warmup_s..cut_s).contains(start)).map(|(_, value)| *value).collect();
    (!head.is_empty() && differs(&head, means.get(cut..)?)).then_some(cut_s)
}

fn batch_mean(batch: &[(f64, f64)]) -> (f64, f64) {
    let start = batch.first().map_or(0.0, |(start, _)| *start);
    (start, batch.iter().map(|(_, value)| value).sum::<f64>() / length(batch))
}

/// The number of leading values that MSER drops, among the first `allowed` choices: the one with the least
/// sum of squares around the mean of the rest, over the square of their number (White 1997, Simulation 69(6)).
fn truncation(values: &[f64], allowed: usize) -> Option<usize> {
    let statistic = |dropped: usize| {
        let rest = values.get(dropped..).unwrap_or_default();
        squares(rest) / length(rest).powi(2)
    };
    (0..allowed).min_by(|one, other| statistic(*one).total_cmp(&statistic(*other)))
}

/// Whether single slices before the cut differ from the batch means behind it by more than noise. How much batches
/// differ by themselves is learnt from one to the next behind the cut (von Neumann 1941), so that a trend is not
/// taken for noise, with Student's t for their being few.
fn differs(head: &[f64], rest: &[f64]) -> bool {
    let difference = (mean(head) - mean(rest)).abs();
    let freedom = length(rest) - 1.0;
    let Ok(student) = StudentsT::new(0.0, 1.0, freedom) else {
        return false;
    };
    let steps = rest.iter().zip(rest.iter().skip(1)).map(|(one, next)| (next - one).powi(2));
    let variance = steps.sum::<f64>() / (2.0 * freedom);
    let batches_before = length(head) / real(BATCH as u64);
    let error = (variance * (1.0 / batches_before + 1.0 / length(rest))).sqrt();
    difference > LEAST_DIFFERENCE && difference > student.inverse_cdf(THREE_SIGMA) * error
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / length(values)
}

/// Sum of squares around the mean.
fn squares(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::super::properties::{recording, success};
    use super::*;
    use crate::measure::Sample;

    /// When a run is found steady that makes `rate` requests in each second, of `response_us` each.
    fn steady_after(seconds: u64, rate: impl Fn(u64) -> u64, response_us: impl Fn(u64, u64) -> u64) -> Option<f64> {
        let all = (0..seconds).flat_map(|second| (0..rate(second)).map(move |number| (second, number)));
        let samples: Vec<Sample> =
            all.map(|(second, number)| success(0, second * 1_000 + number, response_us(second, number))).collect();
        steady_after_s(recording(&samples).series(), 5.0, real(seconds - 5))
    }

    /// Latencies that differ from one another and from second to second, without a trend.
    fn noisy(second: u64, number: u64) -> u64 {
        1_000 + (number * 37 + second * 13) % 100 + second * 7 % 11
    }

    #[test]
    fn truncation_is_where_the_mser_statistic_is_least() {
        // numpy: statistics 0.1658, 0.0461, 0.0028, 0.0037, 0.0037, 0.0040
        let values = [9.0, 7.0, 5.0, 5.2, 4.8, 5.1, 4.9, 5.0, 5.2, 4.8];
        assert_eq!(truncation(&values, 6), Some(2));
        assert_eq!(truncation(&values, 2), Some(1));
        assert_eq!(truncation(&values, 0), None);
    }

    #[test]
    fn a_steady_run_is_steady() {
        assert_eq!(steady_after(60, |_| 20, noisy), None);
    }

    #[test]
    fn a_start_that_is_slow_within_the_warm_up_is_no_finding() {
        let slow = |second, number| if second < 5 { 9_000 } else { noisy(second, number) };
        assert_eq!(steady_after(60, |_| 20, slow), None);
    }

    #[test]
    fn a_start_that_is_slow_beyond_the_warm_up_is_found_with_its_end() {
        let slow = |second, _| if second < 14 { 9_000 } else { 1_000 };
        assert_eq!(steady_after(60, |_| 20, slow), Some(15.0));
    }

    #[test]
    fn a_rate_that_settles_late_is_found_where_latencies_show_nothing() {
        assert_eq!(steady_after(60, |second| if second < 20 { 10 } else { 20 }, noisy), Some(20.0));
    }

    #[test]
    fn a_load_that_rises_all_along_is_steady_nowhere() {
        let found = steady_after(60, |second| 10 + second, noisy);
        assert_eq!(found, Some(30.0));
    }

    #[test]
    fn a_difference_too_small_to_matter_is_no_finding() {
        let slow = |second, _| if second < 20 { 1_030 } else { 1_000 };
        assert_eq!(steady_after(60, |_| 20, slow), None);
    }

    #[test]
    fn a_run_too_short_to_tell_is_not_accused() {
        assert_eq!(steady_after(12, |_| 20, |second, _| 9_000 - second * 500), None);
        assert_eq!(steady_after(6, |_| 0, |_, _| 1), None);
    }
}
