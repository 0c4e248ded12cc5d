//! Which tasks are played: those that tags choose.
//!
//! In: `--only` and `--skip`, and the tags of all tasks. Out: [`Tags`], which says of a task whether it is played.
//! What the tasks do is `journey`'s.

use std::collections::BTreeSet;

use super::fault::{Fault, Flaw};
use crate::config::{self, Config, KeyPath, nearest};

/// The tags that choose tasks; every task where there are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tags<'a> {
    /// A task has one of these, where there are any.
    only: &'a [String],
    /// A task has none of these.
    skip: &'a [String],
}

impl<'a> Tags<'a> {
    /// Checks what was typed against the tags there are, and that it leaves something to play.
    pub(super) fn choose(config: &Config, only: &'a [String], skip: &'a [String]) -> Result<Self, Fault> {
        let mut known = BTreeSet::new();
        for (index, user) in config.user.iter().enumerate() {
            for (place, task) in user.task.iter().enumerate() {
                let at = KeyPath::root().key("user").index(index).key("task").index(place).key("tags");
                for (number, tag) in task.tags.iter().enumerate() {
                    check(tag).map_err(|flaw| flaw.at(&at.index(number)))?;
                    known.insert(tag.as_str());
                }
            }
        }
        for (flag, typed) in [("--only", only), ("--skip", skip)] {
            if let Some(tag) = typed.iter().find(|tag| !known.contains(tag.as_str())) {
                return Err(unknown(tag, &known).of(flag));
            }
        }
        let tags = Self { only, skip };
        if !tags.is_everything() && !config.user.iter().any(|user| tags.play_one_of(user)) {
            let flag = if only.is_empty() { "--skip" } else { "--only" };
            return Err(Flaw::new("no user has a task left to play", "choose fewer tags").of(flag));
        }
        Ok(tags)
    }

    /// Whether nothing was chosen: every task is played.
    pub(super) fn is_everything(&self) -> bool {
        self.only.is_empty() && self.skip.is_empty()
    }

    /// Whether a task is played.
    pub(super) fn play(&self, task: &config::Step) -> bool {
        let has_one_of = |tags: &[String]| tags.iter().any(|tag| task.tags.contains(tag));
        (self.only.is_empty() || has_one_of(self.only)) && !has_one_of(self.skip)
    }

    /// Whether a user has a task that is played. One without any tasks is not left out: it is an error of its own.
    pub(super) fn play_one_of(&self, user: &config::User) -> bool {
        self.is_everything() || user.task.iter().any(|task| self.play(task))
    }

    /// What was chosen, in words: `, only read, without checkout`.
    pub(super) fn words(&self) -> String {
        let chosen = [("only", self.only), ("without", self.skip)].into_iter().filter(|(_, tags)| !tags.is_empty());
        chosen.map(|(word, tags)| format!(", {word} {}", tags.join(" and "))).collect::<Vec<_>>().concat()
    }
}

fn check(tag: &str) -> Result<(), Flaw> {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.' | ':');
    if tag.is_empty() || !tag.chars().all(is_plain) {
        let message = format!("`{}` cannot be a tag", tag.escape_debug());
        return Err(Flaw::new(message, "use letters, digits, `_`, `-`, `.` and `:`"));
    }
    Ok(())
}

fn unknown(tag: &str, known: &BTreeSet<&str>) -> Flaw {
    let list = || known.iter().copied().collect::<Vec<_>>().join(", ");
    let help = match nearest(tag, known.iter().copied()) {
        _ if known.is_empty() => format!("write tags = [\"{tag}\"] at a task"),
        Some(near) => format!("did you mean `{near}`? the tags are {}", list()),
        None => format!("the tags are {}", list()),
    };
    Flaw::new(format!("no task has the tag `{tag}`"), help)
}
