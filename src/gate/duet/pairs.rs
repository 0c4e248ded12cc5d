//! The cells of a duet before they are judged: one difference a block.
//!
//! In: the blocks and the policy. Out: one [`Facts`] for every cell of the union. Decides nothing.

use super::super::cell::{Facts, Key, Presence, average, estimate, requests, to_nine_digits, union};
use super::super::comparison::Basis;
use super::super::evidence::Evidence;
use super::super::looks::Look;
use super::super::policy::Policy;
use super::super::shares::shares;
use super::super::stats::count;
use super::signed_rank::WalshAverages;
use crate::measure::{Block, Estimate, Metric, Run, Unit};

/// Blocks from which on a change is worth showing: fewer can't be sure of anything at 5%.
pub(in crate::gate) const FEWEST: usize = 5;

/// The share of blocks that may lack a cell on one side and be left out.
const LEFT_OUT: f64 = 0.25;

/// Differences are told apart down to a trillionth, so that what arithmetic does to the last digit makes no rank.
const RESOLUTION: f64 = 1e12;

/// A cell block by block.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::gate) struct Pairs {
    /// By how much each block is worse with the candidate: a difference of logarithms, or of shares. 0 where a side
    /// lacks the cell.
    pub(in crate::gate) differences: Vec<f64>,
    /// Blocks in which both sides have it.
    pub(in crate::gate) complete: usize,
    /// Blocks in which the baseline alone has it.
    pub(in crate::gate) lacking: usize,
    /// Requests of all blocks together, of the side with fewer.
    pub(in crate::gate) requests: f64,
    /// Requests of the median block, of the side with fewer.
    pub(in crate::gate) requests_a_block: f64,
}

/// Every cell of the union of both sides, by endpoint and metric, and every cell that a rule of its own names.
/// `blocks` in the order they were played in.
pub(in crate::gate) fn facts(blocks: &[&Block], policy: &Policy, look: Look) -> Vec<Facts> {
    let candidate: Vec<&Run> = blocks.iter().map(|block| &block.candidate).collect();
    let baseline: Vec<&Run> = blocks.iter().map(|block| &block.baseline).collect();
    let keys = union(&candidate, &baseline, policy).into_iter();
    keys.map(|key| Observed::of(&candidate, &baseline, &key).facts(key, policy, look)).collect()
}

/// The estimates of one cell on both sides, block by block.
struct Observed {
    candidate: Vec<Option<Estimate>>,
    baseline: Vec<Option<Estimate>>,
}

impl Observed {
    fn of(candidate: &[&Run], baseline: &[&Run], key: &Key) -> Self {
        let [candidate, baseline] =
            [candidate, baseline].map(|runs| runs.iter().map(|run| estimate(run, key)).collect());
        Self { candidate, baseline }
    }

    fn facts(&self, key: Key, policy: &Policy, look: Look) -> Facts {
        let (pairs, both) = (self.pairs(key.metric), self.both());
        let rule = policy.rule(&key.endpoint, key.metric);
        let evidence = (pairs.complete >= FEWEST).then(|| self.evidence(key.metric, &pairs, look));
        let has_tolerance = rule.is_some_and(|rule| rule.tolerance.is_some());
        let few_lack = count(pairs.lacking) <= LEFT_OUT * count(pairs.lacking + pairs.complete);
        Facts {
            rule,
            own_rule: policy.has_own_rule(&key.endpoint, key.metric),
            candidate: presence(&self.candidate, &both.candidate, key.metric, few_lack),
            baseline: presence(&self.baseline, &both.baseline, key.metric, true),
            basis: evidence.filter(|_| has_tolerance).map(|_| Basis {
                baseline: both.baseline.iter().map(|(_, estimate)| vec![to_nine_digits(estimate.value)]).collect(),
                candidate: both.candidate.iter().map(|(_, estimate)| vec![to_nine_digits(estimate.value)]).collect(),
                ..Basis::default()
            }),
            evidence,
            alone: None,
            pairs: Some(pairs),
            // Slots lie apart: no window slides over them, and a limit is held over the whole.
            worst: None,
            growth: None,
            key,
        }
    }

    fn pairs(&self, metric: Metric) -> Pairs {
        let blocks = || self.candidate.iter().zip(&self.baseline);
        let difference = |(now, before): (&Option<Estimate>, &Option<Estimate>)| {
            now.as_ref().zip(before.as_ref()).map_or(0.0, |(now, before)| worse_by(metric, now.value, before.value))
        };
        let fewer =
            |requests: fn(&[Option<Estimate>]) -> f64| f64::min(requests(&self.candidate), requests(&self.baseline));
        Pairs {
            differences: blocks().map(difference).collect(),
            complete: blocks().filter(|(now, before)| now.is_some() && before.is_some()).count(),
            lacking: blocks().filter(|(now, before)| now.is_none() && before.is_some()).count(),
            requests: fewer(|side| counts(side).iter().sum()),
            requests_a_block: fewer(|side| median(&counts(side))),
        }
    }

    /// The blocks that both sides have, by their place.
    fn both(&self) -> Both {
        let blocks = self.candidate.iter().zip(&self.baseline).enumerate();
        let (candidate, baseline) =
            blocks.filter_map(|(place, (now, before))| Some(((place, (*now)?), (place, (*before)?)))).unzip();
        Both { candidate, baseline }
    }

    fn evidence(&self, metric: Metric, pairs: &Pairs, look: Look) -> Evidence {
        if metric.unit() == Unit::Share {
            let both = self.both();
            let (candidate, baseline) = shares(&both.candidate, &both.baseline);
            return Evidence::Share { candidate, baseline, z: look.z };
        }
        let have = self.candidate.iter().zip(&self.baseline).map(|(now, before)| now.is_some() && before.is_some());
        let differences: Vec<f64> =
            pairs.differences.iter().zip(have).filter(|(_, have)| *have).map(|(difference, _)| *difference).collect();
        let averages = WalshAverages::of(&differences);
        let (low, high) = averages.bounds(look.tail);
        Evidence::Paired { change: averages.median(), low, high, sign: sign(metric) }
    }
}

/// The estimates of the blocks that both sides have, each with its place.
struct Both {
    candidate: Vec<(usize, Estimate)>,
    baseline: Vec<(usize, Estimate)>,
}

fn worse_by(metric: Metric, now: f64, before: f64) -> f64 {
    let difference = match metric.unit() {
        Unit::Share | Unit::PerHour => now - before,
        _ => sign(metric) * (now.ln() - before.ln()),
    };
    (difference * RESOLUTION).round() / RESOLUTION
}

fn sign(metric: Metric) -> f64 {
    if metric.higher_is_worse() { 1.0 } else { -1.0 }
}

/// What a side has of a cell: its value from the blocks that both sides have, where there is one.
fn presence(side: &[Option<Estimate>], both: &[(usize, Estimate)], metric: Metric, few_lack: bool) -> Presence {
    let own: Vec<(usize, Estimate)> = side.iter().flatten().copied().enumerate().collect();
    let compared = if both.is_empty() { &own } else { both };
    let counts = counts(side);
    let requests = counts.iter().sum::<f64>() / count(counts.len().max(1));
    Presence { value: average(compared, metric), requests, at_least: requests, complete: !own.is_empty() && few_lack }
}

/// Requests of every block, ascending.
fn counts(side: &[Option<Estimate>]) -> Vec<f64> {
    let mut counts: Vec<f64> = side.iter().map(|block| block.as_ref().map_or(0.0, requests)).collect();
    counts.sort_by(f64::total_cmp);
    counts
}

fn median(ascending: &[f64]) -> f64 {
    ascending.get(ascending.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
}
