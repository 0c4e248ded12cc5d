//! Tasks that are played before a run ends, where their number is fixed.
//!
//! In: the plan's iterations and a worker's share of the users. Out: whether one more task may begin. Workers share
//! nothing: each has as many as falls to its users. Ends no run by itself.

use std::cell::Cell;

use tokio::sync::Notify;

use super::crowd::share;
use crate::plan::{Iterations, Plan};

/// The tasks that a worker's users play.
#[derive(Debug)]
pub(super) struct Quota {
    iterations: Option<Iterations>,
    /// Tasks that are still to begin, of all the worker's users together.
    left: Cell<u64>,
    over: Notify,
}

impl Quota {
    /// The share of worker number `number` of `workers`.
    pub(super) fn new(plan: &Plan, number: usize, workers: usize) -> Self {
        let peak = plan.shape.stages().peak();
        let places = |users: f64| share(users, number, workers) as u64;
        let left = match plan.iterations {
            None => 0,
            Some(Iterations::PerUser(tasks)) => u64::from(tasks) * places(peak),
            Some(Iterations::Shared(tasks)) => {
                // As many for each user, and one more for the first of them until all are dealt out.
                let tasks = f64::from(tasks);
                let (each, rest) = ((tasks / peak.round()).floor(), tasks % peak.round());
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a u32 at most")]
                let each = each as u64;
                each * places(peak) + places(rest)
            }
        };
        Self { iterations: plan.iterations, left: Cell::new(left), over: Notify::new() }
    }

    /// Takes one task for a user that has taken `taken` so far, and counts it there.
    pub(super) fn take(&self, taken: &mut u32) -> bool {
        if self.is_over(*taken) {
            return false;
        }
        *taken = taken.saturating_add(1);
        if self.is_limited() {
            self.left.set(self.left.get().saturating_sub(1));
            if self.left.get() == 0 {
                self.over.notify_waiters();
            }
        }
        true
    }

    /// Whether a user that has taken `taken` tasks gets no more.
    pub(super) fn is_over(&self, taken: u32) -> bool {
        match self.iterations {
            None => false,
            Some(Iterations::Shared(_)) => self.left.get() == 0,
            Some(Iterations::PerUser(tasks)) => taken >= tasks,
        }
    }

    /// Whether the number of tasks is fixed: a user that has left is not replaced then.
    pub(super) fn is_limited(&self) -> bool {
        self.iterations.is_some()
    }

    /// Whether all of them have begun.
    pub(super) fn is_used_up(&self) -> bool {
        self.is_limited() && self.left.get() == 0
    }

    /// Tasks that are still to begin.
    pub(super) fn left(&self) -> u64 {
        self.left.get()
    }

    /// Waits until all of them have begun.
    pub(super) async fn used_up(&self) {
        let over = self.over.notified();
        if !self.is_used_up() {
            over.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::hit;
    use super::*;
    use crate::plan::Hit;

    fn plan(users: u32, iterations: Iterations) -> Plan {
        let plan = Plan::hit(&Hit { users, ..hit() });
        Plan { iterations: Some(iterations), ..plan.unwrap() }
    }

    #[test]
    fn workers_share_every_number_of_tasks_exactly_and_by_their_users() {
        for (users, tasks, workers) in [(3, 1_000, 2), (5, 7, 3), (4, 3, 4), (1, 1, 1), (7, 4_000_000_000, 2)] {
            let plan = plan(users, Iterations::Shared(tasks));
            let shares: Vec<u64> = (0..workers).map(|number| Quota::new(&plan, number, workers).left()).collect();
            assert_eq!(shares.iter().sum::<u64>(), u64::from(tasks), "{shares:?}");
        }
        let plan = plan(3, Iterations::Shared(1_000));
        assert_eq!([0, 1].map(|number| Quota::new(&plan, number, 2).left()), [667, 333]);
    }

    #[test]
    fn each_user_takes_its_own_number_and_all_share_the_other() {
        let each = Quota::new(&plan(2, Iterations::PerUser(2)), 0, 1);
        let (mut one, mut other) = (0, 0);
        assert!(each.take(&mut one) && each.take(&mut one) && !each.take(&mut one));
        assert!(!each.is_used_up() && each.take(&mut other) && each.take(&mut other) && each.is_used_up());
        let shared = Quota::new(&plan(2, Iterations::Shared(3)), 0, 1);
        let (mut one, mut other) = (0, 0);
        assert!(shared.take(&mut one) && shared.take(&mut one) && shared.take(&mut one));
        assert!(!shared.take(&mut other) && shared.is_used_up());
    }
}
