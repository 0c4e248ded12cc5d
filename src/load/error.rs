//! Why a plan could not be played.

use std::io;

/// Why a plan could not be played. What is wrong with the answers is never an error, it is a finding.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The target's name stands for an address that may not be sent load. Nothing was sent.
    #[error(
        "{host} is neither this machine nor in a private network, so nothing was sent; if it may be loaded, name it: \
         [target] allow = [\"{host}\"], and --allow {host} of `hit`"
    )]
    Forbidden {
        /// The target's host.
        host: String,
    },
    /// The target is production, or has the address of a host that is. Nothing was sent.
    #[error(
        "{host} is {entry} of [target] production, which is never sent load, so nothing was sent: name another target, such \
         as a staging host; only the file can take a host out of production"
    )]
    Production {
        /// The target's host.
        host: String,
        /// The entry that it is, or whose address it has.
        entry: String,
    },
    /// More virtual users than this process may hold connections. Nothing was sent.
    #[error(
        "{users} virtual users need as many connections, and this process may open {limit} files: raise its hard limit \
         (`ulimit -Hn {needed}`), or play at most {most} users"
    )]
    OpenFiles {
        /// Virtual users at the most.
        users: usize,
        /// Files this process may open, its soft limit raised as far as it goes.
        limit: usize,
        /// Files it would need.
        needed: usize,
        /// Users that the limit is enough for.
        most: usize,
    },
    /// The machine did not give what a worker needs.
    #[error("can't set up a worker thread: {0}; fewer workers need less")]
    Worker(#[source] io::Error),
    /// A run ended in a way that is a bug.
    #[error("a bug of loadgate ended the run before anything was measured; please report what it printed")]
    Panicked,
}
