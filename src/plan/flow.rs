//! A sequence of steps as instructions: requests, branches and loops.
//!
//! In: where one virtual user stands in it. Out: the step it plays next. The tree that was typed is compiled to a flat list,
//! so that walking it takes neither memory nor a future for each level. Makes no request, and waits for nothing.

use std::ops::Deref;
use std::sync::Arc;

use rand::RngExt;

use super::condition::Condition;
use super::data::{DataSet, Exhausted};
use super::scope::Scope;
use super::step::Step;

/// Steps inside each other, at most: a task or a start step is the first level.
pub(super) const DEEPEST: usize = 16;

/// Branches and rounds without a request, after which a walk comes up for air.
const MOVES_AT_ONCE: usize = 256;

/// Steps that follow each other, with their branches and loops. As a slice: its requests, in the order in which they stand.
#[derive(Debug, Default)]
pub struct Sequence {
    steps: Vec<Arc<Step>>,
    ops: Vec<Op>,
}

/// One instruction.
#[derive(Debug)]
enum Op {
    /// Make the request of the step at this index.
    Request(usize),
    /// Go to `to` unless the condition holds.
    Unless { condition: Condition, to: usize },
    /// Draw how many rounds there are; where there are none, go to `to`.
    Rounds { level: usize, least: u32, most: u32, to: usize },
    /// A round is over: where more are left, go to `to`.
    Again { level: usize, to: usize },
}

/// Where a virtual user stands in a sequence.
#[derive(Debug, Default)]
pub struct Walk {
    at: usize,
    /// Rounds left of the loops around that place, the one under way among them.
    rounds: [u32; DEEPEST],
    requests: u64,
}

impl Walk {
    /// Whether no request has come up so far.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.requests == 0
    }
}

/// What a virtual user does next.
#[derive(Debug)]
pub enum Next<'a> {
    /// Make this request, then pause as it says.
    Request(&'a Step),
    /// Let others go first, then ask again: a loop goes round without a request.
    Breathe,
    /// The sequence is over.
    End,
}

impl Deref for Sequence {
    type Target = [Arc<Step>];

    fn deref(&self) -> &[Arc<Step>] {
        &self.steps
    }
}

impl Sequence {
    /// Goes on to the next request.
    ///
    /// # Errors
    /// A condition names a `unique` data set that has run out: the run ends.
    pub fn next<'a>(&'a self, walk: &mut Walk, data: &[DataSet], scope: &mut Scope) -> Result<Next<'a>, Exhausted> {
        for _ in 0..MOVES_AT_ONCE {
            let Some(op) = self.ops.get(walk.at) else { return Ok(Next::End) };
            let further = walk.at + 1;
            walk.at = match op {
                Op::Request(index) => {
                    (walk.at, walk.requests) = (further, walk.requests + 1);
                    return Ok(self.steps.get(*index).map_or(Next::End, |step| Next::Request(step)));
                }
                Op::Unless { condition, to } => {
                    if condition.holds(data, scope)? {
                        further
                    } else {
                        *to
                    }
                }
                Op::Rounds { level, least, most, to } => {
                    let rounds = if least == most { *most } else { scope.rng().random_range(*least..=*most) };
                    if let Some(left) = walk.rounds.get_mut(*level) {
                        *left = rounds;
                    }
                    if rounds == 0 { *to } else { further }
                }
                Op::Again { level, to } => match walk.rounds.get_mut(*level) {
                    Some(left) if *left > 1 => {
                        *left -= 1;
                        *to
                    }
                    _ => further,
                },
            };
        }
        Ok(Next::Breathe)
    }
}

/// An instruction whose way out is not known yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open(usize);

/// Writing a sequence down, from its first instruction to its last.
impl Sequence {
    pub(super) fn request(&mut self, step: Arc<Step>) {
        self.ops.push(Op::Request(self.steps.len()));
        self.steps.push(step);
    }

    /// What follows is played only where the condition holds, up to [`close`](Self::close).
    pub(super) fn unless(&mut self, condition: Condition) -> Open {
        self.ops.push(Op::Unless { condition, to: 0 });
        Open(self.ops.len() - 1)
    }

    /// What follows is a round of a loop inside so many others, up to [`again`](Self::again).
    pub(super) fn rounds(&mut self, level: usize, least: u32, most: u32) -> Open {
        self.ops.push(Op::Rounds { level, least, most, to: 0 });
        Open(self.ops.len() - 1)
    }

    /// Ends the round that began at `open`.
    pub(super) fn again(&mut self, level: usize, open: Open) {
        self.ops.push(Op::Again { level, to: open.0 + 1 });
        self.close(open);
    }

    /// The way out of `open` leads here.
    pub(super) fn close(&mut self, open: Open) {
        let here = self.ops.len();
        if let Some(Op::Unless { to, .. } | Op::Rounds { to, .. }) = self.ops.get_mut(open.0) {
            *to = here;
        }
    }
}
