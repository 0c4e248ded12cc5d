//! `baseline …`: what can be done with accepted runs.
//!
//! Plain data: what was typed, checked no further than its own text.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::flags::{Described, Out, Play, Store, Stored};

/// `baseline …`.
#[derive(Debug, Subcommand)]
pub enum Baseline {
    /// Play the profile several times and accept the runs: for a first baseline, and after a release.
    Record(Record),
    /// Add recordings that exist.
    Accept(Accept),
    /// Show a baseline: its runs, and the smallest change it can tell from noise.
    Show(Stored),
    /// List the baselines.
    List(Described),
    /// Drop all but the newest runs.
    Prune(Prune),
}

/// `baseline record`.
#[derive(Debug, Args)]
pub struct Record {
    /// What to play.
    #[command(flatten)]
    pub play: Play,
    /// Where baselines are kept.
    #[command(flatten)]
    pub store: Store,
    /// Where recordings go.
    #[command(flatten)]
    pub out: Out,
    /// How often to play.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub runs: u32,
    /// Start the baseline anew instead of adding to it.
    #[arg(long)]
    pub replace: bool,
}

/// `baseline accept`.
#[derive(Debug, Args)]
pub struct Accept {
    /// Recordings to accept.
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// The description of users, load and rules.
    #[command(flatten)]
    pub described: Described,
    /// Where baselines are kept.
    #[command(flatten)]
    pub store: Store,
    /// Start the baseline anew instead of adding to it.
    #[arg(long)]
    pub replace: bool,
}

/// `baseline prune`.
#[derive(Debug, Args)]
pub struct Prune {
    /// The baseline.
    #[command(flatten)]
    pub stored: Stored,
    /// Runs to keep [default: `[baseline] keep`, else 20].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep: Option<u32>,
}
