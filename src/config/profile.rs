//! `[profile.*]`: how much load, when.
//!
//! What was typed; what fits together is `plan`'s to check.

use schemars::JsonSchema;
use serde::Deserialize;

use super::search::Search;
use crate::units::{Growth, Rate, Span};

/// A load profile: `users` or `rate` with a `duration`, or `stages`, or a `search`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// Virtual users (closed model).
    pub users: Option<u32>,
    /// Arrivals (open model): they do not wait for answers.
    pub rate: Option<Rate>,
    /// Time from nothing to the full level. Default 0s.
    pub ramp: Option<Span>,
    /// Length of the whole run, ramp and warm-up included. With iterations the most time they may take, 10m by default.
    pub duration: Option<Span>,
    /// Tasks played in all, shared by all users: the run ends when they are done. Only with `users`.
    pub iterations: Option<u32>,
    /// Tasks that each user plays before it leaves: the run ends when they are done. Only with `users`.
    pub iterations_per_user: Option<u32>,
    /// Measured from the start, left out of every figure. Default 0s.
    pub warmup: Option<Span>,
    /// Levels one after the other, instead of `users` or `rate`.
    pub stages: Vec<Stage>,
    /// A search for the highest rate that the target bears, instead of a load.
    pub search: Option<Search>,
    /// How arrivals are spread in the open model. Default `uniform`.
    pub arrivals: Option<Arrivals>,
    /// Most virtual users the open model may use at once. Default 1000.
    pub max_users: Option<u32>,
    /// How long the end of the run waits for answers under way. Default 10s.
    pub stop_within: Option<Span>,
    /// How much may grow over the run, as a share of its level in an hour: a soak finds leaks.
    pub leak: Leak,
}

/// How much may grow over a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Leak {
    /// Memory of the target.
    pub memory: Option<Growth>,
    /// Files that the target holds open.
    pub open_files: Option<Growth>,
    /// Connections that the target holds.
    pub connections: Option<Growth>,
    /// 95th percentile of response time.
    pub latency: Option<Growth>,
}

/// One level of a profile.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Stage {
    /// Virtual users to reach.
    pub users: Option<u32>,
    /// Arrival rate to reach.
    pub rate: Option<Rate>,
    /// Time to get there from the level before. Default 0s.
    pub ramp: Option<Span>,
    /// Time to stay.
    #[serde(rename = "for")]
    pub hold: Option<Span>,
}

/// How arrivals are spread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Arrivals {
    /// Evenly.
    #[default]
    Uniform,
    /// As a Poisson process: independent users.
    Poisson,
}
