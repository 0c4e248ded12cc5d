//! Everyone who watches a run that a command plays.
//!
//! In: how the run stands, and each of its seconds. Out: the same, to each of them. Shows nothing itself.

use crate::live;
use crate::load::{Audience, Look};

/// Everyone who watches a run.
#[derive(Debug)]
pub(super) struct Watchers {
    line: live::Line,
}

impl Watchers {
    pub(super) fn new(line: live::Line) -> Self {
        Self { line }
    }

    /// The run is over.
    pub(super) fn finish(self) {
        self.line.finish();
    }
}

impl Audience for Watchers {
    fn look(&mut self, look: &Look) {
        self.line.update(&now(look));
    }
}

/// How a run stands, as a line says it.
pub(super) fn now(look: &Look) -> live::Now {
    live::Now {
        elapsed: look.elapsed,
        users: look.users,
        rps: look.progress.rps,
        p95_us: look.progress.p95_us,
        error_rate: look.progress.error_rate,
        stopping: look.stopping,
    }
}
