//! Why there is no plan.

use crate::config;

/// Why there is no plan. Nothing has been sent.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// loadgate.toml describes something that cannot be run.
    #[error(transparent)]
    Config(Box<config::Error>),
    /// Something typed on the command line cannot be run.
    #[error("{what}: {message}; {help}")]
    Typed {
        /// The flag or argument: `--target`.
        what: &'static str,
        /// What is wrong with it.
        message: String,
        /// What to do.
        help: String,
    },
}
