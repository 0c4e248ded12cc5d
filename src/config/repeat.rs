//! `repeat`: how often something is played in a row.
//!
//! In: a number, or a list of two. Out: a [`Repeat`]. Whether the range holds anything is `plan`'s to check.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// How often in a row: drawn evenly each time, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeat {
    /// The fewest rounds.
    pub least: u32,
    /// The most rounds.
    pub most: u32,
}

impl<'de> Deserialize<'de> for Repeat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RepeatForm)
    }
}

impl JsonSchema for Repeat {
    fn schema_name() -> Cow<'static, str> {
        "Repeat".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let rounds = json_schema!({ "type": "integer", "minimum": 0, "maximum": u32::MAX });
        json_schema!({
            "description": "So many rounds, or anything between two numbers: 3, or [1, 5].",
            "anyOf": [rounds, { "type": "array", "items": rounds, "minItems": 2, "maxItems": 2 }],
        })
    }
}

struct RepeatForm;

impl<'de> Visitor<'de> for RepeatForm {
    type Value = Repeat;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number of rounds such as 3, or a range such as [1, 5]")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Repeat, E> {
        let rounds = u32::try_from(number)
            .map_err(|_out_of_range| E::custom(format_args!("takes a whole number from 0 to {}", u32::MAX)))?;
        Ok(Repeat { least: rounds, most: rounds })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut ends: A) -> Result<Repeat, A::Error> {
        let both = || A::Error::custom("takes the fewest and the most rounds: [1, 5]");
        let least = ends.next_element()?.ok_or_else(both)?;
        let most = ends.next_element()?.ok_or_else(both)?;
        if ends.next_element::<u32>()?.is_some() { Err(both()) } else { Ok(Repeat { least, most }) }
    }
}
