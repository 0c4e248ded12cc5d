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
/// `None` where `text` does not start with a digit, or the number is malformed or beyond all figures.
pub(super) fn split_number(text: &str) -> Option<(f64, &str)> {
    let (digits, rest) = split_digits(text)?;
    Some((digits.parse().ok()?, rest))
}

/// The same number as it is written, and what follows it.
pub(super) fn split_digits(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit()) && !digits.ends_with('.');
    (is_number && digits.parse().is_ok_and(f64::is_finite)).then_some((digits, rest))
}

/// A hundredth of a number as it is written: exactly the number that `"0.07"` is for 7.
pub(super) fn hundredth(number: impl fmt::Display) -> f64 {
    format!("{number}e-2").parse().unwrap_or(f64::NAN)
}

/// How many hundredths `share` is, as a text of which [`hundredth`] makes the same number, to the last bit.
pub(super) fn hundredths(share: f64) -> String {
    let scientific = format!("{:e}", share.abs());
    let parts =
        scientific.split_once('e').and_then(|(mantissa, exponent)| Some((mantissa, exponent.parse::<i32>().ok()?)));
    let Some((mantissa, exponent)) = parts.filter(|_| share != 0.0) else { return share.abs().to_string() };
    let (sign, digits) = (if share < 0.0 { "-" } else { "" }, mantissa.replace('.', ""));
    match usize::try_from(exponent + 3) {
        Ok(whole @ 1..) => match digits.split_at_checked(whole).filter(|(_, after)| !after.is_empty()) {
            Some((before, after)) => format!("{sign}{before}.{after}"),
            None => format!("{sign}{digits:0<whole$}"),
        },
        _ => format!("{sign}0.{}{digits}", "0".repeat(usize::try_from(-exponent - 3).unwrap_or_default())),
    }
}

/// The same for people, as [`short`] as other figures.
pub(super) fn short_hundredths(share: f64) -> String {
    hundredths(share).parse().map_or_else(|_| share.to_string(), short)
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
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_split_from_its_unit() {
        assert_eq!(split_number("12.5ms"), Some((12.5, "ms")));
        assert_eq!(split_number("200"), Some((200.0, "")));
        let endless = "9".repeat(400);
        for wrong in ["", "ms", ".5s", "5.s", "1.2.3s", "-1s", &endless] {
            assert_eq!(split_number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hundredths_are_exact() {
        for (text, share) in
            [("7", 0.07), ("0.1", 0.001), ("29", 0.29), ("100", 1.0), ("0", 0.0), ("-1200", -12.0), ("12.34", 0.1234)]
        {
            assert_eq!(hundredth(text).to_bits(), f64::to_bits(share));
            assert_eq!(hundredths(share), text);
        }
    }

    proptest! {
        #[test]
        fn a_share_that_is_written_reads_the_same(share in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL) {
            prop_assert_eq!(hundredth(hundredths(share)).to_bits(), share.to_bits());
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
