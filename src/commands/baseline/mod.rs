//! `loadgate baseline …`: record, accept, show, list and prune stored runs.

mod dispatch;
mod keep;
mod locate;
mod show;

pub(super) use dispatch::baseline;
pub(super) use locate::{Located, file};
