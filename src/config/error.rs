//! Why a loadgate.toml cannot be used.
//!
//! In: what the other files of this room found. Out: sentences that name the file, the place and what to do.
//! Does not decide what is wrong.

use std::path::PathBuf;

use super::excerpt::Excerpt;
use crate::intake;

/// Why a loadgate.toml cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such file.
    #[error(
        "no {path}: write one with `loadgate init`, name another with `--config FILE`, or measure one URL without a file: `loadgate hit URL`"
    )]
    Missing {
        /// The file that was looked for.
        path: PathBuf,
    },
    /// The file is there and is not taken.
    #[error(transparent)]
    Intake(#[from] intake::Error),
    /// Something in the file is wrong.
    #[error("{path}:{}:{}: {message}\n{excerpt}", excerpt.line, excerpt.column)]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
        /// Where, and what to write instead.
        excerpt: Box<Excerpt>,
    },
    /// Something that should be in the file is not.
    #[error("{path}: {message}")]
    Lacking {
        /// The file.
        path: PathBuf,
        /// What is not there, and what to write.
        message: String,
    },
}
