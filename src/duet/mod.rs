//! Two builds side by side: started, warmed up and played in turn, block by block.
//!
//! In: a `plan::Duet` and the builds. Out: a `measure::Duet`, which the gate compares. All that could favour one side is
//! drawn at random for each block: who starts first, who is warmed up first, the order of slots. Decides nothing: after each
//! block it asks whether to go on.

mod contestant;
mod draw;
mod play;

pub use contestant::{Contestant, Workshop};
pub use play::{Doing, Error, Next, Played, Progress, Setup, play};
