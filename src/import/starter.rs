//! A loadgate.toml to start from, as it is written.
//!
//! In: nothing. Out: text. It plays the demo API, so that it runs before a word of it is changed.

/// Profiles, gate and baseline, for every file that is written here.
pub(super) const LOAD_AND_RULES: &str = include_str!("load_and_rules.toml");

/// The whole starter.
pub const STARTER: &str = concat!(include_str!("starter.toml"), include_str!("load_and_rules.toml"));

/// The text with the line in front that leads editors to the schema in `file`, beside it.
#[must_use]
pub fn with_schema(text: &str, file: &str) -> String {
    format!("#:schema ./{file}\n\n{text}")
}
