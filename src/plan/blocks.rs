//! Tasks and steps, with their conditions and rounds, as sequences.
//!
//! In: steps as they were typed, any of which may hold steps of its own. Out: a [`Sequence`], or what does not fit
//! together. What a single request is, is `journey`'s.

use super::checks::{request_key, weight};
use super::condition::Condition;
use super::condition_text;
use super::fault::{Fault, Flaw};
use super::flow::{DEEPEST, Sequence};
use super::journey::{Inherited, Journeys};
use super::model::Task;
use super::names::Names;
use crate::config::{self, KeyPath, Repeat};

/// Most rounds of a `while` where no `repeat` says.
const MOST_ROUNDS: u32 = 100;

/// Where a step stands: how deep, and inside how many loops.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    depth: usize,
    loops: usize,
    /// Whether a condition around it may keep it from being played.
    doubtful: bool,
}

/// How often a step is played in a row.
#[derive(Debug)]
struct Rounds {
    repeat: Repeat,
    only_while: Option<Condition>,
}

impl Journeys {
    pub(super) fn task(
        &mut self,
        inherited: &Inherited<'_>,
        task: &config::Step,
        at: &KeyPath,
        mut names: Names<'_>,
    ) -> Result<Task, Fault> {
        let weight = weight(task.weight, at)?;
        let mut steps = Sequence::default();
        self.block(&mut steps, inherited, task, at, &mut names, Level::default())?;
        Ok(Task { weight, steps })
    }

    /// Steps that follow each other; each may name what those before it extract.
    pub(super) fn sequence(
        &mut self,
        inherited: &Inherited<'_>,
        steps: &[config::Step],
        at: &KeyPath,
        names: &mut Names<'_>,
    ) -> Result<Sequence, Fault> {
        let mut sequence = Sequence::default();
        self.blocks(&mut sequence, inherited, steps, at, names, Level::default())?;
        Ok(sequence)
    }

    fn blocks(
        &mut self,
        sequence: &mut Sequence,
        inherited: &Inherited<'_>,
        steps: &[config::Step],
        at: &KeyPath,
        names: &mut Names<'_>,
        level: Level,
    ) -> Result<(), Fault> {
        for (index, step) in steps.iter().enumerate() {
            let at = at.index(index);
            if step.weight.is_some() {
                let flaw = Flaw::new("only tasks are drawn by weight", "leave `weight` away: steps run in order");
                return Err(flaw.at(&at.key("weight")));
            }
            if !step.tags.is_empty() {
                let flaw =
                    Flaw::new("only tasks have tags", "write `tags` at the task: it is played whole or not at all");
                return Err(flaw.at(&at.key("tags")));
            }
            self.block(sequence, inherited, step, &at, names, level)?;
        }
        Ok(())
    }

    /// A step or a group of steps, with what it depends on and how often it is played.
    fn block(
        &mut self,
        sequence: &mut Sequence,
        inherited: &Inherited<'_>,
        step: &config::Step,
        at: &KeyPath,
        names: &mut Names<'_>,
        level: Level,
    ) -> Result<(), Fault> {
        let only_if = condition(inherited, step.only_if.as_deref(), &at.key("if"), names)?;
        let mut inside = names.clone();
        inside.fill(only_if.iter().flat_map(Condition::implied));
        let rounds = rounds(inherited, step, at, &inside)?;
        let doubt = doubt(step, rounds.as_ref());

        let skip = only_if.map(|condition| sequence.unless(condition));
        let mut inner =
            Level { depth: level.depth + 1, doubtful: level.doubtful || doubt.is_some(), loops: level.loops };
        let mut begun = None;
        let mut leave = None;
        if let Some(Rounds { repeat, only_while }) = rounds {
            begun = Some(sequence.rounds(level.loops, repeat.least, repeat.most));
            inside.fill(only_while.iter().flat_map(Condition::implied));
            leave = only_while.map(|condition| sequence.unless(condition));
            inner.loops += 1;
        }
        if step.step.is_empty() {
            let request = self.step(inherited, step, at, &mut inside)?;
            if !inner.doubtful {
                self.certain.insert(request.endpoint);
            }
            sequence.request(request);
        } else {
            check_group(step, at, level)?;
            self.blocks(sequence, inherited, &step.step, &at.key("step"), &mut inside, inner)?;
        }
        if let Some(begun) = begun {
            sequence.again(level.loops, begun);
        }
        for open in leave.into_iter().chain(skip) {
            sequence.close(open);
        }
        match doubt {
            Some(doubt) => names.doubt(inside, doubt),
            None => *names = inside,
        }
        Ok(())
    }
}

/// The key that may keep a step from being played at all.
fn doubt(step: &config::Step, rounds: Option<&Rounds>) -> Option<&'static str> {
    if step.only_if.is_some() {
        return Some("`if`");
    }
    match rounds {
        Some(Rounds { only_while: Some(_), .. }) => Some("`while`"),
        Some(Rounds { repeat: Repeat { least: 0, .. }, .. }) => Some("a `repeat` from 0"),
        _ => None,
    }
}

/// A group of steps is no request of its own, and stands not too deep.
fn check_group(step: &config::Step, at: &KeyPath, level: Level) -> Result<(), Fault> {
    if level.depth + 1 >= DEEPEST {
        let flaw = Flaw::new(
            format!("steps stand more than {DEEPEST} deep inside each other"),
            "list some of them one after the other",
        );
        return Err(flaw.at(&at.key("step")));
    }
    let Some(key) = request_key(step) else { return Ok(()) };
    let what = if level.depth == 0 { "a task with steps" } else { "a step with steps" };
    let help = format!("move `{key}` into one of its steps, or leave the steps away");
    Err(Flaw::new(format!("{what} has no `{key}` of its own"), help).at(&at.key(key)))
}

/// A condition, of values that this kind of user can have.
fn condition(
    inherited: &Inherited<'_>,
    typed: Option<&str>,
    at: &KeyPath,
    names: &Names<'_>,
) -> Result<Option<Condition>, Fault> {
    let Some(typed) = typed else { return Ok(None) };
    let condition = condition_text::parse(typed, names).map_err(|flaw| flaw.at(at))?;
    if let Some(slot) = condition.slots().into_iter().find(|slot| !inherited.own.contains(slot)) {
        let name = names.name_of(slot);
        let message = format!("no step of this user extracts `{name}`");
        return Err(Flaw::new(message, format!("extract `{name}` in one of its steps")).at(at));
    }
    Ok(Some(condition))
}

/// How often a step is played in a row; none for once.
fn rounds(
    inherited: &Inherited<'_>,
    step: &config::Step,
    at: &KeyPath,
    names: &Names<'_>,
) -> Result<Option<Rounds>, Fault> {
    let only_while = condition(inherited, step.only_while.as_deref(), &at.key("while"), names)?;
    let at = at.key("repeat");
    let repeat = match step.repeat {
        None if only_while.is_none() => return Ok(None),
        None => Repeat { least: MOST_ROUNDS, most: MOST_ROUNDS },
        Some(Repeat { most: 0, .. }) => {
            return Err(Flaw::new("0 rounds play nothing", "write 1 or more, or a range such as [0, 2]").at(&at));
        }
        Some(Repeat { least, most }) if least > most => {
            return Err(Flaw::new("the fewest rounds are more than the most", "write the smaller one first").at(&at));
        }
        Some(repeat) => repeat,
    };
    Ok(Some(Rounds { repeat, only_while }))
}
