//! Growth over time as people type it.
//!
//! In: `"+5%/h"`. Out: a [`Growth`]. Does not know what grows.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::Error;
use super::text::{self, TextForm};

/// Relative growth in an hour, typed as `"+5%/h"`, `"+0.1%/min"` or `"+20%/day"`: 0.05 is +5% of the level in each hour.
///
/// Shown and serialised in hours: `+5%/h`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Growth(pub f64);

impl TextForm for Growth {
    const EXPECTED: &'static str = "a growth such as \"+5%/h\"";
}

impl FromStr for Growth {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parsed = text::split_digits(text.strip_prefix('+').unwrap_or(text)).and_then(|(digits, unit)| match unit {
            "%/h" => Some(text::hundredth(digits)),
            "%/min" => Some(text::hundredth(digits) * 60.0),
            "%/day" => Some(text::hundredth(digits) / 24.0),
            _ => None,
        });
        let wrong = || Error::new(text, "a growth", "write one such as \"+5%/h\", \"+0.1%/min\" or \"+20%/day\"");
        parsed.filter(|growth| growth.is_finite()).map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0.0 { '−' } else { '+' };
        write!(formatter, "{sign}{}%/h", text::short_hundredths(self.0.abs()))
    }
}

impl Serialize for Growth {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("+{}%/h", text::hundredths(self.0)))
    }
}

impl<'de> Deserialize<'de> for Growth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::deserialize(deserializer)
    }
}

impl JsonSchema for Growth {
    fn schema_name() -> Cow<'static, str> {
        "Growth".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "How much something may grow: \"+5%/h\", \"+0.1%/min\", \"+20%/day\".",
            "pattern": "^\\+?[0-9]+(\\.[0-9]+)?%/(min|h|day)$",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn growth_is_by_the_hour() {
        for (text, growth) in [("+5%/h", 0.05), ("5%/h", 0.05), ("+0.1%/min", 0.06), ("+24%/day", 0.01), ("+0%/h", 0.0)]
        {
            assert_eq!(text.parse(), Ok(Growth(growth)), "{text}");
        }
    }

    #[test]
    fn growth_shows_its_sign() {
        for (growth, text) in [(0.05, "+5%/h"), (-0.123, "−12.3%/h"), (0.0, "+0%/h")] {
            assert_eq!(Growth(growth).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_growth_is_refused_with_what_to_write() {
        for text in ["5%", "+5%", "+5MiB/h", "-5%/h", "5 %/h", "fast"] {
            let message = text.parse::<Growth>().unwrap_err().to_string();
            assert_eq!(
                message,
                format!("\"{text}\" is not a growth: write one such as \"+5%/h\", \"+0.1%/min\" or \"+20%/day\"")
            );
        }
    }

    proptest! {
        #[test]
        fn every_growth_survives_serde(growth in 0f64..100.0) {
            let json = serde_json::to_string(&Growth(growth)).unwrap();
            let Growth(read) = serde_json::from_str(&json).unwrap();
            prop_assert!((read - growth).abs() <= 1e-15 * growth.max(1.0));
        }
    }
}
