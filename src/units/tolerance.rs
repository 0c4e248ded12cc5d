//! How far a metric may move, as people type it.
//!
//! In: `"+10%"`, `"+0.1pp"`, `"2ms"`. Out: a [`Tolerance`]. Does not know which metric it is for, nor which
//! direction is worse.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::Error;
use super::span::Span;
use super::text::{self, TextForm};

/// How far a metric may move before the move counts.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub enum Tolerance {
    /// `"+10%"` is 0.10, `"-5%"` is -0.05: relative to the baseline.
    Relative(f64),
    /// `"+0.1pp"` is 0.001: a difference of shares.
    Points(f64),
    /// `"2ms"`: an absolute latency.
    Absolute(Duration),
}

impl TextForm for Tolerance {
    const EXPECTED: &'static str = "a tolerance such as \"+10%\"";
}

impl FromStr for Tolerance {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text).ok_or_else(|| Error::new(text, "a tolerance", hint(text)))
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relative(share) => write!(formatter, "{}{}%", plus(*share), text::hundredths(*share)),
            Self::Points(share) => write!(formatter, "{}{}pp", plus(*share), text::hundredths(*share)),
            Self::Absolute(duration) => Span(*duration).fmt(formatter),
        }
    }
}

impl Serialize for Tolerance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Tolerance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::deserialize(deserializer)
    }
}

impl JsonSchema for Tolerance {
    fn schema_name() -> Cow<'static, str> {
        "Tolerance".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A tolerance: \"+10%\", \"-5%\", \"+0.1pp\" or \"2ms\".",
            "pattern": "^([+-]?[0-9]+(\\.[0-9]+)?(%|pp)|\\+?([0-9]+(\\.[0-9]+)?(h|m|s|ms|us|µs))+)$",
        })
    }
}

fn plus(share: f64) -> &'static str {
    if share < 0.0 { "" } else { "+" }
}

fn parse(text: &str) -> Option<Tolerance> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, unit) = text::split_digits(unsigned)?;
    match unit {
        "%" => Some(Tolerance::Relative(sign * text::hundredth(digits))),
        "pp" => Some(Tolerance::Points(sign * text::hundredth(digits))),
        _ if sign > 0.0 => unsigned.parse::<Span>().ok().map(|span| Tolerance::Absolute(span.0)),
        _ => None,
    }
}

/// What to write instead: the percentage that was probably meant, or examples.
fn hint(text: &str) -> String {
    let compact: String = text.split_whitespace().collect();
    let number = compact.trim_start_matches(['+', '-']);
    match text::split_number(number) {
        Some((_, "")) => format!("write \"{compact}%\""),
        Some(_) if compact != text && parse(&compact).is_some() => format!("write \"{compact}\""),
        _ => "write one such as \"+10%\", \"-5%\", \"+0.1pp\" or \"2ms\"".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tolerances_parse_as_they_are_typed() {
        for (text, tolerance) in [
            ("+10%", Tolerance::Relative(0.1)),
            ("10%", Tolerance::Relative(0.1)),
            ("-5%", Tolerance::Relative(-0.05)),
            ("+0.1pp", Tolerance::Points(0.001)),
            ("2ms", Tolerance::Absolute(Duration::from_millis(2))),
            ("+2ms", Tolerance::Absolute(Duration::from_millis(2))),
        ] {
            assert_eq!(text.parse(), Ok(tolerance), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_tolerance_is_refused_with_what_to_write() {
        for (text, message) in [
            ("+10", "\"+10\" is not a tolerance: write \"+10%\""),
            ("+ 10 %", "\"+ 10 %\" is not a tolerance: write \"+10%\""),
            ("-2ms", "\"-2ms\" is not a tolerance: write one such as \"+10%\", \"-5%\", \"+0.1pp\" or \"2ms\""),
            ("ten", "\"ten\" is not a tolerance: write one such as \"+10%\", \"-5%\", \"+0.1pp\" or \"2ms\""),
        ] {
            assert_eq!(text.parse::<Tolerance>().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn tolerances_show_their_sign() {
        for text in ["+10%", "-5%", "+0.1pp", "2ms", "+0%"] {
            assert_eq!(text.parse::<Tolerance>().unwrap().to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn every_tolerance_survives_its_text(thousandths in -100_000i32..100_000, micros in 0u64..10_000_000) {
            let share = f64::from(thousandths) / 1e5;
            for tolerance in [Tolerance::Relative(share), Tolerance::Points(share), Tolerance::Absolute(Duration::from_micros(micros))] {
                prop_assert_eq!(tolerance.to_string().parse(), Ok(tolerance));
            }
        }
    }
}
