//! A run reduced to what the gate compares: one estimate a cell, with the noise inside the run.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::abort::Abort;
use super::metric::Metric;
use super::origin::Origin;
use super::window::WorstWindow;

/// One execution of a profile in one process lifetime, reduced to its cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Where, when and of what it was measured.
    pub origin: Origin,
    /// Length of the measured window in seconds.
    pub window_s: f64,
    /// Whether its figures may be used.
    pub valid: bool,
    /// What ended it early as hopeless, where something did and nothing else is wrong with it; it is not valid then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aborted: Option<Abort>,
    /// Seconds from the start of the run after which it was steady (MSER-5), where that lies beyond
    /// the warm-up; `None` when the warm-up was long enough.
    pub steady_after_s: Option<f64>,
    /// Endpoints that each virtual user asks for once, when it comes or goes: how often they are requested depends on
    /// when users come. Known of runs that were recorded; of stored ones empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub once_a_user: Vec<String>,
    /// Estimates by endpoint (`(all)` included) and metric.
    pub cells: Cells,
    /// The worst windows by endpoint and metric, of what limits are held over. Of stored runs empty.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub windows: BTreeMap<String, BTreeMap<Metric, WorstWindow>>,
}

/// Estimates by endpoint and metric. A metric without a sample has no entry.
pub type Cells = BTreeMap<String, BTreeMap<Metric, Estimate>>;

/// One metric of one endpoint in one run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// In the metric's unit: microseconds, a share, or per second.
    pub value: f64,
    /// Requests it rests on.
    pub samples: u64,
    /// Independent requests those are worth: samples / max(1, deff), from batches of the window.
    pub effective: f64,
    /// Variance of ln(value) from inside the run; for an error rate the variance of the share itself.
    pub variance: f64,
}
