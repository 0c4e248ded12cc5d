//! Everyone who watches a run that a command plays.
//!
//! In: how the run stands, and each of its seconds. Out: the same, to each of them. Shows nothing itself.

use super::keeper::Keeper;
use crate::live;
use crate::load::{Audience, Look};
use crate::measure::{Pulse, Recording};
use crate::publish::metrics::Metrics;

/// Everyone who watches a run.
#[derive(Debug)]
pub(super) struct Watchers {
    line: live::Line,
    screen: Option<live::Screen>,
    page: Option<live::web::Show>,
    metrics: Option<Metrics>,
    keeper: Option<Keeper>,
}

impl Watchers {
    /// A line, or a screen in its place.
    pub(super) fn new(line: live::Line, screen: Option<live::Screen>) -> Self {
        Self { line, screen, page: None, metrics: None, keeper: None }
    }

    /// The same, and who looks at a page.
    pub(super) fn and_page(self, page: Option<live::web::Show>) -> Self {
        Self { page, ..self }
    }

    /// The same, and who reads metrics.
    pub(super) fn and_metrics(self, metrics: Option<Metrics>) -> Self {
        Self { metrics, ..self }
    }

    /// The same, and what keeps what was measured so far.
    pub(super) fn and_keeper(self, keeper: Option<Keeper>) -> Self {
        Self { keeper, ..self }
    }

    /// The run is over. Gives what could not be told or kept.
    pub(super) async fn finish(self) -> Vec<String> {
        drop(self.screen);
        self.line.finish();
        let mut warnings = match self.metrics {
            Some(metrics) => metrics.close().await,
            None => Vec::new(),
        };
        warnings.extend(self.keeper.and_then(Keeper::finish));
        warnings
    }
}

impl Audience for Watchers {
    fn look(&mut self, look: &Look) {
        let now = now(look);
        match &mut self.screen {
            Some(screen) => screen.update(&now),
            None => self.line.update(&now),
        }
        if let Some(page) = &self.page {
            page.now(&now);
        }
    }

    fn wants_pulses(&self) -> bool {
        self.screen.is_some() || self.page.is_some() || self.metrics.is_some()
    }

    fn pulse(&mut self, pulse: &Pulse) {
        if let Some(screen) = &mut self.screen {
            screen.add(pulse);
        }
        if let Some(page) = &self.page {
            page.second(pulse);
        }
        if let Some(metrics) = &mut self.metrics {
            metrics.second(pulse);
        }
    }

    fn wants_checkpoints(&self) -> bool {
        self.keeper.is_some()
    }

    fn checkpoint(&mut self, so_far: Recording) {
        if let Some(keeper) = &self.keeper {
            keeper.keep(so_far);
        }
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
