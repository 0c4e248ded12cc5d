//! What the text forms share: splitting numbers from units, rounding for people, and the way through serde.
//!
//! In: text or numbers. Out: numbers or text. Does not know any single unit.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::Deserializer;
use serde::de::Visitor;

use super::error::Error;

/// A unit that is typed as text.
pub(super) trait TextForm: FromStr<Err = Error> {
    /// What the unit is, with an example: `a duration such as "30s"`.
    const EXPECTED: &'static str;
}

/// Reads a unit from its text.
pub(super) fn deserialize<'de, T: TextForm, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(FromText(PhantomData))
}

struct FromText<T>(PhantomData<T>);

impl<T: TextForm> Visitor<'_> for FromText<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(T::EXPECTED)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

/// The unsigned decimal number that `text` starts with, and what follows it.
///
/// `None` where `text` does not start with a digit, or the number is malformed.
pub(super) fn split_number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end)?;
    if !number.starts_with(|c: char| c.is_ascii_digit()) || number.ends_with('.') {
        return None;
    }
    Some((number.parse().ok()?, rest))
}

/// A hundredth of `number` as it is written: exactly the number that `"0.07"` is for 7.
pub(super) fn hundredth(number: f64) -> f64 {
    shift(number, -2)
}

/// The number of hundredths in `share`: `0.07` is `7`, not `7.000000000000001`.
pub(super) fn hundredths(share: f64) -> f64 {
    shift(share, 2)
}

/// Moves the decimal point of the shortest text that is `number`.
fn shift(number: f64, places: i32) -> f64 {
    let text = format!("{number:e}");
    let shifted = text.split_once('e').and_then(|(mantissa, exponent)| {
        let exponent: i32 = exponent.parse().ok()?;
        format!("{mantissa}e{}", exponent + places).parse().ok()
    });
    shifted.unwrap_or(number * 10f64.powi(places))
}

/// `value` rounded to three significant digits.
pub(super) fn round3(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

/// `value` with three significant digits, never in exponent form: `850`, `18.4`, `1.25`, `0.0200`.
pub(super) fn three_digits(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let rounded = round3(value);
    let exponent = format!("{rounded:e}").split_once('e').and_then(|(_, exponent)| exponent.parse::<i32>().ok());
    let decimals = usize::try_from(2 - exponent.unwrap_or(2)).unwrap_or(0);
    format!("{rounded:.decimals$}")
}

/// Like [`three_digits`], but the whole part is never rounded and zeros at the end are left out:
/// `12346`, `200`, `0.02`.
pub(super) fn short(value: f64) -> String {
    if value.abs() >= 100.0 {
        return format!("{value:.0}");
    }
    let text = three_digits(value);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_split_from_its_unit() {
        assert_eq!(split_number("12.5ms"), Some((12.5, "ms")));
        assert_eq!(split_number("200"), Some((200.0, "")));
        for wrong in ["", "ms", ".5s", "5.s", "1.2.3s", "-1s"] {
            assert_eq!(split_number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hundredths_are_exact() {
        for (number, share) in [(7.0, 0.07), (0.1, 0.001), (29.0, 0.29), (100.0, 1.0), (0.0, 0.0)] {
            assert_eq!(hundredth(number).to_bits(), f64::to_bits(share));
            assert_eq!(hundredths(share).to_bits(), f64::to_bits(number));
        }
    }

    #[test]
    fn three_digits_are_significant_ones() {
        for (value, text) in
            [(850.0, "850"), (18.44, "18.4"), (1.25, "1.25"), (9.999, "10.0"), (0.02, "0.0200"), (0.0, "0")]
        {
            assert_eq!(three_digits(value), text);
        }
    }

    #[test]
    fn short_numbers_keep_their_whole_part() {
        for (value, text) in [(12_345.6, "12346"), (200.0, "200"), (0.02, "0.02"), (10.0, "10"), (99.96, "100")] {
            assert_eq!(short(value), text);
        }
    }
}
