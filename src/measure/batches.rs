//! How much a request is worth: requests close in time share their luck, so a thousand of them say less than a
//! thousand independent ones.
//!
//! In: the slices of a window. Out: batches of them, and from batches the design effect of a share, a mean or a
//! rate. Knows no metric.

use std::collections::BTreeMap;

use super::numbers::{length, real, whole};
use super::sample::Phase;
use super::series::{Series, Tally};
use super::summary::ALL;

/// Batches a long window is cut into.
const BATCHES: f64 = 30.0;

/// The window in batches of max(1 s, window / 30) each, in whole slices that lie wholly within the window.
///
/// Every endpoint that has a request in the window, and `(all)`, has all batches, empty ones too: a second in
/// which nothing finished is a finding. What is left of the window after the last whole batch is left out.
pub(super) fn batches(series: &Series, warmup_s: f64, window_s: f64) -> BTreeMap<String, Vec<Tally>> {
    let slices = series.within(warmup_s, warmup_s + window_s);
    let slices_a_batch = whole((window_s / BATCHES / real(series.slice_s())).ceil()).max(1);
    let count = slices.end.saturating_sub(slices.start) / slices_a_batch;
    let empty = || vec![Tally::default(); usize::try_from(count).unwrap_or_default()];

    let mut batches = BTreeMap::from([(ALL.to_owned(), empty())]);
    for slice in series.slices().iter().filter(|slice| slice.phase == Phase::Window) {
        let number = (slice.start_s / series.slice_s()).checked_sub(slices.start);
        let place = number.and_then(|number| usize::try_from(number / slices_a_batch).ok());
        for (endpoint, tally) in &slice.endpoints {
            for name in [endpoint, ALL] {
                let batch = batches.entry(name.to_owned()).or_insert_with(empty);
                if let Some(batch) = place.and_then(|place| batch.get_mut(place)) {
                    batch.add(tally);
                }
            }
        }
    }
    batches
}

/// The design effect of a ratio over batches: its variance as the batches show it, relative to what it would be if
/// every unit were independent with variance `unit_variance`. 1 where there are not two batches to tell from.
///
/// Each batch is (sum of what is measured, units). Variance of a ratio estimator: Cochran, Sampling Techniques
/// (3rd ed. 1977), section 6.4; design effect: Kish, Survey Sampling (1965), section 8.2. With equal batches of n
/// units this is n Var(batch means) / `unit_variance`.
pub(super) fn design_effect(batches: &[(f64, f64)], unit_variance: f64) -> f64 {
    let units: f64 = batches.iter().map(|(_, units)| units).sum();
    if batches.len() < 2 || units <= 0.0 || unit_variance <= 0.0 {
        return 1.0;
    }
    let ratio = batches.iter().map(|(sum, _)| sum).sum::<f64>() / units;
    let squares: f64 = batches.iter().map(|(sum, units)| (sum - ratio * units).powi(2)).sum();
    let count = length(batches);
    count / (count - 1.0) * squares / (units * unit_variance)
}

#[cfg(test)]
mod tests {
    use super::super::properties::{recording, success};
    use super::*;

    #[test]
    fn the_design_effect_is_that_of_a_ratio() {
        // numpy: B/(B-1) sum((x - R m)^2) / sum(m)^2, over R(1-R)/sum(m)
        let batches = [(4.0, 100.0), (9.0, 120.0), (2.0, 80.0), (7.0, 110.0), (5.0, 90.0), (13.0, 140.0)];
        let ratio = 40.0 / 640.0;
        assert!((design_effect(&batches, ratio * (1.0 - ratio)) - 1.113).abs() < 1e-9);
    }

    #[test]
    fn with_equal_batches_it_is_their_size_times_the_variance_of_shares() {
        // numpy: 200 var(shares, ddof=1) / (p (1 - p))
        let batches = [0.02, 0.07, 0.04, 0.11, 0.05].map(|share| (share * 200.0, 200.0));
        let p = 0.058;
        assert!((design_effect(&batches, p * (1.0 - p)) - 4.282_890_401_932_793).abs() < 1e-9);
    }

    #[test]
    fn what_can_not_be_told_from_batches_is_taken_as_independent() {
        for (batches, variance) in [(vec![], 0.2), (vec![(3.0, 9.0)], 0.2), (vec![(0.0, 9.0), (0.0, 9.0)], 0.0)] {
            assert!((design_effect(&batches, variance) - 1.0).abs() < f64::EPSILON, "{batches:?}");
        }
    }

    #[test]
    fn the_window_is_cut_into_thirty_batches_and_neither_warm_up_nor_late_answers_are_in_them() {
        let mut samples: Vec<_> = (0..35).map(|second| success(0, second * 1_000, 500)).collect();
        samples.push(success(0, 34_900, 2_000_000));
        let batches = &batches(recording(&samples).series(), 5.0, 30.0)[ALL];
        assert_eq!(batches.iter().map(|batch| batch.requests).collect::<Vec<_>>(), [1; 30]);
    }

    #[test]
    fn a_second_without_an_answer_is_an_empty_batch() {
        let samples = [success(0, 5_000, 500), success(0, 8_000, 500)];
        let requests: Vec<_> = batches(recording(&samples).series(), 5.0, 5.0)["create_order"]
            .iter()
            .map(|batch| batch.requests)
            .collect();
        assert_eq!(requests, [1, 0, 0, 1, 0]);
    }

    #[test]
    fn batches_are_whole_slices_within_the_window() {
        let samples: Vec<_> = (0..65).map(|second| success(0, second * 1_000, 500)).collect();
        let batches = &batches(recording(&samples).series(), 5.5, 59.0)[ALL];
        assert_eq!(batches.iter().map(|batch| batch.requests).collect::<Vec<_>>(), [2; 29]);
    }
}
