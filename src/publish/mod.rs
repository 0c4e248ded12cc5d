//! Reports brought to where people look.
//!
//! In: a [`View`](crate::report::View). Out: what a service asked for. What a gate publishes on its way never changes
//! its verdict: a failure there is a warning. Decides nothing.

pub mod github;
