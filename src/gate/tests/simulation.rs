//! The gate tried like an instrument: how often it cries wolf, and how often it sees one.
//!
//! Jobs differ by log-normal noise, half of it shared by all cells of a job, the other half the cell's own.

use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::support::{Builder, baseline, judge, policy, repeating, run};
use crate::baseline::Baseline;
use crate::gate::{Label, Verdict};
use crate::measure::{Metric, Run};

/// A service of `cells / 2` endpoints whose jobs differ with a standard deviation around `sd`.
struct Service {
    cells: usize,
    sd: f64,
    random: Xoshiro256PlusPlus,
}

impl Service {
    fn new(cells: usize, sd: f64) -> Self {
        Self { cells, sd, random: Xoshiro256PlusPlus::seed_from_u64(20_260_101) }
    }

    fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.random)
    }

    /// `runs` runs of a job in which the first cell is slower by the factor `slower`. Half of a run's variance is
    /// its job's where it is repeated.
    fn job(&mut self, number: u32, slower: f64, runs: u32) -> Vec<Run> {
        let parts = if runs > 1 { [0.5f64.sqrt(); 2] } else { [1.0, 0.0] };
        let mut job: Vec<Run> = (0..runs).map(|repeat| run(number).repeat(repeat)).collect();
        let shared: Vec<f64> = (0..=runs).map(|_| self.normal()).collect();
        for cell in 0..self.cells {
            // Cells are not equally noisy: from half the service's noise to one and a half times.
            let sd = self.sd * 0.5f64.sqrt() * [0.5, 0.75, 1.0, 1.25, 1.5][cell % 5];
            let metric = if cell % 2 == 0 { Metric::P50 } else { Metric::P95 };
            let factor = if cell == 0 { slower } else { 1.0 };
            let of_job = shared[0] + self.normal();
            for (run, of_run) in job.iter_mut().zip(&shared[1..]) {
                let noise = parts[0] * of_job + parts[1] * (of_run + self.normal());
                let value = 100_000.0 * (sd * noise).exp() * factor;
                *run = run.clone().with(&format!("endpoint {}", cell / 2), metric, value);
            }
        }
        job
    }

    fn baseline(&mut self, jobs: u32) -> Baseline {
        baseline((0..jobs).flat_map(|number| self.job(number, 1.0, 1)).collect())
    }

    /// The share of `gates` that fail, each with a baseline of `jobs` jobs of its own.
    fn share_failing(&mut self, gates: u32, jobs: u32, slower: f64) -> f64 {
        let mut failed = 0;
        for _ in 0..gates {
            let before = self.baseline(jobs);
            let now = self.job(jobs, slower, 1);
            failed += u32::from(judge(&now, Some(&before), &policy()).verdict == Verdict::Fail);
        }
        f64::from(failed) / f64::from(gates)
    }

    /// The same for gates that repeat a suspect run in the same job, up to three runs.
    fn share_failing_with_repeats(&mut self, gates: u32, jobs: u32, slower: f64) -> f64 {
        let mut failed = 0;
        for _ in 0..gates {
            let before = self.baseline(jobs);
            let runs = self.job(jobs, slower, 3);
            let mut verdicts = (1..=3).map(|made| judge(&runs[..made], Some(&before), &repeating()));
            let told = verdicts.find(|found| !found.suspect());
            failed += u32::from(told.is_some_and(|found| found.verdict == Verdict::Fail));
        }
        f64::from(failed) / f64::from(gates)
    }
}

#[test]
fn an_unchanged_service_of_24_cells_hardly_ever_fails() {
    for (sd, jobs) in [(0.06, 10), (0.06, 3), (0.12, 3), (0.06, 1)] {
        let failing = Service::new(24, sd).share_failing(300, jobs, 1.0);
        assert!(failing <= 0.01, "{failing} of gates with {jobs} jobs at {sd} failed");
    }
}

#[test]
fn a_service_that_is_slower_by_exactly_what_is_tolerated_rarely_fails() {
    let failing = Service::new(4, 0.06).share_failing(300, 10, 1.1);
    assert!(failing <= 0.05, "{failing} failed");
}

#[test]
fn one_cell_of_four_that_is_30_percent_slower_is_seen() {
    for (sd, jobs, least) in [(0.03, 10, 0.98), (0.03, 5, 0.95), (0.06, 10, 0.7)] {
        let failing = Service::new(4, sd).share_failing(200, jobs, 1.3);
        assert!(failing >= least, "only {failing} of gates with {jobs} jobs at {sd} failed");
    }
}

#[test]
fn repeating_suspect_runs_does_not_cry_wolf() {
    let failing = Service::new(24, 0.06).share_failing_with_repeats(200, 5, 1.0);
    assert!(failing <= 0.01, "{failing} failed");
}

#[test]
fn a_failing_gate_names_the_cell_that_changed_and_no_other() {
    let mut service = Service::new(24, 0.03);
    for _ in 0..20 {
        let before = service.baseline(10);
        let comparison = judge(&service.job(10, 1.5, 1), Some(&before), &policy());
        let regressed: Vec<(&str, Metric)> = comparison
            .cells
            .iter()
            .filter(|cell| cell.label == Label::Regressed)
            .map(|cell| (cell.endpoint.as_str(), cell.metric))
            .collect();
        assert_eq!(regressed, [("endpoint 0", Metric::P50)]);
    }
}
