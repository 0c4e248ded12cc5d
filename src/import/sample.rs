//! A value that a schema allows.
//!
//! In: a JSON Schema as OpenAPI has it. Out: what its author gave as an example, or the plainest value of its type; text
//! in it is a template. Patterns are not followed. Bounded, whatever the schema refers to.

use serde_json::{Map, Number, Value};

use super::document::{Document, text};
use super::quote::literal;

/// How deep a value may be nested.
const DEEPEST: usize = 8;

/// Most values in one body: schemas that refer to each other would make any number.
const MOST_VALUES: usize = 300;

/// Most items of a list.
const MOST_ITEMS: u64 = 5;

/// Longest text taken from an example.
const LONGEST_TEXT: usize = 1000;

/// Draws up one value.
#[derive(Debug)]
pub(super) struct Sampler<'a> {
    document: Document<'a>,
    left: usize,
    /// The schemas that are being sampled, from the outermost: one within itself is left out.
    above: Vec<&'a Value>,
}

impl<'a> Sampler<'a> {
    pub(super) fn new(document: Document<'a>) -> Self {
        Self { document, left: MOST_VALUES, above: Vec::new() }
    }

    /// A value that a schema allows, for a body; null where none is known.
    pub(super) fn body(&mut self, schema: &'a Value) -> Value {
        self.sample(schema, 0)
    }

    /// The example of a media type or parameter, or what its schema allows.
    pub(super) fn given(&mut self, holder: &'a Value) -> Option<Value> {
        let named = || {
            let (_, first) = holder.get("examples")?.as_object()?.iter().next()?;
            self.document.resolve(first).get("value")
        };
        holder.get("example").or_else(named).map(|example| self.quoted(example, 0))
    }

    /// What a schema's author wrote: an example, a default, or the first of the values it may have.
    pub(super) fn written(&mut self, schema: &'a Value) -> Option<Value> {
        let first = |name: &str| schema.get(name).and_then(Value::as_array).and_then(|values| values.first());
        let written = schema.get("example").or_else(|| first("examples")).or_else(|| schema.get("default"));
        let written = written.or_else(|| schema.get("const")).or_else(|| first("enum"))?;
        if written.is_null() { None } else { Some(self.quoted(written, 0)) }
    }

    fn sample(&mut self, schema: &'a Value, depth: usize) -> Value {
        let schema = self.document.resolve(schema);
        let is_within_itself = self.above.iter().any(|above| std::ptr::eq(*above, schema));
        if depth > DEEPEST || self.left == 0 || is_within_itself || !schema.is_object() {
            return Value::Null;
        }
        self.left -= 1;
        self.above.push(schema);
        let value = self.shape(schema, depth);
        self.above.pop();
        value
    }

    fn shape(&mut self, schema: &'a Value, depth: usize) -> Value {
        if let Some(written) = self.written(schema) {
            return written;
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            return self.all_of(schema, parts, depth);
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(choices) = schema.get(choice).and_then(Value::as_array) {
                let branch = choices.iter().find(|branch| kind(self.document.resolve(branch)) != Some("null"));
                return branch.map_or(Value::Null, |branch| self.sample(branch, depth + 1));
            }
        }
        match kind(schema) {
            Some("object") => self.object(schema, depth),
            Some("array") => self.array(schema, depth),
            Some("integer") => Value::from(lowest(schema)),
            Some("number") => number(schema),
            Some("boolean") => Value::Bool(true),
            Some("string") => Value::String(plain_text(schema)),
            Some(_) => Value::Null,
            None if schema.get("properties").is_some() => self.object(schema, depth),
            None => Value::String("text".to_owned()),
        }
    }

    /// What all parts ask for, and what the schema itself does.
    fn all_of(&mut self, schema: &'a Value, parts: &'a [Value], depth: usize) -> Value {
        let mut merged = Map::new();
        for part in parts {
            match self.sample(part, depth + 1) {
                Value::Object(fields) => merged.extend(fields),
                Value::Null => {}
                single => return single,
            }
        }
        if let Value::Object(fields) = self.object(schema, depth) {
            merged.extend(fields);
        }
        Value::Object(merged)
    }

    /// The properties that are required; all of them where the schema does not say; those with an example anyway.
    fn object(&mut self, schema: &'a Value, depth: usize) -> Value {
        let required = schema.get("required").and_then(Value::as_array);
        let is_required = |name: &str| required.is_none_or(|names| names.iter().any(|it| it.as_str() == Some(name)));
        let mut fields = Map::new();
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let property = self.document.resolve(property);
            if property.get("readOnly").and_then(Value::as_bool) == Some(true) {
                continue;
            }
            if is_required(name) || property.get("example").is_some() {
                let value = self.sample(property, depth + 1);
                if !value.is_null() {
                    fields.insert(literal(name), value);
                }
            }
        }
        Value::Object(fields)
    }

    fn array(&mut self, schema: &'a Value, depth: usize) -> Value {
        let item = schema.get("items").map_or(Value::Null, |items| self.sample(items, depth + 1));
        let count = schema.get("minItems").and_then(Value::as_u64).unwrap_or(1).clamp(1, MOST_ITEMS);
        let is_known = !item.is_null();
        Value::Array((0..count).filter(|_| is_known).map(|_| item.clone()).collect())
    }

    /// A value as it was written, its text as templates that mean themselves.
    fn quoted(&mut self, value: &Value, depth: usize) -> Value {
        if depth > DEEPEST || self.left == 0 {
            return Value::Null;
        }
        self.left -= 1;
        match value {
            Value::String(text) => Value::String(literal(&text.chars().take(LONGEST_TEXT).collect::<String>())),
            Value::Array(items) => {
                let items = items.iter().map(|item| self.quoted(item, depth + 1));
                Value::Array(items.filter(|item| !item.is_null()).collect())
            }
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, field)| (literal(name), self.quoted(field, depth + 1)));
                Value::Object(fields.filter(|(_, field)| !field.is_null()).collect())
            }
            bare => bare.clone(),
        }
    }
}

/// The type of a schema; the first that is not null, where it has several.
pub(super) fn kind(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(only) => Some(only),
        Value::Array(several) => several.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ => None,
    }
}

/// The lowest whole number a schema allows that is no less than 1, where it has no minimum.
pub(super) fn lowest(schema: &Value) -> i64 {
    let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
    let beyond = match schema.get("exclusiveMinimum") {
        Some(Value::Bool(true)) => bound("minimum").map(|low| low.saturating_add(1)),
        _ => bound("exclusiveMinimum").map(|low| low.saturating_add(1)),
    };
    let low = beyond.or_else(|| bound("minimum")).unwrap_or(1);
    bound("maximum").map_or(low, |high| low.min(high))
}

fn number(schema: &Value) -> Value {
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let low = bound("minimum").or_else(|| bound("exclusiveMinimum").map(|low| low + 1.0));
    let wanted = low.map_or(1.5, |low| low.max(1.5));
    let value = bound("maximum").map_or(wanted, |high| wanted.min(high));
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// The plainest text of a format, as a template.
fn plain_text(schema: &Value) -> String {
    let plain = match text(schema, "format").unwrap_or_default() {
        "uuid" => "{{ uuid() }}",
        "email" => "user{{ user.index }}@example.com",
        "date-time" => "{{ now() }}",
        "date" => "2026-01-15",
        "time" => "12:00:00Z",
        "uri" | "url" => "https://example.com/",
        "ipv4" => "192.0.2.1",
        "hostname" => "example.com",
        "byte" => "dGV4dA==",
        "password" => "password-1234",
        _ => return padded(schema),
    };
    plain.to_owned()
}

/// `text`, as long as the schema wants it.
fn padded(schema: &Value) -> String {
    let bound =
        |name: &str| schema.get(name).and_then(Value::as_u64).map(|it| usize::try_from(it).unwrap_or(usize::MAX));
    let least = bound("minLength").unwrap_or(0).min(LONGEST_TEXT);
    let most = bound("maxLength").unwrap_or(usize::MAX).max(1);
    "text".chars().chain(std::iter::repeat('x')).take(least.max(4).min(most)).collect()
}
