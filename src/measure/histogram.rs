//! A latency distribution, exact to 3 significant digits.
//!
//! In: latencies in microseconds. Out: quantiles, means, shares above a value, and the text every `HdrHistogram`
//! library reads (V2 with DEFLATE, in base64). A recording holds thousands of distributions, most of them of a few
//! dozen samples, so only buckets that hold something are kept in memory. Knows nothing of time: slices are the
//! series'.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};
use serde::de::Error as _;
use serde::ser::Error as _;

use super::buckets::{self, Bucket, Buckets};
use super::encoded::{self, DIGITS};
use super::numbers::{real, share, whole};

/// A latency distribution in whole microseconds, exact to 3 significant digits; merging is exact.
///
/// Latencies beyond 71 minutes (`u32::MAX` microseconds) count as that.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Histogram(Buckets);

impl Histogram {
    /// The distribution of latencies in microseconds, in any order. Sorts them in place.
    #[must_use]
    pub fn from_micros(latencies: &mut [u32]) -> Self {
        latencies.sort_unstable();
        Self(latencies.iter().map(|latency| (u64::from(*latency), 1)).collect())
    }

    /// Adds another distribution to this one, exactly.
    pub fn add(&mut self, other: &Self) {
        if self.is_empty() {
            self.clone_from(other);
        } else if !other.is_empty() {
            self.0 = self.0.merged(&other.0);
        }
    }

    /// How many latencies there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.count()
    }

    /// Memory its buckets take.
    pub(super) fn bytes(&self) -> usize {
        self.0.bytes()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// The lowest latency in microseconds that a share of `level` (0-1) does not exceed; 0 where there is none.
    #[must_use]
    pub fn quantile(&self, level: f64) -> u64 {
        let rank = whole((level.clamp(0.0, 1.0) * real(self.count())).ceil()).max(1);
        let mut upto = 0;
        let found = self.buckets().find(|bucket| {
            upto += bucket.count;
            upto >= rank
        });
        found.map_or(0, Bucket::high_us)
    }

    /// The longest latency in microseconds; 0 where there is none.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.buckets().last().map_or(0, Bucket::high_us)
    }

    /// All latencies together, in microseconds.
    #[must_use]
    pub fn total_us(&self) -> f64 {
        self.buckets().fold(0.0, |total, bucket| total + bucket.middle_us() * real(bucket.count))
    }

    /// Arithmetic mean in microseconds; 0 where there is no latency.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.total_us() / real(self.count().max(1))
    }

    /// Variance of the latencies around their mean, in square microseconds; 0 where there is none.
    #[must_use]
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        let square = |bucket: Bucket| (bucket.middle_us() - mean).powi(2) * real(bucket.count);
        self.buckets().fold(0.0, |squares, bucket| squares + square(bucket)) / real(self.count().max(1))
    }

    /// How many latencies lie in buckets above the one of `latency_us`.
    #[must_use]
    pub fn count_above(&self, latency_us: u64) -> u64 {
        let bucket = buckets::floor(latency_us);
        let upto: u64 = self.buckets().take_while(|other| other.low_us <= bucket).map(|other| other.count).sum();
        self.count() - upto
    }

    /// [`Self::count_above`] as a share of all; 0 where there is none.
    #[must_use]
    pub fn share_above(&self, latency_us: u64) -> f64 {
        share(self.count_above(latency_us), self.count())
    }

    /// What was recorded, in ascending order.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> + '_ {
        self.0.iter()
    }

    /// The text form: `HdrHistogram` V2 with DEFLATE, in base64. The same distribution is always the same text.
    fn encode(&self) -> Result<String, String> {
        let highest = self.max().max(2);
        let mut dense =
            hdrhistogram::Histogram::<u64>::new_with_bounds(1, highest, DIGITS).map_err(|error| error.to_string())?;
        for bucket in self.buckets() {
            dense.record_n(bucket.low_us, bucket.count).map_err(|error| error.to_string())?;
        }
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(&dense, &mut bytes).map_err(|error| error.to_string())?;
        Ok(BASE64.encode(bytes))
    }

    /// Reads the text form.
    fn decode(text: &str) -> Result<Self, String> {
        Ok(Self(encoded::decode(text)?.into_iter().collect()))
    }
}

impl FromIterator<Duration> for Histogram {
    fn from_iter<I: IntoIterator<Item = Duration>>(latencies: I) -> Self {
        let mut micros: Vec<u32> = latencies.into_iter().map(micros).collect();
        Self::from_micros(&mut micros)
    }
}

impl<'a> std::iter::Sum<&'a Self> for Histogram {
    fn sum<I: Iterator<Item = &'a Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |mut sum, part| {
            sum.add(part);
            sum
        })
    }
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Histogram {{ count: {}, p50: {}, max: {} }}", self.count(), self.quantile(0.5), self.max())
    }
}

impl serde::Serialize for Histogram {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.encode().map_err(S::Error::custom)?)
    }
}

impl<'de> serde::Deserialize<'de> for Histogram {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::decode(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl schemars::JsonSchema for Histogram {
    fn schema_name() -> Cow<'static, str> {
        "Histogram".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "contentEncoding": "base64",
            "description": "Latencies in microseconds: HdrHistogram V2 with DEFLATE, 3 significant digits, in base64.",
        })
    }
}

/// A latency to the nearest microsecond, at most `u32::MAX`.
pub(super) fn micros(latency: Duration) -> u32 {
    let rest = u64::from(latency.subsec_nanos() + 500) / 1_000;
    u32::try_from(latency.as_secs().saturating_mul(1_000_000).saturating_add(rest)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use hdrhistogram::serialization::Deserializer;
    use proptest::prelude::*;

    use super::*;

    /// Latencies as they come: most of them short, a few very long.
    fn latencies() -> impl Strategy<Value = Vec<u32>> {
        prop::collection::vec(prop_oneof![8 => 0..20_000_u32, 1 => any::<u32>()], 1..300)
    }

    fn hdr(latencies: &[u32]) -> hdrhistogram::Histogram<u64> {
        let mut hdr = hdrhistogram::Histogram::new(DIGITS).unwrap();
        for latency in latencies {
            hdr.record(u64::from(*latency)).unwrap();
        }
        hdr
    }

    proptest! {
        #[test]
        fn figures_are_those_of_hdr_histogram(mut latencies in latencies(), level in 0.01..=1.0) {
            let hdr = hdr(&latencies);
            let histogram = Histogram::from_micros(&mut latencies);
            prop_assert_eq!(histogram.count(), hdr.len());
            prop_assert_eq!(histogram.quantile(level), hdr.value_at_quantile(level));
            prop_assert_eq!(histogram.max(), hdr.max());
            prop_assert!((histogram.mean() / hdr.mean().max(1e-9) - 1.0).abs() < 1e-9 || hdr.mean() < 1.0);
            prop_assert!((histogram.variance().sqrt() - hdr.stdev()).abs() <= 1e-6 * hdr.stdev().max(1.0));
        }

        #[test]
        fn adding_is_the_same_as_recording_both(mut one in latencies(), mut other in latencies()) {
            let mut both = [one.clone(), other.clone()].concat();
            let mut sum = Histogram::from_micros(&mut one);
            sum.add(&Histogram::from_micros(&mut other));
            prop_assert_eq!(sum, Histogram::from_micros(&mut both));
        }

        #[test]
        fn the_text_form_loses_nothing(mut latencies in latencies()) {
            let histogram = Histogram::from_micros(&mut latencies);
            let text = serde_json::to_string(&histogram).unwrap();
            prop_assert_eq!(serde_json::from_str::<Histogram>(&text).unwrap(), histogram);
        }

        #[test]
        fn a_quantile_is_the_exact_one_or_at_most_a_thousandth_above(mut latencies in latencies(), level in 0.0..=1.0) {
            let read = Histogram::from_micros(&mut latencies).quantile(level);
            let rank = whole((level * real(latencies.len() as u64)).ceil()).max(1);
            let exact = u64::from(latencies[usize::try_from(rank).unwrap() - 1]);
            prop_assert!(read >= exact && (read - exact) * 1_024 <= exact, "{read} for {exact}");
        }

        #[test]
        fn the_share_above_a_quantile_is_what_the_quantile_leaves(mut latencies in latencies(), level in 0.0..=1.0) {
            let histogram = Histogram::from_micros(&mut latencies);
            prop_assert!(histogram.share_above(histogram.quantile(level)) <= 1.0 - level + 1e-12);
        }
    }

    #[test]
    fn any_hdr_histogram_library_reads_the_text_form() {
        let mut latencies = [150, 150, 90_000, 3_000_000];
        let text = Histogram::from_micros(&mut latencies).encode().unwrap();
        let bytes = BASE64.decode(text).unwrap();
        let read: hdrhistogram::Histogram<u64> = Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap();
        assert_eq!(read, hdr(&latencies));
    }

    #[test]
    fn an_empty_histogram_reads_zero_everywhere_and_survives_the_text_form() {
        let empty = Histogram::default();
        assert_eq!((empty.quantile(0.99), empty.max(), empty.count_above(0)), (0, 0, 0));
        assert_eq!((empty.mean().to_bits(), empty.variance().to_bits(), empty.share_above(0).to_bits()), (0, 0, 0));
        assert_eq!(Histogram::decode(&empty.encode().unwrap()), Ok(empty));
    }

    #[test]
    fn durations_round_to_the_nearest_microsecond_and_end_at_71_minutes() {
        assert_eq!(micros(Duration::from_nanos(1_499)), 1);
        assert_eq!(micros(Duration::from_nanos(1_500)), 2);
        assert_eq!(micros(Duration::from_nanos(1_999_999_999)), 2_000_000);
        assert_eq!(micros(Duration::from_secs(86_400)), u32::MAX);
        let histogram: Histogram = [Duration::from_micros(7), Duration::from_nanos(7_400)].into_iter().collect();
        assert_eq!(histogram.buckets().collect::<Vec<_>>(), [Bucket { low_us: 7, count: 2 }]);
    }

    #[test]
    fn text_that_is_no_histogram_is_refused_with_the_reason() {
        assert!(Histogram::decode("%").unwrap_err().contains("base64"));
        assert!(Histogram::decode("AAAA").unwrap_err().contains("V2 form"));
        let mut coarse = hdrhistogram::Histogram::<u64>::new(2).unwrap();
        coarse.record(5).unwrap();
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(&coarse, &mut bytes).unwrap();
        assert!(Histogram::decode(&BASE64.encode(bytes)).unwrap_err().contains("2 significant digits"));
    }
}
