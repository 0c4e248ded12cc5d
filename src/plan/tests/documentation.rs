//! The examples of the documentation: each compiles, with what it leaves out around it.

use super::support::{choice, compile};
use crate::plan::Choice;

const JOURNEYS: &str = include_str!("../../../docs/book/src/journeys.md");
const PROFILES: &str = include_str!("../../../docs/book/src/profiles.md");

/// A whole description around an example.
fn whole(example: &str) -> String {
    let mut text = format!("[target]\nurl = 'demo'\n{example}\n");
    if !example.contains("[profile.") {
        text.push_str("[profile.p]\nusers = 5\nduration = '10m'\n");
    }
    if !example.contains("[[user]]") {
        text.push_str("[[user]]\n[[user.task]]\nget = '/'\n");
    }
    text
}

#[test]
fn every_example_of_the_documentation_compiles() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("products.csv"), "id,stock\n1,5\n").unwrap();
    for (page, least) in [(JOURNEYS, 6), (PROFILES, 6)] {
        let examples: Vec<&str> =
            page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
        assert!(examples.len() >= least, "{} examples", examples.len());
        for example in examples {
            let plan = compile(&whole(example), &Choice { base: folder.path().into(), ..choice() });
            assert!(plan.is_ok(), "{example}\n{}", plan.unwrap_err());
        }
    }
}
