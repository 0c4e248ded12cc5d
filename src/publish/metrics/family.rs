//! The metrics of a run, by name: what every format tells.
//!
//! In: [`Totals`]. Out: families in a stable order, in base units, each series once. Encodes nothing.
//!
//! Names follow <https://prometheus.io/docs/practices/naming/>.

use std::collections::BTreeMap;

use super::totals::{Sums, Totals};
use crate::measure::{Histogram, Phase};

/// What a series' values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It only grows, from 0 at the start of the run.
    Counter,
    /// It comes and goes.
    Gauge,
    /// A distribution of seconds, which only grows.
    Histogram,
}

/// One metric.
#[derive(Debug)]
pub(super) struct Family<'a> {
    pub(super) name: String,
    pub(super) help: &'static str,
    pub(super) kind: Kind,
    pub(super) series: Vec<Series<'a>>,
}

/// One series of a metric.
#[derive(Debug)]
pub(super) struct Series<'a> {
    /// Its labels in the order of their names.
    pub(super) labels: Labels<'a>,
    pub(super) value: Value<'a>,
}

pub(super) type Labels<'a> = Vec<(&'static str, &'a str)>;

/// What a series is at.
#[derive(Debug)]
pub(super) enum Value<'a> {
    Number(f64),
    Histogram(&'a Histogram),
}

/// A run so far.
pub(super) fn families<'a>(profile: &'a str, totals: &'a Totals) -> Vec<Family<'a>> {
    let mut families = of_endpoints(profile, totals);
    let alone = |name: String, help, kind, value| Family {
        name,
        help,
        kind,
        series: vec![Series { labels: vec![("profile", profile)], value: Value::Number(value) }],
    };
    families.push(alone("loadgate_users".into(), "Virtual users alive.", Kind::Gauge, f64::from(totals.users)));
    // Two names that differ in a sign only are one metric here, and a metric said twice fails a scrape.
    let target: BTreeMap<String, f64> = totals.target.iter().map(|(name, value)| (metric_name(name), *value)).collect();
    families.extend(target.into_iter().map(|(name, value)| {
        alone(format!("loadgate_target_{name}"), "What the target used when that was last read.", Kind::Gauge, value)
    }));
    let generator = &totals.generator;
    let counters = [
        ("cpu_seconds", "CPU time of loadgate itself.", generator.cpu_s),
        ("run_delay_seconds", "Time in which its workers waited for a core.", generator.run_delay_s),
        ("steal_seconds", "CPU time that the hypervisor gave to others.", generator.steal_s),
        ("late_starts", "Starts that found no idle user and waited for one.", real(generator.late)),
        ("missed_starts", "Starts that were due and never made.", real(generator.missed)),
    ];
    families.extend(
        counters
            .into_iter()
            .map(|(name, help, value)| alone(format!("loadgate_generator_{name}_total"), help, Kind::Counter, value)),
    );
    families
}

fn of_endpoints<'a>(profile: &'a str, totals: &'a Totals) -> Vec<Family<'a>> {
    let labels = |phase: Phase, endpoint: &'a str| {
        let phase = match phase {
            Phase::Warmup => "warmup",
            Phase::Window => "window",
        };
        vec![("endpoint", endpoint), ("phase", phase), ("profile", profile)]
    };
    let each = |value: fn(&'a Sums) -> Value<'a>| {
        let series = |(phase, endpoint, sums)| Series { labels: labels(phase, endpoint), value: value(sums) };
        totals.endpoints().map(series).collect::<Vec<_>>()
    };
    let failures = totals.endpoints().flat_map(|(phase, endpoint, sums)| {
        sums.errors.iter().map(move |(kind, count)| {
            let mut labels = labels(phase, endpoint);
            labels.insert(1, ("kind", kind.as_str()));
            Series { labels, value: Value::Number(real(*count)) }
        })
    });
    let family = |name: &str, help, kind, series| Family { name: name.to_owned(), help, kind, series };
    vec![
        family(
            "loadgate_requests_total",
            "Requests finished, failed ones included.",
            Kind::Counter,
            each(|sums| Value::Number(real(sums.requests))),
        ),
        family("loadgate_failures_total", "Requests that failed.", Kind::Counter, failures.collect()),
        family(
            "loadgate_received_bytes_total",
            "Bytes received, heads and bodies.",
            Kind::Counter,
            each(|sums| Value::Number(real(sums.bytes_received))),
        ),
        family(
            "loadgate_response_seconds",
            "Response time of successful requests.",
            Kind::Histogram,
            each(|sums| Value::Histogram(&sums.response_us)),
        ),
    ]
}

/// The part of a metric's name that a reading gives.
fn metric_name(name: &str) -> String {
    name.chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '_' }).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run stay far below 2^52")]
fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::super::totals::tests::example;
    use super::*;

    #[test]
    fn no_series_is_told_twice_and_labels_are_in_order() {
        let totals = example("GET /a", "timeout");
        let mut seen = std::collections::BTreeSet::new();
        for family in families("load", &totals) {
            for series in &family.series {
                assert!(series.labels.is_sorted_by_key(|(name, _)| *name), "{series:?}");
                assert!(seen.insert(format!("{} {:?}", family.name, series.labels)), "{} {series:?}", family.name);
            }
        }
        assert!(seen.contains("loadgate_target_cpu_cores [(\"profile\", \"load\")]"), "{seen:?}");
    }
}
