//! A search with a live line on stderr for each of its holds.

use std::time::Duration;

use tokio::sync::watch;

use super::audience::now;
use super::error::Error;
use super::output::Output;
use super::session::cores;
use crate::baseline;
use crate::ceiling::{self, Progress, Setup};
use crate::live;
use crate::load::Stop;
use crate::measure::Recording;
use crate::plan::{Plan, Search};
use crate::report::hold_line;

/// Plays a search.
pub(super) async fn play(
    plan: Plan,
    search: Search,
    workers: Option<u16>,
    stop: watch::Receiver<Stop>,
    output: Output,
) -> Result<Recording, Error> {
    let origin = baseline::here(&plan.fingerprint);
    let workers = workers.map_or_else(cores, usize::from);
    let mut line = live::Line::new(output.liveness(), Duration::ZERO, Duration::ZERO);
    let told = stop.clone();
    let mut show = |progress: Progress<'_>| match progress {
        Progress::Begins { settle, length, .. } => {
            let next = live::Line::new(output.liveness(), length, settle);
            std::mem::replace(&mut line, next).finish();
        }
        // That a hold comes to its end is nothing to say.
        Progress::Goes(look) => line.update(&live::Now { stopping: *told.borrow() != Stop::No, ..now(look) }),
        Progress::Ends(hold) => line.message(&hold_line(hold)),
    };
    let recording = ceiling::play(Setup { plan, search, origin, workers, stop }, &mut show).await;
    line.finish();
    Ok(recording?)
}
