//! The rules of other gates, on the same runs.
//!
//! In: what each run read, as logarithms of cells. Out: which cells fail. None of them corrects for the number of cells, and
//! none of them says that it can't know; where one has too little to go by it lets everything pass.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::draw::Draw;
use super::jobs::Logs;

/// Slices of a run that a test inside runs compares.
const SLICES: usize = 30;
/// Spread of the slices of one run.
const SLICE_SD: f64 = 0.1;
/// One-sided level of the test inside runs.
const MANN_WHITNEY_Z: f64 = 1.645;
/// The boundary that Bencher's documentation suggests for its t-test threshold.
const T_BOUNDARY: f64 = 0.99;

/// Beyond the last run by more than `rise`.
pub(super) fn percent(last: &Logs, now: &Logs, rise: f64) -> Vec<bool> {
    last.iter().zip(now).map(|(last, now)| now - last > rise.ln_1p()).collect()
}

/// Bencher's t-test threshold: beyond mean + t x standard deviation of the baseline's values.
pub(super) fn t_bound(baseline: &[Logs], now: &Logs) -> Vec<bool> {
    let count = f64::from(u32::try_from(baseline.len()).unwrap_or(u32::MAX));
    let Ok(t) = StudentsT::new(0.0, 1.0, count - 1.0) else {
        return vec![false; now.len()];
    };
    let reach = t.inverse_cdf(T_BOUNDARY);
    let beyond = |(cell, now): (usize, &f64)| {
        let values: Vec<f64> = baseline.iter().filter_map(|run| run.get(cell)).map(|log| log.exp()).collect();
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
        now.exp() > mean + reach * variance.sqrt()
    };
    now.iter().enumerate().map(beyond).collect()
}

/// Mann and Whitney's test on the slices inside the last run and this one.
pub(super) fn mann_whitney(last: &Logs, now: &Logs, draw: &mut Draw) -> Vec<bool> {
    last.iter().zip(now).map(|(last, now)| rank_deviate(*last, *now, draw) > MANN_WHITNEY_Z).collect()
}

/// The normal deviate of the rank sum of slices around two levels.
fn rank_deviate(last: f64, now: f64, draw: &mut Draw) -> f64 {
    let slices =
        |level: f64, draw: &mut Draw| -> Vec<f64> { (0..SLICES).map(|_| level + SLICE_SD * draw.normal()).collect() };
    let (before, after) = (slices(last, draw), slices(now, draw));
    let wins = after.iter().map(|now| before.iter().filter(|before| *before < now).count()).sum::<usize>();
    let (n, wins) = (f64::from(u32::try_from(SLICES).unwrap_or(0)), f64::from(u32::try_from(wins).unwrap_or(0)));
    (wins - n * n / 2.0) / (n * n * (2.0 * n + 1.0) / 12.0).sqrt()
}

/// More errors than before, by the difference of two proportions: counts and requests of each side.
pub(super) fn counts(before: (f64, f64), now: (f64, f64)) -> bool {
    let pooled = (before.0 + now.0) / (before.1 + now.1);
    let error = (pooled * (1.0 - pooled) * (1.0 / before.1 + 1.0 / now.1)).sqrt();
    error > 0.0 && (now.0 / now.1 - before.0 / before.1) / error > Normal::standard().inverse_cdf(0.95)
}
