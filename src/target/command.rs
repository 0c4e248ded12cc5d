//! What to start, and when it is ready.
//!
//! In: a program and its arguments. Out: values that `start` acts on. Starts nothing.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::Error;

/// How long the demo API may take to answer.
const DEMO_WITHIN: Duration = Duration::from_secs(10);

/// A program to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program: a path, or a name to look up in `PATH`.
    pub program: OsString,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// The folder to start it in, from which a relative program is found too; without it, loadgate's own.
    pub folder: Option<PathBuf>,
    /// Environment variables on top of loadgate's own.
    pub env: BTreeMap<String, String>,
    /// Where its output is kept; without it, only the last lines are, for error messages.
    pub log: Option<PathBuf>,
}

/// When a target is ready: once `path` is answered with `status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// The base URL it will serve. None if it says so itself, in its first line on standard output:
    /// `listening on http://127.0.0.1:8000`.
    pub url: Option<String>,
    /// The path to ask for.
    pub path: String,
    /// The status to wait for; none where any answer will do.
    pub status: Option<u16>,
    /// How long to wait for it.
    pub within: Duration,
}

impl Command {
    /// The demo API, served by this very program, with faults and a seed as `loadgate demo` takes them.
    ///
    /// # Errors
    /// If the system can't say where this program is.
    pub fn demo(faults: &[String], seed: u64) -> Result<Self, Error> {
        let program = std::env::current_exe().map_err(Error::OwnProgram)?;
        let mut args: Vec<OsString> =
            ["demo", "--listen", "127.0.0.1:0", "--watch-stdin", "--seed"].map(Into::into).into();
        args.push(seed.to_string().into());
        for fault in faults {
            args.push("--fault".into());
            args.push(fault.into());
        }
        Ok(Self { program: program.into_os_string(), args, folder: None, env: BTreeMap::new(), log: None })
    }
}

impl Ready {
    /// When the demo API is ready.
    #[must_use]
    pub fn demo() -> Self {
        Self { url: None, path: "/health".to_owned(), status: Some(200), within: DEMO_WITHIN }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.program.to_string_lossy())?;
        self.args.iter().try_for_each(|arg| write!(f, " {}", arg.to_string_lossy()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_is_this_program_with_its_faults() {
        let command = Command::demo(&["*:pool=10".to_owned(), "POST /orders:delay=x1.5".to_owned()], 7).unwrap();
        assert_eq!(command.program, std::env::current_exe().unwrap());
        let text = command.to_string();
        let flags =
            "demo --listen 127.0.0.1:0 --watch-stdin --seed 7 --fault *:pool=10 --fault POST /orders:delay=x1.5";
        assert!(text.ends_with(flags), "{text}");
    }
}
