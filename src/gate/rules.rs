//! The rules: what becomes of each cell.
//!
//! In: the facts of every cell, and what holds for the whole comparison. Out: a [`Finding`] for each, in the same
//! order. Says nothing of the run as a whole.

use std::collections::BTreeSet;
use std::time::Duration;

use super::cell::Facts;
use super::comparison::{Label, Outcome};
use super::duet::{FEWEST, adjusted_p_values};
use super::evidence::Evidence;
use super::looks::Standing;
use super::policy::{MetricRule, Policy};
use super::stats::holm;
use super::wording;
use crate::measure::{Unit, fewest_requests};
use crate::units::Span;

/// A change of exactly the tolerance is tolerated, whatever logarithms make of its last digits.
pub(super) const ROUNDING: f64 = 1e-9;

/// What holds for every cell of a comparison.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) policy: &'a Policy,
    /// There is a baseline.
    pub(super) has_baseline: bool,
    /// Both sides come from one class of environment, or that does not matter.
    pub(super) comparable: bool,
    /// A run was not steady, and it has to be.
    pub(super) unsteady: bool,
    /// Endpoints of which the candidate made requests. One that has no latency all the same had no success.
    pub(super) requested: &'a BTreeSet<&'a str>,
    /// Endpoints that each user asks for once: how often depends on when users come, not on the target.
    pub(super) once_a_user: &'a BTreeSet<&'a str>,
    /// How sure a duet has to be by now; none where the baseline is stored.
    pub(super) duet: Option<Standing>,
    /// The chance of a false alarm that this verdict may take, over all cells.
    pub(super) false_alarms: f64,
}

/// What became of a cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub(super) outcome: Outcome,
    pub(super) label: Label,
    pub(super) reason: Option<String>,
    /// Whether the cell decides.
    pub(super) gated: bool,
    /// How likely some cell of an unchanged service would look at least this much worse, where that was asked.
    pub(super) chance: Option<f64>,
}

impl Finding {
    /// Of a cell that nothing was asked of.
    pub(super) fn shown() -> Self {
        Self::new(Outcome::Shown, Label::Shown)
    }

    fn new(outcome: Outcome, label: Label) -> Self {
        Self { outcome, label, reason: None, gated: outcome != Outcome::Shown, chance: None }
    }

    fn because(self, reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..self }
    }
}

/// Judges every cell.
pub(super) fn judge(cells: &[Facts], setting: &Setting<'_>) -> Vec<Finding> {
    let starved = is_starved(cells, setting);
    let settled: Vec<Option<Finding>> = cells.iter().map(|cell| settle(cell, setting, starved)).collect();
    let chances = chances(cells, &settled, setting);
    cells
        .iter()
        .zip(settled)
        .zip(chances)
        .map(|((cell, settled), chance)| {
            let finding = settled.unwrap_or_else(|| Finding { chance, ..weigh(cell, setting, chance) });
            hold_to_limit(cell, finding)
        })
        .collect()
}

/// What becomes of a cell that needs no statistics; `None` for one whose change is to be weighed.
fn settle(cell: &Facts, setting: &Setting<'_>, starved: bool) -> Option<Finding> {
    let Some(rule) = cell.rule else {
        let label = match (cell.baseline.value, cell.candidate.value) {
            (None, _) if setting.has_baseline => Label::New,
            (Some(_), None) => Label::Missing,
            _ => Label::Shown,
        };
        return Some(Finding::new(Outcome::Shown, label));
    };
    if cell.key.metric.unit() == Unit::PerHour {
        return Some(grown(cell, rule));
    }
    if cell.key.metric.reading().is_some() && cell.candidate.value.is_none() {
        return Some(unread(cell));
    }
    if rule.tolerance.is_none() {
        return Some(limit_alone(cell, rule, setting));
    }
    if !setting.has_baseline {
        let passes = setting.policy.pass_without_baseline;
        let outcome = if passes { Outcome::Shown } else { Outcome::Inconclusive };
        return Some(Finding::new(outcome, Label::NoBaseline));
    }
    if !setting.comparable {
        let reason = "the baseline was measured in another environment";
        return Some(Finding::new(Outcome::Inconclusive, Label::Environment).because(reason));
    }
    if let Some(absence) = absence(cell, setting) {
        return Some(absence);
    }
    if cell.is_thin() {
        return Some(thin(cell, starved));
    }
    if cell.evidence.is_none() {
        let blocks = cell.pairs.as_ref().map_or(0, |pairs| pairs.complete);
        let reason = format!("compared in {blocks} blocks; a duet is judged from {FEWEST} on: give it more time");
        return Some(Finding::new(Outcome::Inconclusive, Label::TooFew).because(reason));
    }
    if setting.unsteady {
        let reason = "the run was not steady after its warm-up; make the warm-up longer";
        return Some(Finding::new(Outcome::Inconclusive, Label::NotSteady).because(reason));
    }
    None
}

/// What may not grow: it fails where it certainly grows by more.
fn grown(cell: &Facts, rule: MetricRule) -> Finding {
    let (Some(limit), Some(growth), Some((low, high))) = (rule.limit, cell.candidate.value, cell.growth) else {
        return unread(cell);
    };
    let metric = cell.key.metric;
    let said = |growth: f64| wording::value(metric, growth);
    let between = format!("between {} and {}", said(low), said(high));
    if low > limit {
        let reason = format!("it grows by {}, {between}; its limit is {}", said(growth), said(limit));
        return Finding::new(Outcome::Fail, Label::OverLimit).because(reason);
    }
    if high <= limit {
        return Finding::new(Outcome::Pass, Label::Within);
    }
    let reason = format!("it is {between}; run for longer to tell whether it keeps to {}", said(limit));
    if growth > limit {
        return Finding::new(Outcome::Inconclusive, Label::TooFew).because(reason);
    }
    Finding::new(Outcome::Pass, Label::NoEvidence).because(reason)
}

/// What a rule asks of the target, and nothing was read.
fn unread(cell: &Facts) -> Finding {
    let reason = if cell.key.metric.unit() == Unit::PerHour {
        "too little was read to tell a trend: run for longer, and say where to read it: [target] resources"
    } else {
        "it was not read in this run: say where to read it, [target] resources = { process = … }"
    };
    Finding::new(Outcome::Inconclusive, Label::TooFew).because(reason)
}

/// A cell that one side has not, or not in every run.
fn absence(cell: &Facts, setting: &Setting<'_>) -> Option<Finding> {
    if cell.baseline.value.is_none() {
        if cell.candidate.value.is_none() {
            let reason = "neither side has a request of it; play it more often or for longer";
            return Some(Finding::new(Outcome::Inconclusive, Label::TooFew).because(reason));
        }
        return Some(Finding::new(Outcome::Shown, Label::New).because("the baseline does not have it yet"));
    }
    if cell.candidate.complete {
        return None;
    }
    let endpoint = cell.key.endpoint.as_str();
    if setting.once_a_user.contains(endpoint) && (cell.pairs.is_some() || !setting.requested.contains(endpoint)) {
        let reason = "each user asks for it once, and none came in the measured window";
        return Some(Finding::new(Outcome::Shown, Label::TooFew).because(reason));
    }
    if !cell.was_busy() {
        let reason = format!(
            "the baseline has {:.0} requests {} of it and this run none; that few come and go by chance",
            cell.baseline.requests,
            cell.a_run()
        );
        return Some(Finding::new(Outcome::Inconclusive, Label::TooFew).because(reason));
    }
    Some(Finding::new(Outcome::Fail, Label::Missing).because(missing(cell, setting)))
}

fn missing(cell: &Facts, setting: &Setting<'_>) -> String {
    let (requests, a_run) = (cell.baseline.requests, cell.a_run());
    let here = match &cell.pairs {
        Some(pairs) if pairs.complete > 0 => {
            let blocks = pairs.lacking + pairs.complete;
            return format!(
                "in {} of {blocks} blocks none of its requests succeeded; of the baseline {requests:.0} a block did",
                pairs.lacking
            );
        }
        Some(_) => "drop it from the profile",
        None => "record a new baseline",
    };
    if setting.requested.contains(cell.key.endpoint.as_str()) {
        format!("not one of its requests succeeded; in the baseline {requests:.0} {a_run} did")
    } else {
        format!(
            "the baseline has {requests:.0} requests {a_run} of it, now there is none; if it was renamed or removed, {here}"
        )
    }
}

/// A quantile that rests on too few requests. One of a rare endpoint is shown only, since it would be undecided for
/// ever; but that must not hide that traffic broke down, that a rule names the endpoint, or that nothing else is left.
fn thin(cell: &Facts, starved: bool) -> Finding {
    let broke_down = cell.candidate.requests < cell.baseline.requests / 2.0;
    let fewest = cell.candidate.requests.min(cell.baseline.requests);
    let (metric, needed) = (cell.key.metric, cell.requests_needed());
    let facts = match &cell.pairs {
        None => format!("{fewest:.0} requests a run; {metric} is judged from {needed:.0} on"),
        Some(pairs) => format!(
            "{:.0} requests a block and {:.0} in all; {metric} is judged from {:.0} a block and {needed:.0} in all",
            pairs.requests_a_block,
            pairs.requests,
            cell.requests_to_hold_a_limit()
        ),
    };
    if broke_down {
        let reason = format!(
            "{:.0} requests where the baseline has {:.0}; {facts}",
            cell.candidate.requests, cell.baseline.requests
        );
        Finding::new(Outcome::Inconclusive, Label::TooFew).because(reason)
    } else if cell.own_rule || starved {
        Finding::new(Outcome::Inconclusive, Label::TooFew)
            .because(format!("{facts}: {}, or judge a lower percentile", longer(cell)))
    } else {
        Finding::new(Outcome::Shown, Label::TooFew).because(facts)
    }
}

fn longer(cell: &Facts) -> &'static str {
    match &cell.pairs {
        None => "run for longer",
        Some(_) if cell.has_thin_blocks() => "play longer slots or more of them a block",
        Some(_) => "play more blocks",
    }
}

/// Whether every latency that could be compared rests on too few requests: then nothing at all was judged.
fn is_starved(cells: &[Facts], setting: &Setting<'_>) -> bool {
    let mut compared = cells.iter().filter(|cell| {
        let ruled = cell.rule.is_some_and(|rule| rule.tolerance.is_some());
        ruled && cell.key.metric.unit() == Unit::Microseconds && cell.evidence.is_some()
    });
    setting.has_baseline && setting.comparable && compared.all(Facts::is_thin)
}

/// A cell that has a limit and no tolerance; whether the limit is broken is [`hold_to_limit`]'s.
fn limit_alone(cell: &Facts, rule: MetricRule, setting: &Setting<'_>) -> Finding {
    if setting.comparable
        && cell.was_busy()
        && let Some(absence) = absence(cell, setting)
    {
        return absence;
    }
    if cell.candidate.requests < cell.requests_to_hold_a_limit() {
        let reason = format!(
            "{:.0} requests {}; a limit of {} is held from {:.0} on",
            cell.candidate.requests,
            cell.a_run(),
            cell.key.metric,
            cell.requests_to_hold_a_limit()
        );
        return Finding::new(Outcome::Inconclusive, Label::TooFew).because(reason);
    }
    if let (Some(window_s), None, None) = (rule.window_s, &cell.worst, &cell.pairs) {
        let fewest = fewest_requests(cell.key.metric, rule.limit.unwrap_or_default());
        let window = Span(Duration::from_secs(window_s));
        let reason = format!(
            "no {window} of the run has {fewest} requests, from which on its limit is held: write a longer `for`"
        );
        return Finding::new(Outcome::Inconclusive, Label::TooFew).because(reason);
    }
    Finding::new(Outcome::Pass, Label::Within)
}

/// How likely some cell of an unchanged service would look at least as much worse as each cell that is to be weighed.
///
/// The lower bound of a cell guards the claim "by more than tolerated" for that cell alone. Looking at many cells,
/// some will stray that far by chance; these p-values against "nothing changed" guard the gate as a whole. In a duet
/// they take the most work of all, so where no cell reads worse than tolerated they are not asked for.
fn chances(cells: &[Facts], settled: &[Option<Finding>], setting: &Setting<'_>) -> Vec<Option<f64>> {
    let weighed: Vec<bool> =
        cells.iter().zip(settled).map(|(cell, settled)| cell.evidence.is_some() && settled.is_none()).collect();
    let family = || cells.iter().zip(&weighed).filter(|(_, weighed)| **weighed).map(|(cell, _)| cell);
    let adjusted = if setting.duet.is_none() {
        holm(&family().filter_map(p_value).collect::<Vec<f64>>())
    } else if family().any(is_beyond_tolerance) {
        let differences = family().filter_map(|cell| Some(cell.pairs.as_ref()?.differences.clone()));
        adjusted_p_values(&differences.collect::<Vec<Vec<f64>>>())
    } else {
        Vec::new()
    };
    let mut adjusted = adjusted.into_iter();
    weighed.into_iter().map(|weighed| if weighed { adjusted.next() } else { None }).collect()
}

/// How likely a cell would look this much worse if nothing had changed: by itself, or beside the other latencies of its run,
/// whichever says more; asking twice doubles it (Bonferroni).
fn p_value(cell: &Facts) -> Option<f64> {
    let p_value = cell.evidence?.p_value();
    Some(cell.alone.map_or(p_value, |alone| (2.0 * alone.min(p_value)).min(1.0)))
}

fn is_beyond_tolerance(cell: &Facts) -> bool {
    cell.evidence.zip(cell.margin()).is_some_and(|(evidence, margin)| evidence.worse_by() > margin + ROUNDING)
}

/// Weighs the change of a cell against its tolerance.
fn weigh(cell: &Facts, setting: &Setting<'_>, chance: Option<f64>) -> Finding {
    let (Some(evidence), Some(margin)) = (&cell.evidence, cell.margin()) else {
        return Finding::new(Outcome::Inconclusive, Label::TooFew);
    };
    if !is_beyond_tolerance(cell) {
        return no_worse(cell, evidence, margin, setting);
    }
    let (low, _) = evidence.bounds();
    let proven = chance.is_some_and(|chance| chance <= setting.false_alarms);
    if !setting.policy.confident || (low > margin && proven) {
        return Finding::new(Outcome::Fail, Label::Regressed);
    }
    let suspect = Finding::new(Outcome::Inconclusive, Label::Suspect);
    match setting.duet {
        Some(duet) if low.is_infinite() => {
            suspect.because(format!("worse than tolerated as measured, but {}", duet.too_few(cell)))
        }
        _ if low > margin => suspect
            .because("beyond its tolerance on its own, but among this many cells one such reading happens by chance"),
        _ => suspect.because("worse than tolerated as measured, but noise could explain it"),
    }
}

fn no_worse(cell: &Facts, evidence: &Evidence, margin: f64, setting: &Setting<'_>) -> Finding {
    let (_, high) = evidence.bounds();
    if high < 0.0 {
        Finding::new(Outcome::Pass, Label::Faster)
    } else if high < margin {
        Finding::new(Outcome::Pass, Label::Within)
    } else {
        let outcome = if setting.policy.require_proof { Outcome::Inconclusive } else { Outcome::Pass };
        let seen = match setting.duet {
            Some(duet) if high.is_infinite() => duet.too_few(cell),
            _ => {
                let smallest = wording::change(cell.key.metric, evidence.shown(evidence.detectable()));
                format!("only {smallest} and beyond could be told from noise")
            }
        };
        Finding::new(outcome, Label::NoEvidence).because(format!("not worse than tolerated as measured; {seen}"))
    }
}

/// A broken limit fails, whatever the baseline says.
fn hold_to_limit(cell: &Facts, finding: Finding) -> Finding {
    let metric = cell.key.metric;
    if metric.unit() == Unit::PerHour {
        return finding;
    }
    let value = cell.worst.map(|worst| worst.value).or(cell.candidate.value);
    let (Some(limit), Some(value)) = (cell.rule.and_then(|rule| rule.limit), value) else {
        return finding;
    };
    let (broken, side) =
        if metric.higher_is_worse() { (value > limit, "at most") } else { (value < limit, "at least") };
    if !broken {
        return finding;
    }
    let limit = format!("its limit is {side} {}", wording::value(metric, limit));
    let reason = match &cell.worst {
        Some(worst) => {
            let start = Span(Duration::from_secs(worst.start_s));
            format!("{} ({start} into the run); {limit}", wording::worst(metric, worst))
        }
        None => limit,
    };
    match finding.label {
        Label::Regressed | Label::Missing => {
            let reason = finding.reason.as_ref().map_or(reason.clone(), |first| format!("{first}; {reason}"));
            finding.because(reason)
        }
        _ => Finding::new(Outcome::Fail, Label::OverLimit).because(reason),
    }
}
