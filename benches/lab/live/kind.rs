//! The kinds of gates the live lab plays.

use serde::{Deserialize, Serialize};

/// The fault of the slower build: every order takes a fifth longer.
const SLOWER: &str = "POST /orders:delay=x1.2";
/// The endpoint that the fault slows, as the description names it.
const SLOWED: &str = "create_order ";

/// What is compared with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// The demo beside itself.
    DuetSame,
    /// The demo beside itself with slower orders.
    DuetSlower,
    /// The demo against its stored baseline.
    GateSame,
    /// The demo with slower orders against its stored baseline.
    GateSlower,
}

impl Kind {
    /// All, in the order they take turns: each slower one follows its unchanged one at once.
    pub(super) const ALL: [Self; 4] = [Self::DuetSame, Self::DuetSlower, Self::GateSame, Self::GateSlower];

    /// Whether it is a duet.
    pub(super) fn is_duet(self) -> bool {
        matches!(self, Self::DuetSame | Self::DuetSlower)
    }

    /// The fault of the candidate, where it has one.
    pub(super) fn fault(self) -> Option<&'static str> {
        matches!(self, Self::DuetSlower | Self::GateSlower).then_some(SLOWER)
    }

    /// Whether failing cells are those that really changed: at least one, and no other.
    pub(super) fn is_right(self, failing: &[String]) -> bool {
        self.fault().is_some() && !failing.is_empty() && failing.iter().all(|cell| cell.starts_with(SLOWED))
    }

    /// In words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::DuetSame => "duet, unchanged",
            Self::DuetSlower => "duet, orders +20%",
            Self::GateSame => "stored baseline, unchanged",
            Self::GateSlower => "stored baseline, orders +20%",
        }
    }

    /// As it is typed and stored.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::DuetSame => "duet-same",
            Self::DuetSlower => "duet-slower",
            Self::GateSame => "gate-same",
            Self::GateSlower => "gate-slower",
        }
    }
}
