//! A span of time as people type it.
//!
//! In: `"1m30s"`. Out: a [`Span`]. Does not do dates or time zones.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::Error;
use super::text::{self, TextForm};

/// A span of time, typed as `"250ms"`, `"30s"`, `"1m30s"`, `"4h"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub Duration);

impl TextForm for Span {
    const EXPECTED: &'static str = "a duration such as \"30s\"";
}

impl FromStr for Span {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text).map(Self).ok_or_else(|| Error::new(text, "a duration", hint(text)))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0.as_secs(), self.0.subsec_nanos());
        if seconds == 0 && nanos > 0 {
            return if nanos < 1_000_000 {
                write!(formatter, "{}us", f64::from(nanos) / 1e3)
            } else {
                write!(formatter, "{}ms", f64::from(nanos) / 1e6)
            };
        }
        let (hours, minutes) = (seconds / 3600, seconds % 3600 / 60);
        let rest = Duration::new(seconds % 60, nanos);
        if hours > 0 {
            write!(formatter, "{hours}h")?;
        }
        if minutes > 0 {
            write!(formatter, "{minutes}m")?;
        }
        if !rest.is_zero() || seconds == 0 {
            write!(formatter, "{}s", rest.as_secs_f64())?;
        }
        Ok(())
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::deserialize(deserializer)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A duration: \"250ms\", \"30s\", \"1m30s\", \"4h\".",
            "pattern": "^([0-9]+(\\.[0-9]+)?(h|m|s|ms|us|µs))+$",
        })
    }
}

/// Seconds up to which a span is written and read the same: hours of it are whole numbers that a float holds.
const LONGEST_S: u64 = 1 << 52;

/// The span that `text` is: numbers with units, each unit smaller than the one before.
fn parse(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    let mut last_rank = 0;
    while !rest.is_empty() || last_rank == 0 {
        let (number, after) = text::split_number(rest)?;
        let end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(end)?;
        let (rank, seconds) = match unit {
            "h" => (1, number * 3600.0),
            "m" => (2, number * 60.0),
            "s" => (3, number),
            "ms" => (4, number / 1e3),
            "us" | "µs" => (5, number / 1e6),
            _ => return None,
        };
        if rank <= last_rank {
            return None;
        }
        total = total.checked_add(Duration::try_from_secs_f64(seconds).ok()?)?;
        last_rank = rank;
        rest = after;
    }
    (total.as_secs() < LONGEST_S).then_some(total)
}

/// What to write instead: the span that was probably meant, or examples.
fn hint(text: &str) -> String {
    const WORDS: [(&str, &str); 10] = [
        ("milliseconds", "ms"),
        ("millis", "ms"),
        ("seconds", "s"),
        ("second", "s"),
        ("secs", "s"),
        ("sec", "s"),
        ("minutes", "m"),
        ("minute", "m"),
        ("min", "m"),
        ("hours", "h"),
    ];
    let mut compact: String = text.split_whitespace().collect::<String>().to_lowercase();
    for (word, unit) in WORDS {
        compact = compact.replace(word, unit);
    }
    if text::split_number(&compact).is_some_and(|(_, unit)| unit.is_empty()) {
        compact.push('s');
    }
    if parse(&compact).is_some() {
        format!("write \"{compact}\"")
    } else {
        "write one such as \"250ms\", \"30s\", \"1m30s\" or \"4h\"".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spans_parse_as_they_are_typed() {
        for (text, millis) in
            [("250ms", 250), ("30s", 30_000), ("1m30s", 90_000), ("4h", 14_400_000), ("1.5s", 1_500), ("0s", 0)]
        {
            assert_eq!(text.parse(), Ok(Span(Duration::from_millis(millis))), "{text}");
        }
        assert_eq!("850us".parse(), Ok(Span(Duration::from_micros(850))));
        assert_eq!("850µs".parse(), Ok(Span(Duration::from_micros(850))));
    }

    #[test]
    fn what_is_not_a_span_is_refused_with_what_to_write() {
        for (text, message) in [
            ("10 minutes", "\"10 minutes\" is not a duration: write \"10m\""),
            ("30", "\"30\" is not a duration: write \"30s\""),
            ("5 s", "\"5 s\" is not a duration: write \"5s\""),
            ("", "\"\" is not a duration: write one such as \"250ms\", \"30s\", \"1m30s\" or \"4h\""),
            ("-5s", "\"-5s\" is not a duration: write one such as \"250ms\", \"30s\", \"1m30s\" or \"4h\""),
            ("30s1m", "\"30s1m\" is not a duration: write one such as \"250ms\", \"30s\", \"1m30s\" or \"4h\""),
        ] {
            assert_eq!(text.parse::<Span>().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_span_longer_than_time_itself_is_refused() {
        assert!("99999999999999999999h".parse::<Span>().is_err());
        // Written as hours, it would be read as another.
        assert!("18418446744073709555s".parse::<Span>().is_err());
        assert!("4503599627370495s".parse::<Span>().is_ok_and(|span| span.to_string().parse() == Ok(span)));
    }

    #[test]
    fn spans_display_as_people_type_them() {
        for text in ["250ms", "30s", "1m30s", "4h", "1.5s", "850us", "0s", "1h5s"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn every_span_survives_its_text(seconds in 0u64..10_000_000, nanos in 0u32..1_000_000_000) {
            let span = Span(Duration::new(seconds, nanos));
            prop_assert_eq!(span.to_string().parse::<Span>(), Ok(span));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC*") {
            let _ = text.parse::<Span>();
        }
    }
}
