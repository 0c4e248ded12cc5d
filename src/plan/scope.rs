//! What templates see for one virtual user: its index, its generator, its rows and what it extracted.
//!
//! In: draws and extracted values. Out: the values templates write. A scope belongs to one user; only the cursors
//! of its data sets are shared. It does not know what a template is.

use std::borrow::Cow;
use std::time::Duration;

use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::data::{DataSet, Exhausted};
use super::model::{Plan, Think};
use super::value::Value;

/// What templates see for one virtual user.
#[derive(Debug)]
pub struct Scope {
    user: usize,
    index: u64,
    rng: Xoshiro256PlusPlus,
    /// The row held of each data set, since it was first needed after [`begin`](Scope::begin).
    rows: Box<[Option<u32>]>,
    /// What was extracted so far.
    values: Box<[Option<Value<'static>>]>,
}

impl Scope {
    /// The scope of a virtual user: `user` is the index of its kind in [`Plan::users`], `index` its number over all
    /// workers (`user.index` in templates). Its draws follow from the plan's seed and its number alone.
    #[must_use]
    pub fn new(plan: &Plan, user: usize, index: u64) -> Self {
        let values = plan.users.get(user).map_or(0, |kind| kind.values);
        Self { user, ..Self::of(plan.seed, index, plan.data.len(), values) }
    }

    pub(super) fn of(seed: u64, index: u64, data: usize, values: usize) -> Self {
        let rng = Xoshiro256PlusPlus::seed_from_u64(mix(seed ^ mix(index)));
        Self { user: 0, index, rng, rows: vec![None; data].into(), values: vec![None; values].into() }
    }

    /// New rows are drawn from here on: call before the start steps, each task, and the stop steps.
    pub fn begin(&mut self) {
        self.rows.fill(None);
    }

    /// The user's generator.
    pub fn rng(&mut self) -> &mut impl Rng {
        &mut self.rng
    }

    /// `user.index` in templates.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Draws one of the user's tasks by weight; its index in `tasks`.
    pub fn pick_task(&mut self, plan: &Plan) -> usize {
        let tasks = plan.users.get(self.user).map_or(&[][..], |user| user.tasks.as_slice());
        let total: u64 = tasks.iter().map(|task| u64::from(task.weight)).sum();
        if tasks.len() < 2 || total == 0 {
            return 0;
        }
        let mut drawn = self.rng.random_range(0..total);
        for (at, task) in tasks.iter().enumerate() {
            let weight = u64::from(task.weight);
            if drawn < weight {
                return at;
            }
            drawn -= weight;
        }
        0
    }

    /// Draws the length of a pause. `None` for no pause, and for `Pacing`, whose pause depends on when the task started.
    pub fn pause(&mut self, think: &Think) -> Option<Duration> {
        match *think {
            Think::None | Think::Pacing(_) => None,
            Think::Constant(pause) => Some(pause),
            Think::Between(least, most) => {
                let share: f64 = self.rng.random();
                Some(least.saturating_add(seconds(most.saturating_sub(least).as_secs_f64() * share)))
            }
            Think::Exponential(mean) => {
                let share: f64 = self.rng.random();
                Some(seconds(mean.as_secs_f64() * -(1.0 - share).ln()))
            }
        }
    }

    /// Holds a row of a data set, drawing one unless it holds one already.
    pub(super) fn hold(&mut self, data: &[DataSet], index: usize) -> Result<(), Exhausted> {
        if let (Some(held @ None), Some(set)) = (self.rows.get_mut(index), data.get(index)) {
            *held = u32::try_from(set.draw(&mut self.rng)?).ok();
        }
        Ok(())
    }

    /// What the held row of a data set holds in a column; empty where none is held.
    pub(super) fn cell<'a>(&self, data: &'a [DataSet], index: usize, column: usize) -> Value<'a> {
        let row = self.rows.get(index).copied().flatten().and_then(|row| usize::try_from(row).ok());
        let cell = row.zip(data.get(index)).and_then(|(row, set)| set.cell(row, column));
        cell.map_or(Value::text(Cow::Borrowed("")), Value::borrowed)
    }

    /// An extracted value; `None` before it was extracted.
    pub(super) fn value(&self, slot: usize) -> Option<&Value<'static>> {
        self.values.get(slot)?.as_ref()
    }

    /// Keeps an extracted value.
    pub(super) fn keep(&mut self, slot: usize, value: Value<'static>) {
        if let Some(kept) = self.values.get_mut(slot) {
            *kept = Some(value);
        }
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// The finalizer of `SplitMix64` (Steele, Lea and Flood 2014): neighbouring users get unrelated generators.
fn mix(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
