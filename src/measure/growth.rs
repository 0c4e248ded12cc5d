//! What grew over a run: the target's memory, files and connections, and latency.
//!
//! In: a recording, and what may grow by how much. Out: trends. Judges none.

use std::collections::BTreeMap;

use super::batches::batches;
use super::metric::Metric;
use super::numbers::real;
use super::recording::Recording;
use super::summary::{ALL, GrowthSummary};
use super::trend::{self, Trend};

/// How the metric of a recording grew; none where the run was too short to tell, or nothing was read.
pub(super) fn trend(recording: &Recording, metric: Metric) -> Option<Trend> {
    let readings = match metric.reading() {
        Some(name) => recording.resources.series(name, &recording.facts),
        None => latencies(recording),
    };
    trend::trend(&readings)
}

/// Everything that may not grow.
pub(super) fn summary(recording: &Recording) -> BTreeMap<Metric, GrowthSummary> {
    let limits = recording.facts.leak.iter();
    limits.map(|(metric, limit)| (*metric, GrowthSummary { trend: trend(recording, *metric), limit: *limit })).collect()
}

/// The 95th percentile of response time by batch, each with its number: growth is by the hour, so their length counts.
fn latencies(recording: &Recording) -> Vec<(f64, f64)> {
    let facts = &recording.facts;
    let batches = batches(&recording.series, facts.warmup_s, facts.window_s);
    let all = batches.get(ALL).map(Vec::as_slice).unwrap_or_default();
    let each_s = facts.window_s / super::numbers::length(all).max(1.0);
    let timed = (0_u64..).zip(all).filter(|(_, batch)| !batch.response_us.is_empty());
    timed.map(|(number, batch)| (real(number) * each_s, real(batch.response_us.quantile(0.95)))).collect()
}
