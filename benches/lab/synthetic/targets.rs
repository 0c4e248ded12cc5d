//! What the gate is held to, and whether it is, as far as so many gates can tell.

use std::fmt::Write as _;

use super::scenario::{Kind, Scenario, standard};
use super::tally::{Rule, Tally, Verdicts};
use crate::document::percent;

/// Standard errors that a figure may miss its target by before it counts as missed: a simulation errs, too.
const ERRORS: f64 = 3.0;

/// One target, held against what was simulated.
#[derive(Debug)]
pub(super) struct Target {
    what: &'static str,
    bound: Bound,
    found: f64,
    gates: u32,
}

/// What a share must be.
#[derive(Debug, Clone, Copy)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    /// Whether it holds, or misses by no more than simulation error.
    pub(super) fn holds(&self) -> bool {
        let error = |share: f64| ERRORS * (share * (1.0 - share) / f64::from(self.gates.max(1))).sqrt();
        match self.bound {
            Bound::AtMost(most) => self.found <= most + error(most),
            Bound::AtLeast(least) => self.found >= least - error(least),
        }
    }

    /// Whether the figure itself meets it.
    fn is_met(&self) -> bool {
        match self.bound {
            Bound::AtMost(most) => self.found <= most,
            Bound::AtLeast(least) => self.found >= least,
        }
    }
}

/// Every target that the scenarios at hand are about.
pub(super) fn all(found: &[(Scenario, Tally)]) -> Vec<Target> {
    let of = |like: Scenario, rule: Rule| -> Option<Verdicts> {
        let (_, tally) = found.iter().find(|(scenario, _)| scenario.key() == like.key())?;
        tally.rules.get(&rule).copied()
    };
    let (stored, duet) = (|change| standard(Kind::Stored, change, 0), |change| standard(Kind::Duet, change, 0));
    let luck_of_runs = Scenario { within: 100, ..stored(30) };
    [
        (
            "stored baseline of 10 jobs, 6% noise, unchanged: false FAIL, up to 3 runs",
            stored(0),
            Rule::Repeated,
            Bound::AtMost(0.005),
        ),
        (
            "the same, one cell of 24 slower by 30%: FAIL, up to 3 runs",
            stored(30),
            Rule::Repeated,
            Bound::AtLeast(0.75),
        ),
        (
            "the same where runs of one job differ as much as jobs do",
            luck_of_runs,
            Rule::Repeated,
            Bound::AtLeast(0.75),
        ),
        ("duet of 24 blocks, 12% noise, unchanged: false FAIL", duet(0), Rule::Duet, Bound::AtMost(0.0)),
        (
            "the same, one cell of 24 slower by 20%: FAIL that names it alone",
            duet(20),
            Rule::Duet,
            Bound::AtLeast(0.89),
        ),
    ]
    .into_iter()
    .filter_map(|(what, like, rule, bound)| {
        let verdicts = of(like, rule)?;
        let share = if like.change > 0 { verdicts.rightly() } else { verdicts.failing() };
        Some(Target { what, bound, found: share, gates: verdicts.gates })
    })
    .collect()
}

/// The targets as lines of Markdown.
pub(super) fn text(targets: &[Target]) -> String {
    let mut text = String::new();
    for target in targets {
        let bound = match target.bound {
            Bound::AtMost(most) => format!("at most {}", percent(most)),
            Bound::AtLeast(least) => format!("at least {}", percent(least)),
        };
        let verdict = match (target.is_met(), target.holds()) {
            (true, _) => "met",
            (false, true) => "not met, by no more than simulation error",
            (false, false) => "**missed**",
        };
        let Target { what, found, gates, .. } = target;
        let _infallible = writeln!(text, "- {what}: {bound}. Found {} of {gates} gates: {verdict}.", percent(*found));
    }
    text
}
