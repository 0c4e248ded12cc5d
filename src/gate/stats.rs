//! The distributions and intervals the gate rests on.
//!
//! In: numbers. Out: quantiles, tail probabilities, intervals, Holm's adjusted p-values. Knows nothing of cells or jobs.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Level of every one-sided bound that is shown or decides.
pub(super) const LEVEL: f64 = 0.95;

/// Beyond this, a normal tail is nothing a verdict could rest on.
const Z_MAX: f64 = 12.0;

/// Beyond this, Student's tails are 0, and what they are computed from is no number.
const T_MAX: f64 = 1e15;

/// From here on Student's t is the normal distribution to four digits. Far beyond, statrs searches a quantile without
/// end, and its tails lose their digits.
const FREEDOM_MAX: f64 = 1e4;

/// Halvings of an interval until its width is below what a report could show.
const BISECTIONS: u32 = 60;

/// Student's t: the quantile at `level` with `freedom` degrees of freedom (at least 1).
pub(super) fn t_quantile(freedom: f64, level: f64) -> f64 {
    students_t(freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(level))
}

/// Student's t: the probability of exceeding `t`.
pub(super) fn t_tail(freedom: f64, t: f64) -> f64 {
    if t.is_nan() {
        return 1.0;
    }
    students_t(freedom).map_or(1.0, |distribution| distribution.sf(t.clamp(-T_MAX, T_MAX)))
}

fn students_t(freedom: f64) -> Option<StudentsT> {
    StudentsT::new(0.0, 1.0, freedom.clamp(1.0, FREEDOM_MAX)).ok()
}

/// Standard normal: the quantile at `level`.
pub(super) fn normal_quantile(level: f64) -> f64 {
    Normal::standard().inverse_cdf(level)
}

/// Standard normal: the probability of exceeding `z`.
pub(super) fn normal_tail(z: f64) -> f64 {
    Normal::standard().sf(z)
}

/// A share of failures and the independent requests it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Share {
    /// Between 0 and 1.
    pub(super) value: f64,
    /// Effective number of requests, at least 0.
    pub(super) effective: f64,
}

impl Share {
    /// Wilson's score interval (Wilson 1927), each side at `z` standard errors.
    ///
    /// Never narrower than the exact bound for no event at all, `-ln(tail) / n` (at 95% the rule of three, `3 / n`):
    /// Wilson's own bound there is `2.7 / n`, too sure of a share nobody has seen yet.
    pub(super) fn wilson(self, z: f64) -> (f64, f64) {
        // What is no share would be no bounds either, and `clamp` panics at those.
        let (p, n) = (self.value.clamp(0.0, 1.0), self.effective);
        if n <= 0.0 {
            return (0.0, 1.0);
        }
        let scale = 1.0 + z * z / n;
        let centre = (p + z * z / (2.0 * n)) / scale;
        let half = z * (p * (1.0 - p) / n + (z / (2.0 * n)).powi(2)).sqrt() / scale;
        let unseen = (-normal_tail(z).ln() / n).min(1.0);
        let low = (centre - half).min(1.0 - unseen).clamp(0.0, p);
        let high = (centre + half).max(unseen).clamp(p, 1.0);
        (low, high)
    }
}

/// Newcombe's hybrid score interval of `candidate - baseline` (Newcombe 1998, method 10), each side at `z`.
pub(super) fn newcombe(candidate: Share, baseline: Share, z: f64) -> (f64, f64) {
    let difference = candidate.value - baseline.value;
    let (candidate_low, candidate_high) = candidate.wilson(z);
    let (baseline_low, baseline_high) = baseline.wilson(z);
    let below = (candidate.value - candidate_low).hypot(baseline_high - baseline.value);
    let above = (candidate_high - candidate.value).hypot(baseline.value - baseline_low);
    ((difference - below).max(-1.0), (difference + above).min(1.0))
}

/// The one-sided p-value of "the share rose by no more than `margin`": the level at which Newcombe's lower bound
/// touches the margin.
pub(super) fn newcombe_p_value(candidate: Share, baseline: Share, margin: f64) -> f64 {
    if candidate.value - baseline.value <= margin {
        return 1.0;
    }
    let above = |z: f64| newcombe(candidate, baseline, z).0 > margin;
    normal_tail(bisect(0.0, Z_MAX, above))
}

/// The point in `low..=high` up to which `holds` is true; it must not become true again after that.
pub(super) fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..BISECTIONS {
        let middle = f64::midpoint(low, high);
        if holds(middle) { low = middle } else { high = middle }
    }
    low
}

/// Holm's step-down procedure (Holm 1979) as adjusted p-values, in the order of `p_values`: rejecting those of at most
/// `alpha` keeps the chance of any false rejection there.
pub(super) fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut ascending: Vec<(usize, f64)> = p_values.iter().copied().enumerate().collect();
    ascending.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least = 0.0_f64;
    for (rank, (place, p)) in ascending.into_iter().enumerate() {
        least = least.max(p * count(p_values.len() - rank)).min(1.0);
        if let Some(adjusted) = adjusted.get_mut(place) {
            *adjusted = least;
        }
    }
    adjusted
}

/// A count as a number to compute with.
#[expect(clippy::cast_precision_loss, reason = "counts of runs and requests stay far below 2^52")]
pub(super) fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1e-3), "{found} is not {expected}");
    }

    #[test]
    fn tails_of_what_is_no_distance_are_0_or_1() {
        for freedom in [1.0, 5.0, 1e30, f64::INFINITY] {
            let tails = [f64::INFINITY, 1e300, f64::NAN, -1e300].map(|t| t_tail(freedom, t));
            let expected = [0.0, 0.0, 1.0, 1.0];
            let is_near = tails.iter().zip(expected).all(|(tail, expected)| (tail - expected).abs() < 1e-12);
            assert!(is_near, "{freedom}: {tails:?}");
        }
    }

    #[test]
    fn any_freedom_has_its_quantile() {
        for freedom in [0.0, 1e4, 1e5, 1e9, 1e300, f64::INFINITY] {
            assert!((1.64..6.32).contains(&t_quantile(freedom, LEVEL)), "{freedom}");
        }
        assert!((t_quantile(f64::INFINITY, LEVEL) / normal_quantile(LEVEL) - 1.0).abs() < 1e-4);
    }

    /// `scipy.stats.t.ppf(0.95, df)`.
    #[test]
    fn students_t_quantiles_are_scipys() {
        for (freedom, expected) in [
            (1.0, 6.313_751_514_675_037),
            (4.0, 2.131_846_786_326_65),
            (6.0, 1.943_180_280_515_304),
            (8.0, 1.859_548_037_530_898),
            (15.5, 1.749_344_391_658_893),
            (30.0, 1.697_260_886_593_957),
            (200.0, 1.652_508_100_910_877),
        ] {
            assert_close(t_quantile(freedom, 0.95), expected);
        }
    }

    /// `scipy.stats.t.sf(t, df)`.
    #[test]
    fn students_t_tails_are_scipys() {
        for (freedom, t, expected) in [
            (4.0, 2.0, 0.058_058_261_758_407_78),
            (10.0, 3.5, 0.002_863_252_714_942_605),
            (15.0, -0.7, 0.752_679_208_724_945_4),
            (6.0, 12.0, 1.015_370_309_768_659_6e-5),
        ] {
            assert_close(t_tail(freedom, t), expected);
        }
    }

    /// `scipy.stats.norm.ppf`.
    #[test]
    fn normal_quantiles_are_scipys() {
        assert_close(normal_quantile(0.95), 1.644_853_626_951_472_2);
        assert_close(normal_quantile(0.975), 1.959_963_984_540_054);
    }

    /// `scipy.stats.binomtest(x, n).proportion_ci(0.90, "wilson")`.
    #[test]
    fn wilsons_interval_is_scipys() {
        for (failures, requests, low, high) in [
            (10.0, 200.0, 0.030_120_611_671_088_666, 0.081_891_832_918_209_4),
            (56.0, 70.0, 0.710_870_903_159_285, 0.866_801_692_418_214_7),
            (48.0, 80.0, 0.508_061_839_980_327_4, 0.685_395_567_247_527_6),
            (1.0, 50.0, 0.004_474_564_106_509_85, 0.084_805_294_248_309_46),
        ] {
            let found = Share { value: failures / requests, effective: requests }.wilson(normal_quantile(0.95));
            assert_close(found.0, low);
            assert_close(found.1, high);
        }
    }

    #[test]
    fn a_share_never_seen_may_still_be_three_in_n() {
        let (low, high) = Share { value: 0.0, effective: 100.0 }.wilson(normal_quantile(0.95));
        assert_close(low, 0.0);
        assert_close(high, 0.029_957_322_735_539_91);
        let (low, high) = Share { value: 1.0, effective: 100.0 }.wilson(normal_quantile(0.95));
        assert_close(low, 1.0 - 0.029_957_322_735_539_91);
        assert_close(high, 1.0);
    }

    #[test]
    fn no_request_says_nothing_of_a_share() {
        assert_eq!(Share { value: 0.0, effective: 0.0 }.wilson(1.6), (0.0, 1.0));
    }

    /// The example of Newcombe 1998, table II, row (a): 56/70 - 48/80 at two-sided 95%.
    #[test]
    fn newcombes_interval_is_that_of_his_paper() {
        let (a, b) = (Share { value: 0.8, effective: 70.0 }, Share { value: 0.6, effective: 80.0 });
        let (low, high) = newcombe(a, b, normal_quantile(0.975));
        assert!((low - 0.0524).abs() < 5e-5 && (high - 0.3339).abs() < 5e-5, "{low} {high}");
    }

    /// The lower bound inverted with `scipy.optimize.brentq`.
    #[test]
    fn newcombes_p_value_inverts_his_lower_bound() {
        let (now, before) = (Share { value: 0.03, effective: 1e3 }, Share { value: 0.01, effective: 1e3 });
        assert_close(newcombe_p_value(now, before, 0.001), 0.001_540_467_111_640_588_3);
        assert_close(newcombe_p_value(before, now, 0.001), 1.0);
    }

    /// `statsmodels.stats.multitest.multipletests(p, method="holm")[1]`.
    #[test]
    fn holms_adjusted_p_values_are_those_of_statsmodels() {
        for (p_values, expected) in [
            (&[0.01, 0.04, 0.03, 0.005][..], &[0.03, 0.06, 0.06, 0.02][..]),
            (&[0.012, 0.016, 0.024, 0.049], &[0.048, 0.048, 0.048, 0.049]),
            (&[0.02, 0.001], &[0.02, 0.002]),
            (&[0.6, 0.7], &[1.0, 1.0]),
            (&[], &[]),
        ] {
            let found = holm(p_values);
            assert_eq!(found.len(), expected.len());
            found.iter().zip(expected).for_each(|(found, expected)| assert_close(*found, *expected));
        }
    }
}
