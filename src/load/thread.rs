//! A worker's thread: from its start, through the profile's shape, to its last answer.
//!
//! In: an [`Assignment`]. Out: reports on its channel. What users do on it is their own.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use tokio::sync::{mpsc, watch};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::worker::{Assignment, Report, Stop, Worker};
use super::{crowd, seats};
use crate::measure::Room;
use crate::plan::{Shape, Stages};

/// What worker threads are called, before their number.
pub(super) const NAME: &str = "worker";

/// Memory that samples take on their way, of some seconds at thousands of requests a second.
const ROOM: usize = 512 * 1024;

/// Starts a worker's thread.
pub(super) fn spawn(assignment: Assignment) -> io::Result<thread::JoinHandle<io::Result<()>>> {
    thread::Builder::new().name(format!("{NAME} {}", assignment.number)).spawn(move || {
        let reports = assignment.reports.clone();
        telling_of_bugs(&reports, || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            LocalSet::new().block_on(&runtime, work(assignment))
        })
    })
}

/// A bug costs the run its validity, and not what the other workers have measured.
pub(super) fn telling_of_bugs(reports: &mpsc::Sender<Report>, work: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_already_printed| {
        // A driver that is gone needs no report.
        let _gone = reports.blocking_send(Report::Panicked);
        Ok(())
    })
}

async fn work(assignment: Assignment) -> io::Result<()> {
    let _room = Room::for_a_run_of(assignment.plan.shape.stages().total(), ROOM);
    let mut told = assignment.stop.clone();
    let schedule = assignment.schedule.clone();
    let worker = Rc::new(Worker::new(assignment)?);
    sleep_until(worker.epoch).await;
    let mut users = JoinSet::new();
    tokio::select! {
        () = worker.clock.drive() => {}
        () = worker.hand_over_slices() => {}
        () = play(&worker, schedule, &mut users, &mut told) => {}
    }
    // Ending a user who waits for an answer records the request as unfinished: before the last slice is handed over.
    users.shutdown().await;
    worker.finish().await;
    Ok(())
}

/// Plays the shape until its end or until told to stop, then waits for what is under way.
async fn play(
    worker: &Rc<Worker>,
    schedule: watch::Receiver<Arc<Stages>>,
    users: &mut JoinSet<()>,
    told: &mut watch::Receiver<Stop>,
) {
    let end = worker.epoch + worker.plan.shape.stages().total();
    let shape = async {
        match &worker.plan.shape {
            Shape::Users(_) => crowd::play(worker, schedule, users).await,
            Shape::Rate { arrivals, max_users, .. } => {
                seats::play(worker, schedule, *arrivals, *max_users, users).await;
            }
        }
    };
    tokio::select! {
        () = shape => {}
        () = sleep_until(end) => {}
        () = worker.stopped() => {}
        () = told_to(told, Stop::Gracefully) => {}
    }
    worker.stop();
    let all_done = async {
        while let Some(ended) = users.join_next().await {
            worker.note_end(ended);
        }
    };
    tokio::select! {
        _in_time = timeout_at(Instant::now() + worker.plan.stop_within, all_done) => {}
        () = told_to(told, Stop::Now) => {}
    }
}

/// Waits until the run is told to stop at least so far. A driver that is gone tells nothing more.
async fn told_to(told: &mut watch::Receiver<Stop>, stop: Stop) {
    if told.wait_for(|told| *told >= stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
