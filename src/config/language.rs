//! The language of loadgate.toml as types. Their doc comments become the JSON Schema.
//!
//! What was typed, not what is usable: checks across keys are `plan`'s.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::duet::Duet;
use super::http::Http;
use super::rules::{ErrorRateRule, LatencyRule, RpsRule};
use crate::units::{Rate, Ratio, Span, Tolerance};

/// A whole loadgate.toml.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The API under test.
    pub target: Target,
    /// How requests are made.
    pub http: Http,
    /// Values for templates, from here or from the environment.
    pub vars: BTreeMap<String, Var>,
    /// Rows for templates, from files.
    pub data: BTreeMap<String, Data>,
    /// The kinds of virtual users.
    pub user: Vec<User>,
    /// The load profiles, by name.
    pub profile: BTreeMap<String, Profile>,
    /// What decides.
    pub gate: Gate,
    /// Where baselines are kept.
    pub baseline: Baseline,
    /// Two builds side by side.
    pub duet: Duet,
}

/// The API under test.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Target {
    /// Base URL, `http://` or `https://`; or `"demo"`, the API built into loadgate.
    pub url: Option<String>,
    /// Hosts beyond loopback and private ranges that may be sent load.
    pub allow: Vec<String>,
}

/// A value for templates: a literal, or a table that names where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Var {
    /// A literal value.
    pub value: Option<String>,
    /// The environment variable to read.
    pub env: Option<String>,
    /// The value where the environment variable is unset.
    pub default: Option<String>,
    /// Keep the value out of every output.
    pub secret: bool,
}

/// Rows for templates, from a file.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// A `.csv` (first line names the columns), `.json` (an array of objects) or `.jsonl` file,
    /// relative to loadgate.toml.
    pub file: PathBuf,
    /// How rows are drawn. Default `random`.
    #[serde(default)]
    pub pick: Pick,
}

/// How rows are drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Pick {
    /// Any row, each time.
    #[default]
    Random,
    /// One after the other, then from the first again.
    Cycle,
    /// Each row once; the run ends when they run out.
    Unique,
}

/// A kind of virtual user.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct User {
    /// Name in reports. Default `user 1`, `user 2`, ….
    pub name: Option<String>,
    /// Share of the virtual users. Default 1.
    pub weight: Option<u32>,
    /// Pause between tasks. Default none.
    pub think: Option<Think>,
    /// Headers of this user's requests. One that names a value not extracted yet is left out.
    pub headers: BTreeMap<String, String>,
    /// Steps once for each virtual user, before its tasks.
    pub start: Vec<Step>,
    /// What the user does, drawn by weight.
    pub task: Vec<Step>,
    /// Steps once for each virtual user, at the end.
    pub stop: Vec<Step>,
}

/// A request, or a sequence of steps.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    /// The endpoint's name in every report. Default `GET /path`.
    pub name: Option<String>,
    /// For a task: how often it is drawn against the others. Default 1.
    pub weight: Option<u32>,
    /// Path to GET.
    pub get: Option<String>,
    /// Path to POST to.
    pub post: Option<String>,
    /// Path to PUT to.
    pub put: Option<String>,
    /// Path to PATCH.
    pub patch: Option<String>,
    /// Path to DELETE.
    pub delete: Option<String>,
    /// Path to HEAD.
    pub head: Option<String>,
    /// Path to ask for OPTIONS.
    pub options: Option<String>,
    /// Headers of this request.
    pub headers: BTreeMap<String, String>,
    /// JSON body. Strings in it are templates; a string that is one template alone takes the value's type.
    pub json: Option<serde_json::Value>,
    /// Form body, `application/x-www-form-urlencoded`.
    pub form: Option<BTreeMap<String, String>>,
    /// Body as text.
    pub body: Option<String>,
    /// Longest wait for this answer, instead of `[http] timeout`.
    pub timeout: Option<Span>,
    /// Redirects followed in a row, instead of `[http] redirects`.
    pub redirects: Option<u32>,
    /// Values to keep from the answer: `json:PATH`, `header:NAME`, `cookie:NAME`, `regex:PATTERN` (group 1) or `body`.
    pub extract: BTreeMap<String, String>,
    /// What the answer must be. Without it, a status of 400 or more fails.
    pub expect: Option<Expect>,
    /// Pause after this step.
    pub think: Option<Think>,
    /// Steps in order instead of one request; a failed one ends the sequence.
    pub step: Vec<Step>,
}

/// What an answer must be.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    /// The status, or a list of them.
    pub status: Option<Statuses>,
    /// Header values, as templates.
    pub header: BTreeMap<String, String>,
    /// What the body contains or matches.
    pub body: Option<BodyExpectation>,
    /// Values by `JSONPath`. Strings are templates; numbers and strings of the same text are equal.
    pub json: BTreeMap<String, serde_json::Value>,
    /// Longest service time.
    pub time: Option<Span>,
}

/// One status or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses(pub Vec<u16>);

/// What a body contains or matches: text, or `{ contains = "…" }`, `{ regex = "…" }`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BodyExpectation {
    /// Text the body contains, as a template.
    pub contains: Option<String>,
    /// Pattern the body matches.
    pub regex: Option<String>,
}

/// A pause.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Think {
    /// Always this long.
    Constant(Span),
    /// Anything between the two, evenly.
    Between([Span; 2]),
    /// Exponentially distributed around this mean.
    Exponential(Span),
    /// From one start to the next; none when the task took longer.
    Pacing(Span),
}

/// A load profile: `users` or `rate` with a `duration`, or `stages`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// Virtual users (closed model).
    pub users: Option<u32>,
    /// Arrivals (open model): they do not wait for answers.
    pub rate: Option<Rate>,
    /// Time from nothing to the full level. Default 0s.
    pub ramp: Option<Span>,
    /// Length of the whole run, ramp and warm-up included.
    pub duration: Option<Span>,
    /// Measured from the start, left out of every figure. Default 0s.
    pub warmup: Option<Span>,
    /// Levels one after the other, instead of `users` or `rate`.
    pub stages: Vec<Stage>,
    /// How arrivals are spread in the open model. Default `uniform`.
    pub arrivals: Option<Arrivals>,
    /// Most virtual users the open model may use at once. Default 1000.
    pub max_users: Option<u32>,
    /// How long the end of the run waits for answers under way. Default 10s.
    pub stop_within: Option<Span>,
}

/// One level of a profile.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Stage {
    /// Virtual users to reach.
    pub users: Option<u32>,
    /// Arrival rate to reach.
    pub rate: Option<Rate>,
    /// Time to get there from the level before. Default 0s.
    pub ramp: Option<Span>,
    /// Time to stay.
    #[serde(rename = "for")]
    pub hold: Option<Span>,
}

/// How arrivals are spread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Arrivals {
    /// Evenly.
    #[default]
    Uniform,
    /// As a Poisson process: independent users.
    Poisson,
}

/// What decides.
#[derive(Debug, Clone, Default, PartialEq, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Gate {
    /// The profile `gate` plays. Default: the only one, or `load`.
    pub profile: Option<String>,
    /// `confident` (default): FAIL only beyond doubt. `threshold`: FAIL on the measured change alone.
    pub rule: GateRule,
    /// Rules by metric for every endpoint. Default: p50 and p95 `{ tolerance = "+10%", floor = "2ms" }`,
    /// `error_rate` `+0.1pp`, and `rps` `-5%` of the whole run in the closed model.
    #[serde(flatten)]
    pub metrics: MetricRules,
    /// Rules for single endpoints; a metric named here replaces the general rule.
    pub endpoint: BTreeMap<String, MetricRules>,
    /// Most runs a suspect gate makes. Default 3.
    pub max_runs: Option<u32>,
    /// What a suspect gate does. Default `repeat`.
    pub on_suspect: OnSuspect,
    /// What an inconclusive gate exits as. Default `pass`.
    pub on_inconclusive: OnInconclusive,
    /// What a gate without a baseline exits as. Default `fail` (exit 4).
    pub on_missing_baseline: OnMissingBaseline,
    /// Make `no evidence` inconclusive.
    pub require_proof: bool,
    /// What a run that is not steady after its warm-up is. Default `reported`.
    pub steady: Steady,
}

/// Rules by metric.
#[derive(Debug, Clone, Default, PartialEq, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MetricRules {
    /// Median response time.
    #[schemars(with = "LatencyRule")]
    pub p50: Option<MetricRule>,
    /// 90th percentile of response time.
    #[schemars(with = "LatencyRule")]
    pub p90: Option<MetricRule>,
    /// 95th percentile of response time.
    #[schemars(with = "LatencyRule")]
    pub p95: Option<MetricRule>,
    /// 99th percentile of response time.
    #[schemars(with = "LatencyRule")]
    pub p99: Option<MetricRule>,
    /// 99.9th percentile of response time.
    #[schemars(with = "LatencyRule")]
    pub p999: Option<MetricRule>,
    /// Longest response time.
    #[schemars(with = "LatencyRule")]
    pub max: Option<MetricRule>,
    /// Mean response time.
    #[schemars(with = "LatencyRule")]
    pub mean: Option<MetricRule>,
    /// Failed requests as a share of all.
    #[schemars(with = "ErrorRateRule")]
    pub error_rate: Option<MetricRule>,
    /// Requests finished per second.
    #[schemars(with = "RpsRule")]
    pub rps: Option<MetricRule>,
}

/// A tolerance such as `"+10%"`, or a table with `tolerance`, `floor` and `limit`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MetricRule {
    /// How far the metric may move from the baseline.
    pub tolerance: Option<Tolerance>,
    /// A move smaller than this never counts, however large its share: `"2ms"`.
    pub floor: Option<Span>,
    /// The value that must hold, baseline or not.
    pub limit: Option<Limit>,
}

/// An absolute limit: `"500ms"`, `"1%"` or `"200/s"`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// For latencies.
    Latency(Span),
    /// For error rates.
    Share(Ratio),
    /// For rps: the least.
    Rate(Rate),
}

/// When a change is a failure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GateRule {
    /// FAIL only where the lower bound of the change is beyond the tolerance.
    #[default]
    Confident,
    /// FAIL where the measured change is beyond the tolerance.
    Threshold,
}

/// What a suspect gate does: one that reads worse than tolerated where noise could explain it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnSuspect {
    /// Repeat the run, up to `max_runs`.
    #[default]
    Repeat,
    /// Let a duet decide, as `[duet]` says.
    Duet,
}

/// What an inconclusive gate exits as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnInconclusive {
    /// Exit 0, said loudly.
    #[default]
    Pass,
    /// Exit 4.
    Fail,
}

/// What a gate without a baseline exits as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnMissingBaseline {
    /// Exit 4.
    #[default]
    Fail,
    /// Exit 0: limits are held, nothing is compared.
    Pass,
}

/// What a run that is not steady after its warm-up is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Steady {
    /// Said in the report.
    #[default]
    Reported,
    /// Inconclusive.
    Required,
}

/// Where baselines are kept.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Baseline {
    /// The folder that holds `<profile>.json`, relative to loadgate.toml. Default `baselines`.
    pub store: Option<PathBuf>,
    /// Most runs a baseline keeps. Default 20.
    pub keep: Option<u32>,
    /// `same` (default): compare only within one class of environment. `any`: for targets whose speed
    /// is not the machine's (simulated, remote).
    pub environment: EnvironmentRule,
}

/// Which environments compare.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EnvironmentRule {
    /// Only one class.
    #[default]
    Same,
    /// All.
    Any,
}
