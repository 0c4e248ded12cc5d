//! Who watches a run while it goes on.
//!
//! In: how the run stands, and what it has measured so far. Out: nothing: an audience changes no run. It is told on the
//! driver's thread, so what takes time, or may block, is done elsewhere.

use std::time::Duration;

use crate::measure::{Progress, Pulse, Recording};

/// How a run stands.
#[derive(Debug, Clone)]
pub struct Look {
    /// Time since the run began.
    pub elapsed: Duration,
    /// Virtual users alive.
    pub users: u32,
    /// What was measured so far.
    pub progress: Progress,
    /// Whether nothing new is started any more.
    pub stopping: bool,
}

/// Who watches a run while it goes on.
pub trait Audience {
    /// Is told a few times a second how the run stands.
    fn look(&mut self, look: &Look);

    /// Whether it is to be told each second what finished in it.
    fn wants_pulses(&self) -> bool {
        false
    }

    /// Is told of each second once it has passed, and of the rest at the end.
    fn pulse(&mut self, _pulse: &Pulse) {}

    /// Whether it keeps what was measured so far, lest this process be killed.
    fn wants_checkpoints(&self) -> bool {
        false
    }

    /// Is given every few seconds what was measured so far, as a recording of a run that was cut off there.
    fn checkpoint(&mut self, _so_far: Recording) {}
}

/// Whoever only looks.
impl<F: FnMut(&Look)> Audience for F {
    fn look(&mut self, look: &Look) {
        self(look);
    }
}
