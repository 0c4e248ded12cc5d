//! The plan's types: everything a run needs, checked and compiled. A `Plan` cannot hold an impossible run.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::abort::AbortRule;
use super::credentials::Credentials;
use super::data::DataSet;
use super::flow::Sequence;
use super::search::Search;
use super::secrets::Secrets;
use super::shape::Shape;
use super::step::Step;
use crate::client;
use crate::config::{Leak, Resources};

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
    /// Endpoints of the tasks that tags leave out.
    pub left_out: Vec<String>,
    /// Those of the endpoints that stand under conditions alone: whether they are asked for is the answers' to say.
    pub occasional: Vec<String>,
    /// What expectations and extractions are called when they fail, by index: `expect json $.id`.
    pub labels: Vec<String>,
    /// How much load, when.
    pub shape: Shape,
    /// The search that is made instead, of which `shape` is the first hold.
    pub search: Option<Search>,
    /// Users of the open model who come before there is a task for them, in the first half of the warm-up.
    pub ready_users: u32,
    /// Left out of every figure; shorter than the whole run.
    pub warmup: Duration,
    /// Requests to make at most, all workers together.
    pub requests: Option<u64>,
    /// When the run is to be ended early, as hopeless.
    pub abort: Vec<AbortRule>,
    /// Tasks after which the run ends, before its time; in the closed model alone.
    pub iterations: Option<Iterations>,
    /// How long the end of the run waits for answers under way.
    pub stop_within: Duration,
    /// Where to read what the target uses, where that is said.
    pub resources: Option<Resources>,
    /// How much may grow over the run.
    pub leak: Leak,
    /// Hash of the profile and what is played, for the environment's class.
    pub fingerprint: String,
    /// Values that must never reach an output.
    pub secrets: Secrets,
    /// The headers whose values must not, either.
    pub credentials: Credentials,
}

impl Plan {
    /// All endpoints that rules may name: those that are played, and those that tags leave out.
    #[must_use]
    pub fn known_endpoints(&self) -> Vec<String> {
        self.endpoints.iter().chain(&self.left_out).cloned().collect()
    }

    /// The endpoints that are asked for whatever the answers are: a run that measures none of one is not whole.
    #[must_use]
    pub fn certain_endpoints(&self) -> Vec<String> {
        self.endpoints.iter().filter(|endpoint| !self.occasional.contains(endpoint)).cloned().collect()
    }

    /// Endpoints that each virtual user asks for once, when it comes or goes, and in no task.
    #[must_use]
    pub fn once_a_user(&self) -> Vec<String> {
        let index = |step: &Arc<Step>| usize::try_from(step.endpoint).unwrap_or(usize::MAX);
        let tasks: BTreeSet<usize> =
            self.users.iter().flat_map(|user| &user.tasks).flat_map(|task| task.steps.iter()).map(index).collect();
        let once: BTreeSet<usize> =
            self.users.iter().flat_map(|user| user.start.iter().chain(user.stop.iter())).map(index).collect();
        once.difference(&tasks).filter_map(|endpoint| self.endpoints.get(*endpoint).cloned()).collect()
    }
}

/// How many tasks are played before a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Iterations {
    /// So many in all, shared by the users.
    Shared(u32),
    /// So many by each user.
    PerUser(u32),
}

/// A kind of virtual user.
#[derive(Debug)]
pub struct User {
    /// Name in reports.
    pub name: String,
    /// Share of the virtual users that have no number of their own, at least 1.
    pub weight: u32,
    /// Exactly so many users, instead of a share; in the closed model alone.
    pub count: Option<u32>,
    /// Time since the run's start before which no user of this kind comes.
    pub start_after: Duration,
    /// Pause between tasks.
    pub think: Think,
    /// Steps before the tasks, in order.
    pub start: Sequence,
    /// What the user does; at least one.
    pub tasks: Vec<Task>,
    /// Steps at the end.
    pub stop: Sequence,
    /// How many extracted values a user of this kind holds.
    pub values: usize,
}

/// Something a user does: steps in order; at least one request.
#[derive(Debug)]
pub struct Task {
    /// How often it is drawn against the others, at least 1.
    pub weight: u32,
    /// The steps.
    pub steps: Sequence,
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
