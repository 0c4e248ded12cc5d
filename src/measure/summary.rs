//! The figures of one run as people and programs read them: `summary` in recording.json and `hit --json`.
//!
//! Latencies in microseconds, rates per second, shares 0-1. Warm-up is never in them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::abort::Abort;
use super::capacity::{LevelSummary, Story};
use super::metric::Metric;
use super::recording::Model;
use super::trend::Trend;

/// The pseudo-endpoint that stands for the whole run.
pub const ALL: &str = "(all)";

/// The pseudo-endpoint that stands for the target itself: what it used.
pub const TARGET: &str = "(target)";

/// What the name of an endpoint ends with that stands for the requests to which redirects from another one lead.
pub const REDIRECTED: &str = " (redirected)";

/// The figures of one run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Version of this shape: 1.
    pub format: u32,
    /// The profile that was played.
    pub profile: String,
    /// Length of the measured window in seconds.
    pub window_s: f64,
    /// Length of the warm-up before it in seconds.
    pub warmup_s: f64,
    /// Whether the figures may be used at all.
    pub valid: bool,
    /// Why not, or what to keep in mind.
    pub reasons: Vec<String>,
    /// What ended the run early as hopeless, where a rule of `[[gate.abort]]` did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aborted: Option<Abort>,
    /// Classic mistakes of the loadgate.toml that was played, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lint: Vec<String>,
    /// Figures by endpoint; `(all)` is the whole run.
    pub endpoints: BTreeMap<String, EndpointSummary>,
    /// Highest rate at which the SLO held, where a ceiling search was made.
    pub ceiling: Option<f64>,
    /// Whether arrivals waited for answers.
    #[serde(default)]
    pub model: Model,
    /// What each level of a load by stages amounted to, while it was held.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<LevelSummary>,
    /// What those levels tell together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub story: Option<Story>,
    /// What grew over the run, of what has a limit: a share of its level in an hour.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub growth: BTreeMap<Metric, GrowthSummary>,
    /// What the target used over the window, where that was read.
    pub target: Option<BTreeMap<String, ResourceSummary>>,
    /// Whether the generator itself was fit.
    pub generator: GeneratorSummary,
}

/// The figures of one endpoint.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct EndpointSummary {
    /// Requests finished in the window, failed ones included.
    pub requests: u64,
    /// Requests finished per second.
    pub rps: f64,
    /// Failed requests as a share of all.
    pub error_rate: f64,
    /// Bytes received, heads and bodies.
    pub bytes_received: u64,
    /// Response time of successful requests.
    pub response_us: Quantiles,
    /// Service time of successful requests.
    pub service_us: Quantiles,
    /// Response time of failed requests, kept apart so that a fast error page improves nothing.
    pub failed_us: Quantiles,
    /// Where service time went.
    pub phases_us: PhaseQuantiles,
    /// Failures by kind: `timeout`, `status 500`, `expect json $.id`.
    pub errors: BTreeMap<String, u64>,
    /// What came instead, by kind of failure: the first of each that something read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub examples: BTreeMap<String, String>,
}

/// A latency distribution in microseconds. All zero where there was no sample.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Quantiles {
    /// Median.
    pub p50: u64,
    /// 90th percentile.
    pub p90: u64,
    /// 95th percentile.
    pub p95: u64,
    /// 99th percentile.
    pub p99: u64,
    /// 99.9th percentile.
    pub p999: u64,
    /// Longest.
    pub max: u64,
    /// Arithmetic mean.
    pub mean: f64,
}

/// Distributions of the phases of a request, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct PhaseQuantiles {
    /// Resolving the host name.
    pub dns: Quantiles,
    /// The TCP handshake.
    pub connect: Quantiles,
    /// The TLS handshake.
    pub tls: Quantiles,
    /// From the request written to the first byte of the answer.
    pub wait: Quantiles,
    /// From the first byte of the answer to the last.
    pub receive: Quantiles,
}

/// One resource of the target over the window.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ResourceSummary {
    /// Arithmetic mean over the window.
    pub mean: f64,
    /// Highest value seen.
    pub max: f64,
}

/// How something grew over the window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GrowthSummary {
    /// How it grew; none where the run was too short to tell, or nothing was read.
    #[serde(flatten)]
    pub trend: Option<Trend>,
    /// How much it may.
    pub limit: f64,
}

/// How fit the generator was over the window.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct GeneratorSummary {
    /// Worker threads.
    pub workers: u32,
    /// How late starts were against their schedule. All zero in a closed model without pacing.
    pub start_lag_us: StartLag,
    /// Starts that found no idle user and waited for one.
    pub late_starts: u64,
    /// Starts that were due and never made.
    pub missed_starts: u64,
    /// Cores this process used, on average.
    pub cpu_cores: f64,
    /// Share of its workers' time in which they could have run and waited for a core.
    pub run_delay: f64,
    /// How long a worker with something to do waited for a core before it did it, on average, in microseconds.
    pub wake_delay_us: f64,
    /// Share of the window in which one of its workers had no idle time.
    pub busy: f64,
    /// Share of the machine's time stolen by the hypervisor.
    pub steal: f64,
    /// Share of the window in which anything on the machine waited for a core.
    pub pressure: f64,
    /// TCP segments the machine sent again.
    pub retransmits: u64,
}

/// Quantiles of start lag in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct StartLag {
    /// Median.
    pub p50: u64,
    /// 99th percentile.
    pub p99: u64,
    /// Longest.
    pub max: u64,
}
