//! What is simulated: a noise, how much of it, what the gate has to go by, and what really changed.

use serde::{Deserialize, Serialize};

/// Cells that decide: p50 and p95 of twelve endpoints.
pub(super) const CELLS: usize = 24;

/// What is compared, and how it is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// Runs against a stored baseline, drawn cell by cell.
    Stored,
    /// Runs against a stored baseline, drawn request by request and recorded as any run is.
    Samples,
    /// Duets, drawn slot by slot.
    Duet,
}

/// Where the noise comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Noise {
    /// Each cell of each job, or of each server in each block, has luck of its own.
    Independent,
    /// Half of the luck is shared by all cells of a job, or of a server in a block.
    Shared,
    /// As shared; and the machine wanders from job to job, or from slot to slot.
    Drifting,
    /// As shared; and one job or slot in ten is slow throughout.
    Bursts,
    /// As shared; and everything becomes slower by a fifth, little by little.
    Trend,
    /// As shared; and everything becomes slower by a fifth, at one moment.
    Step,
    /// As shared; and errors come in bursts.
    Errors,
}

impl Noise {
    /// Every noise, in the order of tables: those that runs from samples have.
    pub(super) const INSIDE: [Self; 7] =
        [Self::Independent, Self::Shared, Self::Drifting, Self::Bursts, Self::Trend, Self::Step, Self::Errors];
}

/// One scenario.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Scenario {
    pub(super) kind: Kind,
    pub(super) noise: Noise,
    /// Standard deviation in percent: of a job, or of a block's difference between both servers.
    pub(super) sd: u32,
    /// Jobs in the baseline.
    pub(super) jobs: u32,
    /// By how much the first cell is slower, in percent. For errors: tenths of a point that its share rises.
    pub(super) change: u32,
    /// Percent of a run's variance that is not its job's: what repeats in the job average out.
    pub(super) within: u32,
    /// Gates of it.
    pub(super) gates: u32,
}

impl Scenario {
    /// Names the scenario, its gates aside, and seeds it.
    pub(super) fn key(&self) -> String {
        let Self { kind, noise, sd, jobs, change, within, gates: _ } = self;
        format!("{kind:?} {noise:?} sd {sd} jobs {jobs} change {change} within {within}")
    }

    /// The standard deviation of the logarithm.
    pub(super) fn sd(&self) -> f64 {
        f64::from(self.sd) / 100.0
    }

    /// The change of the first cell as a logarithm.
    pub(super) fn log_change(&self) -> f64 {
        (f64::from(self.change) / 100.0).ln_1p()
    }
}

/// The standard scenario of a kind: what targets and curves are about.
pub(super) fn standard(kind: Kind, change: u32, gates: u32) -> Scenario {
    let (sd, jobs, within) = match kind {
        Kind::Stored => (6, 10, 50),
        Kind::Samples => (4, 8, 50),
        Kind::Duet => (12, 0, 0),
    };
    Scenario { kind, noise: Noise::Shared, sd, jobs, change, within, gates }
}

/// The scenarios that targets are about, and a little of everything else.
pub(super) fn small(gates: u32) -> Vec<Scenario> {
    let mut all: Vec<Scenario> = [(0, gates), (30, gates / 2)].map(|(c, n)| standard(Kind::Stored, c, n)).into();
    all.push(Scenario { within: 100, ..standard(Kind::Stored, 30, gates / 2) });
    all.extend([(0, gates / 2), (20, gates / 4)].map(|(c, n)| standard(Kind::Duet, c, n)));
    all.extend(samples(gates / 30));
    all
}

/// Everything that docs/trust.md shows.
pub(super) fn full(gates: u32) -> Vec<Scenario> {
    let mut all = Vec::new();
    for change in [0, 10, 30] {
        all.push(Scenario { within: 100, ..standard(Kind::Stored, change, gates) });
    }
    for change in [0, 10, 30] {
        for (sd, jobs) in [3, 6, 12].into_iter().flat_map(|sd| [1, 3, 10, 20].map(|jobs| (sd, jobs))) {
            all.push(Scenario { sd, jobs, ..standard(Kind::Stored, change, gates) });
        }
        for noise in [Noise::Independent, Noise::Drifting, Noise::Bursts] {
            all.push(Scenario { noise, ..standard(Kind::Stored, change, gates) });
        }
    }
    for change in [0, 10, 20] {
        for sd in [6, 12, 17] {
            all.push(Scenario { sd, ..standard(Kind::Duet, change, gates) });
        }
        for noise in [Noise::Independent, Noise::Drifting, Noise::Bursts, Noise::Trend, Noise::Step] {
            all.push(Scenario { noise, ..standard(Kind::Duet, change, gates / 3) });
        }
    }
    all.extend(samples(gates / 10));
    all.extend(curve(gates / 3));
    let mut once: Vec<Scenario> = Vec::new();
    for scenario in all {
        if !once.iter().any(|other| other.key() == scenario.key()) {
            once.push(scenario);
        }
    }
    once
}

fn samples(gates: u32) -> Vec<Scenario> {
    let of = |noise| [0, 30].map(|change| Scenario { noise, ..standard(Kind::Samples, change, gates) });
    Noise::INSIDE.into_iter().flat_map(of).collect()
}

/// The changes of a power curve, in percent.
pub(super) const CURVE: [u32; 11] = [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50];

/// The scenarios of the power curve, of stored baselines and duets.
fn curve(gates: u32) -> Vec<Scenario> {
    let both = |change| [Kind::Stored, Kind::Duet].map(|kind| standard(kind, change, gates));
    CURVE.into_iter().flat_map(both).collect()
}
