//! The gate as its callers see it: runs in, comparison out.

mod duet_properties;
mod duet_simulation;
mod duets;
mod explanations;
mod policies;
mod properties;
mod schema;
mod shards;
mod simulation;
pub(super) mod support;
mod verdicts;
mod windows;
