//! Prometheus' remote-write protocol, version 1, with native histograms.
//!
//! In: moments of a run. Out: the body of a request: protobuf, compressed by Snappy. Sends nothing.
//!
//! <https://prometheus.io/docs/specs/prw/remote_write_spec/>; the messages are prompb's, of which only what is used is here.

use std::collections::BTreeMap;

use prost::Message;

use super::exponential::Exponential;
use super::family::{Family, Labels, Series, Value, families};
use super::outlet::Moment;

/// The value by which a series ends: a NaN that no arithmetic gives.
const STALE: u64 = 0x7ff0_0000_0000_0002;

/// Values closer to 0 than that are in the zero bucket: 2^-128, as in Prometheus' own clients.
const ZERO_THRESHOLD: f64 = 2.938_735_877_055_719e-39;

#[derive(Clone, PartialEq, Message)]
pub(super) struct WriteRequest {
    #[prost(message, repeated, tag = "1")]
    pub(super) timeseries: Vec<TimeSeries>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct TimeSeries {
    #[prost(message, repeated, tag = "1")]
    pub(super) labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    pub(super) samples: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    pub(super) histograms: Vec<NativeHistogram>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Label {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) value: String,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Sample {
    #[prost(double, tag = "1")]
    pub(super) value: f64,
    /// Milliseconds since 1970.
    #[prost(int64, tag = "2")]
    pub(super) timestamp: i64,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct NativeHistogram {
    #[prost(uint64, tag = "1")]
    pub(super) count: u64,
    #[prost(double, tag = "3")]
    pub(super) sum: f64,
    #[prost(sint32, tag = "4")]
    pub(super) schema: i32,
    #[prost(double, tag = "5")]
    pub(super) zero_threshold: f64,
    #[prost(uint64, tag = "6")]
    pub(super) zero_count: u64,
    #[prost(message, repeated, tag = "11")]
    pub(super) positive_spans: Vec<BucketSpan>,
    /// The first count, then each less the one before.
    #[prost(sint64, repeated, tag = "12")]
    pub(super) positive_deltas: Vec<i64>,
    /// Milliseconds since 1970.
    #[prost(int64, tag = "15")]
    pub(super) timestamp: i64,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct BucketSpan {
    /// Empty buckets before it; of the first, the index it begins at.
    #[prost(sint32, tag = "1")]
    pub(super) offset: i32,
    #[prost(uint32, tag = "2")]
    pub(super) length: u32,
}

/// Moments as the body of one request.
pub(super) fn body(profile: &str, moments: &[Moment]) -> Vec<u8> {
    encode(&request(
        moments,
        |moment| families(profile, &moment.totals),
        |series, at_ms, into| match series.value {
            Value::Number(value) => into.samples.push(Sample { value, timestamp: at_ms }),
            Value::Histogram(histogram) => into.histograms.push(native(&Exponential::of(histogram), at_ms)),
        },
    ))
}

/// The end of all series that `last` told: without it graphs would go on for five minutes.
pub(super) fn end(profile: &str, last: &Moment) -> Vec<u8> {
    let moment = Moment { at_ms: last.at_ms + 1, totals: last.totals.clone() };
    let stale = f64::from_bits(STALE);
    let told = request(
        &[moment],
        |moment| families(profile, &moment.totals),
        |series, at_ms, into| match series.value {
            Value::Number(_) => into.samples.push(Sample { value: stale, timestamp: at_ms }),
            Value::Histogram(_) => {
                into.histograms.push(NativeHistogram { sum: stale, timestamp: at_ms, ..NativeHistogram::default() });
            }
        },
    );
    encode(&told)
}

/// Each series once, with all its samples in the order of time.
fn request<'m>(
    moments: &'m [Moment],
    told: impl Fn(&'m Moment) -> Vec<Family<'m>>,
    add: impl Fn(&Series<'m>, i64, &mut TimeSeries),
) -> WriteRequest {
    let mut by_labels: BTreeMap<(String, Labels<'m>), TimeSeries> = BTreeMap::new();
    for moment in moments {
        for family in told(moment) {
            for series in &family.series {
                let key = (family.name.clone(), series.labels.clone());
                let into = by_labels
                    .entry(key)
                    .or_insert_with(|| TimeSeries { labels: labels(&family.name, series), ..TimeSeries::default() });
                add(series, moment.at_ms, into);
            }
        }
    }
    WriteRequest { timeseries: by_labels.into_values().collect() }
}

/// Labels in the order of their names, which receivers demand: `__name__` comes before letters.
fn labels(name: &str, series: &Series<'_>) -> Vec<Label> {
    let label = |name: &str, value: &str| Label { name: name.to_owned(), value: value.to_owned() };
    let rest = series.labels.iter().map(|(name, value)| label(name, value));
    std::iter::once(label("__name__", name)).chain(rest).collect()
}

fn native(exponential: &Exponential, at_ms: i64) -> NativeHistogram {
    let (mut spans, mut deltas): (Vec<BucketSpan>, Vec<i64>) = (Vec::new(), Vec::new());
    let (mut next, mut before) = (0, 0);
    for (index, count) in &exponential.counts {
        match spans.last_mut() {
            Some(span) if *index == next => span.length += 1,
            _ => spans.push(BucketSpan { offset: index - next, length: 1 }),
        }
        let count = i64::try_from(*count).unwrap_or(i64::MAX);
        deltas.push(count - before);
        (next, before) = (index + 1, count);
    }
    NativeHistogram {
        count: exponential.zeros + exponential.counts.values().sum::<u64>(),
        sum: exponential.sum_s,
        schema: exponential.scale,
        zero_threshold: ZERO_THRESHOLD,
        zero_count: exponential.zeros,
        positive_spans: spans,
        positive_deltas: deltas,
        timestamp: at_ms,
    }
}

fn encode(request: &WriteRequest) -> Vec<u8> {
    let bytes = request.encode_to_vec();
    // Snappy refuses only what is longer than 4 GiB.
    snap::raw::Encoder::new().compress_vec(&bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::totals::tests::example;
    use super::*;
    use crate::measure::Histogram;

    fn decode(body: &[u8]) -> WriteRequest {
        WriteRequest::decode(snap::raw::Decoder::new().decompress_vec(body).unwrap().as_slice()).unwrap()
    }

    fn moment(at_ms: i64) -> Moment {
        Moment { at_ms, totals: example("search", "timeout") }
    }

    fn of<'a>(request: &'a WriteRequest, name: &str) -> Vec<&'a TimeSeries> {
        request.timeseries.iter().filter(|series| series.labels[0].value == name).collect()
    }

    #[test]
    fn each_series_has_its_samples_in_order_under_sorted_labels() {
        let request = decode(&body("load", &[moment(1_000), moment(2_000)]));
        let [requests] = of(&request, "loadgate_requests_total")[..] else { panic!("one series") };
        assert_eq!(requests.samples, [1_000, 2_000].map(|timestamp| Sample { value: 4.0, timestamp }));
        let labels: Vec<_> = requests.labels.iter().map(|label| (label.name.as_str(), label.value.as_str())).collect();
        let expected =
            [("__name__", "loadgate_requests_total"), ("endpoint", "search"), ("phase", "window"), ("profile", "load")];
        assert_eq!(labels, expected);
    }

    #[test]
    fn a_native_histogram_holds_every_response_time_in_its_bucket() {
        let histogram = Histogram::from_micros(&mut [0, 1_000_000, 1_000_000, 1_002_000, 8_000_000]);
        let native = native(&Exponential::of(&histogram), 5);
        assert_eq!((native.count, native.zero_count), (5, 1));
        let mut index = 0;
        let mut counts = native.positive_deltas.iter().scan(0, |count, delta| {
            *count += delta;
            Some(*count)
        });
        let mut buckets = Vec::new();
        for span in &native.positive_spans {
            index += span.offset;
            for _ in 0..span.length {
                buckets.push((index, counts.next().unwrap()));
                index += 1;
            }
        }
        // The bucket after the one that ends at 1 s, and that of 8 s: three doublings further.
        let doubling = 1 << native.schema;
        assert_eq!(buckets, [(1, 3), (3 * doubling + 1, 1)]);
    }

    #[test]
    fn the_end_marks_every_series_as_stale() {
        let (told, ended) = (decode(&body("load", &[moment(1_000)])), decode(&end("load", &moment(1_000))));
        assert_eq!(told.timeseries.len(), ended.timeseries.len());
        for series in &ended.timeseries {
            let values = series.samples.iter().map(|sample| (sample.value, sample.timestamp));
            let sums = series.histograms.iter().map(|histogram| (histogram.sum, histogram.timestamp));
            for (value, at) in values.chain(sums) {
                assert_eq!((value.to_bits(), at), (STALE, 1_001));
            }
        }
    }
}
