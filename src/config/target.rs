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
    /// Hosts beyond loopback and private ranges that may be sent load: names or addresses, each in full.
    pub allow: Vec<String>,
    /// Hosts that are never sent load, even if they are in `allow`, typed as `--target`, or met behind a redirect, a proxy or
    /// another name: names, `"*.example.com"` for all below one, addresses, networks such as `"203.0.113.0/24"`.
    pub production: Vec<String>,
}
