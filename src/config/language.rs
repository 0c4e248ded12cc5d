//! The language of loadgate.toml as types: the whole file, and its smaller tables. Their doc comments become the JSON
//! Schema.
//!
//! What was typed, not what is usable: checks across keys are `plan`'s.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::duet::Duet;
use super::gate::Gate;
use super::http::Http;
use super::journey::User;
use super::lint::Lint;
use super::profile::Profile;
use super::target::Target;

/// A whole loadgate.toml.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The API under test.
    pub target: Target,
    /// How requests are made.
    pub http: Http,
    /// Values for templates, from here or from the environment.
    pub vars: BTreeMap<String, Var>,
    /// Rows for templates, from files.
    pub data: BTreeMap<String, Data>,
    /// The kinds of virtual users.
    pub user: Vec<User>,
    /// The load profiles, by name.
    pub profile: BTreeMap<String, Profile>,
    /// What decides.
    pub gate: Gate,
    /// Where baselines are kept.
    pub baseline: Baseline,
    /// Two builds side by side.
    pub duet: Duet,
    /// Classic mistakes that are meant here.
    pub lint: Lint,
}

/// A value for templates: a literal, or a table that names where it comes from.
#[derive(Clone, PartialEq)]
pub struct Var {
    /// A literal value.
    pub value: Option<String>,
    /// The environment variable to read.
    pub env: Option<String>,
    /// The value where the environment variable is unset.
    pub default: Option<String>,
    /// Keep the value out of every output.
    pub secret: bool,
}

/// Where the value comes from, and never the value.
impl fmt::Debug for Var {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Var").field("env", &self.env).field("secret", &self.secret).finish_non_exhaustive()
    }
}

/// Rows for templates, from a file.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// A `.csv` (first line names the columns), `.json` (an array of objects) or `.jsonl` file,
    /// relative to loadgate.toml.
    pub file: PathBuf,
    /// How rows are drawn. Default `random`.
    #[serde(default)]
    pub pick: Pick,
}

/// How rows are drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Pick {
    /// Any row, each time.
    #[default]
    Random,
    /// One after the other, then from the first again.
    Cycle,
    /// Each row once; the run ends when they run out.
    Unique,
}

/// Where baselines are kept.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Baseline {
    /// The folder that holds `<profile>.json`, relative to loadgate.toml. Default `baselines`.
    pub store: Option<PathBuf>,
    /// Most runs a baseline keeps. Default 20.
    pub keep: Option<u32>,
    /// `same` (default): compare only within one class of environment. `any`: for targets whose speed
    /// is not the machine's (simulated, remote).
    pub environment: EnvironmentRule,
}

/// Which environments compare.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EnvironmentRule {
    /// Only one class.
    #[default]
    Same,
    /// All.
    Any,
}
