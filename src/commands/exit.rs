//! Exit statuses: a contract with every pipeline.

use super::error::Error;
use crate::gate::Comparison;
use crate::measure::{ALL, RunFacts, Summary};
use crate::publish::github;
use crate::{baseline, duet, load, target};

/// How loadgate ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Pass, or inconclusive where the configuration lets it pass.
    Pass,
    /// A regression or a broken limit.
    Fail,
    /// Usage or configuration: nothing was sent.
    Usage,
    /// The run is not valid.
    Invalid,
    /// No verdict.
    NoVerdict,
    /// Interrupted; what was measured has been written.
    Interrupted,
}

impl Exit {
    /// The status the process ends with.
    #[must_use]
    pub fn status(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Fail => 1,
            Self::Usage => 2,
            Self::Invalid => 3,
            Self::NoVerdict => 4,
            Self::Interrupted => 130,
        }
    }

    /// How a command ends that only measures: a run in which nothing succeeded is not valid, and one that was ended as
    /// hopeless has failed.
    #[must_use]
    pub(super) fn of_run(summary: &Summary, facts: &RunFacts) -> Self {
        let all = summary.endpoints.get(ALL);
        if facts.interrupted {
            Self::Interrupted
        } else if facts.aborted.is_some() {
            Self::Fail
        } else if !summary.valid || all.is_none_or(|all| all.requests == 0 || all.error_rate >= 1.0) {
            Self::Invalid
        } else {
            Self::Pass
        }
    }

    /// How a gate ends.
    #[must_use]
    pub(super) fn of_comparison(comparison: &Comparison) -> Self {
        match comparison.exit {
            0 => Self::Pass,
            1 => Self::Fail,
            3 => Self::Invalid,
            _ => Self::NoVerdict,
        }
    }
}

impl From<&Error> for Exit {
    fn from(error: &Error) -> Self {
        match error {
            // Nothing that was typed or read is wrong with a disk that is full.
            Error::Baseline(baseline::Error::Write { .. }) => Self::Invalid,
            Error::Config(_)
            | Error::Plan(_)
            | Error::Intake(_)
            | Error::Baseline(_)
            | Error::Recording(_)
            | Error::Comparison(_)
            | Error::DuetFile(_)
            | Error::Import(_)
            | Error::Fetch(target::FetchError::Forbidden { .. } | target::FetchError::NotHttp { .. })
            | Error::Typed(_)
            | Error::Metrics(_)
            | Error::GitHub(github::Error::Setup(_))
            | Error::Load(load::Error::Forbidden { .. } | load::Error::Production { .. })
            | Error::Target(target::Error::NoRepository { .. } | target::Error::UnknownCommit { .. })
            | Error::Duet(
                duet::Error::Plan(_)
                | duet::Error::Load(load::Error::Forbidden { .. } | load::Error::Production { .. }),
            ) => Self::Usage,
            Error::Interrupted => Self::Interrupted,
            Error::Duet(_)
            | Error::NothingPlayed(_)
            | Error::Load(load::Error::OpenFiles { .. } | load::Error::Worker(_) | load::Error::Panicked)
            | Error::Target(_)
            | Error::Fetch(_)
            | Error::GitHub(_)
            | Error::Demo(_)
            | Error::System(_) => Self::Invalid,
        }
    }
}
