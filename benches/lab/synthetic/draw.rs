//! Draws: seeded by what is drawn for, so that a gate fares the same on any number of threads.

use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;
use sha2::{Digest, Sha256};

/// A source of draws.
#[derive(Debug)]
pub(super) struct Draw(Xoshiro256PlusPlus);

impl Draw {
    /// The draws of gate `number` of the scenario `key`.
    pub(super) fn of(key: &str, number: u64) -> Self {
        let hash = Sha256::new().chain_update(key).chain_update(number.to_le_bytes()).finalize();
        Self(Xoshiro256PlusPlus::from_seed(hash.into()))
    }

    /// Standard normal.
    pub(super) fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// Between 0 and 1.
    pub(super) fn uniform(&mut self) -> f64 {
        self.0.random()
    }

    /// True with this chance.
    pub(super) fn chance(&mut self, chance: f64) -> bool {
        self.uniform() < chance
    }
}

/// An Ornstein-Uhlenbeck process with standard deviation 1, seen at equal steps: what was a moment ago mostly still is.
#[derive(Debug)]
pub(super) struct Drift {
    kept: f64,
    now: f64,
}

impl Drift {
    /// One that forgets within about so many steps.
    pub(super) fn new(steps: f64, draw: &mut Draw) -> Self {
        Self { kept: (-1.0 / steps).exp(), now: draw.normal() }
    }

    /// The next step.
    pub(super) fn next(&mut self, draw: &mut Draw) -> f64 {
        self.now = self.kept * self.now + (1.0 - self.kept.powi(2)).sqrt() * draw.normal();
        self.now
    }
}
