//! A value that a template writes: text, and whether JSON may hold it without quotes.
//!
//! In: columns, extracted values, results of functions. Out: the text that [`Escape`](super::escape::Escape) writes.
//! Values know nothing of the place where they are written.

use std::borrow::Cow;

/// A value that a template writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value<'a> {
    text: Cow<'a, str>,
    bare: bool,
}

impl<'a> Value<'a> {
    /// A value that is a string wherever it stands.
    pub(super) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), bare: false }
    }

    /// A whole number.
    pub(super) fn number(number: impl Into<i128>) -> Self {
        Self { text: Cow::Owned(number.into().to_string()), bare: true }
    }

    /// A value that came as JSON: a string without its quotes, anything else as it is written.
    pub(super) fn json(value: &serde_json::Value) -> Value<'static> {
        match value {
            serde_json::Value::String(text) => Value::text(text.clone()),
            other => Value { text: Cow::Owned(other.to_string()), bare: true },
        }
    }

    /// The same value, borrowed.
    pub(super) fn borrowed(&'a self) -> Self {
        Self { text: Cow::Borrowed(&self.text), bare: self.bare }
    }

    /// The same value, of no one else's memory.
    pub(super) fn into_owned(self) -> Value<'static> {
        Value { text: Cow::Owned(self.text.into_owned()), bare: self.bare }
    }

    /// Whether it is JSON's `null`.
    pub(super) fn is_null(&self) -> bool {
        self.bare && self.text == "null"
    }

    /// The text.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the text is JSON by itself: a number, `true`, `null`, an array.
    pub(super) fn is_bare(&self) -> bool {
        self.bare
    }
}
