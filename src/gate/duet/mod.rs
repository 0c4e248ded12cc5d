//! Two builds beside each other: what a duet says of each cell, and the verdict that follows.
//!
//! In: a [`Duet`](crate::measure::Duet). Out: a [`Comparison`](super::Comparison). The rules are those of every
//! comparison; here is only what differs: evidence from pairs instead of from two samples.

mod looks;
mod max_t;
mod signed_rank;
