//! Wilcoxon's signed-rank test turned inside out: where the middle of a cell's differences lies, and between which
//! bounds.
//!
//! In: one difference a block. Out: the Hodges-Lehmann estimate, and bounds that hold whatever the distribution of the
//! differences, as long as it is symmetric. Compares with no tolerance.
//!
//! A middle `m` is refuted by the test when too many of the averages of two blocks (Walsh averages, each block with
//! itself included) lie on one side of it, so the bounds are averages themselves: with `n` blocks and a chance `tail`
//! of error, as many of them are cut off as the exact null distribution allows (Hollander, Wolfe & Chicken,
//! *Nonparametric Statistical Methods*, 3rd ed. 2014, section 3.3).

/// The averages of every two of a cell's differences, and of each with itself.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::gate) struct WalshAverages {
    ascending: Vec<f64>,
    differences: usize,
}

impl WalshAverages {
    /// The averages of `differences`, in any order.
    pub(in crate::gate) fn of(differences: &[f64]) -> Self {
        let pairs = differences
            .iter()
            .enumerate()
            .flat_map(|(place, one)| differences.iter().skip(place).map(move |other| f64::midpoint(*one, *other)));
        let mut ascending: Vec<f64> = pairs.collect();
        ascending.sort_by(f64::total_cmp);
        Self { ascending, differences: differences.len() }
    }

    /// The Hodges-Lehmann estimate (Hodges & Lehmann 1963): the median of the averages; 0 without any.
    pub(in crate::gate) fn median(&self) -> f64 {
        let last = self.ascending.len().saturating_sub(1);
        let (below, above) = (self.ascending.get(last / 2), self.ascending.get(last.div_ceil(2)));
        below.zip(above).map_or(0.0, |(below, above)| f64::midpoint(*below, *above))
    }

    /// The lower and the upper bound, each wrong with a chance of at most `tail`: infinite where so few blocks can't
    /// be that sure of anything.
    pub(in crate::gate) fn bounds(&self, tail: f64) -> (f64, f64) {
        let Some(cut) = cut(self.differences, tail) else {
            return (f64::NEG_INFINITY, f64::INFINITY);
        };
        let low = self.ascending.get(cut).copied().unwrap_or(f64::NEG_INFINITY);
        let high = self.ascending.iter().rev().nth(cut).copied().unwrap_or(f64::INFINITY);
        (low, high)
    }
}

/// The fewest blocks whose most extreme outcome, all of them agreeing, has a chance of at most `tail(blocks)`.
pub(in crate::gate) fn fewest(most: u32, tail: impl Fn(u32) -> f64) -> Option<u32> {
    (1..=most).find(|blocks| 0.5f64.powf(f64::from(*blocks)) <= tail(*blocks))
}

/// How many averages may be cut off at one end: the largest rank sum that is this small with a chance of at most
/// `tail` when the middle is 0.
fn cut(differences: usize, tail: f64) -> Option<usize> {
    let mut below = 0.0;
    let mut allowed = 0;
    for chance in null_distribution(differences) {
        below += chance;
        if below > tail {
            break;
        }
        allowed += 1;
    }
    usize::checked_sub(allowed, 1).filter(|_| differences > 0)
}

/// The chance of each sum of positive ranks, from 0, when every rank of `1..=n` is positive or negative with equal
/// chance: exact for differences that never tie.
fn null_distribution(n: usize) -> Vec<f64> {
    let mut chances = vec![0.0; n * (n + 1) / 2 + 1];
    if let Some(none) = chances.first_mut() {
        *none = 1.0;
    }
    for rank in 1..=n {
        let without = chances.clone();
        let with = std::iter::repeat_n(0.0, rank).chain(without.iter().copied());
        for ((chance, without), with) in chances.iter_mut().zip(&without).zip(with) {
            *chance = f64::midpoint(*without, with);
        }
    }
    chances
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The chance of a sum of positive ranks of at least `sum`.
    fn tail(n: usize, sum: usize) -> f64 {
        null_distribution(n)[sum..].iter().sum()
    }

    /// `scipy.stats.wilcoxon(d, alternative="greater", method="exact").pvalue` of differences with that rank sum.
    #[test]
    fn tails_of_the_null_distribution_are_scipys() {
        for (n, sum, expected) in [
            (8, 30, 0.054_687_5),
            (9, 40, 0.019_531_25),
            (10, 45, 0.041_992_187_5),
            (16, 100, 0.052_291_870_117_187_5),
            (24, 230, 0.010_563_552_379_608_154),
            (32, 400, 0.004_954_762_523_994_85),
            (50, 900, 0.005_283_324_192_498_107),
        ] {
            let found = tail(n, sum);
            assert!((found - expected).abs() < 1e-12, "{n} {sum}: {found}");
        }
    }

    /// All eight sign patterns of ranks 1, 2, 3: sums 0 1 2 3 3 4 5 6.
    #[test]
    fn three_blocks_have_eight_outcomes() {
        assert_eq!(null_distribution(3), [1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 1.0].map(|ways: f64| ways / 8.0));
        assert_eq!(null_distribution(0), [1.0]);
    }

    /// Hollander & Wolfe's depression data (scipy's example): numpy's median of the 45 averages; R's
    /// `wilcox.test(x, y, paired = TRUE, conf.int = TRUE)` gives the same estimate, 0.46.
    #[test]
    fn the_estimate_is_the_median_of_the_averages() {
        let found = WalshAverages::of(&[0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01]);
        assert!((found.median() - 0.46).abs() < 1e-12, "{found:?}");
        assert!((WalshAverages::of(&[1.0, 2.0]).median() - 1.5).abs() < 1e-12);
        assert!(WalshAverages::of(&[]).median().abs() < 1e-12);
    }

    /// Averages of 1, 3, 4, 8, 15: 1 2 2.5 3 3.5 4 4.5 5.5 6 8 8 9 9.5 11.5 15. With five blocks the smallest sums have
    /// chances 1/32, 1/32, 1/32, 2/32: a tail of 0.0625 allows the sums 0 and 1.
    #[test]
    fn bounds_cut_off_what_the_exact_test_allows() {
        let found = WalshAverages::of(&[8.0, 1.0, 15.0, 4.0, 3.0]);
        assert_eq!(found.bounds(0.0625), (2.0, 11.5));
        assert_eq!(found.bounds(0.0624), (1.0, 15.0));
        assert_eq!(found.bounds(0.031_25), (1.0, 15.0));
        assert_eq!(found.bounds(0.031), (f64::NEG_INFINITY, f64::INFINITY));
        assert_eq!(WalshAverages::of(&[]).bounds(0.5), (f64::NEG_INFINITY, f64::INFINITY));
    }

    /// A bound is where the test stops refuting: every middle below it has a p-value of at most the tail, none above.
    #[test]
    fn a_lower_bound_is_where_the_test_stops_refuting() {
        let differences = [0.31, -0.12, 0.07, 0.22, 0.18, 0.05, 0.29, -0.03, 0.11, 0.16, 0.26, 0.02];
        let p_value = |middle: f64| {
            let mut moved = differences.map(|difference| difference - middle);
            moved.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
            tail(12, moved.iter().zip(1..).filter(|(value, _)| **value > 0.0).map(|(_, rank)| rank).sum())
        };
        for level in [0.05, 0.01, 0.001] {
            let (low, _) = WalshAverages::of(&differences).bounds(level);
            assert!(p_value(low - 1e-9) <= level && p_value(low + 1e-9) > level, "{level}: {low}");
        }
    }

    #[test]
    fn swapping_the_sides_negates_everything() {
        let differences = [0.31, -0.12, 0.07, 0.22, 0.18, 0.05, 0.29];
        let (forth, back) = (WalshAverages::of(&differences), WalshAverages::of(&differences.map(|d: f64| -d)));
        let (low, high) = forth.bounds(0.05);
        assert_eq!((-high, -low), back.bounds(0.05));
        assert_eq!(forth.median().to_bits(), (-back.median()).to_bits());
    }

    #[test]
    fn so_many_blocks_are_needed_to_be_that_sure() {
        assert_eq!(fewest(64, |_| 0.05), Some(5));
        assert_eq!(fewest(64, |_| 0.001), Some(10));
        assert_eq!(fewest(8, |_| 0.001), None);
    }
}
