//! The statistics and the rules of the verdict.
//!
//! In: the runs of a candidate, a [`Baseline`](crate::baseline::Baseline), a [`Policy`]. Out: a [`Comparison`].
//! Pure: no clock, no I/O, no randomness but a seed it is given.

mod cell;
mod company;
mod compare;
mod comparison;
mod duet;
mod evidence;
mod explanation;
mod headline;
mod looks;
mod noise;
mod policy;
mod prospect;
mod reasons;
mod rules;
mod sensitivity;
mod shares;
mod stats;
mod stored;
#[cfg(test)]
mod tests;
mod wording;

pub use compare::{Context, compare};
pub use comparison::{
    BaselineSide, Basis, CandidateSide, Cell, Comparison, DuetFacts, EnvironmentMatch, Label, Noise, Outcome, Verdict,
    Worth, schema,
};
pub use duet::{blocks_to_settle, duet};
pub use explanation::{Explanation, Family, NoiseSource};
pub use policy::{MetricRule, Policy};
pub use prospect::{More, Prospect};
pub use sensitivity::{SensitiveCell, Sensitivity, sensitivity};
pub use stored::Error;
