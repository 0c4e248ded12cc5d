//! A duet: two builds side by side on one machine, played in turn, block by block.
//!
//! In: what was played in each slot. Out: a [`Duet`], a run of each side for every block: what the gate compares.
//! Plain data; how the slots were drawn and played is not its concern.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::recording::Model;
use super::run::Run;

/// Everything a duet measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Duet {
    /// The profile whose users were played.
    pub profile: String,
    /// The load of every slot in words: `200 users`, `500/s`.
    pub load: String,
    /// Whether arrivals waited for answers.
    pub model: Model,
    /// Seed of every random draw: starts, orders, arrivals.
    pub seed: u64,
    /// The build that is known.
    pub baseline: Build,
    /// The build in question.
    pub candidate: Build,
    /// Whether both builds were started anew for each block. Where they could not be, what one process happened to
    /// be given (memory, placement) is taken for the build's own.
    pub restarted: bool,
    /// How long each build was warmed up in each block, in seconds.
    pub warmup_s: f64,
    /// The measured length of a slot in seconds.
    pub slot_s: f64,
    /// Pairs of slots in a block, one slot of each build.
    pub pairs: u32,
    /// How long a block takes on average, restarts and warm-ups included, in seconds.
    pub block_s: f64,
    /// After how many blocks the verdict was to be looked for.
    pub looks: Vec<u32>,
    /// The blocks that may be used, in order.
    pub blocks: Vec<Block>,
    /// Whether the figures may be used at all.
    pub valid: bool,
    /// Why not, or what to keep in mind.
    pub reasons: Vec<String>,
    /// Whether it was stopped before it came to an end of its own.
    pub interrupted: bool,
}

/// Which build a side of a duet is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Build {
    /// What it was started as, or the URL it served: `target/release/shop --port {port}`.
    pub name: String,
    /// Its commit, where known.
    pub commit: Option<String>,
    /// Its branch or tag, where known.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
}

/// Both builds, started together and played in turn: the unit of a duet, since what one process lifetime happens to be
/// given is shared by all its slots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Block {
    /// Its place among the blocks that were played, from 1.
    pub number: u32,
    /// Whose slots were played, in order.
    pub order: Vec<Side>,
    /// The slots of the known build, pooled.
    pub baseline: Run,
    /// The slots of the build in question, pooled.
    pub candidate: Run,
}

/// A side of a duet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The build that is known.
    Baseline,
    /// The build in question.
    Candidate,
}
