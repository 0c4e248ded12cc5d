//! The state that the virtual users of one thread share.
//!
//! In: a plan and this worker's share of it, samples as they finish. Out: slices of samples, handed over once a
//! second, and the moment the worker stopped. Shares nothing with other workers while a request is under way.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::clock::Clock;
use super::quota::Quota;
use crate::client::{Failure, Network};
use crate::measure::{Phase, Recorder, Sample, WorkerSlice};
use crate::plan::{Plan, Stages};

/// How far a run has been told to stop.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// Not at all.
    #[default]
    No,
    /// Start nothing new, wait for what is under way.
    Gracefully,
    /// At once.
    Now,
}

/// What a worker needs to begin.
#[derive(Debug)]
pub(super) struct Assignment {
    pub(super) plan: Arc<Plan>,
    /// This worker's number, counted from 0.
    pub(super) number: usize,
    /// How many workers there are.
    pub(super) workers: usize,
    /// When the run begins.
    pub(super) epoch: Instant,
    pub(super) stop: watch::Receiver<Stop>,
    /// The load as it stands: the plan's stages, until someone changes them.
    pub(super) schedule: watch::Receiver<Arc<Stages>>,
    pub(super) reports: mpsc::Sender<Report>,
    /// Virtual users alive, all workers together; for the eye only.
    pub(super) users: Arc<AtomicU32>,
}

/// What a worker tells the driver.
#[derive(Debug)]
pub(super) enum Report {
    /// A finished slice.
    Slice(WorkerSlice),
    /// A data set whose rows are drawn once has none left.
    Exhausted(String),
    /// Requests have failed for a while before there was a connection, and none has ever had one.
    Unreachable(Failure),
    /// A virtual user, or the worker itself, ended in a bug.
    Panicked,
    /// The worker is done.
    Done {
        /// When it stopped starting requests, since the run's start.
        stopped: Duration,
        /// When its last answer had come, since the run's start.
        last_answer: Duration,
        /// Whether a virtual user ended in a bug.
        panicked: bool,
        /// Tasks that were to be played and have not begun.
        unplayed: u64,
    },
}

/// What a worker knows of the target being there.
#[derive(Debug, Clone, Copy, Default)]
enum Reach {
    #[default]
    Unknown,
    /// No request has had a connection so far.
    Failed(Failure),
    /// One has, or the driver has been told that none does.
    Settled,
}

/// State shared by the tasks of one worker.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) plan: Arc<Plan>,
    pub(super) number: usize,
    pub(super) workers: usize,
    pub(super) epoch: Instant,
    pub(super) recorder: RefCell<Recorder>,
    pub(super) clock: Clock,
    pub(super) network: Network,
    pub(super) users: Arc<AtomicU32>,
    window_begins: Instant,
    /// Requests due from here on are in no figure.
    window_ends: Cell<Instant>,
    stopping: Cell<bool>,
    stop: Notify,
    requests_left: Cell<Option<u64>>,
    /// Tasks to play, where their number is fixed.
    pub(super) quota: Quota,
    last_answer: Cell<Duration>,
    reach: Cell<Reach>,
    panicked: Cell<bool>,
    reports: mpsc::Sender<Report>,
}

impl Worker {
    pub(super) fn new(assignment: Assignment) -> io::Result<Self> {
        let Assignment { plan, number, workers, epoch, reports, users, .. } = assignment;
        let share = |requests: u64| {
            let (workers, number) = (workers as u64, number as u64);
            requests / workers + u64::from(number < requests % workers)
        };
        Ok(Self {
            number,
            workers,
            epoch,
            recorder: RefCell::new(Recorder::new(plan.endpoints.len())),
            clock: Clock::new()?,
            network: Network::new(plan.target.clone())?,
            users,
            window_begins: epoch + plan.warmup,
            window_ends: Cell::new(epoch + plan.shape.stages().total()),
            stopping: Cell::new(false),
            stop: Notify::new(),
            requests_left: Cell::new(plan.requests.map(share)),
            quota: Quota::new(&plan, number, workers),
            last_answer: Cell::default(),
            reach: Cell::default(),
            panicked: Cell::new(false),
            reports,
            plan,
        })
    }

    /// Once a second, hands over what an idle recorder would otherwise keep, and says when nothing is reached.
    pub(super) async fn hand_over_slices(&self) {
        const SECOND: Duration = Duration::from_secs(1);
        let mut next = self.epoch + SECOND;
        loop {
            sleep_until(next).await;
            next += SECOND;
            if let Reach::Failed(failure) = self.reach.get() {
                self.reach.set(Reach::Settled);
                self.report(Report::Unreachable(failure)).await;
            }
            let finished = self.recorder.borrow_mut().roll(self.epoch.elapsed());
            if let Some(slice) = finished {
                self.report(Report::Slice(slice)).await;
            }
        }
    }

    /// Hands over what is left, and says that the worker is done.
    pub(super) async fn finish(&self) {
        let rest = self.recorder.borrow_mut().finish();
        if let Some(slice) = rest {
            self.report(Report::Slice(slice)).await;
        }
        let stopped = self.window_ends.get().saturating_duration_since(self.epoch);
        let (last_answer, panicked, unplayed) = (self.last_answer.get(), self.panicked.get(), self.quota.left());
        self.report(Report::Done { stopped, last_answer, panicked, unplayed }).await;
    }

    async fn report(&self, report: Report) {
        // A driver that is gone needs no report.
        let _gone = self.reports.send(report).await;
    }

    fn report_soon(&self, report: Report) {
        if let Err(mpsc::error::TrySendError::Full(report)) = self.reports.try_send(report) {
            let reports = self.reports.clone();
            tokio::task::spawn_local(async move {
                let _gone = reports.send(report).await;
            });
        }
    }

    /// Records one finished request.
    pub(super) fn record(&self, sample: &Sample) {
        self.last_answer.set(sample.finished_at.max(self.last_answer.get()));
        let finished = self.recorder.borrow_mut().record(sample);
        if let Some(slice) = finished {
            self.report_soon(Report::Slice(slice));
        }
    }

    /// Notes whether a request had a connection.
    pub(super) fn note_reach(&self, outcome: Result<u16, Failure>) {
        let reach = match (self.reach.get(), outcome) {
            (Reach::Settled, _) => return,
            (_, Err(failure)) if failure.is_before_connection() => Reach::Failed(failure),
            _ => Reach::Settled,
        };
        self.reach.set(reach);
    }

    /// The part of the run to which a request belongs that was due then; none once the window has ended.
    pub(super) fn phase(&self, due: Instant) -> Option<Phase> {
        if due >= self.window_ends.get() {
            None
        } else if due < self.window_begins {
            Some(Phase::Warmup)
        } else {
            Some(Phase::Window)
        }
    }

    /// Takes one request from the budget, if there is one; the worker stops when it is used up.
    pub(super) fn may_request(&self) -> bool {
        match self.requests_left.get() {
            None => true,
            Some(0) => {
                self.stop();
                false
            }
            Some(left) => {
                self.requests_left.set(Some(left - 1));
                true
            }
        }
    }

    /// Whether no user of a kind comes yet, so long after the run's start.
    pub(super) fn is_early(&self, kind: usize, now: Duration) -> bool {
        self.plan.users.get(kind).is_some_and(|kind| now < kind.start_after)
    }

    /// Starts nothing new from now on.
    pub(super) fn stop(&self) {
        if !self.stopping.replace(true) {
            self.window_ends.set(self.window_ends.get().min(Instant::now()));
            self.stop.notify_waiters();
        }
    }

    /// Waits until nothing new may be started, for this worker's own reasons.
    pub(super) async fn stopped(&self) {
        self.stop.notified().await;
    }

    /// Stops because a data set ran out of rows.
    pub(super) fn stop_exhausted(&self, data: &str) {
        if !self.is_stopping() {
            self.report_soon(Report::Exhausted(data.to_owned()));
        }
        self.stop();
    }

    /// Whether nothing new may be started.
    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.get()
    }

    /// Waits for `wake`, but not beyond the moment at which nothing new may be started.
    pub(super) async fn unless_stopping<T>(&self, wake: impl Future<Output = T>) -> Option<T> {
        if self.is_stopping() {
            return None;
        }
        tokio::select! {
            woken = wake => Some(woken),
            () = self.stop.notified() => None,
        }
    }

    /// Begins a user's life. A bug that ends it is told at once.
    pub(super) fn spawn_user(self: &Rc<Self>, users: &mut JoinSet<()>, life: impl Future<Output = ()> + 'static) {
        struct Watch(Rc<Worker>);
        impl Drop for Watch {
            fn drop(&mut self) {
                if thread::panicking() {
                    // Where there is no room for it now, the end of the worker tells.
                    let _untold = self.0.reports.try_send(Report::Panicked);
                }
            }
        }
        let watch = Watch(Rc::clone(self));
        users.spawn_local(async move {
            let _watch = watch;
            life.await;
        });
    }

    /// Takes note of how a user's task ended.
    pub(super) fn note_end(&self, ended: Result<(), JoinError>) {
        if ended.is_err_and(|error| error.is_panic()) {
            self.panicked.set(true);
        }
    }

    /// The number of a user of this worker, among the users of all workers.
    pub(super) fn user_index(&self, position: usize) -> u64 {
        (position * self.workers + self.number) as u64
    }

    /// Counts a user as alive until the result is dropped.
    pub(super) fn count_user(&self) -> impl Drop + use<> {
        struct Alive(Arc<AtomicU32>);
        impl Drop for Alive {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        self.users.fetch_add(1, Ordering::Relaxed);
        Alive(Arc::clone(&self.users))
    }
}
