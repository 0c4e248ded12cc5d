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

#[test]
fn every_key_in_the_schema_is_explained() {
    let schema = schema();
    let mut unexplained = Vec::new();
    let tables = schema["$defs"].as_object().unwrap().iter().map(|(name, table)| (name.as_str(), table));
    for (name, table) in tables.chain([("loadgate.toml", &schema)]) {
        let keys = table["properties"].as_object().into_iter().flatten();
        unexplained
            .extend(keys.filter(|(_, key)| !key["description"].is_string()).map(|(key, _)| format!("{name}.{key}")));
    }
    assert!(unexplained.is_empty(), "{unexplained:?}");
}
