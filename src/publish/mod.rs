//! Reports brought to where people look.
//!
//! In: a [`View`](crate::report::View). Out: what a service asked for. A failure to publish is a warning and never
//! changes a verdict; decides nothing.

mod github;

pub use github::{GitHub, Warning};
