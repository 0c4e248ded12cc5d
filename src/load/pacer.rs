//! When the next start of the open model is due. Pure: knows no clock.
//!
//! In: the stages of a rate, the spread of arrivals, this worker's share. Out: due times since the run's start, in
//! order, until the stages end.

use std::time::Duration;

use rand::SeedableRng;
use rand_distr::{Distribution, Exp1};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::plan::{Arrivals, Stages};

/// The due times of one worker's share of the arrivals.
///
/// With rate r(t) and R(t) its integral, the n-th of evenly spread arrivals is due when R(t) = n: the workers deal
/// these out in turn, so all of them together give exactly the rate asked for. Poisson arrivals are due when
/// R(t) / workers reaches a sum of exponential draws (time rescaling); the workers' streams add up to one Poisson
/// process of the whole rate.
#[derive(Debug)]
pub(super) struct Pacer {
    stages: Stages,
    arrivals: Arrivals,
    workers: f64,
    random: Xoshiro256PlusPlus,
    /// R(t) at the next arrival.
    next: f64,
}

impl Pacer {
    /// The share of worker number `worker` of `workers`.
    pub(super) fn new(stages: Stages, arrivals: Arrivals, worker: usize, workers: usize, seed: u64) -> Self {
        let workers = precise(workers);
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed ^ (worker as u64).rotate_left(32));
        let next = match arrivals {
            Arrivals::Uniform => precise(worker),
            Arrivals::Poisson => exponential(&mut random) * workers,
        };
        Self { stages, arrivals, workers, random, next }
    }
}

impl Pacer {
    /// When the next arrival is due; none where no more are.
    pub(super) fn due(&self) -> Option<Duration> {
        self.stages.time_of(self.next).filter(|due| *due < self.stages.total())
    }

    /// Goes on to the arrival after it.
    pub(super) fn advance(&mut self) {
        self.next += match self.arrivals {
            Arrivals::Uniform => self.workers,
            Arrivals::Poisson => exponential(&mut self.random) * self.workers,
        };
    }

    /// Goes on by other stages, which are the same until now: R(t) has no jump, so nothing is due twice or never.
    pub(super) fn follow(&mut self, stages: &Stages) {
        self.stages.clone_from(stages);
    }
}

impl Iterator for Pacer {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let due = self.due()?;
        self.advance();
        Some(due)
    }
}

fn exponential(random: &mut Xoshiro256PlusPlus) -> f64 {
    Exp1.sample(random)
}

fn precise(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::Stage;

    fn stages() -> Stages {
        let stage =
            |level, ramp, hold| Stage { level, ramp: Duration::from_secs(ramp), hold: Duration::from_secs(hold) };
        Stages(vec![stage(100.0, 2, 8), stage(300.0, 0, 5)])
    }

    fn all(arrivals: Arrivals, workers: usize) -> Vec<f64> {
        let mut due: Vec<_> = (0..workers)
            .flat_map(|worker| Pacer::new(stages(), arrivals, worker, workers, 7))
            .map(|due| due.as_secs_f64())
            .collect();
        due.sort_by(f64::total_cmp);
        due
    }

    #[test]
    fn workers_deal_out_exactly_the_rate_asked_for() {
        let alone = all(Arrivals::Uniform, 1);
        assert_eq!(alone.len(), 2400, "100 in the ramp, 800 at 100/s, 1500 at 300/s");
        assert_eq!(all(Arrivals::Uniform, 3), alone);
        let steady: Vec<_> = alone.iter().filter(|due| (3.0..9.9).contains(*due)).collect();
        assert!(steady.windows(2).all(|pair| (pair[1] - pair[0] - 0.01).abs() < 1e-6));
    }

    /// The gaps between arrivals in units of R(t), in which a Poisson process of any rate has rate 1.
    fn gaps(arrivals: Arrivals, workers: usize, seed: u64) -> Vec<f64> {
        let mut due: Vec<_> = (0..workers)
            .flat_map(|worker| Pacer::new(stages(), arrivals, worker, workers, seed))
            .map(|due| stages().integral(due))
            .collect();
        due.sort_by(f64::total_cmp);
        due.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// Kolmogorov and Smirnov's distance between a sample and the exponential law of mean 1.
    fn distance_from_exponential(mut sample: Vec<f64>) -> f64 {
        sample.sort_by(f64::total_cmp);
        let count = precise(sample.len());
        let distances = sample.iter().enumerate().map(|(rank, value)| {
            let law = 1.0 - (-value).exp();
            (law - precise(rank) / count).max(precise(rank + 1) / count - law)
        });
        distances.fold(0.0, f64::max)
    }

    /// The distance a sample of the law itself exceeds once in 1,000: the root of 2 exp(-2 x²) = 0.001, the first term
    /// of Kolmogorov's limit (see Marsaglia, Tsang and Wang 2003), by the root of the sample's size.
    /// `scipy.stats.kstwobign.isf(0.001)` is 1.94947.
    fn critical_distance(count: usize) -> f64 {
        (0.5 * 2_000_f64.ln()).sqrt() / precise(count).sqrt()
    }

    #[test]
    fn the_distance_is_that_of_scipy() {
        let distance = distance_from_exponential(vec![2.4, 0.1, 0.5, 1.3, 0.9]);
        assert!((distance - 0.193_469_340_287_366_56).abs() < 1e-15, "{distance}, not kstest(sample, 'expon')");
        assert!((critical_distance(1) - 1.949_474_603_504_375_3).abs() < 1e-6);
    }

    #[test]
    fn poisson_arrivals_pass_a_kolmogorov_smirnov_test_and_uniform_ones_do_not() {
        for (workers, seed) in [(1, 1), (1, 2), (2, 3), (3, 4), (4, 5), (8, 6)] {
            let poisson = gaps(Arrivals::Poisson, workers, seed);
            assert!(poisson.len() > 2_000, "{workers} workers: {} gaps of about 2,400", poisson.len());
            let critical = critical_distance(poisson.len());
            let distance = distance_from_exponential(poisson);
            assert!(distance < critical, "{workers} workers, seed {seed}: {distance} beyond {critical}");
            let uniform = gaps(Arrivals::Uniform, workers, seed);
            let critical = critical_distance(uniform.len());
            assert!(distance_from_exponential(uniform) > critical, "{workers} workers");
        }
    }

    /// The arrivals of workers of whom each hears of a change at a moment of its own in the notice before it holds.
    fn steered(arrivals: Arrivals, workers: usize, changes: &[(f64, f64)], heard: f64) -> (Vec<f64>, Stages) {
        let notice = 0.25;
        let mut schedules = vec![(f64::NEG_INFINITY, stages())];
        for (at, level) in changes {
            let last = &schedules.last().unwrap().1;
            schedules.push((*at - notice, last.changed(Duration::from_secs_f64(*at), *level)));
        }
        let mut all = Vec::new();
        for worker in 0..workers {
            let lag = notice * heard * precise(worker + 1) / precise(workers);
            let mut pacer = Pacer::new(stages(), arrivals, worker, workers, 7);
            let mut upcoming = schedules.iter().skip(1).peekable();
            loop {
                let due = pacer.due();
                if let Some((_, changed)) =
                    upcoming.next_if(|(said, _)| due.is_none_or(|due| due.as_secs_f64() > said + lag))
                {
                    pacer.follow(changed);
                } else if let Some(due) = due {
                    all.push(due.as_secs_f64());
                    pacer.advance();
                } else {
                    break;
                }
            }
        }
        all.sort_by(f64::total_cmp);
        (all, schedules.pop().unwrap().1)
    }

    proptest! {
        #[test]
        fn a_rate_changed_by_hand_makes_no_burst_and_no_gap(
            workers in 1..5usize,
            first in 0.5..6.0f64,
            gap in 0.3..6.0f64,
            levels in (0.0..400.0f64, prop_oneof![Just(0.0), 1.0..400.0f64]),
            heard in 0.0..0.99f64,
        ) {
            let changes = [(first, levels.0), (first + gap, levels.1)];
            let (due, played) = steered(Arrivals::Uniform, workers, &changes, heard);
            let whole: Vec<f64> = Pacer::new(played, Arrivals::Uniform, 0, 1, 7).map(|due| due.as_secs_f64()).collect();
            prop_assert_eq!(due.len(), whole.len());
            prop_assert!(due.iter().zip(&whole).all(|(one, other)| (one - other).abs() < 1e-6));
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_arrivals() {
        assert_eq!(all(Arrivals::Poisson, 2), all(Arrivals::Poisson, 2));
    }
}
