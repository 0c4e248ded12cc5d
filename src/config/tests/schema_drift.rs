//! The committed schema is the types' schema, and says of files what the reader says.

use std::path::Path;

use serde_json::Value;

use super::EVERYTHING;
use super::wrong_files::WRONG_TYPES;
use crate::config::{parse, schema};

fn json(text: &str) -> Value {
    toml::from_str(text).unwrap()
}

#[test]
fn the_committed_schema_has_not_drifted() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/loadgate.schema.json");
    let fresh = format!("{:#}\n", schema());
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(committed == fresh, "write what `loadgate schema` prints to {}", path.display());
}

#[test]
fn the_schema_takes_a_file_with_everything() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let file = json(EVERYTHING);
    let faults: Vec<String> =
        validator.iter_errors(&file).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(validator.is_valid(&json("")));
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for text in WRONG_TYPES {
        assert!(parse(text, Path::new("loadgate.toml")).is_err(), "the reader takes {text}");
        assert!(!validator.is_valid(&json(text)), "the schema takes {text}");
    }
}

/// Every key anywhere in the schema, with the path to it, and what is said of it.
fn keys<'a>(schema: &'a Value, path: &str, found: &mut Vec<(String, &'a Value)>) {
    match schema {
        Value::Object(members) => {
            for (name, key) in members.get("properties").and_then(Value::as_object).into_iter().flatten() {
                found.push((format!("{path}.{name}"), key));
            }
            for (name, member) in members {
                let below =
                    if name == "properties" || name == "$defs" { path.to_owned() } else { format!("{path}/{name}") };
                keys(member, &below, found);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| keys(item, &format!("{path}[{at}]"), found));
        }
        _ => {}
    }
}

#[test]
fn every_key_in_the_schema_is_explained() {
    let schema = schema();
    let mut found = Vec::new();
    keys(&schema, "", &mut found);
    assert!(found.len() > 80, "{} keys", found.len());
    let is_unexplained = |key: &Value| key["description"].as_str().is_none_or(|said| said.len() < 10);
    let unexplained: Vec<&String> = found.iter().filter(|(_, key)| is_unexplained(key)).map(|(name, _)| name).collect();
    assert!(unexplained.is_empty(), "without a `///` that says what they are: {unexplained:#?}");
}

#[test]
fn every_word_that_a_key_takes_is_explained() {
    let schema = schema();
    let mut silent = Vec::new();
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        if definition["enum"].is_array() {
            silent.push(format!("{name}: a list of words without a `///` for each"));
        }
        for word in definition["oneOf"].as_array().into_iter().flatten().filter(|word| word["const"].is_string()) {
            if !word["description"].is_string() {
                silent.push(format!("{name} {}", word["const"]));
            }
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn every_key_in_the_schema_has_an_example_that_it_takes() {
    let schema = schema();
    let mut found = Vec::new();
    keys(&schema, "", &mut found);
    let is_group = |key: &Value| {
        // A table whose keys have examples of their own needs none; nor has a list of tables.
        let meant = key["$ref"].as_str().and_then(|to| schema.pointer(to.trim_start_matches('#'))).unwrap_or(key);
        meant["properties"].is_object()
            || key["items"]["$ref"].is_string()
            || key["additionalProperties"]["$ref"].is_string()
    };
    let missing: Vec<&String> = found
        .iter()
        .filter(|(_, key)| key["examples"].as_array().is_none_or(Vec::is_empty) && !is_group(key))
        .map(|(name, _)| name)
        .collect();
    assert!(
        missing.is_empty(),
        "src/config/tests/everything.toml, which should have every key, has none of {missing:#?}"
    );
    for (name, key) in &found {
        let mut alone = (*key).clone();
        alone["$defs"] = schema["$defs"].clone();
        let validator = jsonschema::validator_for(&alone).unwrap();
        for example in key["examples"].as_array().into_iter().flatten() {
            assert!(validator.is_valid(example), "{name} does not take its example {example}");
        }
    }
}
