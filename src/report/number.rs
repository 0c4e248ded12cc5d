//! Figures in words: values, changes and tolerances as every report writes them.
//!
//! In: numbers with their unit. Out: short text. A missing or impossible number is `–`, never `NaN`.

use std::time::Duration;

use crate::measure::Unit;
use crate::units::{Growth, Latency, Span};

/// What stands where there is no number.
pub(super) const NONE: &str = "–";

/// A value: `180 ms`, `0.02%`, `412/s`.
pub(super) fn value(unit: Unit, value: Option<f64>) -> String {
    let Some(value) = value.filter(|value| value.is_finite()) else { return NONE.to_owned() };
    match unit {
        Unit::Microseconds => Latency(value).to_string(),
        Unit::Share => share(value),
        Unit::PerSecond => rate(value),
        Unit::Cores => format!("{value:.2} cores"),
        Unit::Bytes => bytes(value),
        Unit::Count => grouped(&format!("{value:.1}")).trim_end_matches(".0").to_owned(),
        Unit::PerHour => Growth(value).to_string(),
    }
}

/// A change: `+21%`, `−3.4%`, for shares `+0.10 pp`.
pub(super) fn change(unit: Unit, change: Option<f64>) -> String {
    let Some(change) = change.filter(|change| change.is_finite()) else { return NONE.to_owned() };
    let points = change * 100.0;
    match unit {
        Unit::Share => format!("{} pp", signed(points, if points.abs() < 9.995 { 2 } else { 1 })),
        _ => format!("{}%", signed(points, usize::from(points.abs() < 9.95))),
    }
}

/// A tolerance: a change without needless zeros, `+10%`, `+0.1 pp`.
pub(super) fn tolerance(unit: Unit, tolerance: f64) -> String {
    if !tolerance.is_finite() {
        return NONE.to_owned();
    }
    let sign = if tolerance < 0.0 { '−' } else { '+' };
    let digits = format!("{:.2}", tolerance.abs() * 100.0);
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    match unit {
        Unit::Share => format!("{sign}{digits} pp"),
        _ => format!("{sign}{digits}%"),
    }
}

/// A share of requests: `0%`, `0.02%`, `12.5%`.
#[must_use]
pub fn share(share: f64) -> String {
    let percent = share * 100.0;
    if percent == 0.0 {
        "0%".to_owned()
    } else if percent < 0.01 {
        "<0.01%".to_owned()
    } else if percent < 9.995 {
        format!("{percent:.2}%")
    } else {
        format!("{percent:.1}%")
    }
}

/// Events per second: `0.25/s`, `41.2/s`, `12,345/s`.
#[must_use]
pub fn rate(rate: f64) -> String {
    if rate < 9.995 {
        format!("{rate:.2}/s")
    } else if rate < 99.95 {
        format!("{rate:.1}/s")
    } else {
        format!("{}/s", grouped(&format!("{rate:.0}")))
    }
}

/// A count with its thousands apart: `12,345`.
#[must_use]
pub fn count(count: u64) -> String {
    grouped(&count.to_string())
}

/// A count that was reckoned: `2,412`.
pub(super) fn whole(count: f64) -> String {
    grouped(&format!("{count:.0}"))
}

/// A count and its noun: `1 run`, `8 runs`.
pub(super) fn plural(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", self::count(count), if count == 1 { "" } else { "s" })
}

/// An amount of data: `312 MB`.
#[must_use]
pub fn bytes(bytes: f64) -> String {
    let mut scaled = bytes.max(0.0);
    let mut name = "B";
    for larger in ["kB", "MB", "GB", "TB"] {
        if scaled < 999.5 {
            break;
        }
        scaled /= 1000.0;
        name = larger;
    }
    let digits = usize::from(name != "B" && scaled < 99.95);
    format!("{scaled:.digits$} {name}")
}

/// A length of time: `9m`, `1m30s`, below ten seconds `4.5s`, and below one `340ms`.
pub(super) fn seconds(seconds: f64) -> String {
    let digits = match seconds {
        ..0.95 => 1_000.0,
        ..9.95 => 10.0,
        _ => 1.0,
    };
    Span(Duration::try_from_secs_f64((seconds * digits).round() / digits).unwrap_or_default()).to_string()
}

/// A latency of whole microseconds.
pub(super) fn latency(us: u64) -> String {
    Latency(float(us)).to_string()
}

/// A count as a number to reckon with.
#[expect(clippy::cast_precision_loss, reason = "counts shown to three digits lose nothing below 2^53")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

/// With a sign always, except for what rounds to nothing.
fn signed(number: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", number.abs());
    let text = grouped(&text);
    if text.chars().all(|c| matches!(c, '0' | '.')) {
        text
    } else if number < 0.0 {
        format!("−{text}")
    } else {
        format!("+{text}")
    }
}

/// Commas between the thousands of a plain decimal number.
fn grouped(number: &str) -> String {
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let mut out = String::with_capacity(number.len() + 4);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_carry_their_unit() {
        assert_eq!(value(Unit::Share, Some(0.0)), "0%");
        assert_eq!(value(Unit::Share, Some(0.000_03)), "<0.01%");
        assert_eq!(value(Unit::Share, Some(0.125)), "12.5%");
        assert_eq!(value(Unit::PerSecond, Some(12_345.4)), "12,345/s");
        assert_eq!(value(Unit::PerSecond, Some(0.25)), "0.25/s");
    }

    #[test]
    fn a_number_that_is_none_is_a_dash() {
        for missing in [None, Some(f64::NAN), Some(f64::INFINITY)] {
            assert_eq!(value(Unit::PerSecond, missing), "–");
            assert_eq!(change(Unit::Microseconds, missing), "–");
        }
    }

    #[test]
    fn changes_carry_their_sign() {
        assert_eq!(change(Unit::Microseconds, Some(0.21)), "+21%");
        assert_eq!(change(Unit::PerSecond, Some(-0.034)), "−3.4%");
        assert_eq!(change(Unit::Share, Some(0.001)), "+0.10 pp");
        assert_eq!(change(Unit::Microseconds, Some(0.000_01)), "0.0%");
        assert_eq!(change(Unit::Microseconds, Some(12.34)), "+1,234%");
    }

    #[test]
    fn tolerances_are_written_as_they_were_typed() {
        assert_eq!(tolerance(Unit::Microseconds, 0.1), "+10%");
        assert_eq!(tolerance(Unit::PerSecond, -0.05), "−5%");
        assert_eq!(tolerance(Unit::Share, 0.001), "+0.1 pp");
    }

    #[test]
    fn lengths_of_time_are_as_exact_as_they_need_to_be() {
        assert_eq!(seconds(540.02), "9m");
        assert_eq!(seconds(89.6), "1m30s");
        assert_eq!(seconds(4.53), "4.5s");
        assert_eq!(seconds(f64::NAN), "0s");
    }

    #[test]
    fn data_is_scaled_to_three_digits() {
        assert_eq!(bytes(0.0), "0 B");
        assert_eq!(bytes(999.0), "999 B");
        assert_eq!(bytes(1_540.0), "1.5 kB");
        assert_eq!(bytes(312e6), "312 MB");
        assert_eq!(bytes(5e16), "50000 TB");
    }
}
