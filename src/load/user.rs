//! One virtual user's life: its start steps, its tasks, its requests, its end.
//!
//! In: a kind of user and a worker. Out: a sample for each request, in the worker's recorder.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::worker::Worker;
use crate::client::{Agent, Exchange, Response};
use crate::measure::{Failure, Phase, Sample, Timings};
use crate::plan::{Broken, Scope, Scratch, Step, Think};

/// How long a user whose start steps failed waits before it tries them again, where it has no think time.
const START_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// One virtual user.
#[derive(Debug)]
pub(super) struct User {
    worker: Rc<Worker>,
    kind: usize,
    agent: Agent,
    scope: Scope,
    scratch: Scratch,
    response: Response,
    has_started: bool,
}

/// What became of a sequence of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sequence {
    Done,
    /// A step failed, which ended the sequence.
    Failed,
    /// Nothing new may be started.
    Stopped,
}

/// Which requests of a user are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measured {
    Yes,
    /// Steps at a user's end: they clean up, when the run may be over.
    No,
}

impl User {
    /// A user of a kind (its index in the plan); `index` tells it from all others.
    pub(super) fn new(worker: &Rc<Worker>, kind: usize, index: u64) -> Self {
        Self {
            agent: worker.network.agent(),
            scope: Scope::new(&worker.plan, kind, index),
            scratch: Scratch::default(),
            response: Response::default(),
            has_started: false,
            worker: Rc::clone(worker),
            kind,
        }
    }

    /// Lives in the closed model: tasks with pauses between, until the run stops or `is_retired`.
    pub(super) async fn live(mut self, is_retired: impl Fn() -> bool) {
        let worker = Rc::clone(&self.worker);
        let Some(kind) = worker.plan.users.get(self.kind) else { return };
        let _alive = worker.count_user();
        let mut due = None;
        while !worker.is_stopping() && !is_retired() {
            let begun = due.unwrap_or_else(Instant::now);
            self.task(due).await;
            due = None;
            match kind.think {
                Think::Pacing(every) => due = Some(self.pace(begun + every).await),
                Think::None if !self.has_started => self.pause(&Think::Constant(START_AGAIN_AFTER)).await,
                think => self.pause(&think).await,
            }
        }
        self.leave().await;
    }

    /// Runs one task, after the start steps where they have not been run yet. The first request counts from `due`;
    /// without it, and like all others, from the moment it is sent.
    pub(super) async fn task(&mut self, due: Option<Instant>) {
        let worker = Rc::clone(&self.worker);
        let Some(kind) = worker.plan.users.get(self.kind) else { return };
        let mut due = due;
        if !self.has_started {
            if self.steps(&kind.start, due, Measured::Yes).await != Sequence::Done {
                return;
            }
            self.has_started = true;
            due = due.filter(|_| kind.start.is_empty());
        }
        let task = self.scope.pick_task(&worker.plan);
        if let Some(task) = kind.tasks.get(task) {
            self.steps(&task.steps, due, Measured::Yes).await;
        }
    }

    /// Runs the steps at the user's end, where it had begun.
    pub(super) async fn leave(&mut self) {
        let worker = Rc::clone(&self.worker);
        if let Some(kind) = worker.plan.users.get(self.kind).filter(|_| self.has_started) {
            self.steps(&kind.stop, None, Measured::No).await;
        }
    }

    /// Waits for a moment of the user's own schedule, or gives the present where that has passed.
    async fn pace(&self, at: Instant) -> Instant {
        let now = Instant::now();
        if at <= now {
            return now;
        }
        self.worker.unless_stopping(self.worker.clock.sleep_until(at)).await;
        if let Some(phase) = self.worker.phase(at) {
            self.worker.recorder.borrow_mut().start(phase, at.elapsed());
        }
        at
    }

    /// Pauses as `think` says.
    async fn pause(&mut self, think: &Think) {
        if let Some(pause) = self.scope.pause(think) {
            self.worker.unless_stopping(sleep(pause)).await;
        }
    }

    async fn steps(&mut self, steps: &[Arc<Step>], due: Option<Instant>, measured: Measured) -> Sequence {
        self.scope.begin();
        let mut due = due;
        for step in steps {
            if measured == Measured::Yes && (self.worker.is_stopping() || !self.worker.may_request()) {
                return Sequence::Stopped;
            }
            match self.request(step, due.take(), measured).await {
                Sequence::Done => {}
                ended => return ended,
            }
            self.pause(&step.think).await;
        }
        Sequence::Done
    }

    async fn request(&mut self, step: &Step, due: Option<Instant>, measured: Measured) -> Sequence {
        let Self { worker, agent, scope, scratch, response, .. } = self;
        let request = match step.request(&worker.plan, scope, scratch) {
            Ok(request) => request,
            Err(exhausted) => {
                worker.stop_exhausted(&exhausted.data);
                return Sequence::Stopped;
            }
        };
        let now = Instant::now();
        let due = due.unwrap_or(now);
        let phase = worker.phase(due).filter(|_| measured == Measured::Yes);
        if measured == Measured::Yes && phase.is_none() {
            // The window is over, and the timer that says so has yet to fire: a user without think time would not
            // let it.
            worker.stop();
            return Sequence::Stopped;
        }
        let mut under_way = UnderWay { worker, step, due, phase };
        let exchange = agent.exchange(request, step.wants(), (now, step.timeout), response).await;
        worker.note_reach(exchange.outcome);
        let service = exchange.finished_at.duration_since(exchange.started_at);
        let failure = match exchange.outcome {
            Ok(_status) => step.judge(&worker.plan, response, service, scope).err().map(broken),
            Err(failure) => Some(Failure::Transport(failure.label())),
        };
        under_way.answered(&exchange, failure);
        if failure.is_some() { Sequence::Failed } else { Sequence::Done }
    }
}

fn broken(broken: Broken) -> Failure {
    match broken {
        Broken::Status(status) => Failure::Status(status),
        Broken::Expectation(label) => Failure::Expectation(label),
    }
}

/// A request under way: recorded when it is answered, and as unfinished when its user is dropped before.
struct UnderWay<'a> {
    worker: &'a Worker,
    step: &'a Step,
    due: Instant,
    /// Taken when the request is recorded; none from the start for one that is not measured.
    phase: Option<Phase>,
}

impl UnderWay<'_> {
    fn answered(&mut self, exchange: &Exchange, failure: Option<Failure>) {
        let Some(phase) = self.phase.take() else { return };
        let crate::client::Timings { dns, connect, tls, wait, receive } = exchange.timings;
        self.worker.record(&Sample {
            endpoint: self.step.endpoint,
            phase,
            finished_at: exchange.finished_at.saturating_duration_since(self.worker.epoch),
            response: exchange.finished_at.saturating_duration_since(self.due),
            service: exchange.finished_at.saturating_duration_since(exchange.started_at),
            timings: Timings { dns, connect, tls, wait, receive },
            bytes_received: exchange.bytes_received,
            failure,
        });
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let Some(phase) = self.phase.take() else { return };
        self.worker.record(&Sample {
            endpoint: self.step.endpoint,
            phase,
            finished_at: self.worker.epoch.elapsed(),
            response: self.due.elapsed(),
            service: self.due.elapsed(),
            timings: Timings::default(),
            bytes_received: 0,
            failure: Some(Failure::Transport("unfinished")),
        });
    }
}
