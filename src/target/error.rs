//! Why there is no target to run against.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use thiserror::Error;

/// Why a target could not be started.
#[derive(Debug, Error)]
pub enum Error {
    /// The path of this program is unknown.
    #[error(
        "cannot find loadgate's own program to serve the demo with; serve it yourself with `loadgate demo` and pass --target URL"
    )]
    OwnProgram(#[source] std::io::Error),
    /// The program can't be started.
    #[error("cannot start `{command}`; check that the program exists and may be run")]
    Spawn {
        /// What was to be started.
        command: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// There is no repository to check a commit out of.
    #[error("{} is in no git repository, so no commit can be checked out: {said}", folder.display())]
    NoRepository {
        /// The folder of loadgate.toml.
        folder: PathBuf,
        /// What git said.
        said: String,
    },
    /// The repository does not know the commit.
    #[error(
        "`{reference}` can't be checked out: {said}; fetch it first (`git fetch origin {reference}`; in GitHub Actions, \
         actions/checkout with `fetch-depth: 0`)"
    )]
    UnknownCommit {
        /// What was asked for.
        reference: String,
        /// What git said.
        said: String,
    },
    /// There is no place for a checkout.
    #[error("there is no place for a checkout; set TMPDIR to a folder that can be written to")]
    NoPlace(#[source] std::io::Error),
    /// A build could not be made.
    #[error("`{command}` failed in {} ({status}); {}", folder.display(), last_lines(output))]
    Make {
        /// The command.
        command: String,
        /// Where it was run.
        folder: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// The end of what it said.
        output: String,
    },
    /// There is no port to serve at.
    #[error("this machine has no free port to serve at")]
    NoPort(#[source] std::io::Error),
    /// The log can't be written.
    #[error("cannot write the target's output to {}; choose another place", path.display())]
    Log {
        /// Where it was to be.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// It exited before it was ready.
    #[error("`{command}` exited before it was ready ({status}); {}", last_lines(output))]
    Exited {
        /// What was started.
        command: String,
        /// How it exited.
        status: ExitStatus,
        /// The end of its output.
        output: String,
    },
    /// It runs, and does not say where.
    #[error(
        "`{command}` did not say `listening on http://…` in its first line within {} s; {}",
        within.as_secs_f64(), last_lines(output)
    )]
    NoAddress {
        /// What was started.
        command: String,
        /// How long it was waited for.
        within: Duration,
        /// The end of its output.
        output: String,
    },
    /// It runs, and does not answer as it should.
    #[error(
        "`{command}` was not ready within {} s: GET {url} gave {last}{}; allow it more time or correct the path; {}",
        within.as_secs_f64(), not(*status), last_lines(output)
    )]
    NotReady {
        /// What was started.
        command: String,
        /// What was asked for.
        url: String,
        /// The status it should have been answered with; none where any would have done.
        status: Option<u16>,
        /// What the last try gave.
        last: String,
        /// How long it was waited for.
        within: Duration,
        /// The end of its output.
        output: String,
    },
}

fn not(status: Option<u16>) -> String {
    status.map_or_else(String::new, |status| format!(", not {status}"))
}

fn last_lines(output: &str) -> String {
    if output.is_empty() { "it said nothing".to_owned() } else { format!("it last said:\n{output}") }
}
