//! Error rates: how many independent requests each side's share of failures is worth.
//!
//! In: the error rate of a cell in each run, with its job (in a duet, its block). Out: one [`Share`] a side. Decides nothing.

use std::collections::BTreeMap;

use super::stats::{Share, count};
use crate::measure::Estimate;

/// How many degrees of freedom the expectation "jobs differ by chance alone" is worth against what they show.
const PRIOR_FREEDOM: f64 = 6.0;

/// The shares of the candidate and of the baseline.
///
/// Errors come in bursts. Those inside a run are in the estimates' effective counts already; jobs that differ by
/// more than chance shrink both sides by their dispersion (a quasi-binomial model, `McCullagh` and Nelder 1989,
/// section 4.5), which is estimated over both sides and shrunk towards 1.
pub(super) fn shares<J: Ord>(candidate: &[(J, Estimate)], baseline: &[(J, Estimate)]) -> (Share, Share) {
    let sides = [candidate, baseline].map(by_job);
    let (mut squares, mut freedom) = (0.0, 0.0);
    for jobs in &sides {
        squares += dispersion(jobs);
        freedom += count(jobs.len().saturating_sub(1));
    }
    let factor = ((PRIOR_FREEDOM + squares) / (PRIOR_FREEDOM + freedom)).max(1.0);
    let [candidate, baseline] = sides.map(|jobs| {
        let pooled = pool(&jobs);
        Share { effective: pooled.effective / factor, ..pooled }
    });
    (candidate, baseline)
}

/// Pearson's chi-squared of the jobs' shares around their pooled share.
fn dispersion(jobs: &[Share]) -> f64 {
    let centre = pool(jobs).value;
    let spread = centre * (1.0 - centre);
    if spread <= 0.0 {
        return 0.0;
    }
    jobs.iter().map(|job| job.effective * (job.value - centre).powi(2) / spread).sum()
}

fn by_job<J: Ord>(observed: &[(J, Estimate)]) -> Vec<Share> {
    let mut jobs: BTreeMap<&J, Vec<Share>> = BTreeMap::new();
    for (job, estimate) in observed {
        jobs.entry(job).or_default().push(Share { value: estimate.value, effective: estimate.effective });
    }
    jobs.into_values().map(|runs| pool(&runs)).collect()
}

/// The mean share, weighted by what each is worth. Sorted first, so that the order of runs never reaches a sum.
fn pool(shares: &[Share]) -> Share {
    let mut shares = shares.to_vec();
    shares.sort_by(|a, b| a.value.total_cmp(&b.value).then(a.effective.total_cmp(&b.effective)));
    let effective: f64 = shares.iter().map(|share| share.effective).sum();
    let failures: f64 = shares.iter().map(|share| share.value * share.effective).sum();
    let value = if effective > 0.0 { (failures / effective).clamp(0.0, 1.0) } else { 0.0 };
    Share { value, effective }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Job;

    fn job(name: &str) -> Job {
        Job { boot: name.to_owned(), run: String::new() }
    }

    fn rate(value: f64, effective: f64) -> Estimate {
        Estimate { value, samples: 1_000, effective, variance: 0.0 }
    }

    #[test]
    fn jobs_that_agree_are_worth_all_their_requests() {
        let (a, b, c) = (job("a"), job("b"), job("c"));
        let (now, before) = shares(&[(&c, rate(0.02, 500.0))], &[(&a, rate(0.01, 400.0)), (&b, rate(0.01, 600.0))]);
        assert_eq!(now, Share { value: 0.02, effective: 500.0 });
        assert_eq!(before, Share { value: 0.01, effective: 1_000.0 });
    }

    #[test]
    fn jobs_that_differ_by_more_than_chance_are_worth_less_on_both_sides() {
        let (a, b, c) = (job("a"), job("b"), job("c"));
        let (now, before) = shares(&[(&c, rate(0.02, 500.0))], &[(&a, rate(0.0, 1000.0)), (&b, rate(0.1, 1000.0))]);
        // centre 0.05, chi-squared 2 * 1000 * 0.05^2 / 0.0475 = 105.26, factor (6 + 105.26) / 7 = 15.895.
        assert!((now.effective - 500.0 / 15.895).abs() < 0.01, "{now:?}");
        assert!((before.effective - 2_000.0 / 15.895).abs() < 0.01, "{before:?}");
    }
}
