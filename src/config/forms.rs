//! The values of the language that may be typed in more than one form.
//!
//! In: a literal or a table. Out: [`Var`], [`Think`]. The JSON Schema of each
//! stands beside its reader, so that they agree. Does not hold the rules of the gate.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::journey::Think;
use super::language::Var;
use crate::units::Span;

impl<'de> Deserialize<'de> for Var {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(VarForm)
    }
}

impl JsonSchema for Var {
    fn schema_name() -> Cow<'static, str> {
        "Var".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A literal value, or a table that names where the value comes from.",
            "anyOf": [generator.subschema_for::<Literal>(), generator.subschema_for::<VarTable>()],
        })
    }
}

/// Where a value comes from.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct VarTable {
    /// A literal value.
    value: Option<Literal>,
    /// The environment variable to read.
    env: Option<String>,
    /// The value where the environment variable is unset.
    default: Option<Literal>,
    /// Keep the value out of every output.
    secret: bool,
}

/// Text, or what is as good as text: a number, true or false.
pub(super) struct Literal(pub(super) String);

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LiteralForm)
    }
}

impl JsonSchema for Literal {
    fn schema_name() -> Cow<'static, str> {
        "Literal".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

pub(super) struct LiteralForm;

impl Visitor<'_> for LiteralForm {
    type Value = Literal;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, a number, true or false")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Literal, E> {
        Ok(Literal(text.to_owned()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Literal, E> {
        Ok(Literal(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Literal, E> {
        Ok(Literal(number.to_string()))
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Literal, E> {
        Ok(Literal(flag.to_string()))
    }
}

struct VarForm;

impl VarForm {
    fn literal(Literal(value): Literal) -> Var {
        Var { value: Some(value), env: None, default: None, secret: false }
    }
}

impl<'de> Visitor<'de> for VarForm {
    type Value = Var;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, a number, true or false, or a table such as { env = \"NAME\" }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Var, E> {
        LiteralForm.visit_str(text).map(Self::literal)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Var, E> {
        LiteralForm.visit_i64(number).map(Self::literal)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Var, E> {
        LiteralForm.visit_f64(number).map(Self::literal)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Var, E> {
        LiteralForm.visit_bool(flag).map(Self::literal)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Var, A::Error> {
        let VarTable { value, env, default, secret } = VarTable::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Var { value: value.map(|literal| literal.0), env, default: default.map(|literal| literal.0), secret })
    }
}

impl<'de> Deserialize<'de> for Think {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ThinkForm)
    }
}

struct ThinkForm;

impl<'de> Visitor<'de> for ThinkForm {
    type Value = Think;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a table such as { constant = \"1s\" } or { between = [\"1s\", \"3s\"] }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Think, E> {
        let span = text.parse::<Span>().map_err(|_no_span| E::invalid_type(serde::de::Unexpected::Str(text), &self))?;
        Err(E::custom(format_args!("write {{ constant = \"{span}\" }}")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Think, A::Error> {
        const KINDS: &[&str] = &["constant", "between", "exponential", "pacing"];
        let one = || A::Error::custom("takes exactly one of constant, between, exponential and pacing");
        let think = match map.next_key::<String>()?.ok_or_else(one)?.as_str() {
            "constant" => Think::Constant(map.next_value()?),
            "between" => Think::Between(map.next_value()?),
            "exponential" => Think::Exponential(map.next_value()?),
            "pacing" => Think::Pacing(map.next_value()?),
            other => return Err(A::Error::unknown_field(other, KINDS)),
        };
        if map.next_key::<String>()?.is_some() { Err(one()) } else { Ok(think) }
    }
}
