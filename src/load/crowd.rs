//! The closed model: as many users as the profile says at each moment, each waiting for its answers.
//!
//! In: the stages of a number of users. Out: user tasks, begun and retired. Users are dealt out to the workers in
//! turn, so all workers together have exactly the number asked for.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::user::User;
use super::worker::Worker;
use crate::plan::{self, Stages};

/// How often a ramp's level is looked at.
const TICK: Duration = Duration::from_millis(10);

/// Keeps the crowd at its level until the stages end.
pub(super) async fn play(worker: &Rc<Worker>, stages: &Stages, users: &mut JoinSet<()>) {
    let kinds = Kinds::new(&worker.plan.users);
    let level = Rc::new(Cell::new(0));
    let mut places: Vec<Rc<Cell<bool>>> = Vec::new();
    loop {
        let now = worker.epoch.elapsed();
        if now >= stages.total() {
            return;
        }
        level.set(share(stages.level_at(now), worker.number, worker.workers));
        for place in 0..level.get() {
            if places.len() <= place {
                places.push(Rc::default());
            }
            let Some(is_taken) = places.get(place).filter(|is_taken| !is_taken.get()) else { continue };
            is_taken.set(true);
            let index = worker.user_index(place);
            let user = User::new(worker, kinds.of(index), index);
            let (level, is_taken) = (Rc::clone(&level), Rc::clone(is_taken));
            users.spawn_local(async move {
                user.live(|| level.get() <= place).await;
                is_taken.set(false);
            });
        }
        while let Some(ended) = users.try_join_next() {
            worker.note_end(ended);
        }
        sleep(TICK).await;
    }
}

/// How many of `level` users are this worker's.
fn share(level: f64, number: usize, workers: usize) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a plan's level is a u32 at most")]
    let level = level.round() as usize;
    level / workers + usize::from(number < level % workers)
}

/// Which kind each user is, so that any number of first users holds the kinds by their weights as nearly as
/// can be.
#[derive(Debug)]
pub(super) struct Kinds(Vec<usize>);

impl Kinds {
    /// Deals one round of the weights: each place goes to the kind that is furthest behind its share.
    pub(super) fn new(users: &[plan::User]) -> Self {
        let divisor = users.iter().map(|user| user.weight).fold(0, greatest_common_divisor).max(1);
        let weights: Vec<_> = users.iter().map(|user| i64::from(user.weight / divisor)).collect();
        let total: i64 = weights.iter().sum();
        let mut behind = vec![0_i64; weights.len()];
        let mut round = Vec::new();
        for _ in 0..total {
            for (behind, weight) in behind.iter_mut().zip(&weights) {
                *behind += weight;
            }
            let first = behind.iter().enumerate().max_by_key(|(kind, behind)| (**behind, std::cmp::Reverse(*kind)));
            let Some((kind, _)) = first else { break };
            if let Some(behind) = behind.get_mut(kind) {
                *behind -= total;
            }
            round.push(kind);
        }
        Self(round)
    }

    /// The kind of a user.
    pub(super) fn of(&self, index: u64) -> usize {
        let round = self.0.len().max(1) as u64;
        usize::try_from(index % round).ok().and_then(|place| self.0.get(place).copied()).unwrap_or_default()
    }
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Think;

    fn user(weight: u32) -> plan::User {
        plan::User {
            name: String::new(),
            weight,
            think: Think::None,
            start: Vec::new(),
            tasks: Vec::new(),
            stop: Vec::new(),
            values: 0,
        }
    }

    #[test]
    fn workers_share_every_level_exactly() {
        for level in [0.0, 1.0, 7.4, 10.0, 1000.0] {
            let total: usize = (0..3).map(|number| share(level, number, 3)).sum();
            assert_eq!(total, share(level, 0, 1), "{level} users");
        }
    }

    #[test]
    fn kinds_follow_their_weights_in_every_prefix() {
        let kinds = Kinds::new(&[user(4), user(2), user(2)]);
        let first: Vec<_> = (0..8).map(|index| kinds.of(index)).collect();
        assert_eq!(first, [0, 1, 2, 0, 0, 1, 2, 0]);
    }

    #[test]
    fn a_lone_kind_is_everyone() {
        let kinds = Kinds::new(&[user(5)]);
        assert!((0..20).all(|index| kinds.of(index) == 0));
    }
}
