//! Examples for the JSON Schema: the values of a file that has every key.
//!
//! In: a schema, and that file. Out: the schema with an example at each key. The same file is what the tests parse, so
//! that no example can be wrong.

use serde_json::{Map, Value};

/// A file with every key of the language.
const EVERYTHING: &str = include_str!("tests/everything.toml");

/// Adds an example to every key that the file has.
pub(super) fn add_examples(schema: &mut Value) {
    let Ok(file) = toml::from_str::<Value>(EVERYTHING) else { return };
    let mut found = Vec::new();
    let mut path = Vec::new();
    Walk { schema, found: &mut found }.visit(schema, &mut path, &file);
    for (pointer, example) in found {
        let key = schema.pointer_mut(&pointer).and_then(Value::as_object_mut);
        if let Some(examples) = key.map(|key| key.entry("examples").or_insert_with(|| Value::Array(Vec::new())))
            && let Some(examples) = examples.as_array_mut()
            && examples.is_empty()
        {
            examples.push(example);
        }
    }
}

/// One walk down the file, with the schema beside it.
struct Walk<'a> {
    schema: &'a Value,
    /// Pointers to keys in the schema, and an example for each.
    found: &'a mut Vec<(String, Value)>,
}

impl<'a> Walk<'a> {
    /// `path` leads from the schema's root to `place`, which describes `value`.
    fn visit(&mut self, place: &'a Value, path: &mut Vec<String>, value: &Value) {
        if let Some(reference) = place.get("$ref").and_then(Value::as_str).and_then(|it| it.strip_prefix("#/")) {
            let mut path: Vec<String> = reference.split('/').map(str::to_owned).collect();
            if let Some(meant) = self.schema.pointer(&format!("/{reference}")) {
                self.visit(meant, &mut path, value);
            }
        }
        for choice in ["anyOf", "oneOf"] {
            for (at, branch) in place.get(choice).and_then(Value::as_array).into_iter().flatten().enumerate() {
                self.below(path, &[choice, &at.to_string()], |walk, path| walk.visit(branch, path, value));
            }
        }
        match value {
            Value::Object(fields) => self.table(place, path, fields),
            Value::Array(items) => {
                if let Some(item) = place.get("items") {
                    for value in items {
                        self.below(path, &["items"], |walk, path| walk.visit(item, path, value));
                    }
                }
            }
            _ => {}
        }
    }

    fn table(&mut self, place: &'a Value, path: &mut Vec<String>, fields: &Map<String, Value>) {
        for (name, value) in fields {
            if let Some(key) = place.get("properties").and_then(|keys| keys.get(name)) {
                self.below(path, &["properties", name], |walk, path| {
                    if is_short(value) {
                        walk.found.push((format!("/{}", path.join("/")), value.clone()));
                    }
                    walk.visit(key, path, value);
                });
            } else if let Some(any) = place.get("additionalProperties").filter(|any| any.is_object()) {
                self.below(path, &["additionalProperties"], |walk, path| walk.visit(any, path, value));
            }
        }
    }

    fn below(&mut self, path: &mut Vec<String>, names: &[&str], visit: impl FnOnce(&mut Self, &mut Vec<String>)) {
        let above = path.len();
        path.extend(names.iter().map(|name| name.replace('~', "~0").replace('/', "~1")));
        visit(self, path);
        path.truncate(above);
    }
}

/// Whether a value is short enough to show what a key takes: no table of tables.
fn is_short(value: &Value) -> bool {
    let is_bare = |value: &Value| !value.is_object() && !value.is_array();
    match value {
        Value::Array(items) => !items.is_empty() && items.iter().all(is_bare),
        Value::Object(fields) => {
            let is_flat = |value: &Value| is_bare(value) || value.as_array().is_some_and(|it| it.iter().all(is_bare));
            !fields.is_empty() && fields.len() <= 3 && fields.values().all(is_flat)
        }
        _ => true,
    }
}
