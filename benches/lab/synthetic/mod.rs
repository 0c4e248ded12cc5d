//! The synthetic lab: services whose noise is known, because it is drawn, judged by every rule.
//!
//! In: how many gates of each scenario. Out: a line a scenario in a journal, tables and a picture over all of them, and
//! whether the gate meets its targets.

mod blocks;
mod campaign;
mod chart;
mod draw;
mod jobs;
mod journal;
mod judge;
mod rivals;
mod samples;
mod scenario;
mod tables;
mod tally;
mod targets;
mod trial;
mod world;

pub(crate) use campaign::{Flags, run};
