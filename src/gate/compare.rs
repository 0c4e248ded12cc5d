//! The comparison: from the runs of both sides to a verdict.
//!
//! In: the candidate's runs, a baseline, a [`Policy`]. Out: a [`Comparison`]. No clock, no I/O, no draw: the same
//! inputs give the same bytes, whatever the order of runs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::cell::{Facts, facts, to_nine_digits};
use super::comparison::{
    BaselineSide, Basis, CandidateSide, Cell, Comparison, EnvironmentMatch, FORMAT, Label, Outcome, Verdict,
};
use super::evidence::Evidence;
use super::headline::headline;
use super::looks::{Standing, false_alarms};
use super::policy::Policy;
use super::reasons::{reasons, unmeasured};
use super::rules::{Finding, Setting, judge};
use crate::baseline::{Baseline, Difference, differences};
use crate::measure::{ALL, Abort, Duet, Job, Metric, Recording, Run, Summary};

/// What the comparison is of, beyond its numbers.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Seed to name in the result.
    pub seed: u64,
    /// The profile that was played.
    pub profile: &'a str,
    /// The load in words.
    pub load: &'a str,
    /// The baseline's file, or where one would be.
    pub baseline_path: Option<&'a Path>,
    /// The files the candidate's runs are recorded in, where they were written.
    pub recordings: &'a [PathBuf],
    /// Every endpoint the profile can call.
    pub endpoints: &'a [String],
}

/// What the verdict rests on besides the cells.
#[derive(Debug, Clone)]
pub(super) struct Ground<'a> {
    pub(super) policy: &'a Policy,
    pub(super) context: &'a Context<'a>,
    pub(super) candidate: Vec<&'a Run>,
    pub(super) baseline: Option<&'a Baseline>,
    /// The duet that was played, where no baseline was stored.
    pub(super) duet: Option<&'a Duet>,
    pub(super) summary: &'a Summary,
    pub(super) differs: Vec<Difference>,
}

impl<'a> Ground<'a> {
    /// There are runs, and all may be used.
    pub(super) fn valid(&self) -> bool {
        let usable = self.duet.map_or_else(|| self.candidate.iter().all(|run| run.valid), |duet| duet.valid);
        !self.candidate.is_empty() && usable
    }

    /// What ended a run early as hopeless, unless another one can't be used for a reason of its own.
    pub(super) fn aborted(&self) -> Option<&'a Abort> {
        let mut aborted = self.candidate.iter().filter(|run| !run.valid).map(|run| run.aborted.as_ref());
        let first = aborted.next()??;
        aborted.all(|other| other.is_some()).then_some(first)
    }

    /// Every run had a request that succeeded; in a duet, both builds had one.
    pub(super) fn anything_succeeded(&self) -> bool {
        match self.duet {
            None => self.candidate.iter().all(|run| anything_succeeded(run)),
            Some(duet) => {
                duet.blocks.iter().any(|block| anything_succeeded(&block.candidate))
                    && duet.blocks.iter().any(|block| anything_succeeded(&block.baseline))
            }
        }
    }

    /// Both sides come from one class of environment, or from one load where the machine does not matter.
    pub(super) fn comparable(&self) -> bool {
        self.differs.iter().all(|difference| self.policy.any_environment && !difference.is_of_the_load())
    }
}

impl Comparison {
    /// A recording as the comparison with nothing that it is: shown, not judged.
    #[must_use]
    pub fn alone(recording: &Recording) -> Self {
        let facts = &recording.facts;
        let endpoints = recording.endpoints();
        let context = Context {
            seed: facts.seed,
            profile: &facts.profile,
            load: &facts.load,
            baseline_path: None,
            recordings: &[],
            endpoints: &endpoints,
        };
        compare(&[recording.run()], &recording.summary(), None, &Policy::shown(), &context).picturing(recording)
    }
}

/// Compares the runs of a candidate with a baseline by the rules of `policy`. `summary` is the figures of the
/// candidate's last run.
#[must_use]
pub fn compare(
    candidate: &[Run],
    summary: &Summary,
    baseline: Option<&Baseline>,
    policy: &Policy,
    context: &Context<'_>,
) -> Comparison {
    let ground = ground(candidate, summary, baseline, policy, context);
    let stored: Vec<&Run> = baseline.iter().flat_map(|baseline| &baseline.runs).map(|stored| &stored.run).collect();
    let facts = facts(&ground.candidate, &stored, policy);
    let sides = Sides {
        baseline: baseline_side(&stored, context),
        candidate: candidate_side(&ground.candidate, context),
        environment: environment(&ground),
    };
    conclude(&ground, &facts, None, sides)
}

/// Who was compared.
pub(super) struct Sides {
    pub(super) baseline: BaselineSide,
    pub(super) candidate: CandidateSide,
    pub(super) environment: EnvironmentMatch,
}

/// Judges the cells, and says what follows.
pub(super) fn conclude(ground: &Ground<'_>, facts: &[Facts], duet: Option<Standing>, sides: Sides) -> Comparison {
    let cells = cells(ground, facts, duet);
    let verdict = verdict(ground, &cells);
    let reasons = reasons(ground, &cells);
    let context = ground.context;
    Comparison {
        format: FORMAT,
        verdict,
        exit: exit(verdict, &cells, ground),
        headline: headline(verdict, &cells, &reasons, ground),
        seed: context.seed,
        profile: context.profile.to_owned(),
        load: context.load.to_owned(),
        baseline: sides.baseline,
        candidate: sides.candidate,
        duet: None,
        environment: sides.environment,
        reasons,
        unmeasured: unmeasured(ground),
        course: None,
        search: None,
        cells,
        summary: ground.summary.clone(),
    }
}

fn ground<'a>(
    candidate: &'a [Run],
    summary: &'a Summary,
    baseline: Option<&'a Baseline>,
    policy: &'a Policy,
    context: &'a Context<'a>,
) -> Ground<'a> {
    let mut runs: Vec<&Run> = candidate.iter().collect();
    runs.sort_by(|a, b| (&a.origin.started_at, &a.origin.job).cmp(&(&b.origin.started_at, &b.origin.job)));
    let mut differs: Vec<Difference> = Vec::new();
    for difference in runs.iter().flat_map(|run| {
        baseline.map_or_else(Vec::new, |baseline| differences(&baseline.environment, &run.origin.environment))
    }) {
        if !differs.contains(&difference) {
            differs.push(difference);
        }
    }
    let baseline = baseline.filter(|baseline| !baseline.runs.is_empty());
    Ground { policy, context, candidate: runs, baseline, duet: None, summary, differs }
}

/// A run without a request, or in which every request failed, says nothing of any latency.
fn anything_succeeded(run: &Run) -> bool {
    let errors = run.cells.get(ALL).and_then(|cells| cells.get(&Metric::ErrorRate));
    errors.is_some_and(|errors| errors.samples > 0 && errors.value < 1.0)
}

fn cells(ground: &Ground<'_>, facts: &[Facts], duet: Option<Standing>) -> Vec<Cell> {
    let requested: BTreeSet<&str> = ground
        .candidate
        .iter()
        .flat_map(|run| &run.cells)
        .filter(|(_, cells)| cells.contains_key(&Metric::ErrorRate))
        .map(|(endpoint, _)| endpoint.as_str())
        .collect();
    let once_a_user: BTreeSet<&str> =
        ground.candidate.iter().flat_map(|run| &run.once_a_user).map(String::as_str).collect();
    let setting = Setting {
        policy: ground.policy,
        has_baseline: ground.baseline.is_some() || duet.is_some(),
        comparable: ground.comparable(),
        unsteady: ground.policy.require_steady && ground.candidate.iter().any(|run| run.steady_after_s.is_some()),
        requested: &requested,
        once_a_user: &once_a_user,
        duet,
        false_alarms: match duet {
            Some(duet) => duet.look.strict_tail,
            None => false_alarms(ground.candidate.len(), usize::try_from(ground.policy.max_runs).unwrap_or(1)),
        },
    };
    let findings = if ground.valid() { judge(facts, &setting) } else { vec![Finding::shown(); facts.len()] };
    let mut ranked: Vec<(Rank, Cell)> =
        facts.iter().zip(findings).map(|(facts, finding)| cell(facts, finding)).collect();
    ranked.sort_by(|(a, _), (b, _)| a.order(b));
    ranked.into_iter().map(|(_, cell)| cell).collect()
}

/// Where a cell stands among the others: by outcome; of those that did not pass, what is missing first, then errors
/// (they explain latencies), then latencies by how far they are beyond their tolerance. The whole run comes after
/// its endpoints.
struct Rank {
    outcome: Outcome,
    troubled: bool,
    class: (bool, bool, bool),
    beyond: f64,
}

impl Rank {
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        let by_trouble = if self.troubled && other.troubled {
            self.class.cmp(&other.class).then(other.beyond.total_cmp(&self.beyond))
        } else {
            std::cmp::Ordering::Equal
        };
        self.outcome.cmp(&other.outcome).then(by_trouble)
    }
}

fn cell(facts: &Facts, finding: Finding) -> (Rank, Cell) {
    let evidence = facts.evidence.as_ref();
    // One request is the longest: nothing tells how long it might have been.
    let bounds = evidence.filter(|_| facts.key.metric != Metric::Max).map(Evidence::shown_bounds);
    let finite = |number: f64| Some(to_nine_digits(number)).filter(|number| number.is_finite());
    let (endpoint, metric) = (facts.key.endpoint.clone(), facts.key.metric);
    let rank = Rank {
        outcome: finding.outcome,
        troubled: matches!(finding.outcome, Outcome::Fail | Outcome::Inconclusive),
        class: (finding.label != Label::Missing, endpoint == ALL, metric != Metric::ErrorRate),
        beyond: evidence.map_or(0.0, Evidence::worse_by) - facts.margin().unwrap_or(0.0),
    };
    let cell = Cell {
        endpoint,
        metric,
        unit: metric.unit(),
        base: facts.baseline.value.and_then(finite),
        candidate: facts.candidate.value.and_then(finite),
        change: evidence.and_then(|evidence| finite(evidence.shown(evidence.worse_by()))),
        low: bounds.and_then(|(low, _)| finite(low)),
        high: bounds.and_then(|(_, high)| finite(high)),
        tolerance: facts.tolerated().and_then(finite),
        limit: facts.rule.and_then(|rule| rule.limit),
        worst: facts.worst,
        detectable: evidence.and_then(|evidence| finite(evidence.shown(evidence.detectable()))),
        gated: finding.gated,
        outcome: finding.outcome,
        label: finding.label,
        reason: finding.reason,
        basis: facts.basis.clone().map(|basis| Basis {
            chance: finding.chance.and_then(finite),
            worth: evidence.and_then(Evidence::worth),
            ..basis
        }),
    };
    (rank, cell)
}

fn verdict(ground: &Ground<'_>, cells: &[Cell]) -> Verdict {
    let has = |outcome: Outcome| cells.iter().any(|cell| cell.outcome == outcome);
    if ground.aborted().is_some() {
        Verdict::Fail
    } else if !ground.valid() {
        Verdict::Invalid
    } else if has(Outcome::Fail) {
        Verdict::Fail
    } else if !ground.anything_succeeded() {
        Verdict::Invalid
    } else if has(Outcome::Inconclusive) {
        Verdict::Inconclusive
    } else if has(Outcome::Pass) && !cells.iter().any(|cell| cell.label == Label::NoBaseline) {
        Verdict::Pass
    } else {
        Verdict::Recorded
    }
}

fn exit(verdict: Verdict, cells: &[Cell], ground: &Ground<'_>) -> u8 {
    // What the policy lets pass without a baseline is only shown.
    let open = || cells.iter().filter(|cell| cell.outcome == Outcome::Inconclusive);
    let uncompared = open().any(|cell| matches!(cell.label, Label::NoBaseline | Label::Environment));
    match verdict {
        Verdict::Fail => 1,
        Verdict::Invalid => 3,
        Verdict::Inconclusive if uncompared || ground.policy.fail_on_inconclusive => 4,
        Verdict::Pass | Verdict::Recorded | Verdict::Inconclusive => 0,
    }
}

fn baseline_side(stored: &[&Run], context: &Context<'_>) -> BaselineSide {
    let newest =
        stored.iter().max_by(|a, b| (&a.origin.started_at, &a.origin.job).cmp(&(&b.origin.started_at, &b.origin.job)));
    BaselineSide {
        path: context.baseline_path.map(|path| path.display().to_string()).filter(|_| newest.is_some()),
        runs: total(stored.len()),
        jobs: jobs(stored),
        commit: newest.and_then(|run| run.origin.commit.clone()),
        reference: newest.and_then(|run| run.origin.reference.clone()),
        newest: newest.map(|run| run.origin.started_at.clone()),
    }
}

fn candidate_side(runs: &[&Run], context: &Context<'_>) -> CandidateSide {
    let first = runs.first();
    CandidateSide {
        runs: total(runs.len()),
        jobs: jobs(runs),
        commit: first.and_then(|run| run.origin.commit.clone()),
        reference: first.and_then(|run| run.origin.reference.clone()),
        started_at: first.map(|run| run.origin.started_at.clone()),
        recordings: context.recordings.iter().map(|path| path.display().to_string()).collect(),
    }
}

fn environment(ground: &Ground<'_>) -> EnvironmentMatch {
    EnvironmentMatch {
        same: ground.differs.is_empty(),
        any: ground.policy.any_environment,
        differs: ground.differs.iter().map(ToString::to_string).collect(),
        baseline: ground.baseline.map(|baseline| baseline.environment.clone()),
        candidate: ground.candidate.first().map(|run| run.origin.environment.clone()),
    }
}

fn jobs(runs: &[&Run]) -> u32 {
    total(runs.iter().map(|run| &run.origin.job).collect::<BTreeSet<&Job>>().len())
}

pub(super) fn total(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
