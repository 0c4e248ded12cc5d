//! The commands that send nothing: they read what exists.
//!
//! Plain data: what was typed, checked no further than its own text.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::flags::{Against, Described, Kept, Out, Stored};

/// `compare`.
#[derive(Debug, Args)]
pub struct Compare {
    /// Recordings of the candidate, one for each run; or the duet.json of a duet.
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// The description of users, load and rules.
    #[command(flatten)]
    pub described: Described,
    /// What to compare with.
    #[command(flatten)]
    pub against: Against,
    /// Where results go.
    #[command(flatten)]
    pub out: Out,
}

/// `history`.
#[derive(Debug, Args)]
pub struct History {
    /// Recordings to take in besides the runs that are kept.
    #[arg(value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// The baseline whose accepted runs are taken in.
    #[command(flatten)]
    pub stored: Stored,
    /// Where the runs of the pipeline are kept.
    #[command(flatten)]
    pub kept: Kept,
    /// The tag, branch or commit to measure creep from [default: the last release, else the oldest jobs].
    #[arg(long, value_name = "REF")]
    pub anchor: Option<String>,
    /// This endpoint alone.
    #[arg(long, value_name = "NAME")]
    pub endpoint: Option<String>,
    /// This metric alone [default: p50, p95, `error_rate`, rps and `rps_ceiling`].
    #[arg(long, value_name = "NAME")]
    pub metric: Option<String>,
    /// Print everything as JSON.
    #[arg(long)]
    pub json: bool,
    /// Write a chart.
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Show every row, not only those in which something was found.
    #[arg(long)]
    pub all: bool,
}

/// `lint`.
#[derive(Debug, Args)]
pub struct Lint {
    /// The profile to look at [default: `[gate] profile`, else the only one, else `load`].
    #[arg(long, short, value_name = "NAME")]
    pub profile: Option<String>,
    /// The description of users, load and rules.
    #[command(flatten)]
    pub described: Described,
    /// Exit 1 where anything is found.
    #[arg(long)]
    pub strict: bool,
    /// Print the findings as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// A comparison.json.
    pub comparison: PathBuf,
    /// The endpoint; `(all)` is the whole run [default: what the headline speaks of].
    pub endpoint: Option<String>,
    /// The metric, such as p95 or `error_rate` [default: the endpoint's most troubled].
    pub metric: Option<String>,
    /// Print it as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `report`.
#[derive(Debug, Args)]
pub struct Report {
    /// A recording.json or a comparison.json.
    pub file: PathBuf,
    /// The form to give it.
    #[arg(long, short, value_enum, default_value_t = Format::Terminal)]
    pub format: Format,
    /// Show every cell, not only those that ask for attention.
    #[arg(long)]
    pub all: bool,
}

/// A form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// As `gate` and `run` print it.
    Terminal,
    /// As a pull-request comment.
    Markdown,
    /// As a page to open in a browser.
    Html,
    /// As test results.
    Junit,
    /// As it is stored.
    Json,
}

/// `schema`.
#[derive(Debug, Args)]
pub struct Schema {
    /// What to describe.
    #[arg(value_enum, default_value_t = Shape::Loadgate)]
    pub shape: Shape,
}

/// What a schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// loadgate.toml.
    Loadgate,
    /// recording.json.
    Recording,
    /// comparison.json.
    Comparison,
    /// A baseline.
    Baseline,
    /// duet.json.
    Duet,
}
