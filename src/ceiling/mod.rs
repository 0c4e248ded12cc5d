//! The highest rate at which an objective holds, searched for.
//!
//! In: a plan that searches. Out: the recording of a hold at that rate, with every hold of the search. [`Search`] decides
//! which rate comes next and knows no time; [`play()`] holds it. Compares with no baseline.

mod judge;
mod play;
mod search;
#[cfg(test)]
mod tests;

pub use play::{Progress, Setup, play};
pub use search::{Answer, Next, Outcome, Search, Tried};
