//! A JSON value that an answer must hold.
//!
//! In: a value as typed, whose strings are templates. Out: whether a value found is that one.
//! How the value is found in an answer is `expect`'s.

use serde_json::Value as Json;

use super::data::DataSet;
use super::escape::Escape;
use super::fault::Flaw;
use super::names::Names;
use super::scope::Scope;
use super::template::Template;

/// A JSON value to find.
#[derive(Debug)]
pub(super) enum Expected {
    /// A string, number or boolean of this text.
    Text(Template),
    /// This number, also as a string.
    Number(serde_json::Number),
    /// `true`, `false` or `null`.
    Exactly(Json),
    /// An array of these.
    Array(Vec<Expected>),
    /// An object of exactly these.
    Object(Vec<(String, Expected)>),
}

impl Expected {
    /// Compiles what was typed; strings are templates.
    pub(super) fn compile(value: &Json, names: &Names<'_>) -> Result<Self, Flaw> {
        Ok(match value {
            Json::String(text) => Self::Text(names.template(text, Escape::Raw)?),
            Json::Number(number) => Self::Number(number.clone()),
            Json::Null | Json::Bool(_) => Self::Exactly(value.clone()),
            Json::Array(items) => {
                Self::Array(items.iter().map(|item| Self::compile(item, names)).collect::<Result<_, _>>()?)
            }
            Json::Object(fields) => {
                let field = |(key, value): (&String, &Json)| Ok((key.clone(), Self::compile(value, names)?));
                Self::Object(fields.iter().map(field).collect::<Result<_, Flaw>>()?)
            }
        })
    }

    /// Whether a value is the expected one; numbers and strings of the same text are equal.
    pub(super) fn equals(&self, found: &Json, data: &[DataSet], scope: &mut Scope) -> bool {
        match (self, found) {
            (Self::Text(text), Json::String(found)) => *text.rendered(data, scope) == *found.as_bytes(),
            (Self::Text(text), Json::Number(_) | Json::Bool(_)) => {
                *text.rendered(data, scope) == *found.to_string().as_bytes()
            }
            (Self::Number(expected), Json::Number(found)) => expected == found || expected.as_f64() == found.as_f64(),
            (Self::Number(expected), Json::String(found)) => expected.to_string() == *found,
            (Self::Exactly(expected), found) => expected == found,
            (Self::Array(expected), Json::Array(found)) => {
                expected.len() == found.len()
                    && expected.iter().zip(found).all(|(expected, found)| expected.equals(found, data, scope))
            }
            (Self::Object(expected), Json::Object(found)) => {
                expected.len() == found.len()
                    && expected
                        .iter()
                        .all(|(key, expected)| found.get(key).is_some_and(|found| expected.equals(found, data, scope)))
            }
            _ => false,
        }
    }

    /// The value in words: JSON, as far as it is.
    pub(super) fn shown(&self, data: &[DataSet], scope: &mut Scope) -> String {
        match self {
            Self::Text(text) => Json::from(String::from_utf8_lossy(&text.rendered(data, scope))).to_string(),
            Self::Number(number) => number.to_string(),
            Self::Exactly(value) => value.to_string(),
            Self::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| item.shown(data, scope)).collect();
                format!("[{}]", items.join(","))
            }
            Self::Object(fields) => {
                let field = |(key, value): &(String, Self)| {
                    format!("{}:{}", Json::from(key.as_str()), value.shown(data, scope))
                };
                format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(","))
            }
        }
    }

    /// The templates in it.
    pub(super) fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Text(template) => vec![template],
            Self::Number(_) | Self::Exactly(_) => Vec::new(),
            Self::Array(list) => list.iter().flat_map(Self::templates).collect(),
            Self::Object(fields) => fields.iter().flat_map(|(_, expected)| expected.templates()).collect(),
        }
    }
}
