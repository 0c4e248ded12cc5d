//! The language as a whole: a file that uses all of it, many that misuse it, and its schema.

mod right_files;
mod schema_drift;
mod wrong_files;

/// A file with every key of the language.
const EVERYTHING: &str = include_str!("tests/everything.toml");
