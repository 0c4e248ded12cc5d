//! Why a command could not do what it was asked: the rooms' errors, gathered for the exit status.

use std::io;

use crate::publish::{github, metrics};
use crate::{baseline, config, demo, duet, gate, import, intake, load, measure, plan, target};

/// Why a command could not do what it was asked. A failed gate is none of these: it is a verdict.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// loadgate.toml can't be used.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// There is no plan.
    #[error(transparent)]
    Plan(#[from] plan::Error),
    /// A file is not taken.
    #[error(transparent)]
    Intake(#[from] intake::Error),
    /// A baseline can't be read, written or extended.
    #[error(transparent)]
    Baseline(#[from] baseline::Error),
    /// A recording can't be read.
    #[error(transparent)]
    Recording(#[from] measure::Error),
    /// A comparison can't be read.
    #[error(transparent)]
    Comparison(#[from] gate::Error),
    /// A duet can't be read or written.
    #[error(transparent)]
    DuetFile(#[from] measure::DuetError),
    /// Someone ended it before anything was measured.
    #[error("interrupted before the target was ready: nothing was measured")]
    Interrupted,
    /// A duet could not be played.
    #[error(transparent)]
    Duet(#[from] duet::Error),
    /// A duet came to nothing.
    #[error("the duet came to nothing: {0}")]
    NothingPlayed(String),
    /// A foreign file can't be made into a loadgate.toml.
    #[error(transparent)]
    Import(#[from] import::Error),
    /// A document could not be fetched.
    #[error(transparent)]
    Fetch(#[from] target::FetchError),
    /// GitHub did not take a comment.
    #[error(transparent)]
    GitHub(#[from] github::Error),
    /// Metrics can't go where they should.
    #[error(transparent)]
    Metrics(#[from] metrics::Unusable),
    /// Something typed can't be used.
    #[error("{0}")]
    Typed(String),
    /// The plan could not be played.
    #[error(transparent)]
    Load(#[from] load::Error),
    /// The target could not be started.
    #[error(transparent)]
    Target(#[from] target::Error),
    /// The demo API could not be served.
    #[error(transparent)]
    Demo(#[from] demo::Error),
    /// The system did not give what a command needs.
    #[error("{0}")]
    System(#[from] io::Error),
}
