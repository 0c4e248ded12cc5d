//! `[target]`: the API under test.
//!
//! What was typed; what fits together is `plan`'s to check.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::resources::Resources;
use crate::units::Span;

/// The API under test.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Target {
    /// Base URL, `http://` or `https://`; or `"demo"`, the API built into loadgate. Of a command, default
    /// `http://127.0.0.1:{port}`.
    pub url: Option<String>,
    /// Hosts beyond loopback and private ranges that may be sent load: names or addresses, each in full.
    pub allow: Vec<String>,
    /// Hosts that are never sent load, even if they are in `allow`, typed as `--target`, or met behind a redirect, a proxy or
    /// another name: names, `"*.example.com"` for all below one, addresses, networks such as `"203.0.113.0/24"`.
    pub production: Vec<String>,
    /// The program that serves the API, with its arguments, relative to loadgate.toml: started before each run and stopped
    /// after it, with all that it started. `{port}` stands for a free port; the environment variable `PORT` holds it too.
    pub command: Option<Vec<String>>,
    /// Environment variables for the command. `{port}` stands for the port here too.
    pub env: BTreeMap<String, String>,
    /// When the command is ready. Default: once it answers `GET /`, whatever it answers.
    pub ready: Option<Ready>,
    /// Where to read what the target uses. Default: of the command, or of the demo API; otherwise nowhere.
    pub resources: Option<Resources>,
}

/// When a started server is ready.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ready {
    /// The path to ask for.
    #[serde(default = "root")]
    pub get: String,
    /// The status to wait for. Default: any.
    #[serde(default)]
    pub status: Option<u16>,
    /// How long to wait. Default 30s.
    #[serde(default)]
    pub within: Option<Span>,
}

fn root() -> String {
    "/".to_owned()
}
