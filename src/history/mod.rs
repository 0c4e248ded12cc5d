//! What has changed over many runs: breaks in a series of jobs, the commits to blame, creep since an anchor.
//!
//! In: [`Run`](crate::measure::Run)s. Out: a [`History`]. Pure: every draw is seeded from the values it is about.
//! Decides nothing: a history informs, it never fails a gate.

mod breaks;
mod creep;
mod discovery;
mod energy;
mod series;
#[cfg(test)]
mod tests;
mod trace;

pub use breaks::{Break, FEWEST_JOBS, Mark};
pub use creep::{SinceAnchor, UnknownAnchor};
pub use series::{Point, Scale, Series};
pub use trace::{History, Terms};
