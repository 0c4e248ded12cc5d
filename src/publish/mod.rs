//! Reports and metrics brought to where people look.
//!
//! In: a [`View`](crate::report::View), or the seconds of a run. Out: what a service asked for. What a gate publishes on its
//! way never changes its verdict: a failure there is a warning. Decides nothing.

mod client;
pub mod github;
pub mod metrics;
