//! A run over time, in few enough steps to be drawn.
//!
//! In: a recording's slices. Out: a [`Course`]: columns of figures, a value a step, warm-up included, and the
//! distribution of the window. Bounded in steps; histograms of neighbours are merged exactly, never averaged.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::histogram::Histogram;
use super::numbers::{real, whole};
use super::recording::Recording;
use super::sample::Phase;
use super::series::Tally;
use super::summary::ALL;

/// Most steps: more than this can't be told apart in a picture.
const MOST_STEPS: u64 = 240;

/// Halvings of the slowest share of a distribution: down to one request in a million.
const HALVINGS: i32 = 20;

/// A run over time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Course {
    /// Length of a step in seconds; the first begins with the run.
    pub step_s: u64,
    /// Length of the warm-up in seconds.
    pub warmup_s: f64,
    /// Length of the window after it in seconds.
    pub window_s: f64,
    /// Most virtual users alive in each step; empty where that was not recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<u32>,
    /// By endpoint; `(all)` is the whole run.
    pub endpoints: BTreeMap<String, EndpointCourse>,
    /// What the target used, by name: the mean of each step, none where nothing was read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub target: BTreeMap<String, Vec<Option<f64>>>,
}

/// One endpoint over time: a value a step in each column.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct EndpointCourse {
    /// Requests finished per second, failed ones included.
    pub rps: Vec<f64>,
    /// Failed requests per second.
    pub failures_per_s: Vec<f64>,
    /// Median response time in microseconds; none without a success.
    pub p50_us: Vec<Option<u64>>,
    /// 95th percentile of response time in microseconds.
    pub p95_us: Vec<Option<u64>>,
    /// 99th percentile of response time in microseconds.
    pub p99_us: Vec<Option<u64>>,
    /// The distribution of response times in the window: shares of requests (0-1) and the microseconds they stay within.
    pub distribution_us: Vec<(f64, u64)>,
}

impl Course {
    /// The course of a run.
    pub(super) fn of(recording: &Recording) -> Self {
        let facts = &recording.facts;
        let length_s = facts.warmup_s + facts.window_s;
        let mut step_s = recording.series().slice_s();
        while real(step_s * MOST_STEPS) < length_s {
            step_s *= 2;
        }
        let grid = Grid { step_s, steps: whole((length_s / real(step_s)).ceil()), length_s };
        let mut course = Self {
            step_s,
            warmup_s: facts.warmup_s,
            window_s: facts.window_s,
            users: users(recording, grid),
            target: target(recording, grid),
            endpoints: recording.endpoints().into_iter().map(|name| (name, EndpointCourse::default())).collect(),
        };
        course.endpoints.insert(ALL.to_owned(), EndpointCourse::default());
        for step in 0..grid.steps {
            course.add_step(recording, grid, step);
        }
        course.add_distributions(recording);
        course
    }

    /// Leaves out all endpoints but these.
    pub fn keep(&mut self, endpoints: &[&str]) {
        self.endpoints.retain(|name, _| endpoints.contains(&name.as_str()));
    }

    fn add_step(&mut self, recording: &Recording, grid: Grid, step: u64) {
        let mut sums: BTreeMap<&str, Tally> = BTreeMap::new();
        let slices = recording.series().slices().iter().filter(|slice| grid.step(slice.start_s) == step);
        for (endpoint, tally) in slices.flat_map(|slice| &slice.endpoints) {
            sums.entry(endpoint).or_default().add(tally);
            sums.entry(ALL).or_default().add(tally);
        }
        let nothing = Tally::default();
        for (name, endpoint) in &mut self.endpoints {
            endpoint.push(sums.get(name.as_str()).unwrap_or(&nothing), grid.length_of(step));
        }
    }

    fn add_distributions(&mut self, recording: &Recording) {
        let totals = recording.series().totals(Phase::Window);
        let all: Histogram = totals.values().map(|tally| &tally.response_us).sum();
        for (name, endpoint) in &mut self.endpoints {
            let response_us = if name == ALL { Some(&all) } else { totals.get(name).map(|tally| &tally.response_us) };
            endpoint.distribution_us = response_us.map(distribution).unwrap_or_default();
        }
    }
}

impl EndpointCourse {
    fn push(&mut self, tally: &Tally, length_s: f64) {
        let quantile = |level| (!tally.response_us.is_empty()).then(|| tally.response_us.quantile(level));
        let rate = |count: u64| (real(count) / length_s * 100.0).round() / 100.0;
        self.rps.push(rate(tally.requests));
        self.failures_per_s.push(rate(tally.failed()));
        self.p50_us.push(quantile(0.5));
        self.p95_us.push(quantile(0.95));
        self.p99_us.push(quantile(0.99));
    }
}

/// Steps of a run.
#[derive(Debug, Clone, Copy)]
struct Grid {
    step_s: u64,
    steps: u64,
    length_s: f64,
}

impl Grid {
    fn step(self, second: u64) -> u64 {
        second / self.step_s
    }

    /// How much of the run lies in a step: all of it but in the last.
    fn length_of(self, step: u64) -> f64 {
        (self.length_s - real(step * self.step_s)).min(real(self.step_s))
    }
}

fn users(recording: &Recording, grid: Grid) -> Vec<u32> {
    let slices = recording.generator().slices();
    let most = |step| {
        let within = slices.iter().filter(|slice| grid.step(slice.start_s) == step);
        within.map(|slice| slice.users).max().unwrap_or_default()
    };
    let users: Vec<u32> = (0..grid.steps).map(most).collect();
    if users.iter().all(|users| *users == 0) { Vec::new() } else { users }
}

fn target(recording: &Recording, grid: Grid) -> BTreeMap<String, Vec<Option<f64>>> {
    let slices = recording.resources().slices();
    let names: std::collections::BTreeSet<&String> = slices.iter().flat_map(|slice| slice.readings.keys()).collect();
    let mean = |name: &String, step| {
        let within = slices.iter().filter(|slice| grid.step(slice.start_s) == step);
        let readings = within.filter_map(|slice| slice.readings.get(name));
        let (count, sum) = readings.fold((0, 0.0), |(count, sum), of| (count + of.count, sum + of.sum));
        (count > 0).then(|| sum / real(count))
    };
    names.into_iter().map(|name| (name.clone(), (0..grid.steps).map(|step| mean(name, step)).collect())).collect()
}

/// Quantiles ever closer to the slowest request, in steps that a logarithmic axis of percentiles shows evenly.
fn distribution(response_us: &Histogram) -> Vec<(f64, u64)> {
    let count = real(response_us.count());
    let finest = 1.0 / count.max(1.0);
    let levels = (0..=HALVINGS).flat_map(|halving| {
        let slower = 0.5_f64.powi(halving);
        [1.0, 0.84, 0.71, 0.59].map(|part| slower * part)
    });
    let mut points: Vec<(f64, u64)> = levels
        .take_while(|slower| *slower >= finest)
        .map(|slower| (round(1.0 - slower), response_us.quantile(1.0 - slower)))
        .collect();
    if count > 0.0 {
        points.push((1.0, response_us.max()));
    }
    points
}

/// Enough digits for one request in ten million.
fn round(share: f64) -> f64 {
    (share * 1e7).round() / 1e7
}

#[cfg(test)]
mod tests {
    use super::super::properties::{recording, success};
    use super::*;

    #[test]
    fn each_step_has_what_finished_in_it_and_gaps_are_gaps() {
        let samples: Vec<_> = (0..30).map(|n| success(1, 6_000 + n * 10, 2_000)).collect();
        let course = recording(&samples).course();
        assert_eq!((course.step_s, course.endpoints[ALL].rps.len()), (1, 35));
        let login = &course.endpoints["login"];
        assert_eq!((login.rps[6], login.p95_us[6], login.p95_us[7]), (30.0, Some(2_000), None));
        assert_eq!(course.endpoints[ALL], *login);
        assert!(course.endpoints["view_product"].distribution_us.is_empty());
        assert_eq!(login.distribution_us.last(), Some(&(1.0, 2_000)));
    }

    #[test]
    fn a_distribution_rises_to_the_slowest_request() {
        let mut latencies: Vec<u32> = (1..=10_000).collect();
        let points = distribution(&Histogram::from_micros(&mut latencies));
        assert!(points.is_sorted(), "{points:?}");
        assert!(points.contains(&(0.5, 5_001)) || points.contains(&(0.5, 5_003)), "{points:?}");
        assert!(points.last().is_some_and(|(share, us)| (*share - 1.0).abs() < 1e-9 && *us >= 10_000));
    }

    #[test]
    fn a_long_run_is_folded_into_few_steps() {
        let mut long = recording(&[success(0, 6_000, 500)]);
        long.facts.window_s = 3_600.0;
        let course = long.course();
        assert_eq!(course.step_s, 16);
        assert_eq!(course.endpoints[ALL].rps.len(), 226);
        assert!((course.endpoints[ALL].rps[0] * 16.0 - 1.0).abs() < 0.1, "one request in the first step");
    }
}
