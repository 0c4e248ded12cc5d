//! `[lint]`: classic mistakes that are meant here.
//!
//! What was typed; what is a mistake, `lint` knows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Classic mistakes that are meant here.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Lint {
    /// Mistakes that are meant here, and not to be pointed out.
    pub allow: Vec<Mistake>,
}

/// A classic mistake of load tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mistake {
    /// The gate's profile measures the warm-up too.
    NoWarmup,
    /// Every request asks for the same row.
    SameRow,
    /// Users that never pause.
    NoThinkTime,
    /// No step expects anything but success.
    HappyPath,
    /// All users log in with one account.
    OneAccount,
    /// More users than rows that are used once each.
    FewRows,
    /// Too few users for the rate.
    FewUsers,
    /// Too few requests for a percentile of the gate.
    FewRequests,
}

impl Mistake {
    /// Its name in loadgate.toml and in reports.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::NoWarmup => "no-warmup",
            Self::SameRow => "same-row",
            Self::NoThinkTime => "no-think-time",
            Self::HappyPath => "happy-path",
            Self::OneAccount => "one-account",
            Self::FewRows => "few-rows",
            Self::FewUsers => "few-users",
            Self::FewRequests => "few-requests",
        }
    }
}
