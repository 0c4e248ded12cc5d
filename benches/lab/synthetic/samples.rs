//! Runs drawn request by request, and recorded as any run is: `Recorder`, `Collector`, `Recording`, `Run`.
//!
//! In: a scenario and draws. Out: what the gate tells of them. Here the noise inside a run is real: what requests close in
//! time share, a warm-up that is too short, errors in bursts.

use std::error::Error;
use std::time::Duration;

use loadgate::gate::{Cell, compare};
use loadgate::measure::{
    Collector, Failure, Metric, Model, Phase, Recorder, Recording, Run, RunFacts, Sample, Timings,
};

use super::draw::{Draw, Drift};
use super::judge::told;
use super::scenario::{Noise, Scenario};
use super::tally::{Rule, Tally, Told};
use super::{rivals, world};

/// Endpoints, and requests to each in a second.
const ENDPOINTS: u32 = 4;
const RATE: u32 = 25;
/// Seconds of warm-up and of the window.
const WARMUP_S: u32 = 2;
const WINDOW_S: u32 = 30;
/// Median response time in seconds, and the standard deviation of its logarithm.
const MEDIAN_S: f64 = 0.1;
const SPREAD: f64 = 0.3;
/// How much a drifting machine wanders, and in how many seconds it is another one.
const WANDER: (f64, f64) = (0.1, 4.0);
/// By how much everything is slower in the end, and the chance that it is in a run with a step.
const SLOWER: (f64, f64) = (0.2, 0.5);
/// The chance that a second is slow, and by how much.
const SLOW: (f64, f64) = (0.05, 0.7);
/// The chance that errors burst in a second, and the share of requests that then fail.
const BURST: (f64, f64) = (0.05, 0.2);

/// Plays a gate: a baseline of jobs, and one run more.
pub(super) fn play(scenario: Scenario, draw: &mut Draw) -> Result<Tally, Box<dyn Error + Send + Sync>> {
    let before: Vec<Run> = (0..scenario.jobs).map(|job| record(scenario, job, false, draw).run()).collect();
    let now = record(scenario, scenario.jobs, true, draw).run();
    let mut tally = Tally { unsteady: u32::from(now.steady_after_s.is_some()), ..Tally::default() };
    let last = before.last().ok_or("a scenario needs jobs")?;
    let errors = scenario.noise == Noise::Errors;
    let changed = |cell: &Cell| {
        let all = cell.endpoint == loadgate::measure::ALL;
        scenario.change > 0
            && if errors { all || cell.metric == Metric::ErrorRate } else { cell.endpoint == "endpoint 0" }
    };
    if errors {
        let failing = counts(last).zip(counts(&now)).is_some_and(|(before, now)| rivals::counts(before, now));
        tally.tell(Rule::Counts, if failing { Told::Fail { right: scenario.change > 0 } } else { Told::Pass }, 1);
    } else {
        let failing = slower_cells(last, &now);
        tally.tell(Rule::Percent10, Told::of_cells(&failing, scenario.change > 0), 1);
    }
    let (baseline, policy) = (world::baseline(before)?, world::policy(1)?);
    let found = compare(&[now], &world::summary(), Some(&baseline), &policy, &world::context());
    tally.tell(Rule::Stored, told(&found, changed), 1);
    let rise = f64::from(scenario.change) / 100.0;
    for cell in found.cells.iter().filter(|cell| cell.gated && cell.endpoint != loadgate::measure::ALL) {
        let truth = match cell.metric {
            Metric::ErrorRate if errors => rise / 10.0,
            Metric::ErrorRate => continue,
            _ if !errors && cell.endpoint == "endpoint 0" => rise,
            _ => 0.0,
        };
        if let (Some(low), Some(high)) = (cell.low, cell.high) {
            tally.cover(low, high, truth);
        }
    }
    Ok(tally)
}

/// p50 and p95 that are more than 10% above the last run's: whether those of the first endpoint, then of each other.
fn slower_cells(last: &Run, now: &Run) -> Vec<bool> {
    let slower = |endpoint: u32| {
        let value = |run: &Run, metric| Some(run.cells.get(&name(endpoint))?.get(&metric)?.value);
        [Metric::P50, Metric::P95]
            .into_iter()
            .any(|metric| value(now, metric) > value(last, metric).map(|was| was * 1.1))
    };
    (0..ENDPOINTS).map(slower).collect()
}

/// Errors and requests of the whole run.
fn counts(run: &Run) -> Option<(f64, f64)> {
    let errors = run.cells.get(loadgate::measure::ALL)?.get(&Metric::ErrorRate)?;
    let requests = f64::from(u32::try_from(errors.samples).ok()?);
    Some((errors.value * requests, requests))
}

fn name(endpoint: u32) -> String {
    format!("endpoint {endpoint}")
}

/// What a second of a run is like.
#[derive(Debug, Clone, Copy)]
struct Second {
    slower: f64,
    errors: f64,
}

/// Draws the seconds of a run.
fn seconds(scenario: Scenario, draw: &mut Draw) -> Vec<Second> {
    let mut machine = Drift::new(WANDER.1, draw);
    let steps = draw.chance(SLOWER.1);
    let length = f64::from(WARMUP_S + WINDOW_S);
    let step = draw.uniform() * length;
    let of_second = |second: u32| {
        let now = f64::from(second);
        let mut errors = 0.0;
        let slower = match scenario.noise {
            Noise::Drifting => WANDER.0 * machine.next(draw),
            Noise::Trend => SLOWER.0 * now / length,
            Noise::Step if steps && now >= step => SLOWER.0,
            Noise::Bursts if draw.chance(SLOW.0) => SLOW.1,
            Noise::Errors => {
                errors = if draw.chance(BURST.0) { BURST.1 } else { 0.0 };
                0.0
            }
            _ => 0.0,
        };
        Second { slower, errors }
    };
    (0..WARMUP_S + WINDOW_S).map(of_second).collect()
}

/// Plays and records a run of job `job`.
fn record(scenario: Scenario, job: u32, changed: bool, draw: &mut Draw) -> Recording {
    let seconds = seconds(scenario, draw);
    let shared = if scenario.noise == Noise::Independent { 0.0 } else { draw.normal() };
    let own: Vec<f64> = (0..ENDPOINTS).map(|_| draw.normal()).collect();
    let mut collector = Collector::new((0..ENDPOINTS).map(name).collect(), Vec::new());
    let mut recorder = Recorder::new(usize::try_from(ENDPOINTS).unwrap_or(0));
    for (second, like) in (0_u32..).zip(seconds) {
        for (endpoint, own) in (0_u32..).zip(&own) {
            let hit = changed && endpoint == 0 && scenario.noise != Noise::Errors;
            let change = if hit { scenario.log_change() } else { 0.0 };
            let level = scenario.sd() * 0.5f64.sqrt() * (shared + own) + like.slower + change;
            let more =
                if changed && scenario.noise == Noise::Errors { f64::from(scenario.change) / 1_000.0 } else { 0.0 };
            for number in 0..RATE {
                let finished_at = f64::from(second) + f64::from(number) / f64::from(RATE);
                let failed = draw.chance(like.errors + more);
                let response = MEDIAN_S * (level + SPREAD * draw.normal()).exp();
                if let Some(slice) = recorder.record(&sample(endpoint, finished_at, response, failed)) {
                    collector.absorb(slice);
                }
            }
        }
    }
    if let Some(slice) = recorder.finish() {
        collector.absorb(slice);
    }
    collector.recording(facts(scenario, job))
}

fn sample(endpoint: u32, finished_at: f64, response: f64, failed: bool) -> Sample {
    let response = Duration::from_secs_f64(response);
    Sample {
        endpoint,
        phase: if finished_at < f64::from(WARMUP_S) { Phase::Warmup } else { Phase::Window },
        finished_at: Duration::from_secs_f64(finished_at),
        response,
        service: response,
        timings: Timings::default(),
        bytes_received: 0,
        failure: failed.then_some(Failure::Status(503)),
    }
}

fn facts(scenario: Scenario, job: u32) -> RunFacts {
    RunFacts {
        profile: "lab".to_owned(),
        load: format!("{}/s", RATE * ENDPOINTS),
        model: Model::Open,
        seed: u64::from(scenario.sd),
        origin: world::origin(job, 0),
        window_s: f64::from(WINDOW_S),
        warmup_s: f64::from(WARMUP_S),
        valid: true,
        reasons: Vec::new(),
        interrupted: false,
        aborted: None,
        lint: Vec::new(),
        once_a_user: Vec::new(),
        stages: Vec::new(),
        workers: 1,
        leak: std::collections::BTreeMap::new(),
    }
}
