//! How values and changes read in headlines and reasons.

use std::time::Duration;

use super::cell::Key;
use crate::measure::{ALL, Metric, Unit, WorstWindow};
use crate::units::{Growth, Latency, Rate, Size, Span};

/// A value in its metric's unit: `180 ms`, `1.2%`, `411/s`.
pub(super) fn value(metric: Metric, value: f64) -> String {
    match metric.unit() {
        Unit::Microseconds => Latency(value).to_string(),
        Unit::Share => format!("{}%", short(value * 100.0)),
        Unit::PerSecond => Rate(value).to_string(),
        Unit::Cores => format!("{value:.2} cores"),
        Unit::Bytes => Size(value).to_string(),
        Unit::Count => short(value),
        Unit::PerHour => Growth(value).to_string(),
    }
}

/// The worst window: `520 ms in the worst 10s`.
pub(super) fn worst(metric: Metric, worst: &WorstWindow) -> String {
    format!("{} in the worst {}", value(metric, worst.value), Span(Duration::from_secs(worst.length_s)))
}

/// A change with its sign: `+21%`, and `+4.1pp` for shares.
pub(super) fn change(metric: Metric, change: f64) -> String {
    let unit = if metric.unit() == Unit::Share { "pp" } else { "%" };
    let text = short(change.abs() * 100.0);
    let sign = if change < 0.0 && text != "0" { '-' } else { '+' };
    format!("{sign}{text}{unit}")
}

/// A change without its sign, for sentences that say the direction: `21%`.
pub(super) fn size(metric: Metric, by: f64) -> String {
    change(metric, by.abs()).trim_start_matches('+').to_owned()
}

/// A cell: `create_order p95`; of the whole run just `p95`.
pub(super) fn name(key: &Key) -> String {
    if key.endpoint == ALL { key.metric.to_string() } else { format!("{} {}", key.endpoint, key.metric) }
}

/// Two significant digits below 10, whole numbers above: `0.04`, `4.2`, `21`.
fn short(number: f64) -> String {
    let decimals = match number {
        n if n >= 9.95 => 0,
        n if n >= 0.995 => 1,
        _ => 2,
    };
    let text = format!("{number:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_in_their_unit() {
        assert_eq!(value(Metric::P95, 180_000.0), "180 ms");
        assert_eq!(value(Metric::ErrorRate, 0.012), "1.2%");
        assert_eq!(value(Metric::ErrorRate, 0.0), "0%");
    }

    #[test]
    fn changes_read_with_sign_and_unit() {
        assert_eq!(change(Metric::P95, 0.214), "+21%");
        assert_eq!(change(Metric::P95, 0.0996), "+10%");
        assert_eq!(change(Metric::Rps, -0.05), "-5%");
        assert_eq!(change(Metric::ErrorRate, 0.001), "+0.1pp");
        assert_eq!(change(Metric::P50, -0.000_01), "+0%");
        assert_eq!(size(Metric::Rps, -0.123), "12%");
    }

    #[test]
    fn a_cell_of_the_whole_run_is_named_by_its_metric_alone() {
        let key = |endpoint: &str| Key { endpoint: endpoint.to_owned(), metric: Metric::Rps };
        assert_eq!(name(&key(ALL)), "rps");
        assert_eq!(name(&key("search")), "search rps");
    }
}
