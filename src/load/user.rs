//! One virtual user's life: its start steps, its tasks, its requests, its end.
//!
//! In: a kind of user and a worker. Out: a sample for each request, in the worker's recorder.

use std::rc::Rc;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::{Instant, sleep};

use super::example;
use super::worker::Worker;
use crate::client::{self, Agent, Exchange, Response};
use crate::measure::{Failure, Phase, Sample, Timings};
use crate::plan::{Broken, Next, Plan, Scope, Scratch, Sequence, Step, Think, Walk};

/// How long a user whose start steps failed waits before it tries them again, where it has no think time.
const START_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// After so many tasks in a row that made no request a user rests: it would keep its thread busy with nothing.
const IDLE_IN_A_ROW: u32 = 16;

/// How long it rests then.
const REST: Duration = Duration::from_millis(10);

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
    /// Tasks begun, as far as their number is fixed.
    taken: u32,
    /// Tasks in a row that made no request.
    idle: u32,
}

/// What became of a sequence of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Played {
    Done,
    /// No condition held, so that no request was made.
    Nothing,
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
            taken: 0,
            idle: 0,
            worker: Rc::clone(worker),
            kind,
        }
    }

    /// Lives in the closed model: tasks with pauses between, until the run stops, there are no more, or `is_retired`.
    pub(super) async fn live(mut self, is_retired: impl Fn() -> bool) {
        let worker = Rc::clone(&self.worker);
        let Some(kind) = worker.plan.users.get(self.kind) else { return };
        let _alive = worker.count_user();
        let mut due = None;
        while !worker.is_stopping() && !is_retired() && worker.quota.take(&mut self.taken) {
            let begun = due.unwrap_or_else(Instant::now);
            self.task(due).await;
            if worker.quota.is_over(self.taken) {
                break;
            }
            self.rest().await;
            let until_next = async {
                match kind.think {
                    Think::Pacing(every) => return Some(self.pace(begun + every).await),
                    Think::None if !self.has_started => self.pause(&Think::Constant(START_AGAIN_AFTER)).await,
                    think => self.pause(&think).await,
                }
                None
            };
            due = tokio::select! {
                biased;
                due = until_next => due,
                () = worker.quota.used_up(), if worker.quota.is_limited() => None,
            };
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
            match self.arrive(due).await {
                Played::Done => due = None,
                Played::Nothing => {}
                Played::Failed | Played::Stopped => return,
            }
        }
        let task = self.scope.pick_task(&worker.plan);
        if let Some(task) = kind.tasks.get(task) {
            let played = self.play(&task.steps, due, Measured::Yes).await;
            self.idle = if played == Played::Nothing { self.idle.saturating_add(1) } else { 0 };
        }
    }

    /// Runs the start steps; they have been run where they all succeed.
    pub(super) async fn arrive(&mut self, due: Option<Instant>) -> Played {
        let worker = Rc::clone(&self.worker);
        let Some(kind) = worker.plan.users.get(self.kind) else { return Played::Nothing };
        let played = self.play(&kind.start, due, Measured::Yes).await;
        self.has_started = matches!(played, Played::Done | Played::Nothing);
        played
    }

    /// Runs the steps at the user's end, where it had begun.
    pub(super) async fn leave(&mut self) {
        let worker = Rc::clone(&self.worker);
        if let Some(kind) = worker.plan.users.get(self.kind).filter(|_| self.has_started) {
            self.play(&kind.stop, None, Measured::No).await;
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

    /// Lets others go first after a task that made no request: nothing else would.
    async fn rest(&self) {
        match self.idle {
            0 => {}
            idle if idle % IDLE_IN_A_ROW == 0 => drop(self.worker.unless_stopping(sleep(REST)).await),
            _ => yield_now().await,
        }
    }

    async fn play(&mut self, sequence: &Sequence, due: Option<Instant>, measured: Measured) -> Played {
        self.scope.begin();
        let (mut due, mut walk) = (due, Walk::default());
        loop {
            let step = match sequence.next(&mut walk, &self.worker.plan.data, &mut self.scope) {
                Ok(Next::Request(step)) => step,
                Ok(Next::End) if walk.is_idle() => return Played::Nothing,
                Ok(Next::End) => return Played::Done,
                Ok(Next::Breathe) => {
                    yield_now().await;
                    if measured == Measured::Yes && self.worker.is_stopping() {
                        return Played::Stopped;
                    }
                    continue;
                }
                Err(exhausted) => {
                    self.worker.stop_exhausted(&exhausted.data);
                    return Played::Stopped;
                }
            };
            if !may_request(&self.worker, measured) {
                return Played::Stopped;
            }
            match self.request(step, due.take(), measured).await {
                Played::Done => {}
                ended => return ended,
            }
            self.pause(&step.think).await;
        }
    }

    /// Makes a step's request, and those to which redirects lead: each is a sample of its own. The last answer is the
    /// step's.
    async fn request(&mut self, step: &Step, due: Option<Instant>, measured: Measured) -> Played {
        let Self { worker, agent, scope, scratch, response, .. } = self;
        let request = match step.request(&worker.plan, scope, scratch) {
            Ok(request) => request,
            Err(exhausted) => {
                worker.stop_exhausted(&exhausted.data);
                return Played::Stopped;
            }
        };
        let (mut due, mut endpoint, mut hops) = (due, step.endpoint, 0);
        loop {
            let now = Instant::now();
            let Some(mut under_way) = UnderWay::begin(worker, endpoint, due.take().unwrap_or(now), measured) else {
                return Played::Stopped;
            };
            let when = (now, step.timeout);
            let exchange = match hops {
                0 => agent.exchange(request, step.wants(), when, response).await,
                _ => agent.follow(request, step.wants(), when, response).await,
            };
            worker.note_reach(exchange.outcome);
            let redirects = step.redirects.filter(|_| exchange.outcome.is_ok() && response.is_redirect());
            if let Some(redirects) = redirects.filter(|redirects| hops < redirects.most) {
                under_way.answered(&exchange, None);
                hops += 1;
                endpoint = redirects.endpoint;
                if may_request(worker, measured) {
                    continue;
                }
                return Played::Stopped;
            }
            let failure = match redirects {
                Some(_) => Some(Failure::Transport(client::Failure::TooManyRedirects.label())),
                None => judge(step, &worker.plan, &exchange, response, scope),
            };
            if let Some(failure) = failure.filter(|_| under_way.phase == Some(Phase::Window)) {
                example::keep(worker, step, (endpoint, failure), (&exchange, request, response), agent, scope);
            }
            under_way.answered(&exchange, failure);
            // The user may think for long, and the answer may have been large.
            response.clear();
            return if failure.is_some() { Played::Failed } else { Played::Done };
        }
    }
}

/// Whether a request may be made now; takes it from the run's budget.
fn may_request(worker: &Worker, measured: Measured) -> bool {
    measured == Measured::No || (!worker.is_stopping() && worker.may_request())
}

/// What is wrong with a step's answer, if anything. Keeps the values it extracts.
fn judge(step: &Step, plan: &Plan, exchange: &Exchange, response: &mut Response, scope: &mut Scope) -> Option<Failure> {
    let service = exchange.finished_at.duration_since(exchange.started_at);
    // Only what is read is decoded, and only now: it is in no latency.
    let read = exchange.outcome.and_then(|_status| if step.wants().body { response.decode() } else { Ok(()) });
    match read {
        Ok(()) => step.judge(plan, response, service, scope).err().map(broken),
        Err(failure) => Some(Failure::Transport(failure.label())),
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
    endpoint: u32,
    due: Instant,
    /// Taken when the request is recorded; none from the start for one that is not measured.
    phase: Option<Phase>,
}

impl<'a> UnderWay<'a> {
    /// A request that is sent now; none where nothing may be measured any more.
    fn begin(worker: &'a Worker, endpoint: u32, due: Instant, measured: Measured) -> Option<Self> {
        let phase = worker.phase(due).filter(|_| measured == Measured::Yes);
        if measured == Measured::Yes && phase.is_none() {
            // The window is over, and the timer that says so has yet to fire: a user without think time would not
            // let it.
            worker.stop();
            return None;
        }
        Some(Self { worker, endpoint, due, phase })
    }

    fn answered(&mut self, exchange: &Exchange, failure: Option<Failure>) {
        let Some(phase) = self.phase.take() else { return };
        let client::Timings { dns, connect, tls, wait, receive } = exchange.timings;
        self.worker.record(&Sample {
            endpoint: self.endpoint,
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
            endpoint: self.endpoint,
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
