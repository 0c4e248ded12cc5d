//! OTLP metrics: the body of a request over HTTP.
//!
//! In: a moment of a run. Out: protobuf. Sends nothing. The `OpenTelemetry` SDK is not used because it takes measurements one
//! by one, and loadgate's are in histograms already.
//!
//! <https://opentelemetry.io/docs/specs/otel/metrics/data-model/>

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Metric, NumberDataPoint,
    ResourceMetrics, ScopeMetrics, Sum, metric, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

use super::exponential::Exponential;
use super::family::{Family, Kind, Labels, Value, families};
use super::outlet::Moment;

/// A moment as the body of one request; `began_ms` is when the run began.
pub(super) fn body(profile: &str, moment: &Moment, began_ms: i64) -> Vec<u8> {
    let times = Times { began: nanos(began_ms), now: nanos(moment.at_ms) };
    let metrics = families(profile, &moment.totals).iter().map(|family| metric(family, times)).collect();
    let scope = InstrumentationScope {
        name: "loadgate".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    };
    let resource = Resource { attributes: vec![attribute("service.name", "loadgate")], ..Resource::default() };
    let request = ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(resource),
            scope_metrics: vec![ScopeMetrics { scope: Some(scope), metrics, ..ScopeMetrics::default() }],
            ..ResourceMetrics::default()
        }],
    };
    request.encode_to_vec()
}

/// Nanoseconds since 1970.
#[derive(Clone, Copy)]
struct Times {
    began: u64,
    now: u64,
}

fn metric(family: &Family<'_>, times: Times) -> Metric {
    let numbers = || family.series.iter().filter_map(|series| number(&series.labels, &series.value, times)).collect();
    let temporality = AggregationTemporality::Cumulative.into();
    let data = match family.kind {
        Kind::Counter => {
            metric::Data::Sum(Sum { data_points: numbers(), aggregation_temporality: temporality, is_monotonic: true })
        }
        Kind::Gauge => metric::Data::Gauge(Gauge { data_points: numbers() }),
        Kind::Histogram => metric::Data::ExponentialHistogram(ExponentialHistogram {
            data_points: family
                .series
                .iter()
                .filter_map(|series| histogram(&series.labels, &series.value, times))
                .collect(),
            aggregation_temporality: temporality,
        }),
    };
    // What Prometheus adds to a counter's name is no part of it here.
    let name = family.name.trim_end_matches("_total").to_owned();
    let unit = if name.ends_with("_seconds") { "s" } else { "" }.to_owned();
    Metric { name, description: family.help.to_owned(), unit, data: Some(data), ..Metric::default() }
}

fn number(labels: &Labels<'_>, value: &Value<'_>, times: Times) -> Option<NumberDataPoint> {
    let Value::Number(value) = value else { return None };
    Some(NumberDataPoint {
        attributes: attributes(labels),
        start_time_unix_nano: times.began,
        time_unix_nano: times.now,
        value: Some(number_data_point::Value::AsDouble(*value)),
        ..NumberDataPoint::default()
    })
}

fn histogram(labels: &Labels<'_>, value: &Value<'_>, times: Times) -> Option<ExponentialHistogramDataPoint> {
    let Value::Histogram(histogram) = value else { return None };
    let exponential = Exponential::of(histogram);
    let counts = &exponential.counts;
    let positive = counts.first_key_value().zip(counts.last_key_value()).map(|((first, _), (last, _))| Buckets {
        // Bucket i ends at b^(i+1) here.
        offset: first - 1,
        bucket_counts: (*first..=*last).map(|index| counts.get(&index).copied().unwrap_or_default()).collect(),
    });
    Some(ExponentialHistogramDataPoint {
        attributes: attributes(labels),
        start_time_unix_nano: times.began,
        time_unix_nano: times.now,
        count: histogram.count(),
        sum: Some(exponential.sum_s),
        scale: exponential.scale,
        zero_count: exponential.zeros,
        positive,
        ..ExponentialHistogramDataPoint::default()
    })
}

fn attributes(labels: &Labels<'_>) -> Vec<KeyValue> {
    labels.iter().map(|(name, value)| attribute(name, value)).collect()
}

fn attribute(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(any_value::Value::StringValue(value.to_owned())) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

fn nanos(at_ms: i64) -> u64 {
    u64::try_from(at_ms).unwrap_or_default().saturating_mul(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::super::totals::tests::example;
    use super::*;

    #[test]
    fn a_run_is_told_as_sums_gauges_and_exponential_histograms() {
        let moment = Moment { at_ms: 3_000, totals: example("search", "timeout") };
        let request = ExportMetricsServiceRequest::decode(body("load", &moment, 1_000).as_slice()).unwrap();
        let metrics = &request.resource_metrics[0].scope_metrics[0].metrics;
        let named = |name: &str| metrics.iter().find(|metric| metric.name == name).unwrap().data.as_ref().unwrap();
        let metric::Data::Sum(requests) = named("loadgate_requests") else { panic!("a sum") };
        assert!(requests.is_monotonic);
        let point = &requests.data_points[0];
        assert_eq!(point.value, Some(number_data_point::Value::AsDouble(4.0)));
        assert_eq!((point.start_time_unix_nano, point.time_unix_nano), (1_000_000_000, 3_000_000_000));
        assert!(matches!(named("loadgate_users"), metric::Data::Gauge(_)));
        let metric::Data::ExponentialHistogram(response) = named("loadgate_response_seconds") else {
            panic!("a histogram")
        };
        let point = &response.data_points[0];
        let buckets = point.positive.as_ref().unwrap();
        assert_eq!((point.count, buckets.bucket_counts.iter().sum::<u64>()), (3, 3));
        // The last bucket holds 40 s: b^(offset + length - 1) < 40 <= b^(offset + length).
        let base = (-f64::from(point.scale)).exp2().exp2();
        let end = buckets.offset + i32::try_from(buckets.bucket_counts.len()).unwrap();
        assert!(base.powi(end - 1) < 40.0 && 40.0 <= base.powi(end) * 1.001, "{}", base.powi(end));
    }
}
