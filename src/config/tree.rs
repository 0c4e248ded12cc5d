//! TOML as a tree that remembers where everything was written.
//!
//! In: TOML text. Out: a [`Node`] whose keys are in the order of the file, or a [`SyntaxError`]. The only code
//! that names the toml crate; it does not know what keys mean.

use std::ops::Range;

use toml::de::{DeTable, DeValue};
use toml::{Spanned, de};

use super::key_path::Segment;
use super::syntax::SyntaxError;

/// A value and where it is in the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// Bytes of the text; of a table with a header, the header's.
    pub(super) span: Range<usize>,
    /// The value.
    pub(super) value: Value,
}

/// A TOML value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) node: Node,
}

impl Node {
    /// Reads a whole file.
    pub(super) fn parse(text: &str) -> Result<Self, SyntaxError> {
        let (table, errors) = DeTable::parse_recoverable(text);
        let first = errors.iter().min_by_key(|error| error.span().map_or(usize::MAX, |span| span.start));
        if let Some(error) = first {
            return Err(syntax_error(error));
        }
        Ok(Self { value: read_table(table.get_ref())?, span: 0..0 })
    }

    /// What is one step down, with the span of its key where there is one.
    pub(super) fn child(&self, segment: &Segment) -> Option<(&Self, Option<&Range<usize>>)> {
        match (&self.value, segment) {
            (Value::Table(entries), Segment::Key(key)) => {
                entries.iter().find(|entry| entry.key == *key).map(|entry| (&entry.node, Some(&entry.key_span)))
            }
            (Value::List(items), Segment::Index(index)) => items.get(*index).map(|item| (item, None)),
            _ => None,
        }
    }

    /// The text at `key`, where there is one.
    pub(super) fn text_at(&self, key: &str) -> Option<&str> {
        match &self.child(&Segment::Key(key.to_owned()))?.0.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

fn syntax_error(error: &de::Error) -> SyntaxError {
    let message = error.message();
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    SyntaxError { span: error.span().unwrap_or_default(), what: what.to_owned(), expected: expected.to_owned() }
}

fn read_table(table: &DeTable<'_>) -> Result<Value, SyntaxError> {
    let mut entries = table
        .iter()
        .map(|(key, value)| Ok(Entry { key: key.get_ref().to_string(), key_span: key.span(), node: read(value)? }))
        .collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(|entry| entry.key_span.start);
    Ok(Value::Table(entries))
}

fn read(value: &Spanned<DeValue<'_>>) -> Result<Node, SyntaxError> {
    let span = value.span();
    let beyond = || SyntaxError { span: span.clone(), what: "number out of range".to_owned(), expected: String::new() };
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => {
            Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).map_err(|_too_large| beyond())?)
        }
        DeValue::Float(number) => match number.as_str().parse() {
            Ok(number) if f64::is_finite(number) => Value::Float(number),
            _ => return Err(beyond()),
        },
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(moment) => Value::Text(moment.to_string()),
        DeValue::Array(items) => Value::List(items.iter().map(read).collect::<Result<_, _>>()?),
        DeValue::Table(table) => read_table(table)?,
    };
    Ok(Node { span, value })
}
