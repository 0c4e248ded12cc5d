//! Jobs, drawn cell by cell: how a service reads from one CI job to the next.
//!
//! In: a scenario and draws. Out: the logarithm of each cell in each run. What a request is, it does not know.

use super::draw::{Draw, Drift};
use super::scenario::{CELLS, Noise, Scenario};

/// How noisy each cell is beside the first, whose noise is the scenario's.
const UNEQUAL: [f64; 5] = [1.0, 0.5, 1.5, 0.75, 1.25];
/// How many jobs it takes a drifting machine to be another one.
const MEMORY: f64 = 5.0;
/// The chance that a job is slow throughout, and by how many standard deviations.
const SLOW: (f64, f64) = (0.1, 3.0);

/// One run: the logarithm of each cell.
pub(super) type Logs = [f64; CELLS];

/// A service's jobs, one after the other.
#[derive(Debug)]
pub(super) struct Jobs {
    scenario: Scenario,
    machine: Drift,
}

impl Jobs {
    pub(super) fn new(scenario: Scenario, draw: &mut Draw) -> Self {
        Self { scenario, machine: Drift::new(MEMORY, draw) }
    }

    /// `runs` runs of the next job; `changed` says whether it is the candidate's.
    pub(super) fn next(&mut self, runs: u32, changed: bool, draw: &mut Draw) -> Vec<Logs> {
        let within = f64::from(self.scenario.within) / 100.0;
        let (of_job, of_run) = ((1.0 - within).sqrt(), within.sqrt());
        let job = self.luck(draw);
        (0..runs)
            .map(|_| {
                let mut logs = self.luck(draw);
                for (cell, (run, job)) in logs.iter_mut().zip(job).enumerate() {
                    *run = noise_of(cell) * self.scenario.sd() * (of_job * job + of_run * *run);
                }
                if changed && let Some(first) = logs.first_mut() {
                    *first += self.scenario.log_change();
                }
                logs
            })
            .collect()
    }

    /// The luck of every cell, each with a standard deviation of 1, slow jobs aside.
    fn luck(&mut self, draw: &mut Draw) -> Logs {
        let shared = match self.scenario.noise {
            Noise::Independent => return std::array::from_fn(|_| draw.normal()),
            Noise::Drifting => self.machine.next(draw),
            Noise::Bursts if draw.chance(SLOW.0) => draw.normal() + SLOW.1 * 2f64.sqrt(),
            _ => draw.normal(),
        };
        std::array::from_fn(|_| 0.5f64.sqrt() * (shared + draw.normal()))
    }
}

/// How noisy a cell is beside the first.
pub(super) fn noise_of(cell: usize) -> f64 {
    UNEQUAL.get(cell % UNEQUAL.len()).copied().unwrap_or(1.0)
}
