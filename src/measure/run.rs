//! A run reduced to what the gate compares: one estimate a cell, with the noise inside the run.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::abort::Abort;
use super::metric::{Metric, Unit};
use super::numbers::{LONGEST_S, MOST_FIGURE, check_counts, check_figure};
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

impl Run {
    /// What is wrong with a run that was read, if anything: a figure that no run has, with which nothing can be computed.
    ///
    /// # Errors
    /// The first such figure.
    pub fn check(&self) -> Result<(), String> {
        check_figure("`window_s`", self.window_s, 0.0..=LONGEST_S)?;
        if let Some(steady_s) = self.steady_after_s {
            check_figure("`steady_after_s`", steady_s, 0.0..=2.0 * LONGEST_S)?;
        }
        for (endpoint, metric, estimate) in self.estimates() {
            estimate.check(metric).map_err(|why| format!("{metric} of {endpoint:?}: {why}"))?;
        }
        for (metric, worst) in self.windows.values().flatten() {
            check_figure("a worst window", worst.value, metric.figures())?;
            check_counts("the times of a worst window", [worst.start_s, worst.length_s])?;
        }
        check_counts("the samples of a run", self.estimates().map(|(_, _, estimate)| estimate.samples))?;
        self.aborted.as_ref().map_or(Ok(()), Abort::check)
    }

    fn estimates(&self) -> impl Iterator<Item = (&str, Metric, &Estimate)> {
        let cells = self.cells.iter();
        cells
            .flat_map(|(endpoint, cells)| cells.iter().map(|(metric, estimate)| (endpoint.as_str(), *metric, estimate)))
    }
}

impl Estimate {
    fn check(&self, metric: Metric) -> Result<(), String> {
        check_figure("its value", self.value, metric.figures())?;
        check_figure("its effective requests", self.effective, 0.0..=MOST_FIGURE)?;
        check_figure("its variance", self.variance, 0.0..=MOST_FIGURE)
    }
}

impl Metric {
    /// What its figures may be in a file.
    #[must_use]
    pub fn figures(self) -> RangeInclusive<f64> {
        match self.unit() {
            Unit::Share => 0.0..=1.0,
            Unit::PerHour => -MOST_FIGURE..=MOST_FIGURE,
            Unit::Microseconds | Unit::PerSecond | Unit::Cores | Unit::Bytes | Unit::Count => 0.0..=MOST_FIGURE,
        }
    }
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
