//! The open model: starts are due by a schedule, whatever the answers do.
//!
//! In: the stages of a rate, which may change. Out: tasks begun by idle users when they are due. A start that finds no idle user gets
//! a new one, up to the most there may be; then it waits for the first that is free and counts as late. It is
//! never dropped silently: starts that still wait when the run ends count as missed.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::kinds::Kinds;
use super::pacer::Pacer;
use super::user::User;
use super::worker::Worker;
use crate::plan::{Arrivals, Stages};

/// How often who waits for a start looks whether the schedule has changed.
const HEARING: Duration = Duration::from_millis(50);

/// Deals starts to users as they become due, until the stages end.
pub(super) async fn play(
    worker: &Rc<Worker>,
    mut schedule: watch::Receiver<Arc<Stages>>,
    arrivals: Arrivals,
    max_users: u32,
    users: &mut JoinSet<()>,
) {
    let kinds = Kinds::new(&worker.plan.users);
    let halls = halls(worker, max_users);
    let mut seated = seat_ready(worker, &kinds, &halls, users);
    let stages = Stages::clone(&schedule.borrow_and_update());
    let mut pacer = Pacer::new(stages, arrivals, worker.number, worker.workers, worker.plan.seed);
    let _count = CountWaiting { worker, halls: &halls };
    for count in 0.. {
        let due = next_due(worker, &mut pacer, &mut schedule).await;
        let kind = kinds.of(worker.user_index(count));
        if worker.is_early(kind, due) {
            continue;
        }
        let due = worker.epoch + due;
        if worker.is_stopping() {
            return;
        }
        let Some(hall) = halls.get(kind) else { continue };
        if let Some(seat) = hall.idle.borrow_mut().pop() {
            seat.call(due);
        } else if hall.seats_left.get() > 0 {
            hall.seats_left.set(hall.seats_left.get() - 1);
            let user = User::new(worker, kind, worker.user_index(seated));
            seated += 1;
            worker.spawn_user(users, occupy(Rc::clone(worker), Rc::clone(hall), user, Some(due)));
        } else {
            hall.waiting.borrow_mut().push_back(due);
        }
    }
}

/// The next start, once it is due. Where none is to come there never is one: those under way, or waiting, have until the
/// end of the run.
async fn next_due(worker: &Worker, pacer: &mut Pacer, schedule: &mut watch::Receiver<Arc<Stages>>) -> Duration {
    loop {
        if schedule.has_changed().unwrap_or(false) {
            pacer.follow(&schedule.borrow_and_update());
        }
        let Some(due) = pacer.due() else {
            if schedule.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
            schedule.mark_changed();
            continue;
        };
        // A change is heard of in time also by who sleeps for long.
        let far = worker.epoch + due.saturating_sub(HEARING);
        if far > Instant::now() + HEARING {
            sleep(HEARING).await;
            continue;
        }
        worker.clock.sleep_until(worker.epoch + due).await;
        pacer.advance();
        return due;
    }
}

/// Seats the users who come before they are called, one after the other over the first half of the warm-up. Gives their
/// number.
fn seat_ready(worker: &Rc<Worker>, kinds: &Kinds, halls: &[Rc<Hall>], users: &mut JoinSet<()>) -> usize {
    let ready = usize::try_from(worker.plan.ready_users).unwrap_or(usize::MAX);
    let mine = ready / worker.workers + usize::from(worker.number < ready % worker.workers);
    let arrival = worker.plan.warmup / 2 / u32::try_from(mine.max(1)).unwrap_or(u32::MAX);
    let mut at = worker.epoch;
    for seated in 0..mine {
        let index = worker.user_index(seated);
        let kind = kinds.of(index);
        let Some(hall) = halls.get(kind).filter(|hall| hall.seats_left.get() > 0) else { return seated };
        hall.seats_left.set(hall.seats_left.get() - 1);
        let (user, occupant, hall) = (User::new(worker, kind, index), Rc::clone(worker), Rc::clone(hall));
        worker.spawn_user(users, async move {
            sleep_until(at).await;
            occupy(occupant, hall, user, None).await;
        });
        at += arrival;
    }
    mine
}

/// The users of one kind, and the starts that wait for one of them.
#[derive(Debug, Default)]
struct Hall {
    /// Users without work; the last to have had some is called first, so that as few connections as can be are used.
    idle: RefCell<Vec<Rc<Seat>>>,
    waiting: RefCell<VecDeque<Instant>>,
    seats_left: Cell<usize>,
}

fn halls(worker: &Worker, max_users: u32) -> Vec<Rc<Hall>> {
    let weights: u64 = worker.plan.users.iter().map(|user| u64::from(user.weight)).sum();
    let share = |weight: u32| {
        let users = u64::from(max_users) * u64::from(weight) / weights.max(1);
        let (workers, number) = (worker.workers as u64, worker.number as u64);
        let mine = users / workers + u64::from(number < users % workers);
        usize::try_from(mine).unwrap_or(usize::MAX).max(1)
    };
    let hall = |weight| Rc::new(Hall { seats_left: Cell::new(share(weight)), ..Hall::default() });
    worker.plan.users.iter().map(|user| hall(user.weight)).collect()
}

/// Where an idle user waits to be called.
#[derive(Debug, Default)]
struct Seat {
    due: Cell<Option<Instant>>,
    waker: RefCell<Option<Waker>>,
}

impl Seat {
    fn call(&self, due: Instant) {
        self.due.set(Some(due));
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }

    async fn called(&self) -> Instant {
        poll_fn(|cx| {
            if let Some(due) = self.due.take() {
                return Poll::Ready(due);
            }
            *self.waker.borrow_mut() = Some(cx.waker().clone());
            Poll::Pending
        })
        .await
    }
}

/// One user's work: the start it was seated for, if any, then those that wait or that it is called for.
async fn occupy(worker: Rc<Worker>, hall: Rc<Hall>, mut user: User, first: Option<Instant>) {
    let _alive = worker.count_user();
    let seat = Rc::new(Seat::default());
    let mut next = if let Some(due) = first {
        Some((due, Waited::No))
    } else {
        user.arrive(None).await;
        next_start(&worker, &hall, &seat).await
    };
    while let Some((due, waited)) = next {
        if worker.is_stopping() {
            miss(&worker, due);
            break;
        }
        begin(&worker, due, waited);
        user.task(Some(due)).await;
        end(&worker);
        next = next_start(&worker, &hall, &seat).await;
    }
    // A call and the run's end may come at once.
    if let Some(due) = seat.due.take() {
        miss(&worker, due);
    }
    user.leave().await;
}

/// The next start of whoever sits there: one that waits, or one that it is called for.
async fn next_start(worker: &Worker, hall: &Hall, seat: &Rc<Seat>) -> Option<(Instant, Waited)> {
    let waiting = hall.waiting.borrow_mut().pop_front();
    if let Some(due) = waiting {
        return Some((due, Waited::Yes));
    }
    hall.idle.borrow_mut().push(Rc::clone(seat));
    worker.unless_stopping(seat.called()).await.map(|due| (due, Waited::No))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waited {
    No,
    Yes,
}

/// Notes how a start was made. Only one that did not wait for a user tells how precise the generator is.
fn begin(worker: &Worker, due: Instant, waited: Waited) {
    let Some(phase) = worker.phase(due) else { return };
    let mut recorder = worker.recorder.borrow_mut();
    match waited {
        Waited::No => recorder.start(phase, due.elapsed()),
        Waited::Yes => recorder.late(phase),
    }
}

/// Counts a task by when it ended: more starts than ends are a queue that grows.
fn end(worker: &Worker) {
    if let Some(phase) = worker.phase(Instant::now()) {
        worker.recorder.borrow_mut().ended(phase);
    }
}

/// Counts a start that was due and is never made.
fn miss(worker: &Worker, due: Instant) {
    if let Some(phase) = worker.phase(due) {
        worker.recorder.borrow_mut().missed(phase, 1);
    }
}

/// Counts the starts that still wait when the run ends.
struct CountWaiting<'a> {
    worker: &'a Worker,
    halls: &'a [Rc<Hall>],
}

impl Drop for CountWaiting<'_> {
    fn drop(&mut self) {
        for due in self.halls.iter().flat_map(|hall| hall.waiting.take()) {
            miss(self.worker, due);
        }
    }
}
