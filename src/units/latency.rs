//! A latency as people read it.
//!
//! In: microseconds. Out: `18.4 ms`. Does not round what is stored, only what is shown.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::text;

/// A latency in microseconds, shown with three significant digits and its unit: `850 µs`, `18.4 ms`, `1.25 s`.
///
/// Serialises as the number of microseconds, for fields whose names end in `_us`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Latency(pub f64);

impl FromStr for Latency {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let micros = text::split_number(text).and_then(|(number, unit)| match unit.trim_start() {
            "us" | "µs" => Some(number),
            "ms" => Some(number * 1e3),
            "s" => Some(number * 1e6),
            _ => None,
        });
        micros
            .map(Self)
            .ok_or_else(|| Error::new(text, "a latency", "write one such as \"850us\", \"18.4ms\" or \"1.25s\""))
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = text::round3(self.0);
        let (value, unit) = if shown.abs() < 1e3 {
            (shown, "µs")
        } else if shown.abs() < 1e6 {
            (shown / 1e3, "ms")
        } else {
            (shown / 1e6, "s")
        };
        write!(formatter, "{} {unit}", text::three_digits(value))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn latencies_show_three_significant_digits() {
        for (micros, text) in [
            (850.0, "850 µs"),
            (18_400.0, "18.4 ms"),
            (180_000.0, "180 ms"),
            (1_250_000.0, "1.25 s"),
            (999.7, "1.00 ms"),
            (999_700.0, "1.00 s"),
            (12.34, "12.3 µs"),
            (0.0, "0 µs"),
            (90_000_000.0, "90.0 s"),
        ] {
            assert_eq!(Latency(micros).to_string(), text);
        }
    }

    #[test]
    fn a_latency_without_a_unit_is_refused() {
        let message = "12".parse::<Latency>().unwrap_err().to_string();
        assert_eq!(message, "\"12\" is not a latency: write one such as \"850us\", \"18.4ms\" or \"1.25s\"");
    }

    proptest! {
        #[test]
        fn what_is_shown_is_within_half_a_percent(micros in 0.001f64..1e12) {
            let shown: Latency = Latency(micros).to_string().parse().unwrap();
            prop_assert!((shown.0 - micros).abs() <= 0.005 * micros, "{} for {micros}", shown.0);
        }

        #[test]
        fn what_is_shown_reads_back_as_what_is_shown(micros in 0.001f64..1e12) {
            let text = Latency(micros).to_string();
            prop_assert_eq!(text.parse::<Latency>().unwrap().to_string(), text);
        }

        #[test]
        fn serde_keeps_every_bit(micros in 0f64..1e12) {
            let json = serde_json::to_string(&Latency(micros)).unwrap();
            prop_assert_eq!(serde_json::from_str::<Latency>(&json).unwrap(), Latency(micros));
        }
    }
}
