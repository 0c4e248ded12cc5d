//! The cells of a comparison before they are judged: what each side has of them, and what that is evidence of.
//!
//! In: runs of both sides and the policy. Out: one [`Facts`] for every cell of the union. Decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::company;
use super::comparison::Basis;
use super::duet::Pairs;
use super::evidence::Evidence;
use super::noise::{Pool, Side};
use super::policy::{MetricRule, Policy};
use super::shares::shares;
use super::stats::{LEVEL, count, normal_quantile};
use crate::measure::{Estimate, Job, Metric, Run, Unit, WorstWindow};
use crate::units::Tolerance;

/// Requests beyond a quantile that make it worth judging.
const EXCEEDANCES: f64 = 20.0;

/// The name of a cell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) endpoint: String,
    pub(super) metric: Metric,
}

/// What is known of one cell.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) key: Key,
    /// Its rule, where it has one that asks for anything.
    pub(super) rule: Option<MetricRule>,
    /// Whether the rule names this endpoint.
    pub(super) own_rule: bool,
    pub(super) candidate: Presence,
    pub(super) baseline: Presence,
    /// The change, where both sides have the cell.
    pub(super) evidence: Option<Evidence>,
    /// How likely it would stand out so far from the other latencies of its run if nothing had changed, where they are
    /// enough to tell.
    pub(super) alone: Option<f64>,
    /// What the change rests on, where there is a tolerance to hold it against.
    pub(super) basis: Option<Basis>,
    /// The cell block by block, in a duet.
    pub(super) pairs: Option<Pairs>,
    /// The worst window of the candidate's runs, where the limit is held over one and enough was requested in any.
    pub(super) worst: Option<WorstWindow>,
    /// Of what grows: the bounds of its growth, 99% sure each.
    pub(super) growth: Option<(f64, f64)>,
}

/// What one side has of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Presence {
    /// Mean over its jobs, geometric for latencies and rates; `None` where no run has the cell.
    pub(super) value: Option<f64>,
    /// Requests behind it, a run on average (in a duet, a block); runs without the cell count as none.
    pub(super) requests: f64,
    /// Requests of the run with the fewest: what can be counted on. Of a duet the same as `requests`.
    pub(super) at_least: f64,
    /// Whether every run has it; in a duet, whether all but a few blocks have.
    pub(super) complete: bool,
}

impl Facts {
    /// The margin on the scale of [`Evidence::worse_by`], where there is a tolerance and a value to apply it to.
    pub(super) fn margin(&self) -> Option<f64> {
        let tolerance = self.tolerated()?;
        match self.evidence.as_ref()? {
            Evidence::Share { .. } => Some(tolerance),
            Evidence::Log { sign, .. } | Evidence::Paired { sign, .. } => Some(sign * tolerance.ln_1p()),
        }
    }

    /// The change tolerated in the form reports show: a floor counts where it is more than the percentage.
    pub(super) fn tolerated(&self) -> Option<f64> {
        let rule = self.rule?;
        let of_base = |micros: f64| self.baseline.value.map(|base| micros / base);
        match (self.key.metric.unit(), rule.tolerance?) {
            (Unit::Microseconds, Tolerance::Relative(rise)) => Some(rise.max(of_base(rule.floor_us).unwrap_or(0.0))),
            (Unit::Microseconds, Tolerance::Absolute(rise)) => of_base((rise.as_secs_f64() * 1e6).max(rule.floor_us)),
            (Unit::Share, Tolerance::Points(rise)) => Some(rise),
            (Unit::PerSecond | Unit::Cores | Unit::Bytes | Unit::Count, Tolerance::Relative(share)) => Some(share),
            _ => None,
        }
    }

    /// Requests a run from which on the quantile is worth judging: p99 2,000.
    pub(super) fn requests_needed(&self) -> f64 {
        match self.key.metric.unit() {
            Unit::Microseconds => EXCEEDANCES / self.exceeding_share(),
            _ => 0.0,
        }
    }

    /// Requests from which on the quantile is more than the slowest few: p99 100.
    pub(super) fn requests_to_hold_a_limit(&self) -> f64 {
        match self.key.metric.unit() {
            Unit::Microseconds => (1.0 / self.exceeding_share()).round(),
            _ => 1.0,
        }
    }

    /// The share of requests beyond the metric; what is no quantile rests on all of them.
    fn exceeding_share(&self) -> f64 {
        self.key.metric.quantile().map_or(1.0, |quantile| 1.0 - quantile)
    }

    /// Whether a side rests on too few requests to judge a change.
    pub(super) fn is_thin(&self) -> bool {
        let needed = self.requests_needed().round();
        match &self.pairs {
            None => self.candidate.requests.min(self.baseline.requests) < needed,
            Some(pairs) => pairs.requests < needed || self.has_thin_blocks(),
        }
    }

    /// Whether single blocks of a duet are too short for the quantile to be more than their slowest few: no number of
    /// them makes up for that.
    pub(super) fn has_thin_blocks(&self) -> bool {
        let needed = self.requests_to_hold_a_limit();
        self.is_quantile() && self.pairs.as_ref().is_some_and(|pairs| pairs.requests_a_block < needed)
    }

    fn is_quantile(&self) -> bool {
        self.key.metric.quantile().is_some()
    }

    /// Whether the baseline saw it so often that no request at all is no accident: in a run, or in the blocks that lack
    /// it.
    pub(super) fn was_busy(&self) -> bool {
        match &self.pairs {
            None => self.baseline.at_least >= EXCEEDANCES,
            Some(pairs) => self.baseline.requests * count(pairs.lacking.max(1)) >= EXCEEDANCES,
        }
    }

    /// What its requests are counted by, in words.
    pub(super) fn a_run(&self) -> &'static str {
        if self.pairs.is_some() { "a block" } else { "a run" }
    }
}

/// Every cell of the union of both sides, by endpoint and metric, and every cell that a rule of its own names.
pub(super) fn facts(candidate: &[&Run], baseline: &[&Run], policy: &Policy) -> Vec<Facts> {
    let keys: BTreeSet<Key> =
        union(candidate, baseline, policy).into_iter().chain(policy.asked_beside_endpoints()).collect();
    let mut cells: Vec<(Facts, [Observed<'_>; 2])> = keys
        .into_iter()
        .map(|key| {
            let observed = [candidate, baseline].map(|runs| observe(runs, &key));
            let [now, before] = &observed;
            let rule = policy.rule(&key.endpoint, key.metric);
            let facts = Facts {
                rule,
                own_rule: policy.has_own_rule(&key.endpoint, key.metric),
                candidate: presence(now, candidate.len(), key.metric),
                baseline: presence(before, baseline.len(), key.metric),
                evidence: None,
                alone: None,
                basis: None,
                pairs: None,
                growth: growth(now, key.metric),
                worst: rule.and_then(|rule| rule.window_s).and_then(|_| worst(candidate, &key)),
                key,
            };
            (facts, observed)
        })
        .collect();
    let pools = Pools::of(&cells);
    let family: Vec<&Key> = pooled(&cells, |unit| unit == Unit::Microseconds).map(|(facts, _)| &facts.key).collect();
    let alone = company::p_values(candidate, baseline, &family);
    for (facts, [now, before]) in &mut cells {
        facts.alone = alone.get(&facts.key).copied();
        facts.evidence = evidence(facts.key.metric, now, before, &pools);
        let has_tolerance = facts.rule.is_some_and(|rule| rule.tolerance.is_some());
        facts.basis = (has_tolerance && facts.evidence.is_some()).then(|| basis(facts.key.metric, now, before, &pools));
    }
    cells.into_iter().map(|(facts, _)| facts).collect()
}

/// The bounds of a growth, of several runs their mean.
fn growth(observed: &Observed<'_>, metric: Metric) -> Option<(f64, f64)> {
    let runs = count(observed.len());
    let bounds = observed.iter().map(|(_, estimate)| estimate.growth_bounds());
    let (low, high) = bounds.fold((0.0, 0.0), |(low, high), (least, most)| (low + least, high + most));
    (metric.unit() == Unit::PerHour && runs > 0.0).then_some((low / runs, high / runs))
}

/// The worst window of all runs: a limit that is to hold over each of them is broken by one.
fn worst(candidate: &[&Run], key: &Key) -> Option<WorstWindow> {
    let windows = candidate.iter().filter_map(|run| run.windows.get(&key.endpoint)?.get(&key.metric));
    let worst = windows.copied().reduce(|worst, next| worst.or_worse(next, key.metric))?;
    Some(WorstWindow { value: to_nine_digits(worst.value), ..worst })
}

/// The estimates of one cell on one side that can be computed with, each with its job.
type Observed<'a> = Vec<(&'a Job, Estimate)>;

/// The names of every cell of the union of both sides, and of every cell that a rule of its own names.
pub(super) fn union(candidate: &[&Run], baseline: &[&Run], policy: &Policy) -> BTreeSet<Key> {
    let mut metrics: BTreeMap<&str, BTreeSet<Metric>> = BTreeMap::new();
    for run in candidate.iter().chain(baseline) {
        for (endpoint, cells) in &run.cells {
            metrics.entry(endpoint).or_default().extend(cells.keys());
        }
    }
    for endpoint in policy.endpoints.keys() {
        metrics.entry(endpoint).or_default();
    }
    let mut keys = BTreeSet::new();
    for (endpoint, metrics) in metrics {
        let ruled = Metric::all()
            .into_iter()
            .filter(|metric| policy.has_own_rule(endpoint, *metric) && policy.rule(endpoint, *metric).is_some());
        for metric in metrics.into_iter().chain(ruled) {
            keys.insert(Key { endpoint: endpoint.to_owned(), metric });
        }
    }
    keys
}

fn observe<'a>(runs: &[&'a Run], key: &Key) -> Observed<'a> {
    runs.iter().filter_map(|run| Some((&run.origin.job, estimate(run, key)?))).collect()
}

/// The estimate of a cell in one run, where it can be computed with.
pub(super) fn estimate(run: &Run, key: &Key) -> Option<Estimate> {
    usable(*run.cells.get(&key.endpoint)?.get(&key.metric)?, key.metric)
}

/// The estimate with nothing in it that arithmetic would choke on; `None` where its value is no value.
fn usable(estimate: Estimate, metric: Metric) -> Option<Estimate> {
    let value = match metric.unit() {
        // Recordings resolve microseconds: less than one has no logarithm to speak of.
        Unit::Microseconds => Some(estimate.value.max(1.0)).filter(|_| estimate.value >= 0.0),
        Unit::Share => Some(estimate.value).filter(|share| (0.0..=1.0).contains(share) && estimate.samples > 0),
        Unit::PerSecond | Unit::Cores | Unit::Bytes | Unit::Count => Some(estimate.value).filter(|value| *value > 0.0),
        Unit::PerHour => Some(estimate.value),
    };
    let requests = requests(&estimate);
    let effective = if estimate.effective > 0.0 { estimate.effective.min(requests) } else { requests };
    value.filter(|value| value.is_finite()).map(|value| Estimate { value, effective, ..estimate })
}

#[expect(clippy::cast_precision_loss, reason = "request counts stay far below 2^52")]
pub(super) fn requests(estimate: &Estimate) -> f64 {
    estimate.samples as f64
}

fn presence(observed: &Observed<'_>, runs: usize, metric: Metric) -> Presence {
    let mut counts: Vec<f64> = observed.iter().map(|(_, estimate)| requests(estimate)).collect();
    counts.sort_by(f64::total_cmp);
    Presence {
        value: average(observed, metric),
        requests: counts.iter().sum::<f64>() / count(runs.max(1)),
        at_least: counts.first().copied().filter(|_| observed.len() == runs).unwrap_or(0.0),
        complete: observed.len() == runs,
    }
}

/// The mean of a side over its jobs, geometric for latencies and rates; `None` of nothing.
pub(super) fn average<J: Ord>(observed: &[(J, Estimate)], metric: Metric) -> Option<f64> {
    let value = match metric.unit() {
        Unit::Share => shares(observed, &[]).0.value,
        Unit::PerHour => {
            observed.iter().map(|(_, estimate)| estimate.value).sum::<f64>() / count(observed.len().max(1))
        }
        _ => Side::new(observed, 1.0).mean().exp(),
    };
    (!observed.is_empty()).then(|| to_nine_digits(value))
}

/// Nine significant digits: the way through a logarithm must not make 500 ms more than 500 ms.
pub(super) fn to_nine_digits(value: f64) -> f64 {
    format!("{value:.8e}").parse().unwrap_or(value)
}

/// The noise of latencies, that of rates and that of what the target uses, each pooled over the cells of its kind that decide.
struct Pools {
    latency: Pool,
    rate: Pool,
    resource: Pool,
}

/// The cells of one kind that decide and rest on enough.
fn pooled<'c, 'a>(
    cells: &'c [(Facts, [Observed<'a>; 2])],
    is_of_kind: fn(Unit) -> bool,
) -> impl Iterator<Item = &'c (Facts, [Observed<'a>; 2])> {
    cells.iter().filter(move |(facts, [now, before])| {
        is_of_kind(facts.key.metric.unit())
            && facts.rule.is_some_and(|rule| rule.tolerance.is_some())
            && !facts.is_thin()
            && !now.is_empty()
            && !before.is_empty()
    })
}

impl Pools {
    fn of(cells: &[(Facts, [Observed<'_>; 2])]) -> Self {
        let pool = |is_of_kind: fn(Unit) -> bool| {
            let sides =
                pooled(cells, is_of_kind).map(|(_, [now, before])| [Side::new(now, 1.0), Side::new(before, 1.0)]);
            Pool::of(&sides.collect::<Vec<_>>())
        };
        Self {
            latency: pool(|unit| unit == Unit::Microseconds),
            rate: pool(|unit| unit == Unit::PerSecond),
            resource: pool(|unit| matches!(unit, Unit::Cores | Unit::Bytes | Unit::Count)),
        }
    }
}

fn basis(metric: Metric, now: &Observed<'_>, before: &Observed<'_>, pools: &Pools) -> Basis {
    let noise = |pool: &Pool| pool.noise(&Side::new(now, 1.0), &Side::new(before, 1.0));
    Basis {
        baseline: values(before),
        candidate: values(now),
        noise: match metric.unit() {
            Unit::Microseconds => Some(noise(&pools.latency)),
            Unit::PerSecond => Some(noise(&pools.rate)),
            Unit::Cores | Unit::Bytes | Unit::Count => Some(noise(&pools.resource)),
            Unit::Share | Unit::PerHour => None,
        },
        worth: None,
        chance: None,
    }
}

/// The values of a side, a list for each job. Sorted, so that the order of runs never reaches a report.
fn values(observed: &Observed<'_>) -> Vec<Vec<f64>> {
    let mut jobs: BTreeMap<&Job, Vec<f64>> = BTreeMap::new();
    for (job, estimate) in observed {
        jobs.entry(job).or_default().push(to_nine_digits(estimate.value));
    }
    let mut jobs: Vec<Vec<f64>> = jobs.into_values().collect();
    for runs in &mut jobs {
        runs.sort_by(f64::total_cmp);
    }
    jobs.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    jobs
}

fn evidence(metric: Metric, now: &Observed<'_>, before: &Observed<'_>, pools: &Pools) -> Option<Evidence> {
    if now.is_empty() || before.is_empty() {
        return None;
    }
    let log = |pool: &Pool, sign: f64| Evidence::log(&Side::new(now, sign), &Side::new(before, sign), pool, sign);
    Some(match metric.unit() {
        Unit::Microseconds => log(&pools.latency, 1.0),
        Unit::PerSecond => log(&pools.rate, -1.0),
        Unit::Cores | Unit::Bytes | Unit::Count => log(&pools.resource, 1.0),
        // What grows is held to its limit alone.
        Unit::PerHour => return None,
        Unit::Share => {
            let (candidate, baseline) = shares(now, before);
            Evidence::Share { candidate, baseline, z: normal_quantile(LEVEL) }
        }
    })
}
