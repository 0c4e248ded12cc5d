//! What can go wrong with stored runs, and what to do about it.

use std::io;
use std::path::PathBuf;

use super::format::FORMAT;
use crate::intake;

/// Why a baseline could not be read, written or extended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is not taken.
    #[error(transparent)]
    Intake(#[from] intake::Error),
    /// The folder could not be read.
    #[error("{}: cannot be read; check that the path is right and its permissions allow it", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// There is no such file.
    #[error(
        "{}: no baseline of profile \"{profile}\" yet; make one with `loadgate baseline record --profile {profile}`",
        path.display()
    )]
    Missing {
        /// The file that was looked for.
        path: PathBuf,
        /// The profile.
        profile: String,
    },
    /// The file could not be written.
    #[error("{}: cannot be written; check free space and the permissions of its folder", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The store could not be locked against other writers.
    #[error("{}: cannot be locked against other writers; check the permissions of its folder", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file ends early or is not JSON.
    #[error(
        "{}:{}:{}: not whole JSON, so nothing was read or overwritten; restore it from version control, \
         or delete it and run `loadgate baseline record`", path.display(), source.line(), source.column()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where reading ended.
        #[source]
        source: serde_json::Error,
    },
    /// The file is JSON, but no baseline.
    #[error(
        "{}: not a loadgate baseline, so it was left as it is; name another file with `--baseline`, \
         or move this one away and run `loadgate baseline record`", path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is missing or wrong in it.
        #[source]
        source: serde_json::Error,
    },
    /// A newer loadgate wrote the file.
    #[error(
        "{}: written in baseline format {format}, and this loadgate {} reads up to {FORMAT}; \
         update loadgate (the file was left as it is)", path.display(), env!("CARGO_PKG_VERSION")
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format it is in.
        format: u64,
    },
    /// The file holds another profile's runs.
    #[error(
        "{}: holds runs of profile \"{found}\", not \"{wanted}\", so it was left as it is; \
         use `--profile {found}`, or another file for \"{wanted}\"", path.display()
    )]
    WrongProfile {
        /// The file.
        path: PathBuf,
        /// The profile in it.
        found: String,
        /// The profile asked for.
        wanted: String,
    },
    /// No run was given and there is none yet.
    #[error(
        "no run to accept for profile \"{profile}\"; make some with `loadgate baseline record --profile {profile}`"
    )]
    NothingToAccept {
        /// The profile.
        profile: String,
    },
    /// The run is not valid.
    #[error("the run of {started_at} is not valid, so nothing was accepted; its report says why; repeat it")]
    InvalidRun {
        /// When the run started.
        started_at: String,
    },
    /// Not one request of the run succeeded.
    #[error("no request of the run of {started_at} succeeded, so nothing was accepted; check the target and repeat it")]
    NothingSucceeded {
        /// When the run started.
        started_at: String,
    },
    /// The run played another load.
    #[error(
        "the run of {started_at} did not play the load of the baseline of profile \"{profile}\", so nothing was accepted; \
         where the profile was meant to change, start over with `--replace`"
    )]
    AnotherLoad {
        /// When the run started.
        started_at: String,
        /// The baseline's profile.
        profile: String,
    },
    /// The run comes from another class of environment.
    #[error(
        "the run of {started_at} comes from another environment than the baseline ({differs}), so nothing was accepted; \
         accept runs from one kind of machine, start over with `--replace`, or set `[baseline] environment = \"any\"` \
         where the machine does not make the target's speed"
    )]
    AnotherEnvironment {
        /// When the run started.
        started_at: String,
        /// The fields that differ.
        differs: String,
    },
}
