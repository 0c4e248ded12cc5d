//! The text that Prometheus scrapes.
//!
//! In: [`Totals`]. Out: the exposition format, version 0.0.4. Histograms have classic buckets here, because the text format
//! has no others. Answers no request.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>

use std::fmt::{Display, Write as _};

use super::family::{Kind, Labels, Value, families};
use super::totals::Totals;
use crate::measure::Histogram;

/// Upper ends of the classic buckets: microseconds, and the same in seconds as text.
const ENDS: [(u64, &str); 17] = [
    (100, "0.0001"),
    (250, "0.00025"),
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (1_000_000, "1"),
    (2_500_000, "2.5"),
    (5_000_000, "5"),
    (10_000_000, "10"),
    (30_000_000, "30"),
];

/// A run so far, as Prometheus reads it.
pub(super) fn exposition(profile: &str, totals: &Totals) -> String {
    let mut text = String::new();
    for family in families(profile, totals) {
        let (name, kind) = (&family.name, kind(family.kind));
        // Writing to a `String` can't fail.
        let _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} {kind}", family.help);
        for series in &family.series {
            let labels = labels(&series.labels);
            match series.value {
                Value::Number(value) => line(&mut text, name, &labels, value),
                Value::Histogram(histogram) => buckets(&mut text, name, &labels, histogram),
            }
        }
    }
    text
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    }
}

fn buckets(text: &mut String, name: &str, labels: &str, response: &Histogram) {
    for (end_us, end) in ENDS {
        // A bucket of the histogram that holds the end counts as below: 0.1% of the end at most.
        let upto = response.count() - response.count_above(end_us);
        line(text, &format!("{name}_bucket"), &format!("{labels},le=\"{end}\""), upto);
    }
    line(text, &format!("{name}_bucket"), &format!("{labels},le=\"+Inf\""), response.count());
    line(text, &format!("{name}_sum"), labels, response.total_us() / 1e6);
    line(text, &format!("{name}_count"), labels, response.count());
}

fn line(text: &mut String, name: &str, labels: &str, value: impl Display) {
    let _ = writeln!(text, "{name}{{{labels}}} {value}");
}

fn labels(labels: &Labels<'_>) -> String {
    let pairs: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    pairs.join(",")
}

/// A label's value: endpoints and kinds of failure may hold anything.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::super::totals::tests::example;
    use super::*;

    #[test]
    fn a_run_is_told_in_base_units_with_its_phase() {
        let text = exposition("load", &example("GET /a", "timeout"));
        let labels = "endpoint=\"GET /a\",phase=\"window\",profile=\"load\"";
        let failed = "endpoint=\"GET /a\",kind=\"timeout\",phase=\"window\",profile=\"load\"";
        for expected in [
            format!("loadgate_requests_total{{{labels}}} 4"),
            format!("loadgate_failures_total{{{failed}}} 1"),
            format!("loadgate_received_bytes_total{{{labels}}} 900"),
            format!("loadgate_response_seconds_bucket{{{labels},le=\"0.0001\"}} 1"),
            format!("loadgate_response_seconds_bucket{{{labels},le=\"0.0005\"}} 1"),
            format!("loadgate_response_seconds_bucket{{{labels},le=\"0.001\"}} 2"),
            format!("loadgate_response_seconds_bucket{{{labels},le=\"30\"}} 2"),
            format!("loadgate_response_seconds_bucket{{{labels},le=\"+Inf\"}} 3"),
            format!("loadgate_response_seconds_count{{{labels}}} 3"),
            "loadgate_users{profile=\"load\"} 7".to_owned(),
            "loadgate_target_cpu_cores{profile=\"load\"} 0.5".to_owned(),
            "loadgate_generator_missed_starts_total{profile=\"load\"} 0".to_owned(),
        ] {
            assert!(text.lines().any(|line| line == expected), "{expected} in {text}");
        }
    }

    #[test]
    fn a_hostile_name_stays_inside_its_label() {
        let text = exposition("p", &example("a\"} 1\nevil 2 \\", "b\nc"));
        assert!(text.contains(r#"endpoint="a\"} 1\nevil 2 \\","#), "{text}");
        assert!(text.contains(r#"kind="b\nc","#), "{text}");
        assert!(text.lines().all(|line| line.starts_with("# ") || line.starts_with("loadgate_")), "{text}");
    }
}
