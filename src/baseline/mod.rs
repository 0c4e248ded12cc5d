//! Runs kept to compare with.
//!
//! In: [`Run`](crate::measure::Run)s. Out: a [`Baseline`], one readable JSON file a profile, in a format of its own
//! that internal renames never change; and [`here()`], which says where a run comes from. Compares nothing: that is `gate`'s.

mod atomic;
mod environment;
mod error;
mod file;
mod format;
mod here;
mod layout;
mod machine;
mod runs;
mod store;
#[cfg(test)]
mod tests;

pub use atomic::{write_atomically, write_atomically_with};
pub use environment::{Difference, differences};
pub use error::Error;
pub use file::File;
pub use format::{FORMAT, schema};
pub use here::here;
pub use runs::{Acceptance, Baseline, StoredRun};
pub use store::{Listed, Store};
