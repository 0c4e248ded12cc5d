//! `search` of a profile: the highest rate at which an objective holds is to be found.
//!
//! What was typed; defaults, and what fits together, are `plan`'s.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::units::{Rate, Ratio, Span};

/// A search for the highest rate at which the service-level objective holds.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Search {
    /// The rate to begin with: one that surely holds. Default 10/s.
    pub from: Option<Rate>,
    /// The highest rate to try. Default 20000/s.
    pub to: Option<Rate>,
    /// How long each rate is held; its first fifth is left out. Default 10s.
    pub hold: Option<Span>,
    /// How near the rate that holds and the one that does not have to come. Default 5%.
    pub precision: Option<Ratio>,
    /// What has to hold, of all requests together.
    pub slo: Slo,
}

/// A service-level objective: the most that response times and errors may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Slo {
    /// Median response time.
    pub p50: Option<Span>,
    /// 90th percentile of response time.
    pub p90: Option<Span>,
    /// 95th percentile of response time.
    pub p95: Option<Span>,
    /// 99th percentile of response time.
    pub p99: Option<Span>,
    /// 99.9th percentile of response time.
    pub p999: Option<Span>,
    /// Longest response time.
    pub max: Option<Span>,
    /// Mean response time.
    pub mean: Option<Span>,
    /// Failed requests as a share of all. Default 1%.
    pub error_rate: Option<Ratio>,
}
