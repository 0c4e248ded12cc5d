//! examples/*.toml: the classic tests, each a file that plays as it is.

use std::path::{Path, PathBuf};

use loadgate::config::parse;
use loadgate::plan::{Choice, Plan};
use serde_json::Value;

use crate::support::Project;

/// The tests everyone asks for.
const CLASSICS: [&str; 5] = ["load", "smoke", "soak", "spike", "stress"];

/// The most that one may take, in seconds: CI plays them all.
const LONGEST: f64 = 30.0;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// The files, as name and text, in the order of their names.
fn examples() -> Vec<(String, String)> {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let tomls = files.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    let mut found: Vec<(String, String)> = tomls
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    found.sort();
    found
}

#[test]
fn the_classic_tests_are_there_and_each_has_a_profile_of_its_name() {
    let names: Vec<String> = examples().into_iter().map(|(name, _)| name).collect();
    for classic in CLASSICS {
        assert!(names.iter().any(|name| name == classic), "there is no examples/{classic}.toml, only {names:?}");
    }
    for (name, text) in examples() {
        let file: Value = toml::from_str(&text).unwrap();
        assert!(file["profile"][&name].is_object(), "examples/{name}.toml has no profile {name}");
        assert!(file["profile"][&name]["warmup"].is_string(), "examples/{name}.toml has no warm-up");
        assert!(text.starts_with('#'), "examples/{name}.toml does not say what it is");
    }
}

#[test]
fn every_example_is_the_language_and_keeps_to_the_schema() {
    let schema: Value = Project::empty().loadgate("schema").run().exits(0).json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let own = [
        ("loadgate", include_str!("../../loadgate.toml")),
        ("shop", include_str!("../../examples/shop/loadgate.toml")),
    ];
    let own = own.map(|(name, text)| (name.to_owned(), text.to_owned()));
    for (name, text) in examples().into_iter().chain(own) {
        let file: Value = toml::from_str(&text).unwrap();
        let faults: Vec<String> =
            validator.iter_errors(&file).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
        assert!(faults.is_empty(), "{name}: {faults:#?}");
    }
}

#[test]
fn every_example_becomes_a_plan() {
    for (name, text) in examples() {
        let (config, source) = parse(&text, &folder().join(&name)).unwrap();
        let choice = Choice {
            profile: None,
            target: None,
            seed: 1,
            base: folder(),
            only: Vec::new(),
            skip: Vec::new(),
            started_url: Some("http://127.0.0.1:1".to_owned()),
            environment: |_| None,
        };
        let plan = Plan::compile(&config, &source, &choice).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(plan.profile, name, "the gate plays another profile");
    }
}

/// `"1m30s"` in seconds.
fn seconds(text: &str) -> f64 {
    let span: loadgate::units::Span = text.parse().unwrap();
    span.0.as_secs_f64()
}

#[test]
fn every_example_is_short_enough_to_be_tried() {
    for (name, text) in examples() {
        let file: Value = toml::from_str(&text).unwrap();
        let profile = &file["profile"][&name];
        let length: f64 = match profile["stages"].as_array() {
            None => seconds(profile["duration"].as_str().unwrap()),
            Some(stages) => stages
                .iter()
                .flat_map(|stage| ["ramp", "for"].map(|key| stage[key].as_str().map_or(0.0, seconds)))
                .sum(),
        };
        assert!(length <= LONGEST, "examples/{name}.toml takes {length} s");
    }
}
