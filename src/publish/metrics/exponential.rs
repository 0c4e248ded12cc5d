//! A latency distribution in exponential buckets.
//!
//! In: a [`Histogram`]. Out: the counts of a Prometheus native histogram, or of an `OpenTelemetry` exponential one.
//! Encodes nothing.

use std::collections::BTreeMap;

use crate::measure::Histogram;

/// The finest scale both formats take: a bucket ends 0.27% above where it begins.
const FINEST: i32 = 8;

/// Most buckets, as in `OpenTelemetry`'s default: a finer scale than that allows is not taken.
const MOST_BUCKETS: usize = 160;

/// Response times in seconds, in buckets that each end a constant factor above where they begin.
///
/// Bucket i of scale s holds what lies in (b^(i-1), b^i] with b = 2^(2^-s), as in Prometheus native histograms;
/// `OpenTelemetry` numbers the same buckets one lower.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Exponential {
    /// The scale, which Prometheus calls the schema.
    pub(super) scale: i32,
    /// Response times that are recorded as 0 microseconds.
    pub(super) zeros: u64,
    /// Response times by bucket; never 0.
    pub(super) counts: BTreeMap<i32, u64>,
    /// All response times together, in seconds.
    pub(super) sum_s: f64,
}

impl Exponential {
    /// A distribution at the finest scale that does with a bounded number of buckets.
    pub(super) fn of(histogram: &Histogram) -> Self {
        let sum_s = histogram.total_us() / 1e6;
        let mut exponential = Self { scale: FINEST, sum_s, ..Self::default() };
        for bucket in histogram.buckets() {
            // The upper end is what loadgate's own quantiles read, so that both say the same.
            match bucket.high_us() {
                0 => exponential.zeros += bucket.count,
                us => *exponential.counts.entry(index(us)).or_default() += bucket.count,
            }
        }
        while exponential.span() > MOST_BUCKETS {
            exponential.coarsen();
        }
        exponential
    }

    /// How many buckets lie between the first and the last that hold something, with those.
    fn span(&self) -> usize {
        match (self.counts.first_key_value(), self.counts.last_key_value()) {
            (Some((first, _)), Some((last, _))) => usize::try_from(last - first + 1).unwrap_or(usize::MAX),
            _ => 0,
        }
    }

    /// Makes one bucket of two: those that end at b^(2i-1) and b^(2i).
    fn coarsen(&mut self) {
        self.scale -= 1;
        for (index, count) in std::mem::take(&mut self.counts) {
            *self.counts.entry((index + 1).div_euclid(2)).or_default() += count;
        }
    }
}

/// The bucket of a latency at the finest scale.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a latency has at most 32 bits, and its logarithm times 256 at most 14"
)]
fn index(us: u64) -> i32 {
    ((us as f64 / 1e6).log2() * f64::from(1 << FINEST)).ceil() as i32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn upper_s(scale: i32, index: i32) -> f64 {
        (f64::from(index) * (-f64::from(scale)).exp2()).exp2()
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_a_quantile_is_at_most_one_bucket_above(
            mut latencies in prop::collection::vec(prop_oneof![8 => 0..20_000_u32, 1 => any::<u32>()], 1..200),
            level in 0.01..=1.0,
        ) {
            let histogram = Histogram::from_micros(&mut latencies);
            let exponential = Exponential::of(&histogram);
            let counted = exponential.zeros + exponential.counts.values().sum::<u64>();
            prop_assert_eq!(counted, histogram.count());
            prop_assert!(exponential.span() <= MOST_BUCKETS);
            prop_assert!(exponential.scale >= 0);

            // Read as loadgate's own quantile is: the first bucket up to which that many lie.
            let exact_us = histogram.quantile(level);
            let rank = histogram.count() - histogram.count_above(exact_us);
            let mut upto = exponential.zeros;
            let found = exponential.counts.iter().find(|(_, count)| { upto += **count; upto >= rank });
            let exact_s = f64::from(u32::try_from(exact_us).unwrap()) / 1e6;
            if exact_s > 0.0 {
                let read_s = upper_s(exponential.scale, *found.unwrap().0);
                let factor = (-f64::from(exponential.scale)).exp2().exp2();
                prop_assert!(read_s >= exact_s * (1.0 - 1e-12), "{read_s} for {exact_s}");
                prop_assert!(read_s <= exact_s * factor * (1.0 + 1e-12), "{read_s} for {exact_s}");
            }
        }
    }

    #[test]
    fn a_power_of_two_is_the_upper_end_of_its_bucket() {
        assert_eq!((index(1_000_000), index(500_000), index(250_000)), (0, -256, -512));
        assert_eq!((index(1_000_001), index(500_001)), (1, -255));
    }

    #[test]
    fn latencies_close_together_keep_the_finest_scale_and_distant_ones_do_not() {
        let close = Exponential::of(&Histogram::from_micros(&mut [1_000, 1_100]));
        let distant = Exponential::of(&Histogram::from_micros(&mut [1, 4_000_000_000]));
        assert_eq!((close.scale, close.counts.len()), (8, 2));
        assert_eq!((distant.scale, distant.counts.len()), (2, 2));
    }
}
