//! Values as loadgate's own types: runs, baselines, duets.
//!
//! In: values of cells in numbers. Out: what the gate's public functions take. Draws nothing.

use std::collections::BTreeMap;
use std::error::Error;

use loadgate::baseline::{Acceptance, Baseline, StoredRun};
use loadgate::config;
use loadgate::gate::{Cell, Context, Policy};
use loadgate::measure::{ALL, Block, Build, Duet, Environment, Estimate, Job, Metric, Model};
use loadgate::measure::{Origin, Run, Summary};

use super::scenario::CELLS;

/// The value of a cell without noise and change, in microseconds: its tolerance is far above any floor.
const BASE_US: f64 = 100_000.0;
/// Requests behind a cell: enough for every percentile that is gated.
const REQUESTS: u32 = 10_000;
/// Variance of a value from inside its run: 1% sd.
const WITHIN_RUN: f64 = 1e-4;

/// The run of a job, from the logarithm of each cell.
pub(super) fn run(job: u32, repeat: u32, logs: &[f64]) -> Run {
    let mut run = Run {
        origin: origin(job, repeat),
        window_s: 60.0,
        valid: true,
        aborted: None,
        steady_after_s: None,
        once_a_user: Vec::new(),
        cells: BTreeMap::new(),
        windows: BTreeMap::new(),
    };
    let errors = run.cells.entry(ALL.to_owned()).or_default();
    errors.insert(Metric::ErrorRate, estimate(0.0, 0.0));
    for (cell, log) in logs.iter().enumerate() {
        let (endpoint, metric) = name(cell);
        run.cells.entry(endpoint).or_default().insert(metric, estimate(BASE_US * log.exp(), WITHIN_RUN));
    }
    run
}

/// Where the run of a job came from.
pub(super) fn origin(job: u32, repeat: u32) -> Origin {
    let environment = Environment { profile: "lab".to_owned(), ..Environment::default() };
    let job_name = Job { boot: format!("boot {job}"), run: format!("run {job}") };
    let started_at = format!("2026-01-{:02}T12:{repeat:02}:00Z", job + 1);
    Origin { started_at, job: job_name, environment, ..Origin::default() }
}

fn estimate(value: f64, variance: f64) -> Estimate {
    Estimate { value, samples: u64::from(REQUESTS), effective: f64::from(REQUESTS), variance }
}

fn name(cell: usize) -> (String, Metric) {
    (format!("endpoint {}", cell / 2), if cell.is_multiple_of(2) { Metric::P50 } else { Metric::P95 })
}

/// Whether this is the cell that changes.
pub(super) fn is_changed(cell: &Cell) -> bool {
    (cell.endpoint.clone(), cell.metric) == name(0)
}

/// A baseline of runs.
pub(super) fn baseline(runs: Vec<Run>) -> Result<Baseline, Box<dyn Error + Send + Sync>> {
    let terms = Acceptance { keep: 100, any_environment: true, replace: false };
    let runs = runs.into_iter().map(|run| StoredRun { run, histograms: BTreeMap::new() }).collect();
    Ok(Baseline::accept(None, "lab", runs, terms)?)
}

/// The rules where nothing is configured, for gates of at most so many runs: p50 and p95 of every endpoint within 10%.
pub(super) fn policy(max_runs: u32) -> Result<Policy, Box<dyn Error + Send + Sync>> {
    let gate = config::Gate { max_runs: Some(max_runs), ..config::Gate::default() };
    Ok(Policy::compile(&gate, &config::Baseline::default(), &[], true, None)?)
}

/// What every comparison is of.
pub(super) fn context() -> Context<'static> {
    Context { seed: 1, profile: "lab", load: "400/s", baseline_path: None, recordings: &[], endpoints: &[] }
}

/// Figures that no rule reads.
pub(super) fn summary() -> Summary {
    Summary { format: 1, profile: "lab".to_owned(), window_s: 60.0, valid: true, ..Summary::default() }
}

/// A duet with no block yet.
pub(super) fn duet(looks: &[u32], pairs: u32) -> Duet {
    Duet {
        format: 1,
        profile: "lab".to_owned(),
        load: "400/s".to_owned(),
        model: Model::Open,
        seed: 1,
        baseline: Build::default(),
        candidate: Build::default(),
        restarted: true,
        warmup_s: 1.0,
        slot_s: 5.0,
        pairs,
        block_s: 40.0,
        looks: looks.to_vec(),
        blocks: Vec::new(),
        valid: true,
        reasons: Vec::new(),
        interrupted: false,
        summary: summary(),
    }
}

/// A block, from the logarithms of each side's cells.
pub(super) fn block(number: u32, order: Vec<loadgate::measure::Side>, sides: [&[f64; CELLS]; 2]) -> Block {
    let [baseline, candidate] = sides.map(|logs| run(0, number, logs));
    Block { number, order, baseline, candidate }
}
