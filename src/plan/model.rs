//! The plan's types: everything a run needs, checked and compiled. A `Plan` cannot hold an impossible run.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::abort::AbortRule;
use super::data::DataSet;
use super::shape::Shape;
use super::step::Step;
use crate::client;

/// Everything a run needs.
#[derive(Debug)]
pub struct Plan {
    /// The profile that will be played.
    pub profile: String,
    /// The load in words: `200 users`, `500/s`.
    pub load: String,
    /// Seed of every random draw.
    pub seed: u64,
    /// Where requests go.
    pub target: client::Target,
    /// The kinds of virtual users; at least one, each with at least one task.
    pub users: Vec<User>,
    /// Data sets, by the index steps use.
    pub data: Vec<DataSet>,
    /// Names of the endpoints, by the index steps use.
    pub endpoints: Vec<String>,
    /// What expectations and extractions are called when they fail, by index: `expect json $.id`.
    pub labels: Vec<String>,
    /// How much load, when.
    pub shape: Shape,
    /// Left out of every figure; shorter than the whole run.
    pub warmup: Duration,
    /// Requests to make at most, all workers together.
    pub requests: Option<u64>,
    /// When the run is to be ended early, as hopeless.
    pub abort: Vec<AbortRule>,
    /// How long the end of the run waits for answers under way.
    pub stop_within: Duration,
    /// Hash of the profile and what is played, for the environment's class.
    pub fingerprint: String,
    /// Values that must never reach an output.
    pub secrets: Vec<String>,
}

impl Plan {
    /// Endpoints that each virtual user asks for once, when it comes or goes, and in no task.
    #[must_use]
    pub fn once_a_user(&self) -> Vec<String> {
        let index = |step: &Arc<Step>| usize::try_from(step.endpoint).unwrap_or(usize::MAX);
        let tasks: BTreeSet<usize> =
            self.users.iter().flat_map(|user| &user.tasks).flat_map(|task| &task.steps).map(index).collect();
        let once: BTreeSet<usize> =
            self.users.iter().flat_map(|user| user.start.iter().chain(&user.stop)).map(index).collect();
        once.difference(&tasks).filter_map(|endpoint| self.endpoints.get(*endpoint).cloned()).collect()
    }
}

/// A kind of virtual user.
#[derive(Debug)]
pub struct User {
    /// Name in reports.
    pub name: String,
    /// Share of the virtual users, at least 1.
    pub weight: u32,
    /// Pause between tasks.
    pub think: Think,
    /// Steps before the tasks, in order.
    pub start: Vec<Arc<Step>>,
    /// What the user does; at least one.
    pub tasks: Vec<Task>,
    /// Steps at the end.
    pub stop: Vec<Arc<Step>>,
    /// How many extracted values a user of this kind holds.
    pub values: usize,
}

/// Something a user does: steps in order; at least one.
#[derive(Debug)]
pub struct Task {
    /// How often it is drawn against the others, at least 1.
    pub weight: u32,
    /// The steps.
    pub steps: Vec<Arc<Step>>,
}

/// A pause.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Think {
    /// No pause.
    #[default]
    None,
    /// Always this long.
    Constant(Duration),
    /// Anything between the two, evenly.
    Between(Duration, Duration),
    /// Exponentially distributed around this mean.
    Exponential(Duration),
    /// From one start to the next.
    Pacing(Duration),
}
