//! What mistakes are looked for in.
//!
//! In: the file, the plan, the figures. Out: the parts of them that several checks ask for. Judges nothing.

use crate::config::{Config, KeyPath, Mistake, Profile, Source, Step};
use crate::measure::Summary;
use crate::plan::{Chosen, Plan, Shape};

use super::finding::Finding;

/// What mistakes are looked for in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) config: &'a Config,
    pub(super) source: &'a Source,
    pub(super) plan: &'a Plan,
    /// What was measured, where it was played to its end.
    pub(super) summary: Option<&'a Summary>,
}

impl<'a> Ground<'a> {
    pub(super) fn finding(
        &self,
        id: Mistake,
        at: &KeyPath,
        message: impl Into<String>,
        write: impl Into<String>,
    ) -> Finding {
        Finding::new(id, self.source, at, message.into(), write.into())
    }

    /// Whether the profile is the one that the gate plays.
    pub(super) fn is_gated(&self) -> bool {
        Chosen::of(self.config, self.source, None).is_ok_and(|gated| gated.name == self.plan.profile)
    }

    /// The profile as it was typed.
    pub(super) fn profile(&self) -> Option<&'a Profile> {
        self.config.profile.get(&self.plan.profile)
    }

    /// Where the profile is.
    pub(super) fn profile_at(&self) -> KeyPath {
        KeyPath::root().key("profile").key(&self.plan.profile)
    }

    /// Most users there are at once.
    pub(super) fn most_users(&self) -> f64 {
        match &self.plan.shape {
            Shape::Users(stages) => stages.peak(),
            Shape::Rate { max_users, .. } => f64::from(*max_users),
        }
    }

    /// The requests of all tasks, with their places.
    pub(super) fn task_requests(&self) -> Vec<(KeyPath, &'a Step)> {
        let mut all = Vec::new();
        for (user, at) in self.config.user.iter().zip((0..).map(|index| KeyPath::root().key("user").index(index))) {
            for (index, task) in user.task.iter().enumerate() {
                let at = at.key("task").index(index);
                if task.step.is_empty() {
                    all.push((at, task));
                } else {
                    let steps = task.step.iter().enumerate();
                    all.extend(steps.map(|(index, step)| (at.key("step").index(index), step)));
                }
            }
        }
        all
    }
}

/// The key and the path of a request.
pub(super) fn request(step: &Step) -> Option<(&'static str, &str)> {
    let typed = [
        ("get", &step.get),
        ("post", &step.post),
        ("put", &step.put),
        ("patch", &step.patch),
        ("delete", &step.delete),
        ("head", &step.head),
        ("options", &step.options),
    ];
    typed.into_iter().find_map(|(key, path)| Some((key, path.as_deref()?)))
}

/// What a request sends beside its headers, as it was typed.
pub(super) fn body(step: &Step) -> String {
    let json = step.json.as_ref().map(ToString::to_string);
    let fields = step.form.iter().flatten().chain(&step.query);
    let form = fields.map(|(name, values)| format!("{name}={}", values.0.join(",")));
    json.into_iter().chain(form).chain(step.body.clone()).collect::<Vec<_>>().join("\n")
}

/// What stands in the templates of a text.
pub(super) fn expressions(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0.trim()))
}

/// The most that a step is called in words: its name, or its path.
pub(super) fn name(step: &Step) -> String {
    let path = || request(step).map(|(_, path)| path.to_owned());
    step.name.clone().or_else(path).unwrap_or_default()
}
