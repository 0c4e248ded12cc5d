//! Flags that several commands share.
//!
//! Plain data: what was typed, checked no further than its own text.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Where users, load and rules are described.
#[derive(Debug, Clone, Args)]
pub struct Described {
    /// The file that describes users, load and rules.
    #[arg(long, value_name = "FILE", default_value = "loadgate.toml")]
    pub config: PathBuf,
}

/// What to play, and how.
#[derive(Debug, Clone, Args)]
pub struct Play {
    /// The description of users, load and rules.
    #[command(flatten)]
    pub described: Described,
    /// The profile to play: a written one, or smoke, load, stress, spike or soak [default: `[gate] profile`, else the only
    /// one, else `load`].
    #[arg(long, short, value_name = "NAME")]
    pub profile: Option<String>,
    /// Play only tasks with one of these tags; repeatable, or separated by commas.
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Leave out tasks with one of these tags; repeatable, or separated by commas.
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub skip: Vec<String>,
    /// Where to send requests, instead of `[target] url`.
    #[arg(long, value_name = "URL")]
    pub target: Option<String>,
    /// Seed of every random draw [default: another each time; reports say which].
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Worker threads [default: one for each CPU].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub workers: Option<u16>,
    /// A fault of the demo API, where it is the target; repeatable. See `loadgate demo --help`.
    #[arg(long, value_name = "SPEC")]
    pub demo_fault: Vec<String>,
    /// How progress is shown on standard error.
    #[arg(long, value_enum, default_value_t)]
    pub progress: Progress,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Progress {
    /// A screen for runs of 10 s and more on a terminal, a line for others; plain lines elsewhere, and in CI.
    #[default]
    Auto,
    /// A screen, also for short runs; where there is no terminal for it, plain lines.
    Screen,
    /// One line that is redrawn; where there is no terminal, plain lines.
    Line,
    /// A line every ten seconds.
    Plain,
    /// Nothing.
    None,
}

/// Where results go.
#[derive(Debug, Clone, Args)]
pub struct Out {
    /// The folder for recordings and reports.
    #[arg(long, value_name = "DIR", default_value = "loadgate-report")]
    pub out: PathBuf,
}

/// What to compare with.
#[derive(Debug, Clone, Args)]
pub struct Against {
    /// The baseline to compare with [default: `<profile>.json` in `[baseline] store`].
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Show every cell, not only those that ask for attention.
    #[arg(long)]
    pub all: bool,
}

/// The baseline of a profile: `baseline show`.
#[derive(Debug, Args)]
pub struct Stored {
    /// The profile [default: `[gate] profile`, else the only one, else `load`].
    #[arg(long, short, value_name = "NAME")]
    pub profile: Option<String>,
    /// The description of users, load and rules.
    #[command(flatten)]
    pub described: Described,
    /// Where baselines are kept.
    #[command(flatten)]
    pub store: Store,
}

/// Where a baseline is kept.
#[derive(Debug, Clone, Args)]
pub struct Store {
    /// The baseline's file [default: `<profile>.json` in `[baseline] store`].
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
}

/// Where the runs of a pipeline are kept.
#[derive(Debug, Clone, Args)]
pub struct Kept {
    /// The file in which `gate` keeps its valid runs and `history` finds them; it need not exist yet.
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
}

/// Where metrics go while a run goes on.
#[derive(Debug, Clone, Args)]
pub struct Streams {
    /// Where metrics go while the run goes on; repeatable, or separated by commas: prometheus=127.0.0.1:9464 (to be
    /// scraped), remote-write=URL, otlp=URL, jsonl=FILE, csv=FILE. `LOADGATE_METRICS_AUTHORIZATION` is sent to URLs that hold no
    /// user and password.
    #[arg(long, value_name = "KIND=WHERE", value_delimiter = ',', hide_env_values = true)]
    pub metrics: Vec<String>,
}
