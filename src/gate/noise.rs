//! How much a cell moves between jobs when nothing changed.
//!
//! In: the values of a cell on both sides, with the job of each. Out: the standard error of their difference.
//! Decides nothing.
//!
//! The job is the unit: runs inside one share the machine's luck, however many requests they rest on. Few jobs
//! tell little about one cell's noise, so the cells are pooled and each is shrunk towards the pool (an
//! empirical-Bayes variance, as in Smyth 2004, "Linear models and empirical Bayes methods", section 3). With
//! `y = ln(value)`, C candidate and R baseline jobs:
//!
//! ```text
//! own  = squares of the jobs' means around their side's mean,   k = R + C - 2
//! s0^2 = (4 * 10%^2 + sum of own) / (4 + sum of k)              over the gated cells
//! s^2  = (6 s0^2 + own) / (6 + k)                               at least the variance inside a run
//! SE^2 = s^2 (1/C + 1/R)                                        Student's t with 6 + k degrees of freedom, 4 at k = 0
//! ```
//!
//! A job of m runs counts with `max(s^2 - s_w^2, 0) + s_w^2 / m` in place of `s^2`, where `s_w^2` is the variance
//! of repeats inside a job, pooled over the cells.

use std::collections::BTreeMap;

use super::cell::to_nine_digits;
use super::comparison::Noise;
use super::stats::count;
use crate::measure::Estimate;

/// Noise between jobs to expect before this project's own is known: a standard deviation of 10%.
const PRIOR_SD: f64 = 0.10;

/// How many degrees of freedom that expectation is worth.
const PRIOR_FREEDOM: f64 = 4.0;

/// How many degrees of freedom the project's pooled noise is worth to a single cell.
pub(super) const POOLED_FREEDOM: f64 = 6.0;

/// One side's values of a cell on the log scale, by job.
#[derive(Debug, Clone, Default)]
pub(super) struct Side {
    jobs: Vec<Vec<f64>>,
    /// Mean variance of a value from inside its run.
    within_run: f64,
}

impl Side {
    /// The side made of `observed`, each value's logarithm times `sign`. Sorted, so that the order of runs
    /// never reaches a sum.
    pub(super) fn new<J: Ord>(observed: &[(J, Estimate)], sign: f64) -> Self {
        let mut by_job: BTreeMap<&J, Vec<f64>> = BTreeMap::new();
        for (job, estimate) in observed {
            by_job.entry(job).or_default().push(sign * estimate.value.ln());
        }
        let mut variances: Vec<f64> = observed.iter().map(|(_, estimate)| estimate.variance.max(0.0)).collect();
        variances.sort_by(f64::total_cmp);
        let jobs = by_job.into_values().map(sorted).collect();
        Self { jobs, within_run: mean(&variances) }
    }

    /// Jobs that measured the cell.
    pub(super) fn jobs(&self) -> f64 {
        count(self.jobs.len())
    }

    /// Mean over jobs of each job's mean.
    pub(super) fn mean(&self) -> f64 {
        mean(&self.job_means())
    }

    fn job_means(&self) -> Vec<f64> {
        self.jobs.iter().map(|runs| mean(runs)).collect()
    }

    /// Squares of single runs around their job's mean.
    fn repeats(&self) -> Squares {
        self.jobs.iter().map(|runs| Squares::of(runs)).sum()
    }

    /// Mean of 1/m over jobs of m runs: 1 without repeats.
    fn inverse_repeats(&self) -> f64 {
        mean(&self.jobs.iter().map(|runs| 1.0 / count(runs.len())).collect::<Vec<f64>>())
    }

    /// Squares of jobs around the side's mean, as they would be with one run a job: averaging m repeats took
    /// `repeat (1 - 1/m)` from each job's variance.
    fn between_jobs(&self, repeat: f64) -> Squares {
        let squares = Squares::of(&self.job_means());
        Squares { sum: squares.sum + squares.freedom * repeat * (1.0 - self.inverse_repeats()), ..squares }
    }

    /// Variance of [`Side::mean`] where a single run has `variance`, of which `repeat` is the part that repeats average out.
    fn variance(&self, variance: f64, repeat: f64) -> f64 {
        let variance = variance.max(self.within_run);
        let jobs = self.jobs();
        if self.jobs.iter().all(|runs| runs.len() == 1) {
            return variance / jobs;
        }
        let shared = (variance - repeat).max(0.0);
        (shared + repeat * self.inverse_repeats()) / jobs
    }
}

/// A sum of squared deviations and its degrees of freedom.
#[derive(Debug, Clone, Copy, Default)]
struct Squares {
    sum: f64,
    freedom: f64,
}

impl Squares {
    fn of(values: &[f64]) -> Self {
        let centre = mean(values);
        let sum = sorted(values.iter().map(|value| (value - centre).powi(2)).collect()).iter().sum();
        Self { sum, freedom: count(values.len().saturating_sub(1)) }
    }
}

impl std::iter::Sum for Squares {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::default(), |total, item| Self {
            sum: total.sum + item.sum,
            freedom: total.freedom + item.freedom,
        })
    }
}

/// What the gated cells of one kind say together about noise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pool {
    /// Variance of ln(value) between jobs of one run each: the prior of a cell's own.
    between: f64,
    /// The part of it that differs between repeats in one job.
    repeat: f64,
}

impl Pool {
    /// The pool of `cells`, each a candidate's and a baseline's side.
    pub(super) fn of(cells: &[[Side; 2]]) -> Self {
        let sides = || cells.iter().flatten();
        let repeats: Squares = sides().map(Side::repeats).sum();
        let repeat = if repeats.freedom > 0.0 { repeats.sum / repeats.freedom } else { 0.0 };
        let own: Squares = sides().map(|side| side.between_jobs(repeat)).sum();
        let between = (PRIOR_FREEDOM * PRIOR_SD.powi(2) + own.sum) / (PRIOR_FREEDOM + own.freedom);
        Self { between, repeat }
    }

    /// The error of `candidate.mean() - baseline.mean()`.
    pub(super) fn error(&self, candidate: &Side, baseline: &Side) -> StandardError {
        let own = self.own(candidate, baseline);
        let variance = self.shrunk(own);
        let freedom = if own.freedom > 0.0 { POOLED_FREEDOM + own.freedom } else { PRIOR_FREEDOM };
        let squared = candidate.variance(variance, self.repeat) + baseline.variance(variance, self.repeat);
        StandardError { value: squared.sqrt(), freedom }
    }

    /// What the error is made of, for those who ask.
    pub(super) fn noise(&self, candidate: &Side, baseline: &Side) -> Noise {
        let own = self.own(candidate, baseline);
        let error = self.error(candidate, baseline);
        Noise {
            own_sd: (own.freedom > 0.0).then(|| to_nine_digits((own.sum / own.freedom).sqrt())),
            own_freedom: own.freedom,
            pooled_sd: to_nine_digits(self.between.sqrt()),
            repeat_sd: to_nine_digits(self.repeat.sqrt()),
            within_run_sd: to_nine_digits(candidate.within_run.max(baseline.within_run).sqrt()),
            assumed_sd: to_nine_digits(self.shrunk(own).sqrt()),
            standard_error: to_nine_digits(error.value),
            freedom: error.freedom,
        }
    }

    fn own(&self, candidate: &Side, baseline: &Side) -> Squares {
        [candidate, baseline].map(|side| side.between_jobs(self.repeat)).into_iter().sum()
    }

    fn shrunk(&self, own: Squares) -> f64 {
        (POOLED_FREEDOM * self.between + own.sum) / (POOLED_FREEDOM + own.freedom)
    }
}

/// A standard error and the degrees of freedom it is known with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct StandardError {
    pub(super) value: f64,
    pub(super) freedom: f64,
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / count(values.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::stats::{LEVEL, t_quantile};
    use crate::measure::Job;

    /// A side of jobs, each with the values of its runs in ms.
    fn side(jobs: &[&[f64]], within_run: f64) -> Side {
        let names: Vec<Job> = (0..jobs.len()).map(|n| Job { boot: n.to_string(), run: String::new() }).collect();
        let observed: Vec<(&Job, Estimate)> = names
            .iter()
            .zip(jobs)
            .flat_map(|(job, runs)| {
                runs.iter().map(move |ms| {
                    (job, Estimate { value: ms * 1e3, samples: 9_999, effective: 9_999.0, variance: within_run })
                })
            })
            .collect();
        Side::new(&observed, 1.0)
    }

    fn assert_close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    /// Worked by hand: two cells of R = 3, C = 1. own = (0.0017953, 0.0050897), `s0^2 = (0.04 + own) / 8 = 0.0058606`,
    /// `s^2 = (6 s0^2 + own) / 8`, `SE^2 = s^2 (1 + 1/3)`, 8 degrees of freedom.
    #[test]
    fn a_cells_noise_is_pooled_with_the_others_and_shrunk() {
        let orders = [side(&[&[130.0]], 0.0), side(&[&[100.0], &[104.0], &[98.0]], 0.0)];
        let search = [side(&[&[52.0]], 0.0), side(&[&[50.0], &[51.0], &[55.0]], 0.0)];
        let pool = Pool::of(&[orders.clone(), search]);
        let [now, before] = &orders;
        let error = pool.error(now, before);
        assert_close(pool.between, 0.005_860_630_063_816_371);
        assert_close(error.value, 0.078_517_124_024_831_35);
        assert_close(error.freedom, 8.0);
        let low = now.mean() - before.mean() - t_quantile(error.freedom, LEVEL) * error.value;
        assert_close(low, 0.110_018_565_295_960_19);
    }

    /// Worked by hand: `s_w^2 = 0.00045921` from the pair, `SE^2 = (s^2 - s_w^2) + s_w^2 / 2 + s^2 / 3`.
    #[test]
    fn repeats_in_a_job_shrink_only_what_differs_between_them() {
        let (now, before) = (side(&[&[130.0, 134.0]], 0.0), side(&[&[100.0], &[104.0], &[98.0]], 0.0));
        let pool = Pool::of(&[[now.clone(), before.clone()]]);
        assert_close(pool.error(&now, &before).value, 0.083_938_552_032_346_35);
    }

    /// Worked by hand: the jobs' squares are brought up to what single runs would show, `0.0029059 + s_w^2 / 2`.
    #[test]
    fn jobs_of_several_runs_count_as_one_job_each() {
        let (now, before) = (side(&[&[120.0]], 0.0), side(&[&[100.0, 102.0], &[108.0, 110.0]], 0.0));
        let error = Pool::of(&[[now.clone(), before.clone()]]).error(&now, &before);
        assert_close(error.value, 0.107_949_082_803_157_56);
        assert_close(error.freedom, 7.0);
    }

    #[test]
    fn one_run_on_each_side_rests_on_the_default_noise() {
        let (now, before) = (side(&[&[120.0]], 0.0), side(&[&[100.0]], 0.0));
        let error = Pool::of(&[[now.clone(), before.clone()]]).error(&now, &before);
        assert_close(error.value, 0.1 * 2f64.sqrt());
        assert_close(error.freedom, 4.0);
    }

    #[test]
    fn noise_is_never_less_than_what_is_inside_the_runs() {
        let (now, before) = (side(&[&[120.0]], 0.5), side(&[&[100.0]], 0.0));
        let error = Pool::of(&[[now.clone(), before.clone()]]).error(&now, &before);
        assert_close(error.value, (0.5f64 + 0.01).sqrt());
    }

    #[test]
    fn the_order_of_runs_reaches_no_bit() {
        let forth = side(&[&[100.0, 107.0, 91.0], &[104.0]], 1e-4);
        let back = side(&[&[91.0, 107.0, 100.0], &[104.0]], 1e-4);
        assert_eq!(forth.mean().to_bits(), back.mean().to_bits());
    }
}
