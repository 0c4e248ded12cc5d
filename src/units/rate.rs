//! Events per second as people type them.
//!
//! In: `"600/min"`. Out: a [`Rate`]. Does not know what is counted.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::Error;
use super::text::{self, TextForm};

/// Events per second, typed as `"200/s"`, `"600/min"` or `"36000/h"`.
///
/// Shown as `411/s`, rounded for reading; serialised as the same text, unrounded.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Rate(pub f64);

impl TextForm for Rate {
    const EXPECTED: &'static str = "a rate such as \"200/s\"";
}

impl FromStr for Rate {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parsed = text::split_number(text).and_then(|(number, unit)| match unit {
            "/s" => Some(number),
            "/min" => Some(number / 60.0),
            "/h" => Some(number / 3600.0),
            _ => None,
        });
        parsed.filter(|rate| rate.is_finite()).map(Self).ok_or_else(|| Error::new(text, "a rate", hint(text)))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/s", text::short(self.0))
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}/s", self.0))
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::deserialize(deserializer)
    }
}

impl JsonSchema for Rate {
    fn schema_name() -> Cow<'static, str> {
        "Rate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A rate: \"200/s\", \"600/min\", \"36000/h\".",
            "pattern": "^[0-9]+(\\.[0-9]+)?/(s|min|h)$",
        })
    }
}

/// What to write instead: the rate that was probably meant, or examples.
fn hint(text: &str) -> String {
    let compact: String = text.split_whitespace().collect::<String>().to_lowercase();
    let per = text::split_number(&compact).and_then(|(number, unit)| match unit {
        "" | "rps" | "/sec" | "/second" | "/s" | "ps" => Some((number, "s")),
        "rpm" | "/m" | "/minute" | "/min" => Some((number, "min")),
        "/hour" | "/hr" | "/h" => Some((number, "h")),
        _ => None,
    });
    match per {
        Some((number, unit)) => format!("write \"{number}/{unit}\""),
        None => "write one such as \"200/s\", \"600/min\" or \"36000/h\"".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rates_are_per_second() {
        for (text, per_second) in [("200/s", 200.0), ("600/min", 10.0), ("36000/h", 10.0), ("0.5/s", 0.5)] {
            assert_eq!(text.parse(), Ok(Rate(per_second)));
        }
    }

    #[test]
    fn rates_show_what_people_can_read() {
        for (per_second, text) in
            [(411.37, "411/s"), (12_345.6, "12346/s"), (0.5, "0.5/s"), (12.34, "12.3/s"), (0.0, "0/s")]
        {
            assert_eq!(Rate(per_second).to_string(), text);
        }
    }

    #[test]
    fn what_is_not_a_rate_is_refused_with_what_to_write() {
        for (text, message) in [
            ("200", "\"200\" is not a rate: write \"200/s\""),
            ("200rps", "\"200rps\" is not a rate: write \"200/s\""),
            ("600 / minute", "\"600 / minute\" is not a rate: write \"600/min\""),
            ("-1/s", "\"-1/s\" is not a rate: write one such as \"200/s\", \"600/min\" or \"36000/h\""),
        ] {
            assert_eq!(text.parse::<Rate>().unwrap_err().to_string(), message);
        }
    }

    proptest! {
        #[test]
        fn every_rate_survives_serde(per_second in 0f64..1e9) {
            let json = serde_json::to_string(&Rate(per_second)).unwrap();
            prop_assert_eq!(serde_json::from_str::<Rate>(&json).unwrap(), Rate(per_second));
        }

        #[test]
        fn every_whole_rate_survives_its_text(per_second in 0u32..10_000_000) {
            let rate = Rate(f64::from(per_second));
            prop_assert_eq!(rate.to_string().parse::<Rate>(), Ok(rate));
        }
    }
}
