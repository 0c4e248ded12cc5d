//! comparison.json and its committed schema.

use std::path::Path;

use super::support::{judge, policy, shop, shop_baseline};
use crate::gate::schema;

#[test]
fn the_committed_schema_has_not_drifted() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/comparison.schema.json");
    let fresh = format!("{:#}\n", schema().to_value());
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == fresh, "write what `loadgate schema comparison` prints to {}", path.display());
}

#[test]
fn a_real_comparison_is_what_the_schema_says() {
    let comparison = judge(&[shop(9)], Some(&shop_baseline()), &policy());
    let validator = jsonschema::validator_for(&schema().to_value()).unwrap();
    let json = serde_json::to_value(&comparison).unwrap();
    let faults: Vec<String> = validator.iter_errors(&json).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}
