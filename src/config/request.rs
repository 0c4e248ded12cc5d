//! The parts of a request that may be typed in more than one form: values, files, GraphQL, credentials.
//!
//! In: a literal, a list or a table. Out: [`Values`], [`Part`], [`GraphQl`], [`Auth`]. The JSON Schema of each stands
//! beside its reader, so that they agree. Reads no file: that is `plan`'s.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::forms::{Literal, LiteralForm};

/// What stands under one key of a query or form: as many pairs as values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(pub Vec<String>);

/// One part of a multipart body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// The part's text, a template.
    pub text: Option<String>,
    /// The file whose bytes the part is, relative to loadgate.toml.
    pub file: Option<PathBuf>,
    /// Its `Content-Type`.
    pub content_type: Option<String>,
    /// The file name that is sent.
    pub name: Option<String>,
}

/// A GraphQL operation, sent as JSON.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GraphQl {
    /// The document, sent as it is.
    pub query: Option<String>,
    /// The file that holds the document instead, relative to loadgate.toml.
    pub file: Option<PathBuf>,
    /// Variables. Strings in it are templates; a string that is one template alone takes the value's type.
    pub variables: Option<serde_json::Value>,
    /// Which operation of the document is meant. Default none.
    pub operation: Option<String>,
}

/// Who asks, in the `Authorization` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// Nobody: what is inherited is not sent.
    None,
    /// A user and a password, as templates.
    Basic([String; 2]),
    /// A token, as a template.
    Bearer(String),
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValuesForm)
    }
}

impl JsonSchema for Values {
    fn schema_name() -> Cow<'static, str> {
        "Values".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<Literal>();
        json_schema!({
            "description": "Text (a template), a number, true or false; or a list of them, for a key that is repeated.",
            "anyOf": [one, { "type": "array", "items": one }],
        })
    }
}

struct ValuesForm;

impl ValuesForm {
    fn one(Literal(value): Literal) -> Values {
        Values(vec![value])
    }
}

impl<'de> Visitor<'de> for ValuesForm {
    type Value = Values;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, a number, true or false, or a list of them")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Values, E> {
        LiteralForm.visit_str(text).map(Self::one)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Values, E> {
        LiteralForm.visit_i64(number).map(Self::one)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Values, E> {
        LiteralForm.visit_f64(number).map(Self::one)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Values, E> {
        LiteralForm.visit_bool(flag).map(Self::one)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Values, A::Error> {
        let mut values = Vec::new();
        while let Some(Literal(value)) = items.next_element()? {
            values.push(value);
        }
        Ok(Values(values))
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PartForm)
    }
}

impl JsonSchema for Part {
    fn schema_name() -> Cow<'static, str> {
        "Part".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The part's text, a template; or a table with a file, or a type of its own.",
            "anyOf": [generator.subschema_for::<Literal>(), generator.subschema_for::<PartTable>()],
        })
    }
}

/// One part of a multipart body.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct PartTable {
    /// The part's text, a template.
    text: Option<String>,
    /// The file whose bytes the part is, relative to loadgate.toml.
    file: Option<PathBuf>,
    /// Its `Content-Type`. Default: of a file by its extension, of text none.
    r#type: Option<String>,
    /// The file name that is sent. Default the file's own.
    name: Option<String>,
}

struct PartForm;

impl PartForm {
    fn text(Literal(text): Literal) -> Part {
        Part { text: Some(text), ..Part::default() }
    }
}

impl<'de> Visitor<'de> for PartForm {
    type Value = Part;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, or a table such as { file = \"cup.png\" }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Part, E> {
        LiteralForm.visit_str(text).map(Self::text)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Part, E> {
        LiteralForm.visit_i64(number).map(Self::text)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Part, E> {
        LiteralForm.visit_f64(number).map(Self::text)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Part, E> {
        LiteralForm.visit_bool(flag).map(Self::text)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Part, A::Error> {
        let PartTable { text, file, r#type, name } = PartTable::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Part { text, file, content_type: r#type, name })
    }
}

impl<'de> Deserialize<'de> for Auth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AuthForm)
    }
}

impl JsonSchema for Auth {
    fn schema_name() -> Cow<'static, str> {
        "Auth".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Who asks: { basic = [user, password] }, { bearer = token }, or \"none\".",
            "anyOf": [{ "const": "none" }, generator.subschema_for::<AuthTable>()],
        })
    }
}

/// Who asks, in the `Authorization` header; one of the two.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "the shape of what AuthForm reads, for the JSON Schema")]
enum AuthTable {
    /// A user and a password, as templates.
    Basic([String; 2]),
    /// A token, as a template.
    Bearer(String),
}

struct AuthForm;

impl<'de> Visitor<'de> for AuthForm {
    type Value = Auth;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("{ basic = [\"user\", \"password\"] }, { bearer = \"token\" } or \"none\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Auth, E> {
        // What was typed may be a token.
        if text == "none" {
            Ok(Auth::None)
        } else {
            Err(E::custom("takes a table, such as { bearer = \"…\" }, or \"none\""))
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Auth, A::Error> {
        let one = || A::Error::custom("takes exactly one of basic and bearer");
        let auth = match map.next_key::<String>()?.ok_or_else(one)?.as_str() {
            "basic" => Auth::Basic(map.next_value()?),
            "bearer" => Auth::Bearer(map.next_value()?),
            other => return Err(A::Error::unknown_field(other, &["basic", "bearer"])),
        };
        if map.next_key::<String>()?.is_some() { Err(one()) } else { Ok(auth) }
    }
}
