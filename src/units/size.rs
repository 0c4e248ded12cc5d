//! Amounts of data as people type them.
//!
//! In: `"512MiB"`. Out: a [`Size`]. Does not know what is stored.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::Error;
use super::text::{self, TextForm};

/// An amount of data in bytes, typed as `"64KiB"`, `"512MiB"` or `"2GB"`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Size(pub f64);

/// What may be typed, and how many bytes each is.
const UNITS: [(&str, f64); 7] = [
    ("B", 1.0),
    ("KiB", 1_024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
];

impl TextForm for Size {
    const EXPECTED: &'static str = "a size such as \"512MiB\"";
}

impl FromStr for Size {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parsed = text::split_number(text)
            .and_then(|(number, unit)| UNITS.iter().find(|(name, _)| *name == unit).map(|(_, bytes)| number * bytes));
        let wrong = || Error::new(text, "a size", "write one such as \"64KiB\", \"512MiB\" or \"2GB\"");
        parsed.filter(|bytes| bytes.is_finite()).map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut decimal = UNITS.iter().filter(|(name, _)| !name.contains('i'));
        let (name, bytes) = decimal.rfind(|(_, bytes)| self.0 >= *bytes).copied().unwrap_or(("B", 1.0));
        write!(formatter, "{} {name}", text::short(self.0 / bytes))
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}B", self.0))
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::deserialize(deserializer)
    }
}

impl JsonSchema for Size {
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "An amount of data: \"64KiB\", \"512MiB\", \"2GB\".",
            "pattern": "^[0-9]+(\\.[0-9]+)?(B|KiB|MiB|GiB|kB|MB|GB)$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_in_bytes() {
        for (text, bytes) in [("64KiB", 65_536.0), ("1.5MiB", 1_572_864.0), ("2GB", 2e9), ("0B", 0.0)] {
            assert_eq!(text.parse(), Ok(Size(bytes)), "{text}");
        }
    }

    #[test]
    fn sizes_show_what_people_can_read() {
        for (bytes, text) in [(65_536.0, "65.5 kB"), (5.368e8, "537 MB"), (2e9, "2 GB"), (12.0, "12 B"), (0.0, "0 B")] {
            assert_eq!(Size(bytes).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_size_is_refused_with_what_to_write() {
        for text in ["512", "512mb", "-1MB", "big"] {
            let message = text.parse::<Size>().unwrap_err().to_string();
            assert!(
                message.ends_with("is not a size: write one such as \"64KiB\", \"512MiB\" or \"2GB\""),
                "{message}"
            );
        }
    }
}
