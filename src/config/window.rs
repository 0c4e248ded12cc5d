//! A window that slides over a run: `for = "10s"`.
//!
//! In: a duration. Out: whole seconds, one at least. What looks through the window is the rule's to say.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::units::Span;

/// The length of a window that slides over a run, in whole seconds: 1 or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window(pub u64);

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Span(length) = Span::deserialize(deserializer)?;
        match (length.as_secs(), length.subsec_nanos()) {
            (0, _) | (_, 1..) => Err(D::Error::custom("takes whole seconds, one at least: \"10s\"")),
            (seconds, 0) => Ok(Self(seconds)),
        }
    }
}

impl JsonSchema for Window {
    fn schema_name() -> Cow<'static, str> {
        "Window".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "The length of a window in whole seconds, one at least: \"10s\", \"1m30s\".",
            "pattern": "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
            "minLength": 2,
        })
    }
}
