//! How the verdict of one cell came about.
//!
//! In: a [`Comparison`] and one of its cells. Out: an [`Explanation`]: what the cell rests on, where the noise came from
//! that was reckoned with, what its company of cells had to say, and what more evidence would. Judges nothing anew.

use serde::{Deserialize, Serialize};

use super::cell::to_nine_digits;
use super::comparison::{Cell, Comparison, DuetFacts, Label, Noise, Outcome};
use super::noise::POOLED_FREEDOM;
use super::prospect::{Prospect, false_alarms, prospects, shown_block_changes};
use super::stats::LEVEL;
use crate::measure::{Metric, Unit};

/// How the verdict of one cell came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The cell, with what it rests on.
    pub cell: Cell,
    /// How sure each of its bounds is, between 0 and 1.
    pub level: f64,
    /// How the duet was played, where it was one.
    pub duet: Option<DuetFacts>,
    /// By how much each block of a duet changed, in their order, in the form of [`Cell::change`].
    pub block_changes: Vec<f64>,
    /// What the assumed noise rests on most; for latencies and rates against a stored baseline.
    pub noise_from: Option<NoiseSource>,
    /// What the cells of the gate had to say together.
    pub family: Option<Family>,
    /// Whether the comparison holds no values of single runs, as those of earlier versions.
    pub lacks_basis: bool,
    /// What a little more evidence would say, if the change stays what it is.
    pub prospects: Vec<Prospect>,
}

/// What an assumption of noise rests on most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoiseSource {
    /// Nothing measured: the 10% that a project starts from.
    #[serde(rename = "default")]
    Default,
    /// What the gated cells of its kind differ by between jobs.
    #[serde(rename = "pool")]
    Pool,
    /// What this cell differs by between jobs.
    #[serde(rename = "own jobs")]
    OwnJobs,
    /// What was seen inside runs: jobs were not seen to differ by as much.
    #[serde(rename = "inside runs")]
    InsideRuns,
}

/// What the cells of a gate say together: looking at many, some stray by chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Family {
    /// Cells whose change was weighed.
    pub cells: usize,
    /// How likely some cell of an unchanged service would look at least as much worse as this one.
    pub chance: f64,
    /// How likely that may be for a FAIL.
    pub allowed: f64,
}

impl Comparison {
    /// The cell that the headline speaks of: the first that failed, else the first that could not be decided.
    #[must_use]
    pub fn headline_cell(&self) -> Option<&Cell> {
        let first = |outcome: Outcome| self.cells.iter().find(|cell| cell.outcome == outcome);
        first(Outcome::Fail).or_else(|| first(Outcome::Inconclusive))
    }

    /// A cell by its name; without a metric the endpoint's first, which is the one most in trouble.
    #[must_use]
    pub fn cell(&self, endpoint: &str, metric: Option<Metric>) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.endpoint == endpoint && metric.is_none_or(|metric| cell.metric == metric))
    }
}

impl Explanation {
    /// Explains a cell of `comparison`.
    #[must_use]
    pub fn of(comparison: &Comparison, cell: &Cell) -> Self {
        let duet = comparison.duet.as_ref();
        let basis = cell.basis.as_ref();
        let noise = basis.and_then(|basis| basis.noise.as_ref());
        let changes = basis.filter(|_| duet.is_some()).map(|basis| shown_block_changes(cell.unit, basis));
        Self {
            level: duet.map_or(LEVEL, |duet| duet.level),
            duet: duet.cloned(),
            block_changes: changes.unwrap_or_default().into_iter().map(to_nine_digits).collect(),
            noise_from: noise.map(|noise| noise_from(noise, cell.unit, comparison)),
            family: basis.and_then(|basis| basis.chance).map(|chance| Family {
                cells: comparison.cells.iter().filter(|cell| chance_of(cell).is_some()).count(),
                chance,
                allowed: to_nine_digits(false_alarms(duet)),
            }),
            lacks_basis: basis.is_none() && should_have_basis(cell),
            prospects: prospects(cell, duet).iter().map(rounded).collect(),
            cell: cell.clone(),
        }
    }
}

fn chance_of(cell: &Cell) -> Option<f64> {
    cell.basis.as_ref()?.chance
}

fn should_have_basis(cell: &Cell) -> bool {
    let compared = !matches!(cell.label, Label::New | Label::NoBaseline | Label::Missing | Label::TooFew);
    compared && cell.tolerance.is_some() && cell.change.is_some()
}

fn noise_from(noise: &Noise, unit: Unit, comparison: &Comparison) -> NoiseSource {
    let of_its_kind = comparison.cells.iter().filter(|cell| cell.unit == unit && cell.gated);
    let jobs_seen: f64 = of_its_kind.filter_map(|cell| Some(cell.basis.as_ref()?.noise.as_ref()?.own_freedom)).sum();
    if noise.within_run_sd > noise.assumed_sd {
        NoiseSource::InsideRuns
    } else if noise.own_freedom > POOLED_FREEDOM {
        NoiseSource::OwnJobs
    } else if noise.own_freedom + jobs_seen > 0.0 {
        NoiseSource::Pool
    } else {
        NoiseSource::Default
    }
}

fn rounded(prospect: &Prospect) -> Prospect {
    let [low, high] = [prospect.low, prospect.high].map(|bound| bound.map(to_nine_digits));
    Prospect { low, high, ..*prospect }
}
