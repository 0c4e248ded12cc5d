//! `expect`: what an answer must be.
//!
//! In: a table whose values may be typed in more than one form. Out: [`Expect`]. The JSON Schema of each form stands
//! beside its reader, so that they agree. Does not judge an answer: that is `plan`'s.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::units::Span;

/// What an answer must be.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    /// The status, a class such as `"2xx"`, or a list of them.
    pub status: Option<Statuses>,
    /// Header values: text as a template, or `{ regex = "…" }`.
    pub header: BTreeMap<String, TextExpectation>,
    /// Values of cookies that the answer sets: text as a template, or `{ regex = "…" }`.
    pub cookie: BTreeMap<String, TextExpectation>,
    /// What the body contains or matches.
    pub body: Option<BodyExpectation>,
    /// Values by `JSONPath`. Strings are templates; numbers and strings of the same text are equal. A table of nothing
    /// but `regex`, `exists`, `min`, `max` and `length` says what the value is like.
    pub json: BTreeMap<String, serde_json::Value>,
    /// Whether the answer to a `graphql` request may hold errors. Default false: one that does fails.
    pub graphql_errors: Option<bool>,
    /// Longest service time.
    pub time: Option<Span>,
}

/// One status or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses(pub Vec<Status>);

/// A status, or a hundred of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// This one.
    One(u16),
    /// All that begin with this digit.
    Class(u16),
}

/// What a body contains or matches: text, or `{ contains = "…" }`, `{ regex = "…" }`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BodyExpectation {
    /// Text the body contains, as a template.
    pub contains: Option<String>,
    /// Pattern the body matches.
    pub regex: Option<String>,
}

/// What a header or cookie is: text, or `{ regex = "…" }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextExpectation {
    /// This text, as a template.
    Is(String),
    /// Something that matches this pattern.
    Matches(String),
}

impl Status {
    /// Whether a status is meant.
    #[must_use]
    pub fn holds(self, status: u16) -> bool {
        match self {
            Self::One(one) => status == one,
            Self::Class(class) => status / 100 == class,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(status) => write!(f, "{status}"),
            Self::Class(class) => write!(f, "{class}xx"),
        }
    }
}

impl<'de> Deserialize<'de> for Statuses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StatusesForm)
    }
}

impl JsonSchema for Statuses {
    fn schema_name() -> Cow<'static, str> {
        "Statuses".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let status = json_schema!({
            "anyOf": [{ "type": "integer", "minimum": 100, "maximum": 599 }, { "type": "string", "pattern": "^[1-5]xx$" }],
        });
        json_schema!({
            "description": "One status or several: 200, \"2xx\", or [200, \"3xx\"].",
            "anyOf": [status, { "type": "array", "items": status, "minItems": 1 }],
        })
    }
}

struct StatusesForm;

impl<'de> Visitor<'de> for StatusesForm {
    type Value = Statuses;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a status such as 200 or \"2xx\", or a list of them")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Statuses, E> {
        StatusForm.visit_i64(number).map(|status| Statuses(vec![status]))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Statuses, E> {
        StatusForm.visit_str(text).map(|status| Statuses(vec![status]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Statuses, A::Error> {
        let mut statuses = Vec::new();
        while let Some(status) = items.next_element()? {
            statuses.push(status);
        }
        if statuses.is_empty() { Err(A::Error::custom("takes at least one status")) } else { Ok(Statuses(statuses)) }
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StatusForm)
    }
}

struct StatusForm;

impl Visitor<'_> for StatusForm {
    type Value = Status;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a status such as 200 or \"2xx\"")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Status, E> {
        let status = u16::try_from(number).ok().filter(|status| (100..=599).contains(status));
        status.map(Status::One).ok_or_else(|| E::custom("takes a status from 100 to 599"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Status, E> {
        let class =
            text.strip_suffix("xx").and_then(|class| class.parse().ok()).filter(|class| (1..=5).contains(class));
        class.map(Status::Class).ok_or_else(|| E::custom("takes a status such as 200, or a class such as \"2xx\""))
    }
}

impl<'de> Deserialize<'de> for BodyExpectation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BodyForm)
    }
}

impl JsonSchema for BodyExpectation {
    fn schema_name() -> Cow<'static, str> {
        "BodyExpectation".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Text that the body contains, or a table.",
            "anyOf": [{ "type": "string" }, generator.subschema_for::<BodyTable>()],
        })
    }
}

/// What a body contains or matches.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct BodyTable {
    /// Text the body contains, as a template.
    contains: Option<String>,
    /// Pattern the body matches.
    regex: Option<String>,
}

struct BodyForm;

impl<'de> Visitor<'de> for BodyForm {
    type Value = BodyExpectation;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, or a table such as { regex = \"…\" }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<BodyExpectation, E> {
        Ok(BodyExpectation { contains: Some(text.to_owned()), regex: None })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<BodyExpectation, A::Error> {
        let BodyTable { contains, regex } = BodyTable::deserialize(MapAccessDeserializer::new(map))?;
        Ok(BodyExpectation { contains, regex })
    }
}

impl<'de> Deserialize<'de> for TextExpectation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextForm)
    }
}

impl JsonSchema for TextExpectation {
    fn schema_name() -> Cow<'static, str> {
        "TextExpectation".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The text, as a template, or a table with a pattern.",
            "anyOf": [{ "type": "string" }, generator.subschema_for::<PatternTable>()],
        })
    }
}

/// What a text matches.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PatternTable {
    /// Pattern that is found in the text.
    regex: String,
}

struct TextForm;

impl<'de> Visitor<'de> for TextForm {
    type Value = TextExpectation;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, or a table such as { regex = \"…\" }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TextExpectation, E> {
        Ok(TextExpectation::Is(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TextExpectation, A::Error> {
        let PatternTable { regex } = PatternTable::deserialize(MapAccessDeserializer::new(map))?;
        Ok(TextExpectation::Matches(regex))
    }
}
