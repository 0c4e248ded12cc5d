//! The energy statistic of a split, its largest value over all splits, and how often luck alone does better.
//!
//! In: values in the order of time. Out: a [`Split`] and its chance. Knows nothing of runs or of what the values mean.
//! Matteson and James, "A nonparametric approach for multiple change point analysis of multivariate data", JASA 109
//! (2014), with exponent 1.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Fewest values on either side of a split: below that the spread inside a side is not an estimate of anything.
pub(super) const SHORTEST_SIDE: usize = 3;

/// Permutations that do as well as the series itself after which no more are drawn: the chance is large then, and its
/// second digit does not matter (Besag and Clifford, "Sequential Monte Carlo p-values", Biometrika 78, 1991).
const ENOUGH_EXCEEDED: u32 = 20;

/// Sums that differ by less than this, relatively, differ by rounding alone.
const ROUNDING: f64 = 1e-9;

/// Where a series breaks most clearly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    /// Index of the first value after the break.
    pub(super) at: usize,
    /// The scaled energy statistic there.
    pub(super) statistic: f64,
}

/// The split at which `mn/(m+n)` times the energy statistic is largest; none where a side would be too short.
///
/// `E = 2/(mn) ΣΣ|x-y| - ΣΣ|x-x'| / C(m,2) - ΣΣ|y-y'| / C(n,2)`, with unbiased means inside the sides (eq. 5).
pub(super) fn clearest_split(values: &[f64]) -> Option<Split> {
    // Within-side sums for the split after the first value; each step moves one value from right to left.
    let (mut left, mut right) = (0.0, within(values));
    let mut across = 0.0;
    let mut clearest: Option<Split> = None;
    for (index, moved) in values.iter().enumerate() {
        let (before, rest) = values.split_at(index);
        let (from_left, from_right) = (distances(*moved, before), distances(*moved, rest));
        left += from_left;
        right -= from_right;
        across += from_right - from_left;
        let at = index + 1;
        let (m, n) = (at, values.len() - at);
        if m.min(n) < SHORTEST_SIDE {
            continue;
        }
        let (m, n) = (float(m), float(n));
        let energy = 2.0 * across / (m * n) - 2.0 * left / (m * (m - 1.0)) - 2.0 * right / (n * (n - 1.0));
        let statistic = energy * m * n / (m + n);
        if clearest.is_none_or(|best| statistic > best.statistic) {
            clearest = Some(Split { at, statistic });
        }
    }
    clearest
}

/// The share of orders of the same values in which the clearest split, wherever it falls, is as clear as this one:
/// the whole search is repeated in each, so that the choice among splits is paid for. An upper estimate, never zero.
pub(super) fn chance(values: &[f64], clearest: Split, most: u32, seed: u64) -> f64 {
    let bar = clearest.statistic - ROUNDING * clearest.statistic.abs();
    let mut draws = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut shuffled = values.to_vec();
    let mut exceeded = 0;
    for drawn in 1..=most {
        shuffled.shuffle(&mut draws);
        exceeded += u32::from(clearest_split(&shuffled).is_some_and(|split| split.statistic >= bar));
        if exceeded == ENOUGH_EXCEEDED {
            return f64::from(exceeded) / f64::from(drawn);
        }
    }
    f64::from(exceeded + 1) / f64::from(most + 1)
}

/// The sum of distances between all pairs.
fn within(values: &[f64]) -> f64 {
    values.iter().enumerate().map(|(index, value)| distances(*value, values.split_at(index).0)).sum()
}

fn distances(from: f64, to: &[f64]) -> f64 {
    to.iter().map(|value| (from - value).abs()).sum()
}

#[expect(clippy::cast_precision_loss, reason = "a history has some hundreds of points")]
pub(super) fn float(count: usize) -> f64 {
    count as f64
}
