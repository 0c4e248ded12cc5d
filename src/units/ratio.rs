//! A share of a whole as people type it.
//!
//! In: `"1%"` or `0.01`. Out: a [`Ratio`]. Does not hold changes, which may be negative: those are tolerances.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize};

use super::error::Error;
use super::text;

const EXPECTED: &str = "a share such as \"1%\" or 0.01";

/// A share between 0 and 1, typed as `"1%"` or `0.01`.
///
/// Shown as a percentage with three significant digits; serialised as the number.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize)]
pub struct Ratio(pub f64);

impl FromStr for Ratio {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let Some((number, "%")) = text::split_number(text) else {
            return Err(Error::new(text, "a share", "write one such as \"1%\" or 0.01"));
        };
        if number > 100.0 {
            return Err(Error::new(text, "a share", "write \"100%\" or less"));
        }
        Ok(Self(text::hundredth(number)))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}%", text::short_hundredths(self.0))
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrNumber)
    }
}

struct TextOrNumber;

impl Visitor<'_> for TextOrNumber {
    type Value = Ratio;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(EXPECTED)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Ratio, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_f64<E: serde::de::Error>(self, share: f64) -> Result<Ratio, E> {
        if (0.0..=1.0).contains(&share) {
            Ok(Ratio(share))
        } else {
            Err(E::custom(format!("{share} is not a share: write \"{share}%\" or a number from 0 to 1")))
        }
    }

    fn visit_i64<E: serde::de::Error>(self, share: i64) -> Result<Ratio, E> {
        match share {
            0 => Ok(Ratio(0.0)),
            1 => Ok(Ratio(1.0)),
            _ => Err(E::custom(format!("{share} is not a share: write \"{share}%\" or a number from 0 to 1"))),
        }
    }

    fn visit_u64<E: serde::de::Error>(self, share: u64) -> Result<Ratio, E> {
        self.visit_i64(i64::try_from(share).unwrap_or(i64::MAX))
    }
}

impl JsonSchema for Ratio {
    fn schema_name() -> Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A share: \"1%\" or 0.01.",
            "anyOf": [
                { "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?%$" },
                { "type": "number", "minimum": 0, "maximum": 1 },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shares_are_typed_as_percentages_or_numbers() {
        assert_eq!("1%".parse(), Ok(Ratio(0.01)));
        assert_eq!("0.02%".parse(), Ok(Ratio(0.0002)));
        assert_eq!(serde_json::from_str::<Ratio>("0.01").unwrap(), Ratio(0.01));
        assert_eq!(serde_json::from_str::<Ratio>("1").unwrap(), Ratio(1.0));
        assert_eq!(serde_json::from_str::<Ratio>("\"7%\"").unwrap(), Ratio(0.07));
    }

    #[test]
    fn shares_beyond_the_whole_are_refused() {
        assert_eq!("101%".parse::<Ratio>().unwrap_err().to_string(), "\"101%\" is not a share: write \"100%\" or less");
        for wrong in ["5", "-0.1", "1.5", "\"5\"", "\"-1%\"", "true"] {
            assert!(serde_json::from_str::<Ratio>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn shares_show_as_percentages() {
        for (share, text) in [(0.01, "1%"), (0.0002, "0.02%"), (0.12345, "12.3%"), (1.0, "100%"), (0.0, "0%")] {
            assert_eq!(Ratio(share).to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn every_share_survives_serde(share in 0f64..=1.0) {
            let json = serde_json::to_string(&Ratio(share)).unwrap();
            prop_assert_eq!(serde_json::from_str::<Ratio>(&json).unwrap(), Ratio(share));
        }

        #[test]
        fn every_typed_percentage_survives_its_text(percent in 0u32..=100) {
            let text = format!("{percent}%");
            prop_assert_eq!(text.parse::<Ratio>().unwrap().to_string(), text);
        }
    }
}
