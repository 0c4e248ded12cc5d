//! What a baseline can tell from noise, before any run is compared with it.
//!
//! In: a baseline and the gate's policy. Out: for each gated cell the smallest change that one more job could show.
//! Judges nothing.

use super::cell::facts;
use super::policy::Policy;
use super::reasons::few_jobs;
use crate::baseline::Baseline;
use crate::measure::{Metric, Run};

/// What a baseline can tell from noise.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensitivity {
    /// Jobs it rests on.
    pub jobs: usize,
    /// The gated cells, by endpoint and metric.
    pub cells: Vec<SensitiveCell>,
    /// What to do where it rests on too few jobs.
    pub warning: Option<String>,
}

/// What a baseline can tell of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct SensitiveCell {
    /// The endpoint.
    pub endpoint: String,
    /// The metric.
    pub metric: Metric,
    /// The baseline's value, in the metric's unit.
    pub base: f64,
    /// The change tolerated, in the form of [`Cell::change`](super::Cell::change).
    pub tolerance: Option<f64>,
    /// The smallest change a candidate of one job and one run could tell from noise, in the same form;
    /// `None` where the cell rests on too few requests to be judged.
    pub detectable: Option<f64>,
}

/// What `baseline` can tell from noise under `policy`: the gate's own formula, for a candidate that is as noisy
/// as the baseline and did not change.
#[must_use]
pub fn sensitivity(baseline: &Baseline, policy: &Policy) -> Sensitivity {
    let runs: Vec<&Run> = baseline.runs.iter().map(|stored| &stored.run).collect();
    let candidate = baseline.newest();
    let cells = facts(candidate.as_slice(), &runs, policy)
        .into_iter()
        .filter(|cell| cell.rule.is_some_and(|rule| rule.tolerance.is_some()))
        .filter_map(|cell| {
            let judged = cell.evidence.as_ref().filter(|_| !cell.is_thin());
            Some(SensitiveCell {
                base: cell.baseline.value?,
                tolerance: cell.tolerated(),
                detectable: judged.map(|evidence| evidence.shown(evidence.detectable())),
                endpoint: cell.key.endpoint,
                metric: cell.key.metric,
            })
        })
        .collect();
    let jobs = baseline.jobs().len();
    Sensitivity { jobs, cells, warning: few_jobs(jobs) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::tests::support::{baseline, judge, policy, shop, shop_baseline};

    fn p95(found: &Sensitivity) -> f64 {
        let cell = found.cells.iter().find(|cell| cell.endpoint == "create_order" && cell.metric == Metric::P95);
        cell.and_then(|cell| cell.detectable).unwrap()
    }

    #[test]
    fn a_baseline_says_before_a_gate_what_the_gate_will_be_able_to_see() {
        let before = shop_baseline();
        let found = sensitivity(&before, &policy());
        let gate = judge(&[before.newest().unwrap().clone()], Some(&before), &policy());
        let cell = gate.cells.iter().find(|cell| cell.endpoint == "create_order" && cell.metric == Metric::P95);
        assert!((p95(&found) - cell.unwrap().detectable.unwrap()).abs() < 1e-6);
        assert_eq!((found.jobs, found.warning.clone(), found.cells.len()), (5, None, 8));
    }

    #[test]
    fn more_jobs_see_smaller_changes_and_few_are_warned_of() {
        let of = |jobs: u32| sensitivity(&baseline((0..jobs).map(shop).collect()), &policy());
        let seen: Vec<f64> = [1, 2, 4, 8].map(|jobs| p95(&of(jobs))).into();
        assert!(seen.is_sorted_by(|few, many| few > many), "{seen:?}");
        assert!(of(2).warning.unwrap().starts_with("the baseline rests on 2 jobs,"));
    }

    #[test]
    fn throughput_is_seen_to_fall() {
        let found = sensitivity(&shop_baseline(), &policy());
        let rps = found.cells.iter().find(|cell| cell.metric == Metric::Rps).unwrap();
        assert!(rps.detectable.unwrap() < 0.0 && rps.tolerance == Some(-0.05), "{rps:?}");
    }
}
