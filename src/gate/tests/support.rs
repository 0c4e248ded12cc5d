//! Runs, baselines and policies, briefly.

use std::collections::BTreeMap;

use crate::baseline::{Acceptance, Baseline, StoredRun};
use crate::gate::{Cell, Comparison, Context, MetricRule, Policy, compare, duet};
use crate::measure::{ALL, Block, Build, Duet, Environment, Estimate, Job, Metric, Model, Origin, Run, Side, Summary};
use crate::units::Tolerance;

/// Requests of each endpoint: enough for every percentile up to p99.
pub(in crate::gate) const REQUESTS: u64 = 10_000;

/// The run of job `job`: nothing but a whole run without errors at 400/s.
pub(in crate::gate) fn run(job: u32) -> Run {
    let origin = Origin {
        loadgate: "0.1.0".into(),
        started_at: format!("2026-01-{:02}T12:00:00Z", job + 1),
        commit: Some(format!("c0ffee{job}")),
        reference: Some("main".into()),
        job: Job { boot: format!("boot {job}"), run: format!("run {job}") },
        environment: Environment { cpu: "Zen 4".into(), profile: "abc".into(), ..Environment::default() },
    };
    Run {
        origin,
        window_s: 60.0,
        valid: true,
        aborted: None,
        steady_after_s: None,
        once_a_user: Vec::new(),
        cells: BTreeMap::new(),
        windows: BTreeMap::new(),
    }
    .with(ALL, Metric::ErrorRate, 0.0)
    .with(ALL, Metric::Rps, 400.0)
}

/// Runs, one call a fact.
pub(in crate::gate) trait Builder {
    fn with(self, endpoint: &str, metric: Metric, value: f64) -> Self;
    fn with_requests(self, endpoint: &str, metric: Metric, value: f64, requests: u64) -> Self;
    fn without(self, endpoint: &str) -> Self;
    /// p50 and p95 in ms, and no errors.
    fn endpoint(self, name: &str, p50: f64, p95: f64) -> Self;
    fn repeat(self, n: u32) -> Self;
}

impl Builder for Run {
    fn with(self, endpoint: &str, metric: Metric, value: f64) -> Self {
        self.with_requests(endpoint, metric, value, REQUESTS)
    }

    #[allow(clippy::cast_precision_loss, reason = "small counts")]
    fn with_requests(mut self, endpoint: &str, metric: Metric, value: f64, requests: u64) -> Self {
        let estimate = Estimate { value, samples: requests, effective: requests as f64, variance: 1e-6 };
        self.cells.entry(endpoint.to_owned()).or_default().insert(metric, estimate);
        self
    }

    fn without(mut self, endpoint: &str) -> Self {
        self.cells.remove(endpoint);
        self
    }

    fn endpoint(self, name: &str, p50: f64, p95: f64) -> Self {
        self.with(name, Metric::P50, p50 * 1e3).with(name, Metric::P95, p95 * 1e3).with(name, Metric::ErrorRate, 0.0)
    }

    fn repeat(mut self, n: u32) -> Self {
        self.origin.started_at = self.origin.started_at.replace("12:00", &format!("12:{n:02}"));
        self
    }
}

/// The shop of job `job`, with a little noise of its own: five jobs of it make a good baseline.
pub(in crate::gate) fn shop(job: u32) -> Run {
    let noise = 1.0 + 0.02 * [0.3, -0.7, 1.1, -0.4, -0.2, 0.5, 0.1, -0.6][job as usize % 8];
    run(job).endpoint("create_order", 80.0 * noise, 180.0 * noise).endpoint("search", 20.0 * noise, 45.0 / noise)
}

pub(in crate::gate) fn baseline(runs: Vec<Run>) -> Baseline {
    let terms = Acceptance { keep: 100, any_environment: true, replace: false };
    let runs = runs.into_iter().map(|run| StoredRun { run, histograms: BTreeMap::new() }).collect();
    Baseline::accept(None, "load", runs, terms).unwrap()
}

/// A baseline of five jobs of the shop.
pub(in crate::gate) fn shop_baseline() -> Baseline {
    baseline((0..5).map(shop).collect())
}

/// The default policy of a closed model, of a gate whose last run was made.
pub(in crate::gate) fn policy() -> Policy {
    Policy { max_runs: 1, ..repeating() }
}

/// The same of a gate that has two more runs to come.
pub(in crate::gate) fn repeating() -> Policy {
    Policy::compile(&crate::config::Gate::default(), &crate::config::Baseline::default(), &[], false, None).unwrap()
}

pub(in crate::gate) fn tolerance(rise: f64) -> MetricRule {
    MetricRule { tolerance: Some(Tolerance::Relative(rise)), ..MetricRule::default() }
}

pub(in crate::gate) fn limit(limit: f64) -> MetricRule {
    MetricRule { limit: Some(limit), ..MetricRule::default() }
}

pub(in crate::gate) fn summary() -> Summary {
    Summary { format: 1, profile: "load".to_owned(), window_s: 60.0, valid: true, ..Summary::default() }
}

/// A duet whose blocks are these, each a baseline's and a candidate's run, looked at after 8, 16, 24 and 32.
pub(in crate::gate) fn played(blocks: Vec<(Run, Run)>) -> Duet {
    let build = |name: &str| Build { name: name.to_owned(), commit: Some(format!("{name} commit")), reference: None };
    let block = |(number, (baseline, candidate))| Block {
        number,
        order: vec![Side::Baseline, Side::Candidate, Side::Candidate, Side::Baseline],
        baseline,
        candidate,
    };
    Duet {
        format: 1,
        profile: "load".into(),
        load: "100/s".into(),
        model: Model::Open,
        seed: 7,
        baseline: build("old"),
        candidate: build("new"),
        restarted: true,
        warmup_s: 2.0,
        slot_s: 3.0,
        pairs: 2,
        block_s: 15.0,
        looks: vec![8, 16, 24, 32],
        blocks: (1..).zip(blocks).map(block).collect(),
        valid: true,
        reasons: Vec::new(),
        interrupted: false,
        summary: summary(),
    }
}

pub(in crate::gate) fn judge_duet(played: &Duet, policy: &Policy) -> Comparison {
    let context =
        Context { seed: 7, profile: "load", load: "100/s", baseline_path: None, recordings: &[], endpoints: &[] };
    duet(played, policy, &context)
}

pub(in crate::gate) fn judge(candidate: &[Run], baseline: Option<&Baseline>, policy: &Policy) -> Comparison {
    let context =
        Context { seed: 7, profile: "load", load: "200 users", baseline_path: None, recordings: &[], endpoints: &[] };
    compare(candidate, &summary(), baseline, policy, &context)
}

pub(in crate::gate) fn cell<'a>(comparison: &'a Comparison, endpoint: &str, metric: Metric) -> &'a Cell {
    let found = comparison.cells.iter().find(|cell| cell.endpoint == endpoint && cell.metric == metric);
    found.unwrap_or_else(|| panic!("no cell {endpoint} {metric} in {:#?}", comparison.cells))
}
