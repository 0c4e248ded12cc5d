//! `ceiling`.
//!
//! Plain data: what was typed, checked no further than its own text.

use clap::Args;

use super::flags::{Out, Play};
use crate::units::{Rate, Ratio, Span};

/// `ceiling`.
#[derive(Debug, Args)]
#[command(after_help = "The search is in a profile of loadgate.toml, or in flags, which win:\n\n  \
    [profile.ceiling]\n  search = { from = \"50/s\", to = \"20000/s\", hold = \"10s\", precision = \"5%\", slo = { p95 = \"500ms\" } }\n\n\
    Without --profile it is the only profile with a `search`; where none has one, the flags and their defaults.")]
pub struct Ceiling {
    /// What to play.
    #[command(flatten)]
    pub play: Play,
    /// The rate to begin with [default: the profile's, else 10/s].
    #[arg(long, value_name = "RATE")]
    pub from: Option<Rate>,
    /// The highest rate to try [default: the profile's, else 20000/s].
    #[arg(long, value_name = "RATE")]
    pub to: Option<Rate>,
    /// How long to hold each rate [default: the profile's, else 10s].
    #[arg(long, value_name = "TIME")]
    pub hold: Option<Span>,
    /// How near the rate that holds and the one that does not have to come [default: the profile's, else 5%].
    #[arg(long, value_name = "SHARE")]
    pub precision: Option<Ratio>,
    /// What has to hold, such as `p95<500ms` or `error_rate<1%`; repeatable [default: the profile's, else these two].
    #[arg(long, value_name = "METRIC<LIMIT")]
    pub slo: Vec<String>,
    /// Where results go.
    #[command(flatten)]
    pub out: Out,
    /// Print the search as JSON.
    #[arg(long)]
    pub json: bool,
}
