//! A duet: two builds side by side on one machine, played in turn, block by block.
//!
//! In: what was played in each slot. Out: a [`Duet`], a run of each side for every block: what the gate compares.
//! Plain data; how the slots were drawn and played is not its concern.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, schema_for};
use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Serialize};

use super::numbers::{LONGEST_S, check_figure};
use super::recording::Model;
use super::run::Run;
use super::summary::{ALL, Summary};
use crate::intake;

/// Version of duet.json that this loadgate writes, and the newest it reads.
const FORMAT: u32 = 1;

/// Most blocks that are read: what is made of all pairs of them takes time.
const MOST_BLOCKS: usize = 1_000;

/// Everything a duet measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Duet {
    /// Version of this shape: 1.
    pub format: u32,
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
    /// Figures of the build in question, over all its slots.
    pub summary: Summary,
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

impl fmt::Display for Side {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Baseline => "baseline",
            Self::Candidate => "candidate",
        })
    }
}

impl Duet {
    /// The endpoints that any block measured, in order.
    #[must_use]
    pub fn endpoints(&self) -> Vec<String> {
        let runs = self.blocks.iter().flat_map(|block| [&block.baseline, &block.candidate]);
        let endpoints = runs.flat_map(|run| run.cells.keys()).filter(|endpoint| *endpoint != ALL);
        endpoints.cloned().collect::<BTreeSet<String>>().into_iter().collect()
    }

    /// Version of duet.json that this loadgate writes.
    pub const FORMAT: u32 = FORMAT;

    /// The JSON Schema of duet.json.
    #[must_use]
    pub fn schema() -> Schema {
        schema_for!(Duet)
    }

    /// The bytes of duet.json. The same duet always gives the same bytes.
    ///
    /// # Errors
    /// A figure that JSON can't hold.
    pub fn to_json(&self) -> Result<Vec<u8>, DuetError> {
        let mut bytes = serde_json::to_vec(self).map_err(DuetError::Encode)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads the bytes of a duet.json; none where they are something else. `path` is only named in errors.
    ///
    /// # Errors
    /// A duet of a newer format, or a damaged one.
    pub fn from_json(bytes: &[u8], path: &Path) -> Result<Option<Self>, DuetError> {
        match serde_json::from_slice(bytes) {
            Ok(Mark { blocks: Some(_), format: Some(found) }) if found > u64::from(FORMAT) => {
                Err(DuetError::Newer { path: path.to_owned(), found })
            }
            Ok(Mark { blocks: Some(_), .. }) => {
                Self::read(bytes).map(Some).map_err(|source| DuetError::Damaged { path: path.to_owned(), source })
            }
            Ok(_) | Err(_) => Ok(None),
        }
    }

    fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        intake::look_over(bytes, intake::DUET, &mut |_| Ok(()))?;
        let duet: Self = serde_json::from_slice(bytes)?;
        duet.check().map_err(serde_json::Error::custom)?;
        Ok(duet)
    }

    /// What is wrong with one that was read, if anything.
    fn check(&self) -> Result<(), String> {
        if self.format == 0 {
            return Err("its format is 0".to_owned());
        }
        if self.blocks.len() > MOST_BLOCKS || self.looks.len() > MOST_BLOCKS {
            return Err(format!("more than {MOST_BLOCKS} blocks"));
        }
        for (what, span_s) in [("warmup_s", self.warmup_s), ("slot_s", self.slot_s), ("block_s", self.block_s)] {
            check_figure(what, span_s, 0.0..=LONGEST_S)?;
        }
        self.blocks.iter().flat_map(|block| [&block.baseline, &block.candidate]).try_for_each(Run::check)
    }
}

/// What tells a duet from other JSON.
#[derive(Deserialize)]
struct Mark {
    blocks: Option<IgnoredAny>,
    format: Option<u64>,
}

/// Why a duet.json can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum DuetError {
    /// A newer loadgate wrote it.
    #[error("{}: written in duet format {found}, and this loadgate reads up to {FORMAT}; update loadgate", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format it is in.
        found: u64,
    },
    /// It is not whole, or not as loadgate wrote it.
    #[error("{}: a damaged duet; play it again with `loadgate duet`", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where reading ended.
        source: serde_json::Error,
    },
    /// It could not be turned into JSON.
    #[error("the duet can't be written as JSON: {0}; please report this as a bug of loadgate")]
    Encode(#[source] serde_json::Error),
}
