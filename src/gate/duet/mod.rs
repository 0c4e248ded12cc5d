//! Two builds beside each other: what a duet says of each cell, and the verdict that follows.
//!
//! In: a [`Duet`](crate::measure::Duet). Out: a [`Comparison`](super::Comparison). The rules are those of every
//! comparison; here is only what differs: evidence from pairs instead of from two samples.

mod compare;
mod max_t;
mod outlook;
mod pairs;
mod signed_rank;

pub use compare::duet;
pub(super) use max_t::adjusted_p_values;
pub use outlook::blocks_to_settle;
pub(super) use outlook::outlook;
pub(super) use pairs::{FEWEST, Pairs};
pub(super) use signed_rank::fewest as fewest_pairs;
