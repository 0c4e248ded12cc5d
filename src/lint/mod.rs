//! The classic mistakes of load tests, pointed out with the line to write.
//!
//! In: a loadgate.toml and its plan, and what was measured where it was played. Out: [`Finding`]s.
//! Decides nothing: no finding changes a verdict.

mod finding;
mod ground;
mod inspect;
mod journeys;
mod loads;
mod requests;
#[cfg(test)]
mod tests;

pub use finding::Finding;
pub use inspect::{inspect, notes};
