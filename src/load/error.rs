//! Why a plan could not be played.

use std::io;

/// Why a plan could not be played. What is wrong with the answers is never an error, it is a finding.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The target's name stands for an address that may not be sent load. Nothing was sent.
    #[error(
        "{host} is neither this machine nor in a private network, so nothing was sent; if it may be loaded, name it: \
         [target] allow = [\"{host}\"]"
    )]
    Forbidden {
        /// The target's host.
        host: String,
    },
    /// The machine did not give what a worker needs.
    #[error("can't set up a worker thread: {0}; fewer workers need less")]
    Worker(#[source] io::Error),
    /// A worker ended in a way that is a bug.
    #[error("a worker thread panicked: the run is not valid; please report what was printed above")]
    Panicked,
}
