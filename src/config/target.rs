//! `[target]`: the API under test.
//!
//! What was typed; what fits together is `plan`'s to check.

use schemars::JsonSchema;
use serde::Deserialize;

/// The API under test.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Target {
    /// Base URL, `http://` or `https://`; or `"demo"`, the API built into loadgate.
    pub url: Option<String>,
    /// Hosts beyond loopback and private ranges that may be sent load.
    pub allow: Vec<String>,
}
