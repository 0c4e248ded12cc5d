//! Whether something grew over a run: memory, open files, latency.
//!
//! In: readings over time. Out: a [`Trend`], relative to the level of the readings, with how sure it is. Judges no trend:
//! that is the gate's.
//!
//! The slope is the median of the slopes between all pairs of readings (Theil 1950; Sen, "Estimates of the regression
//! coefficient based on Kendall's tau", JASA 63, 1968), which a quarter of wild readings does not move; its bounds are Sen's,
//! from the variance of Kendall's statistic with ties. Readings that follow each other are alike, which makes a random walk
//! look like a trend: they are averaged in batches first, and the variance is raised by what neighbouring batches still share
//! beyond the trend, (1 + r) / (1 - r) for a correlation of r (Hamed and Rao, "A modified Mann-Kendall trend test for
//! autocorrelated data", Journal of Hydrology 204, 1998, for an autoregression of the first order).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF as _, Normal};

use super::numbers::{length, whole};
use super::run::Estimate;

/// Batches at most: finer ones only share more with their neighbours.
const BATCHES: usize = 40;

/// Fewer batches show no trend.
const FEWEST: usize = 8;

/// Each bound is this sure on its side: a leak stops a release.
const SURE: f64 = 0.99;

/// The correlation of neighbours is not believed beyond this.
const STRONGEST: f64 = 0.9;

const SECONDS_AN_HOUR: f64 = 3_600.0;

/// How something grew, as shares of its median level an hour: 0.05 is +5%/h.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trend {
    /// The median level, in the unit of the readings.
    pub level: f64,
    /// Growth in an hour.
    pub growth: f64,
    /// It is at least this: 99% sure.
    pub low: f64,
    /// It is at most this: 99% sure.
    pub high: f64,
}

impl Trend {
    /// The growth as an estimate whose variance gives its lower bound back, see [`Estimate::growth_bounds`].
    pub(super) fn estimate(self) -> Estimate {
        let deviation = (self.growth - self.low) / Normal::standard().inverse_cdf(SURE);
        Estimate { value: self.growth, samples: 1, effective: 1.0, variance: deviation * deviation }
    }
}

impl Estimate {
    /// The bounds of a growth, 99% sure on each side.
    #[must_use]
    pub fn growth_bounds(&self) -> (f64, f64) {
        let half = Normal::standard().inverse_cdf(SURE) * self.variance.sqrt();
        (self.value - half, self.value + half)
    }
}

/// The trend of readings, each with its time in seconds, in order; none of fewer than eight, or at no level.
pub(super) fn trend(readings: &[(f64, f64)]) -> Option<Trend> {
    let batches = batches(readings);
    let level = median(batches.iter().map(|(_, value)| *value).collect())?;
    if batches.len() < FEWEST || level <= 0.0 {
        return None;
    }
    let slope = theil_sen(&batches, SURE, 1.0)?.0;
    let alike = correlation_of_neighbours(&batches, slope).clamp(0.0, STRONGEST);
    let (slope, low, high) = theil_sen(&batches, SURE, (1.0 + alike) / (1.0 - alike))?;
    let hourly = |slope: f64| slope * SECONDS_AN_HOUR / level;
    Some(Trend { level, growth: hourly(slope), low: hourly(low), high: hourly(high) })
}

/// Readings averaged in batches of neighbours of one size; the first few are left out where they don't fill one.
fn batches(readings: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let size = readings.len().div_ceil(BATCHES).max(1);
    let rest = readings.get(readings.len() % size..).unwrap_or_default();
    let mean = |batch: &[(f64, f64)]| {
        let (times, values) =
            batch.iter().fold((0.0, 0.0), |(times, values), (time, value)| (times + time, values + value));
        (times / length(batch), values / length(batch))
    };
    rest.chunks(size).map(mean).collect()
}

/// Slope and its two bounds, each `sure` on its side; `inflation` raises the variance of Kendall's statistic.
fn theil_sen(points: &[(f64, f64)], sure: f64, inflation: f64) -> Option<(f64, f64, f64)> {
    let later = |index: usize| points.get(index + 1..).unwrap_or_default();
    let pairs = points.iter().enumerate().flat_map(|(index, one)| later(index).iter().map(move |other| (one, other)));
    let mut slopes: Vec<f64> = pairs
        .filter(|(one, other)| other.0 > one.0)
        .map(|(one, other)| (other.1 - one.1) / (other.0 - one.0))
        .collect();
    slopes.sort_by(f64::total_cmp);
    let slope = median(slopes.clone())?;
    let spread = Normal::standard().inverse_cdf(sure) * (variance_of_kendall(points) * inflation).sqrt();
    let count = length(&slopes);
    // Ranks as scipy.stats.theilslopes takes them.
    let upper = f64::midpoint(count, spread).round_ties_even().min(count - 1.0);
    let lower = (((count - spread) / 2.0).round_ties_even() - 1.0).max(0.0);
    let at = |rank: f64| slopes.get(usize::try_from(whole(rank)).ok()?).copied();
    Some((slope, at(lower)?, at(upper)?))
}

/// The variance of Kendall's S if nothing grew, with ties among values.
fn variance_of_kendall(points: &[(f64, f64)]) -> f64 {
    let mut values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    values.sort_by(f64::total_cmp);
    let part = |count: f64| count * (count - 1.0) * (2.0 * count + 5.0);
    let ties: f64 = values.chunk_by(|one, other| one.to_bits() == other.to_bits()).map(|tied| part(length(tied))).sum();
    (part(length(points)) - ties) / 18.0
}

/// How much neighbours share beyond the trend: the correlation of residuals with the next.
fn correlation_of_neighbours(points: &[(f64, f64)], slope: f64) -> f64 {
    let raw: Vec<f64> = points.iter().map(|(time, value)| value - slope * time).collect();
    let mean = raw.iter().sum::<f64>() / length(&raw);
    let residuals: Vec<f64> = raw.iter().map(|value| value - mean).collect();
    let all: f64 = residuals.iter().map(|residual| residual * residual).sum();
    let shared: f64 = residuals.iter().zip(residuals.iter().skip(1)).map(|(one, next)| one * next).sum();
    if all > 0.0 { shared / all } else { 0.0 }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = values.get(middle).copied()?;
    let lower = values.get(values.len().saturating_sub(1) / 2).copied()?;
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_distr::{Distribution, StandardNormal};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::super::numbers::real;
    use super::*;

    const READINGS: [f64; 12] = [10.0, 10.4, 9.9, 10.8, 11.0, 10.9, 11.0, 11.6, 30.0, 11.9, 12.1, 12.0];

    fn near(value: f64, expected: f64) -> bool {
        (value - expected).abs() < 1e-12
    }

    fn every(seconds: f64, values: &[f64]) -> Vec<(f64, f64)> {
        values.iter().zip(0_u64..).map(|(value, index)| (real(index) * seconds, *value)).collect()
    }

    #[test]
    fn slope_and_bounds_are_those_of_scipy() {
        // scipy.stats.theilslopes(y, range(12), alpha=0.98)
        let (slope, low, high) = theil_sen(&every(1.0, &READINGS), 0.99, 1.0).unwrap();
        assert!(
            near(slope, 0.199_999_999_999_999_8)
                && near(low, 0.142_857_142_857_142_85)
                && near(high, 0.300_000_000_000_000_1),
            "{slope} {low} {high}"
        );
    }

    #[test]
    fn growth_is_of_the_median_level_and_by_the_hour() {
        let readings: Vec<_> = (0..600_u64).map(|second| (real(second), 1_000.0 + real(second) * 0.1)).collect();
        let trend = trend(&readings).unwrap();
        assert!(
            (trend.level - 1_030.0).abs() < 1.0 && (trend.growth - 0.1 * 3_600.0 / trend.level).abs() < 1e-9,
            "{trend:?}"
        );
        assert!((trend.low - trend.growth).abs() < 1e-6 && (trend.high - trend.growth).abs() < 1e-6, "{trend:?}");
    }

    #[test]
    fn a_few_readings_tell_no_trend() {
        assert_eq!(trend(&every(1.0, &READINGS[..7])), None);
        assert_eq!(trend(&every(1.0, &[0.0; 20])), None);
    }

    #[test]
    fn what_never_changes_does_not_grow() {
        let trend = trend(&every(1.0, &[64.0; 100])).unwrap();
        assert!(near(trend.growth, 0.0) && near(trend.low, 0.0) && near(trend.high, 0.0), "{trend:?}");
    }

    /// Series without a trend whose neighbours are alike: each keeps `memory` of the one before.
    fn wandering(memory: f64, seed: u64) -> Vec<(f64, f64)> {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut value = 0.0;
        let values = (0..400).map(|_| {
            let step: f64 = StandardNormal.sample(&mut random);
            value = memory * value + step;
            100.0 + value
        });
        every(1.0, &values.collect::<Vec<_>>())
    }

    #[test]
    fn series_without_a_trend_are_rarely_taken_for_one() {
        for memory in [0.0, 0.5, 0.9] {
            let found = (0..500).filter(|seed| trend(&wandering(memory, *seed)).unwrap().low > 0.0).count();
            assert!(found <= 12, "{found} of 500 with a memory of {memory}: each bound is 99% sure");
        }
    }

    #[test]
    fn a_leak_is_found_through_noise_and_spikes() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(7);
        let readings: Vec<(f64, f64)> = (0..600_u64)
            .map(|second| {
                let spike = if random.random_bool(0.1) { 80.0 } else { 0.0 };
                let noise: f64 = StandardNormal.sample(&mut random);
                (real(second), 200.0 + real(second) * 0.05 + noise * 3.0 + spike)
            })
            .collect();
        let trend = trend(&readings).unwrap();
        assert!(trend.low > 0.5 && trend.low < trend.growth && trend.growth < trend.high, "{trend:?}");
    }

    proptest! {
        #[test]
        fn another_unit_changes_no_growth(scale in 1e-6..1e9_f64, seed in 0_u64..50) {
            let series = wandering(0.5, seed);
            let scaled: Vec<_> = series.iter().map(|(time, value)| (*time, value * scale)).collect();
            let (one, other) = (trend(&series).unwrap(), trend(&scaled).unwrap());
            prop_assert!((one.growth - other.growth).abs() < 1e-9 && (one.low - other.low).abs() < 1e-9);
        }
    }
}
