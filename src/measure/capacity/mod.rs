//! What load the target bears: the levels of a staged run, where latency takes off, where throughput stops growing.
//!
//! In: a recording of a run by stages. Out: a row for each level and a [`Story`], or nothing where nothing can be told.
//! Searches for no ceiling: it reads what was played.

mod hinge;
mod level;
mod points;
mod story;
mod usl;

pub use hinge::Knee;
pub(super) use level::levels;
pub use level::{LevelSummary, Stage};
pub(super) use story::story;
pub use story::{Recovery, Story};
pub use usl::Usl;
