//! `[gate]`: what decides.
//!
//! What was typed; what fits together is `plan`'s to check.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::abort::Abort;
use super::rules::{ErrorRateRule, LatencyRule, NumberRule, RpsRule, SizeRule};
use super::window::Window;
use crate::units::{Rate, Ratio, Size, Span, Tolerance};

/// What decides.
#[derive(Debug, Clone, Default, PartialEq, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Gate {
    /// The profile `gate` plays. Default: the only one, or `load`.
    pub profile: Option<String>,
    /// `confident` (default): FAIL only beyond doubt. `threshold`: FAIL on the measured change alone.
    pub rule: GateRule,
    /// Rules by metric for every endpoint. Default: p50 and p95 `{ tolerance = "+10%", floor = "2ms" }`,
    /// `error_rate` `+0.1pp`, and `rps` `-5%` of the whole run in the closed model;
    /// of a `search` `rps_ceiling` `-10%` alone.
    #[serde(flatten)]
    pub metrics: MetricRules,
    /// Rules for what the target uses, where that is read. Default: none.
    #[serde(flatten)]
    pub target: TargetRules,
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
    /// When a run is hopeless: it is ended then, and the gate has failed.
    pub abort: Vec<Abort>,
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
    /// Highest rate at which the objective of a `search` holds.
    #[schemars(with = "RpsRule")]
    pub rps_ceiling: Option<MetricRule>,
}

/// Rules for what the target uses.
#[derive(Debug, Clone, Default, PartialEq, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TargetRules {
    /// Cores that the target used, where they are read: see `[target] resources`.
    #[schemars(with = "NumberRule")]
    pub cpu: Option<MetricRule>,
    /// Memory of the target, where it is read.
    #[schemars(with = "SizeRule")]
    pub memory: Option<MetricRule>,
    /// Files that the target held open, where they are read.
    #[schemars(with = "NumberRule")]
    pub open_files: Option<MetricRule>,
    /// Connections that the target held, where they are read.
    #[schemars(with = "NumberRule")]
    pub connections: Option<MetricRule>,
}

/// A tolerance such as `"+10%"`, or a table with `tolerance`, `floor`, `limit` and `for`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MetricRule {
    /// How far the metric may move from the baseline.
    pub tolerance: Option<Tolerance>,
    /// A move smaller than this never counts, however large its share: `"2ms"`.
    pub floor: Option<Span>,
    /// The value that must hold, baseline or not.
    pub limit: Option<Limit>,
    /// The window over which the limit must hold, wherever in the run it lies. Default: over the whole run.
    pub window: Option<Window>,
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
    /// For cores, open files and connections.
    Number(f64),
    /// For memory.
    Size(Size),
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
