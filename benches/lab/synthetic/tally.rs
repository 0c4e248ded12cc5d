//! What rules told, counted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A rule that judges a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Rule {
    /// Twice the last run.
    LastTwice,
    /// 20% more than the last run.
    Percent20,
    /// 10% more than the last run.
    Percent10,
    /// Welch's idea applied to the samples inside two runs, without their shape: Mann and Whitney's test.
    MannWhitney,
    /// A t bound on the values of the baseline.
    TBound,
    /// More errors than before by Fisher's exact test on the counts, as a normal deviate.
    Counts,
    /// loadgate against the stored baseline, one run.
    Stored,
    /// loadgate against the stored baseline, up to three runs.
    Repeated,
    /// loadgate's duet.
    Duet,
}

impl Rule {
    /// What people call it.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::LastTwice => "twice the last run",
            Self::Percent20 => "last run +20%",
            Self::Percent10 => "last run +10%",
            Self::MannWhitney => "Mann-Whitney inside two runs",
            Self::TBound => "t bound on the baseline",
            Self::Counts => "test on error counts",
            Self::Stored => "loadgate, stored, 1 run",
            Self::Repeated => "loadgate, stored, up to 3 runs",
            Self::Duet => "loadgate, duet",
        }
    }
}

/// What a rule told of one gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// A regression; `right` if it names the cell that changed and no other.
    Fail { right: bool },
    /// It can't be known.
    Unsure,
    /// No regression.
    Pass,
}

impl Told {
    /// Of a rule that fails on these cells, of which the first may have changed.
    pub(super) fn of_cells(failing: &[bool], changed: bool) -> Self {
        let (first, others) = failing.split_first().unwrap_or((&false, &[]));
        let others = others.contains(&true);
        if *first || others { Self::Fail { right: changed && *first && !others } } else { Self::Pass }
    }
}

/// The verdicts of one rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Verdicts {
    pub(super) gates: u32,
    pub(super) fail: u32,
    /// Of those, the ones that name the changed cell and no other.
    pub(super) right: u32,
    pub(super) unsure: u32,
    /// Runs or blocks that were played.
    pub(super) played: u32,
}

/// How often bounds held the true change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Coverage {
    pub(super) bounds: u32,
    pub(super) held: u32,
    /// Above the upper bound, or below the lower one.
    pub(super) above: u32,
}

/// What a scenario came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) rules: BTreeMap<Rule, Verdicts>,
    pub(super) coverage: Coverage,
    /// Candidate runs that were not steady.
    pub(super) unsteady: u32,
}

impl Tally {
    /// Counts what a rule told after so many runs or blocks.
    pub(super) fn tell(&mut self, rule: Rule, told: Told, played: u32) {
        let (fail, right) = match told {
            Told::Fail { right } => (1, u32::from(right)),
            Told::Unsure | Told::Pass => (0, 0),
        };
        let unsure = u32::from(told == Told::Unsure);
        self.rules.entry(rule).or_default().add(Verdicts { gates: 1, fail, right, unsure, played });
    }

    /// Counts whether bounds hold the truth.
    pub(super) fn cover(&mut self, low: f64, high: f64, truth: f64) {
        let (held, above) = (u32::from((low..=high).contains(&truth)), u32::from(truth > high));
        self.coverage.add(Coverage { bounds: 1, held, above });
    }

    /// Adds the counts of other gates.
    pub(super) fn add(&mut self, other: &Self) {
        for (rule, verdicts) in &other.rules {
            self.rules.entry(*rule).or_default().add(*verdicts);
        }
        self.coverage.add(other.coverage);
        self.unsteady += other.unsteady;
    }
}

impl Verdicts {
    fn add(&mut self, other: Self) {
        self.gates += other.gates;
        self.fail += other.fail;
        self.right += other.right;
        self.unsure += other.unsure;
        self.played += other.played;
    }

    /// The share of gates that failed.
    pub(super) fn failing(self) -> f64 {
        share(self.fail, self.gates)
    }

    /// The share of gates that failed for the right cell alone.
    pub(super) fn rightly(self) -> f64 {
        share(self.right, self.gates)
    }

    /// The share of gates that could not be decided.
    pub(super) fn undecided(self) -> f64 {
        share(self.unsure, self.gates)
    }

    /// Runs or blocks a gate, on average.
    pub(super) fn effort(self) -> f64 {
        share(self.played, self.gates)
    }
}

impl Coverage {
    fn add(&mut self, other: Self) {
        self.bounds += other.bounds;
        self.held += other.held;
        self.above += other.above;
    }

    /// The share of bounds that held the truth.
    pub(super) fn share(self) -> f64 {
        share(self.held, self.bounds)
    }

    /// The share that lay too high: the error that makes false alarms.
    pub(super) fn too_high(self) -> f64 {
        share(self.bounds - self.held - self.above, self.bounds)
    }
}

fn share(part: u32, whole: u32) -> f64 {
    f64::from(part) / f64::from(whole.max(1))
}
