//! An OpenAPI document, and what its references mean.
//!
//! In: JSON. Out: values in it. Follows references within the document only, and only so many in a row.

use serde_json::Value;

/// Most references followed from one to the next.
const MOST_HOPS: usize = 16;

/// What stands where nothing is.
static NOTHING: Value = Value::Null;

/// An OpenAPI document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Document<'a> {
    root: &'a Value,
}

impl<'a> Document<'a> {
    pub(super) fn new(root: &'a Value) -> Self {
        Self { root }
    }

    /// The value at a JSON pointer, what it refers to followed; null where there is none.
    pub(super) fn at(self, pointer: &str) -> &'a Value {
        self.resolve(self.root.pointer(pointer).unwrap_or(&NOTHING))
    }

    /// The value that is meant: the one given, or what its `$ref` leads to. Null where that is nowhere, elsewhere or a
    /// circle.
    pub(super) fn resolve(self, value: &'a Value) -> &'a Value {
        let mut value = value;
        for _ in 0..MOST_HOPS {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
                return value;
            };
            let Some(found) = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer)) else {
                return &NOTHING;
            };
            value = found;
        }
        &NOTHING
    }

    /// The member of a value, resolved; null where there is none.
    pub(super) fn member(self, value: &'a Value, name: &str) -> &'a Value {
        self.resolve(value.get(name).unwrap_or(&NOTHING))
    }

    /// The items of a list, resolved; none where it is no list.
    pub(super) fn items(self, list: &'a Value) -> impl Iterator<Item = &'a Value> {
        list.as_array().into_iter().flatten().map(move |item| self.resolve(item))
    }
}

/// The text of a member.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// Whether a member is true.
pub(super) fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or(false)
}
