//! What a little more evidence would say of a cell: its bounds and its label, if the change stays what it is.
//!
//! In: a [`Cell`] with its basis, and the facts of the duet if it was one. Out: one [`Prospect`] for each kind of more.
//! Predicts no measurement: change and noise are held where they are.

use serde::{Deserialize, Serialize};

use super::comparison::{Basis, Cell, DuetFacts, Label, Noise};
use super::looks::{FALSE_ALARMS, Plan};
use super::noise::POOLED_FREEDOM;
use super::rules::ROUNDING;
use super::stats::{LEVEL, Share, count, newcombe, newcombe_p_value, normal_quantile, normal_tail, t_quantile, t_tail};
use crate::measure::Unit;

/// Blocks of a duet that are asked for at once.
const MORE_BLOCKS: u32 = 10;

/// What a little more evidence would say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prospect {
    /// What there would be more of.
    pub more: More,
    /// The lower bound then, in the form of [`Cell::change`]; none where nothing could be bounded yet.
    pub low: Option<f64>,
    /// The upper bound then.
    pub high: Option<f64>,
    /// The label then.
    pub label: Label,
}

/// What there could be more of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum More {
    /// A run of the candidate, in the job it ran in.
    #[serde(rename = "run")]
    Run,
    /// A job of one run in the baseline.
    #[serde(rename = "baseline job")]
    BaselineJob,
    /// Ten blocks of the duet.
    #[serde(rename = "10 blocks")]
    TenBlocks,
}

/// What more would say of a cell; nothing for one whose change was not weighed.
pub(super) fn prospects(cell: &Cell, duet: Option<&DuetFacts>) -> Vec<Prospect> {
    let Some(weighed) = Weighed::of(cell, duet) else { return Vec::new() };
    let kinds: &[More] = if duet.is_some() { &[More::TenBlocks] } else { &[More::Run, More::BaselineJob] };
    kinds.iter().filter_map(|more| weighed.with(*more)).collect()
}

/// A point of [`Cell::change`] where positive is worse: of latencies and rates a difference of logarithms.
pub(super) fn worse(unit: Unit, change: f64) -> f64 {
    match unit {
        Unit::Share | Unit::PerHour => change,
        Unit::Microseconds | Unit::Cores | Unit::Bytes | Unit::Count => change.ln_1p(),
        Unit::PerSecond => -change.ln_1p(),
    }
}

/// The way back from [`worse`].
fn shown(unit: Unit, worse_by: f64) -> f64 {
    match unit {
        Unit::Share | Unit::PerHour => worse_by,
        Unit::Microseconds | Unit::Cores | Unit::Bytes | Unit::Count => worse_by.exp_m1(),
        Unit::PerSecond => (-worse_by).exp_m1(),
    }
}

/// The chance of a false alarm that the cells of a gate have together.
pub(super) fn false_alarms(duet: Option<&DuetFacts>) -> f64 {
    duet.map_or(FALSE_ALARMS, |duet| Plan::new(&duet.looks, duet.blocks).standing(duet.blocks).look.strict_tail)
}

/// A cell whose change was held against its tolerance.
#[derive(Debug, Clone, Copy)]
struct Weighed<'a> {
    cell: &'a Cell,
    basis: &'a Basis,
    duet: Option<&'a DuetFacts>,
    change: f64,
    margin: f64,
    /// The measured change alone decides (`rule = "threshold"`).
    by_threshold: bool,
}

/// Bounds and chance as they would be.
#[derive(Debug, Clone, Copy)]
struct Expected {
    bounds: Option<(f64, f64)>,
    chance: Option<f64>,
    allowed: f64,
}

impl<'a> Weighed<'a> {
    fn of(cell: &'a Cell, duet: Option<&'a DuetFacts>) -> Option<Self> {
        let labels = [Label::Regressed, Label::Suspect, Label::Within, Label::Faster, Label::NoEvidence];
        let basis = cell.basis.as_ref().filter(|_| labels.contains(&cell.label))?;
        let (change, margin) = (worse(cell.unit, cell.change?), worse(cell.unit, cell.tolerance?));
        let weighed = Self { cell, basis, duet, change, margin, by_threshold: false };
        let clear = weighed.now().is_some_and(|(low, _)| low > margin);
        Some(Self { by_threshold: cell.label == Label::Regressed && !clear, ..weighed })
    }

    /// The bounds as they are.
    fn now(&self) -> Option<(f64, f64)> {
        let [one, other] = [self.cell.low?, self.cell.high?].map(|bound| worse(self.cell.unit, bound));
        Some((one.min(other), one.max(other)))
    }

    fn with(&self, more: More) -> Option<Prospect> {
        let expected = match (more, self.cell.unit, self.duet) {
            (_, Unit::Share, _) => self.share_with(more)?,
            (More::TenBlocks, _, Some(duet)) => self.blocks_with(duet)?,
            (_, _, _) => self.jobs_with(more, self.basis.noise.as_ref()?)?,
        };
        let bounds = expected.bounds.map(|(low, high)| (shown(self.cell.unit, low), shown(self.cell.unit, high)));
        Some(Prospect {
            more,
            low: bounds.map(|(one, other)| one.min(other)),
            high: bounds.map(|(one, other)| one.max(other)),
            label: self.label(expected),
        })
    }

    /// The rules of the gate, for bounds that are not there yet.
    fn label(&self, expected: Expected) -> Label {
        let (low, high) = expected.bounds.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        let unlikely = expected.chance.is_none_or(|chance| chance <= expected.allowed);
        if self.change > self.margin + ROUNDING {
            let proven = low > self.margin && unlikely;
            if proven || self.by_threshold { Label::Regressed } else { Label::Suspect }
        } else if high < 0.0 {
            Label::Faster
        } else if high < self.margin {
            Label::Within
        } else {
            Label::NoEvidence
        }
    }

    /// Against a stored baseline, a latency or a rate. What a run more averages out is at least what was seen inside
    /// runs, where no repeat has shown it yet.
    fn jobs_with(&self, more: More, noise: &Noise) -> Option<Expected> {
        let variance = noise.assumed_sd.max(noise.within_run_sd).powi(2);
        let repeat = noise.repeat_sd.max(noise.within_run_sd).powi(2).min(variance);
        let of = |jobs: &[usize]| {
            let inverse: f64 = jobs.iter().map(|runs| 1.0 / count(*runs)).sum::<f64>() / count(jobs.len());
            (variance - repeat + repeat * inverse) / count(jobs.len())
        };
        let [mut candidate, mut baseline] = [&self.basis.candidate, &self.basis.baseline].map(|jobs| runs_of(jobs));
        let before = of(&candidate) + of(&baseline);
        let mut freedom = noise.freedom;
        match more {
            More::BaselineJob => {
                baseline.push(1);
                freedom = POOLED_FREEDOM + noise.own_freedom + 1.0;
            }
            More::Run | More::TenBlocks => *candidate.last_mut()? += 1,
        }
        let error = noise.standard_error * ((of(&candidate) + of(&baseline)) / before).sqrt();
        if !(error > 0.0 && error.is_finite()) {
            return None;
        }
        let reach = t_quantile(freedom, LEVEL) * error;
        let now = t_tail(noise.freedom, self.change / noise.standard_error);
        Some(Expected {
            bounds: Some((self.change - reach, self.change + reach)),
            chance: self.chance_from(now, t_tail(freedom, self.change / error)),
            allowed: FALSE_ALARMS,
        })
    }

    /// The chance among all cells, in step with the cell's own.
    fn chance_from(&self, now: f64, then: f64) -> Option<f64> {
        let chance = self.basis.chance?;
        Some(if now > 0.0 { (chance * then / now).min(1.0) } else { chance })
    }

    /// An error rate: each side is worth as many more requests as it has had on average.
    fn share_with(&self, more: More) -> Option<Expected> {
        let worth = self.basis.worth?;
        let grown = |runs: usize, by: u32| 1.0 + f64::from(by) / count(runs.max(1));
        let runs = self.basis.candidate.iter().map(Vec::len).sum();
        let (candidate, baseline) = match more {
            More::Run => (grown(runs, 1), 1.0),
            More::BaselineJob => (1.0, grown(self.basis.baseline.len(), 1)),
            More::TenBlocks => (grown(runs, MORE_BLOCKS), grown(runs, MORE_BLOCKS)),
        };
        let share = |value: f64, effective: f64| Share { value, effective };
        let (now, before) = (self.cell.candidate?, self.cell.base?);
        let (as_is, as_was) = (share(now, worth.candidate), share(before, worth.baseline));
        let (then, then_before) = (
            Share { effective: worth.candidate * candidate, ..as_is },
            Share { effective: worth.baseline * baseline, ..as_was },
        );
        let (z, allowed) = match self.duet {
            None => (normal_quantile(LEVEL), FALSE_ALARMS),
            Some(duet) => {
                let look = later(duet);
                (look.z, look.strict_tail)
            }
        };
        let bounds = newcombe(then, then_before, z);
        let chances = (newcombe_p_value(as_is, as_was, 0.0), newcombe_p_value(then, then_before, 0.0));
        Some(Expected { bounds: Some(bounds), chance: self.chance_from(chances.0, chances.1), allowed })
    }

    /// A latency or a rate in a duet: bounds close in with the square root of the number of blocks.
    fn blocks_with(&self, duet: &DuetFacts) -> Option<Expected> {
        let changes = block_changes(self.cell.unit, self.basis);
        let (played, then) = (count(changes.len()), count(changes.len()) + f64::from(MORE_BLOCKS));
        let (blocks, more) = (duet.blocks, duet.blocks.saturating_add(MORE_BLOCKS));
        let look = Plan::new(&duet.looks, blocks).standing(blocks).look;
        let standing = Plan::new(&duet.looks, more).standing(more);
        let closer = standing.look.z / look.z * (played / then).sqrt();
        let bounds = match self.now() {
            Some((low, high)) => {
                Some((self.change - (self.change - low) * closer, self.change + (high - self.change) * closer))
            }
            None if more >= standing.fewest => {
                let reach = standing.look.z * spread(&changes)? / then.sqrt();
                Some((self.change - reach, self.change + reach))
            }
            None => None,
        };
        let surer = |chance: f64| match chance {
            // Nothing was known against chance, or all of it.
            none if none >= 1.0 || none <= 0.0 => none,
            some => normal_tail(normal_quantile(1.0 - some) * (then / played).sqrt()),
        };
        Some(Expected { bounds, chance: self.basis.chance.map(surer), allowed: standing.look.strict_tail })
    }
}

fn runs_of(jobs: &[Vec<f64>]) -> Vec<usize> {
    jobs.iter().map(|runs| runs.len().max(1)).collect()
}

/// The look that the duet would have after more blocks.
fn later(duet: &DuetFacts) -> super::looks::Look {
    let more = duet.blocks.saturating_add(MORE_BLOCKS);
    Plan::new(&duet.looks, more).standing(more).look
}

/// By how much each block is worse with the candidate, on the scale of [`worse`].
pub(super) fn block_changes(unit: Unit, basis: &Basis) -> Vec<f64> {
    let blocks = basis.candidate.iter().flatten().zip(basis.baseline.iter().flatten());
    let difference = |(now, before): (&f64, &f64)| match unit {
        Unit::Share | Unit::PerHour => now - before,
        Unit::Microseconds | Unit::Cores | Unit::Bytes | Unit::Count => (now / before).ln(),
        Unit::PerSecond => (before / now).ln(),
    };
    blocks.map(difference).collect()
}

/// By how much each block changed, in the form of [`Cell::change`].
pub(super) fn shown_block_changes(unit: Unit, basis: &Basis) -> Vec<f64> {
    block_changes(unit, basis).into_iter().map(|worse_by| shown(unit, worse_by)).collect()
}

/// Standard deviation; none of fewer than two.
fn spread(values: &[f64]) -> Option<f64> {
    let centre = values.iter().sum::<f64>() / count(values.len());
    let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    (values.len() > 1).then(|| (squares / count(values.len() - 1)).sqrt())
}
