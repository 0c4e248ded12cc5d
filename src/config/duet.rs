//! `[duet]`: two builds side by side.
//!
//! What was typed; defaults, and what fits together, are `plan`'s.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::target::Ready;
use crate::units::Span;

/// Two builds side by side.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Duet {
    /// The build that is known.
    pub baseline: Option<Build>,
    /// The build in question.
    pub candidate: Option<Build>,
    /// How each build is made, in its own folder, by a shell: `"cargo build --release"`. A build's own wins.
    pub build: Option<String>,
    /// Measured length of a slot: one build is played, the other stands still. Default 5s.
    pub slot: Option<Span>,
    /// How long each build is warmed up in each block. Default 10s.
    pub warmup: Option<Span>,
    /// Pairs of slots in a block, one slot of each build. Default 3.
    pub pairs: Option<u32>,
    /// After how many blocks to look for a verdict; the last is the most that are played. Default `[8, 16, 24]`.
    pub blocks: Option<Vec<u32>>,
    /// The most time to take, builds not counted. Default: as long as the blocks take.
    pub budget: Option<Span>,
}

/// A build: a `command` that serves it, or a `url` where it is served already.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Build {
    /// The commit, branch or tag to check out beside the working tree and build there.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// How it is made, in its own folder, by a shell, instead of `[duet] build`.
    pub build: Option<String>,
    /// The program that serves it, with its arguments, relative to loadgate.toml in its own checkout. `{port}` stands
    /// for a free port; the environment variable `PORT` holds it too.
    pub command: Option<Vec<String>>,
    /// Environment variables for the command. `{port}` stands for the port here too.
    pub env: BTreeMap<String, String>,
    /// Where it serves. Of a command, default `http://127.0.0.1:{port}`. `"demo"` is the API built into loadgate.
    pub url: Option<String>,
    /// When a command is ready to be played. Default: once it answers `GET /`, whatever it answers.
    pub ready: Option<Ready>,
}
