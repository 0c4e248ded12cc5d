//! Comparisons to test reports with: one for every kind of verdict.
//!
//! In: nothing. Out: fixed comparisons of one imagined shop. Not what a gate would compute, only what it could say.

mod courses;
mod duets;
mod parts;
mod stages;
mod whole;

pub(crate) use courses::course;
pub(crate) use duets::{duet_fail, duet_pass, duet_suspect};
pub(crate) use parts::{regressed, summary};
pub(crate) use stages::level;
pub(crate) use whole::{
    HOSTILE_NAMES, all, all_of, fail, hostile_names, invalid, many_endpoints, no_baseline, other_environment, pass,
    suspect,
};
