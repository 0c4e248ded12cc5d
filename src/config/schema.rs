//! The JSON Schema of loadgate.toml, for editors.
//!
//! In: the types of the language, and examples. Out: a schema. Does not validate: reading does, with better words.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use super::examples::add_examples;
use super::language::Config;

/// The JSON Schema of loadgate.toml (draft 2020-12).
#[must_use]
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12()
        .with_transform(RecursiveTransform(leave_null_out))
        .with_transform(RecursiveTransform(bound_integers))
        .with_transform(RecursiveTransform(explain_single_key));
    let mut schema = SchemaGenerator::new(settings).into_root_schema_for::<Config>();
    schema.insert("title".to_owned(), "loadgate.toml".into());
    let mut schema = schema.to_value();
    add_examples(&mut schema);
    schema
}

/// Says the bounds of an integer in words that every validator knows.
fn bound_integers(schema: &mut Schema) {
    if schema.get("format").is_some_and(|format| format == "uint32") {
        schema.remove("format");
        schema.insert("maximum".to_owned(), u32::MAX.into());
    }
}

/// One way of several, such as `{ pacing = "5s" }`, is explained at the key that editors show.
fn explain_single_key(schema: &mut Schema) {
    let Some(said) = schema.get("description").cloned() else { return };
    let Some(Value::Object(keys)) = schema.get_mut("properties") else { return };
    if let (1, Some((_, Value::Object(key)))) = (keys.len(), keys.iter_mut().next()) {
        key.entry("description").or_insert(said);
    }
}

/// An absent key is `null` to serde, but TOML has no null: it would be noise in an editor.
fn leave_null_out(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    let Some(Value::Array(choices)) = schema.get_mut("anyOf") else {
        return;
    };
    choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
    if let [Value::Object(only)] = choices.as_slice() {
        let only = only.clone();
        schema.remove("anyOf");
        for (key, value) in only {
            schema.ensure_object().entry(key).or_insert(value);
        }
    }
}
