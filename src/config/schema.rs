//! The JSON Schema of loadgate.toml, for editors.
//!
//! In: the types of the language. Out: a schema. Does not validate: reading does, with better words.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use super::language::Config;

/// The JSON Schema of loadgate.toml (draft 2020-12).
#[must_use]
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12()
        .with_transform(RecursiveTransform(leave_null_out))
        .with_transform(RecursiveTransform(bound_integers));
    let mut schema = SchemaGenerator::new(settings).into_root_schema_for::<Config>();
    schema.insert("title".to_owned(), "loadgate.toml".into());
    schema.to_value()
}

/// Says the bounds of an integer in words that every validator knows.
fn bound_integers(schema: &mut Schema) {
    if schema.get("format").is_some_and(|format| format == "uint32") {
        schema.remove("format");
        schema.insert("maximum".to_owned(), u32::MAX.into());
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
