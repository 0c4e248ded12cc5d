//! A quantile by its usual name.
//!
//! In: `"p99.9"`. Out: a [`Quantile`], which cannot be beyond all values. Does not compute quantiles.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::Error;
use super::text::{self, TextForm};

/// A quantile in `0.0..=1.0`, typed as `"p95"`, `"p99.9"` or `"p999"`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Quantile(f64);

impl Quantile {
    /// The quantile at `value`; `None` outside `0.0..=1.0`.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self(value))
    }

    /// The share of values at or below it, in `0.0..=1.0`.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }
}

impl TextForm for Quantile {
    const EXPECTED: &'static str = "a percentile such as \"p95\"";
}

impl FromStr for Quantile {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        text.strip_prefix('p')
            .and_then(parse_percent)
            .and_then(|percent| Self::new(text::hundredth(percent)))
            .ok_or_else(|| {
                Error::new(text, "a percentile", "write one such as \"p50\", \"p95\", \"p99.9\" or \"p999\"")
            })
    }
}

impl fmt::Display for Quantile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "p{}", text::hundredths(self.0))
    }
}

impl Serialize for Quantile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Quantile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::deserialize(deserializer)
    }
}

impl JsonSchema for Quantile {
    fn schema_name() -> Cow<'static, str> {
        "Percentile".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A percentile: \"p50\", \"p95\", \"p99.9\" or \"p999\".",
            "pattern": "^p([0-9]{1,2}(\\.[0-9]+)?|99[0-9]+|100)$",
        })
    }
}

/// The percentage that `digits` name: `95`, `99.9`, and `999` for 99.9.
fn parse_percent(digits: &str) -> Option<String> {
    let (percent, "") = text::split_number(digits)? else {
        return None;
    };
    match digits.strip_prefix("99") {
        Some(nines) if !nines.is_empty() && !nines.contains('.') => Some(format!("99.{nines}")),
        _ => (percent <= 100.0).then(|| digits.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantiles_have_their_usual_names() {
        for (text, value) in [
            ("p50", 0.5),
            ("p5", 0.05),
            ("p95", 0.95),
            ("p99.9", 0.999),
            ("p999", 0.999),
            ("p9999", 0.9999),
            ("p100", 1.0),
            ("p0", 0.0),
        ] {
            assert_eq!(text.parse::<Quantile>().map(Quantile::value), Ok(value), "{text}");
        }
    }

    #[test]
    fn a_quantile_beyond_all_values_is_impossible() {
        for text in ["p101", "p100.1", "p950", "95", "p", "p-1", "p95%"] {
            let message =
                format!("\"{text}\" is not a percentile: write one such as \"p50\", \"p95\", \"p99.9\" or \"p999\"");
            assert_eq!(text.parse::<Quantile>().unwrap_err().to_string(), message);
        }
        for value in [-0.1, 1.1, f64::NAN] {
            assert_eq!(Quantile::new(value), None);
        }
    }

    #[test]
    fn quantiles_show_as_percentiles() {
        assert_eq!(Quantile::new(0.999).unwrap().to_string(), "p99.9");
        assert_eq!(Quantile::new(0.07).unwrap().to_string(), "p7");
    }

    proptest! {
        #[test]
        fn every_quantile_survives_its_text(millionths in 0u32..=1_000_000) {
            let quantile = Quantile::new(f64::from(millionths) / 1e6).unwrap();
            prop_assert_eq!(quantile.to_string().parse(), Ok(quantile));
        }
    }
}
