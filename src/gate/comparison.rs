//! What the gate found: `comparison.json`. Plain data; every report is made from it.

use schemars::{JsonSchema, Schema, schema_for};
use serde::{Deserialize, Serialize};

use crate::measure::{ALL, Ceiling, Course, Environment, Metric, Recording, Summary, Unit, WorstWindow};

/// Version of the shape of a [`Comparison`].
pub(super) const FORMAT: u32 = 1;

/// The whole finding of one gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// Version of this shape: 1.
    pub format: u32,
    /// The verdict of the run.
    pub verdict: Verdict,
    /// The exit status that follows.
    pub exit: u8,
    /// One sentence to act on.
    pub headline: String,
    /// Seed of every random draw made.
    pub seed: u64,
    /// The profile that was played.
    pub profile: String,
    /// The load in words: `200 users`, `500/s`.
    pub load: String,
    /// What it was compared with.
    pub baseline: BaselineSide,
    /// What was measured.
    pub candidate: CandidateSide,
    /// How the two were played beside each other, where it was a duet and no baseline was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duet: Option<DuetFacts>,
    /// Whether the two come from one environment.
    pub environment: EnvironmentMatch,
    /// Every cell of the union of both sides: failing first, then inconclusive, passing, shown.
    pub cells: Vec<Cell>,
    /// Why the verdict is not plain: an invalid run, a missing baseline, and what to do.
    pub reasons: Vec<String>,
    /// Endpoints of the profile that neither side measured: nothing is known of them.
    #[serde(default)]
    pub unmeasured: Vec<String>,
    /// Figures of the candidate's last run.
    pub summary: Summary,
    /// The candidate's last run over time, for pictures: the whole run, the endpoints that decide, the busiest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course: Option<Course>,
    /// The search that the candidate's last run is the answer of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Ceiling>,
}

/// Endpoints told over time besides those that decide: a service with hundreds would make files that nobody can open.
const ENDPOINTS_OVER_TIME: usize = 24;

impl Comparison {
    /// The same, with the candidate's last run to be drawn.
    #[must_use]
    pub fn picturing(mut self, recording: &Recording) -> Self {
        let mut course = recording.course();
        let of = |cell: &&Cell| matches!(cell.outcome, Outcome::Fail | Outcome::Inconclusive);
        let decisive = self.cells.iter().filter(of).map(|cell| cell.endpoint.as_str());
        let mut busiest: Vec<_> = self.summary.endpoints.iter().collect();
        busiest.sort_by_key(|(_, endpoint)| std::cmp::Reverse(endpoint.requests));
        let busiest = busiest.into_iter().map(|(name, _)| name.as_str()).take(1 + ENDPOINTS_OVER_TIME);
        course.keep(&decisive.take(ENDPOINTS_OVER_TIME).chain([ALL]).chain(busiest).collect::<Vec<_>>());
        self.course = Some(course);
        self.search.clone_from(&recording.ceiling);
        self
    }

    /// Whether one more run of the candidate could settle it: nothing failed, and a cell reads worse than tolerated.
    #[must_use]
    pub fn suspect(&self) -> bool {
        self.verdict == Verdict::Inconclusive && self.cells.iter().any(|cell| cell.label == Label::Suspect)
    }
}

/// The JSON Schema of comparison.json.
#[must_use]
pub fn schema() -> Schema {
    schema_for!(Comparison)
}

/// The verdict of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every gated cell passed.
    Pass,
    /// A gated cell failed.
    Fail,
    /// No gated cell failed, and one could not be decided.
    Inconclusive,
    /// Nothing was compared: the run was recorded.
    Recorded,
    /// The run itself can't be used.
    Invalid,
}

/// The baseline's side of a comparison.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct BaselineSide {
    /// The file it was read from.
    pub path: Option<String>,
    /// Runs it holds.
    pub runs: u32,
    /// Jobs those ran in.
    pub jobs: u32,
    /// Commit of its newest run.
    pub commit: Option<String>,
    /// Branch or tag of its newest run.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// When its newest run started, RFC 3339.
    pub newest: Option<String>,
}

/// The candidate's side of a comparison.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct CandidateSide {
    /// Runs that were made.
    pub runs: u32,
    /// Jobs those ran in.
    pub jobs: u32,
    /// Commit under test.
    pub commit: Option<String>,
    /// Branch or tag under test.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// When the first run started, RFC 3339.
    pub started_at: Option<String>,
    /// The files its runs are recorded in, where they were written.
    #[serde(default)]
    pub recordings: Vec<String>,
}

/// How a duet was played, and how far it got.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DuetFacts {
    /// Blocks that were compared.
    pub blocks: u32,
    /// After how many blocks a verdict was to be looked for; the last is the most that were planned.
    pub looks: Vec<u32>,
    /// The one-sided level of every bound, allowing for all the looks: 0.95 at the last, nearer to 1 before.
    pub level: f64,
    /// Whether more blocks would change nothing: a cell failed, or each is proven or beyond what blocks can tell.
    pub settled: bool,
    /// Whether both builds were started anew for each block.
    pub restarted: bool,
    /// Pairs of slots in a block.
    pub pairs: u32,
    /// Measured length of a slot in seconds.
    pub slot_s: f64,
    /// How long each build was warmed up in each block, in seconds.
    pub warmup_s: f64,
    /// How long a block takes, in seconds.
    pub block_s: f64,
}

/// Whether baseline and candidate come from one class of environment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct EnvironmentMatch {
    /// True when every field that makes the class is equal.
    pub same: bool,
    /// True when the configuration lets any environment be compared (`environment = "any"`).
    pub any: bool,
    /// The fields that differ, as `cpu: A -> B`.
    pub differs: Vec<String>,
    /// The baseline's class.
    pub baseline: Option<Environment>,
    /// The candidate's class.
    pub candidate: Option<Environment>,
}

/// One endpoint x metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cell {
    /// The endpoint; `(all)` is the whole run.
    pub endpoint: String,
    /// The metric.
    pub metric: Metric,
    /// Unit of `base` and `candidate`.
    pub unit: Unit,
    /// The baseline's value, where it has one.
    pub base: Option<f64>,
    /// The candidate's value, where it has one.
    pub candidate: Option<f64>,
    /// Relative change (0.21 = +21%); for error rates a difference in shares.
    pub change: Option<f64>,
    /// Lower one-sided 95% bound of the change.
    pub low: Option<f64>,
    /// Upper one-sided 95% bound of the change.
    pub high: Option<f64>,
    /// The change tolerated, in the form of `change`; negative for rps.
    pub tolerance: Option<f64>,
    /// The absolute limit (SLO) in `unit`, where one is set.
    pub limit: Option<f64>,
    /// The worst window of the candidate's runs, where the limit is held over one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst: Option<WorstWindow>,
    /// The smallest change this comparison could have told from noise, in the form of `change`.
    pub detectable: Option<f64>,
    /// Whether this cell decides.
    pub gated: bool,
    /// What became of it.
    pub outcome: Outcome,
    /// The outcome in a word or two: `regressed`, `within`, `no evidence`, ….
    pub label: Label,
    /// Why, and what to do, where the label does not say it all.
    pub reason: Option<String>,
    /// What the change and its bounds rest on, where the cell has a tolerance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
}

/// What the change of a cell rests on.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Basis {
    /// Values of the baseline's runs in the cell's unit, a list for each job, ascending; of a duet one for each block, in
    /// the order of blocks.
    pub baseline: Vec<Vec<f64>>,
    /// The same of the candidate's runs.
    pub candidate: Vec<Vec<f64>>,
    /// The noise that was reckoned with: for latencies and rates against a stored baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<Noise>,
    /// How many independent requests each side is worth: for error rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worth: Option<Worth>,
    /// How likely some cell of an unchanged service would look at least this much worse: Holm-corrected, in a duet
    /// Westfall and Young's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance: Option<f64>,
}

/// How many independent requests the two shares of a cell are worth: fewer than were sent where errors come in bursts or
/// jobs differ by more than chance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Worth {
    /// The baseline's.
    pub baseline: f64,
    /// The candidate's.
    pub candidate: f64,
}

/// How much a cell was taken to move between jobs when nothing changed: standard deviations of ln(value), so 0.06 is 6%.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Noise {
    /// What this cell's own jobs differ by; none where there are too few.
    pub own_sd: Option<f64>,
    /// How many degrees of freedom that rests on: jobs of both sides less 2.
    pub own_freedom: f64,
    /// What the gated cells differ by together, with the expectation a project starts from.
    pub pooled_sd: f64,
    /// The part that differs between repeats in one job.
    pub repeat_sd: f64,
    /// What was seen inside runs: the least that is assumed.
    pub within_run_sd: f64,
    /// What was assumed for one run of one job: the two weighed against each other.
    pub assumed_sd: f64,
    /// Standard error of the change.
    pub standard_error: f64,
    /// Degrees of freedom of Student's t that the bounds were taken from.
    pub freedom: f64,
}

/// What became of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// A regression, a missing endpoint, or a broken limit.
    Fail,
    /// It can't be known from these runs.
    Inconclusive,
    /// No worse than tolerated.
    Pass,
    /// Not gated, or new.
    Shown,
}

/// The outcome in a word or two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Label {
    /// Worse than tolerated, beyond doubt.
    #[serde(rename = "regressed")]
    Regressed,
    /// Over its limit.
    #[serde(rename = "over the limit")]
    OverLimit,
    /// In the baseline, absent now.
    #[serde(rename = "missing")]
    Missing,
    /// Worse than tolerated, but noise could explain it: alone, or as one reading among many cells
    /// (then `low` is beyond the tolerance, and `reason` says so).
    #[serde(rename = "suspect")]
    Suspect,
    /// Too few samples to say.
    #[serde(rename = "too few samples")]
    TooFew,
    /// The run was not steady.
    #[serde(rename = "not steady")]
    NotSteady,
    /// Another class of environment.
    #[serde(rename = "environment")]
    Environment,
    /// No baseline to compare with.
    #[serde(rename = "no baseline")]
    NoBaseline,
    /// Proven to be within tolerance.
    #[serde(rename = "within")]
    Within,
    /// Proven to be better.
    #[serde(rename = "faster")]
    Faster,
    /// Not worse as measured, but this run could not have shown a change of the tolerance's size.
    #[serde(rename = "no evidence")]
    NoEvidence,
    /// Not in the baseline.
    #[serde(rename = "new")]
    New,
    /// Not gated.
    #[serde(rename = "shown")]
    Shown,
}
