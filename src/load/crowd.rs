//! The closed model: as many users as the profile says at each moment, each waiting for its answers.
//!
//! In: the stages of a number of users, which may change. Out: user tasks, begun and retired. Users are dealt out to the workers in
//! turn, so all workers together have exactly the number asked for.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::kinds::Kinds;
use super::user::User;
use super::worker::Worker;
use crate::plan::Stages;

/// How often a ramp's level is looked at.
const TICK: Duration = Duration::from_millis(10);

/// Keeps the crowd at its level until the stages end, or until all tasks are played where their number is fixed.
pub(super) async fn play(worker: &Rc<Worker>, schedule: watch::Receiver<Arc<Stages>>, users: &mut JoinSet<()>) {
    let kinds = Kinds::new(&worker.plan.users);
    let level = Rc::new(Cell::new(0));
    let mut places: Vec<Rc<Cell<bool>>> = Vec::new();
    loop {
        let now = worker.epoch.elapsed();
        let stages = Arc::clone(&schedule.borrow());
        if now >= stages.total() {
            return;
        }
        level.set(share(stages.level_at(now), worker.number, worker.workers));
        for place in 0..level.get() {
            if places.len() <= place {
                places.push(Rc::default());
            }
            let Some(is_taken) = places.get(place).filter(|is_taken| !is_taken.get()) else { continue };
            let index = worker.user_index(place);
            let kind = kinds.of(index);
            if worker.is_early(kind, now) {
                continue;
            }
            is_taken.set(true);
            let user = User::new(worker, kind, index);
            let (level, is_taken) = (Rc::clone(&level), Rc::clone(is_taken));
            let stays_empty = worker.quota.is_limited();
            worker.spawn_user(users, async move {
                user.live(|| level.get() <= place).await;
                is_taken.set(stays_empty);
            });
        }
        while let Some(ended) = users.try_join_next() {
            worker.note_end(ended);
        }
        if worker.quota.is_used_up() && users.is_empty() {
            return;
        }
        sleep(TICK).await;
    }
}

/// How many of `level` users are this worker's.
pub(super) fn share(level: f64, number: usize, workers: usize) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a plan's level is a u32 at most")]
    let level = level.round() as usize;
    level / workers + usize::from(number < level % workers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_share_every_level_exactly() {
        for level in [0.0, 1.0, 7.4, 10.0, 1000.0] {
            let total: usize = (0..3).map(|number| share(level, number, 3)).sum();
            assert_eq!(total, share(level, 0, 1), "{level} users");
        }
    }
}
