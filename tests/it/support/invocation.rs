//! One invocation of the binary: built fluently, run to its end or interrupted.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
#[cfg(target_os = "linux")]
use rustix::process::{Resource, Rlimit, prlimit};
use serde_json::Value;

/// An invocation that takes longer is stopped and fails its test.
const LONGEST: Duration = Duration::from_secs(90);

/// Variables a program needs from whoever started the tests. All others stay out, `CI` and `LOADGATE_…` among them.
const PASSED_ON: [&str; 4] = ["PATH", "HOME", "TMPDIR", "LLVM_PROFILE_FILE"];

/// loadgate, about to be run.
#[derive(Debug)]
pub(crate) struct Invocation {
    command: Command,
}

impl Invocation {
    pub(super) fn new(folder: &Path, arguments: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loadgate"));
        command.args(arguments.split_whitespace()).current_dir(folder).env_clear();
        command.envs(PASSED_ON.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command }
    }

    /// Runs it from a shell script, in which `"$0" "$@"` is loadgate with its arguments.
    pub(crate) fn in_shell(self, script: &str) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", script]).arg(self.command.get_program()).args(self.command.get_args());
        command.current_dir(self.command.get_current_dir().unwrap()).env_clear();
        command.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command }
    }

    /// One more argument, which may hold spaces.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// More arguments, separated by spaces.
    pub(crate) fn args(mut self, arguments: &str) -> Self {
        self.command.args(arguments.split_whitespace());
        self
    }

    /// One more environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Its standard input and error are a terminal, in a session of its own.
    #[cfg(target_os = "linux")]
    pub(crate) fn on(self, terminal: &super::terminal::Terminal) -> Self {
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(self.command.get_program()).args(self.command.get_args());
        command.current_dir(self.command.get_current_dir().unwrap()).env_clear().env("TERM", "xterm-256color");
        command.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.stdin(terminal.end()).stdout(Stdio::piped()).stderr(terminal.end());
        Self { command }
    }

    /// Standard output goes to a pipe whose reader has left.
    pub(crate) fn with_closed_stdout(mut self) -> Self {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        self.command.stdout(writer);
        self
    }

    /// Runs it to its end.
    #[track_caller]
    pub(crate) fn run(self) -> Finished {
        self.start().finish()
    }

    /// Starts it.
    #[track_caller]
    pub(crate) fn start(mut self) -> Running {
        let child = self.command.spawn().unwrap();
        let watched = watch(Pid::from_child(&child));
        Running { said: format!("{:?}", self.command), child: Some(child), watched }
    }
}

/// loadgate, running. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Running {
    said: String,
    child: Option<Child>,
    watched: Sender<()>,
}

impl Running {
    /// Sends it what Ctrl-C sends.
    pub(crate) fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Sends it what an orchestrator sends first.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends it where it asks for more memory than this, in bytes.
    #[cfg(target_os = "linux")]
    pub(crate) fn limit_memory(&self, bytes: u64) {
        let limit = Rlimit { current: Some(bytes), maximum: Some(bytes) };
        prlimit(Some(Pid::from_child(self.child.as_ref().unwrap())), Resource::Data, limit).unwrap();
    }

    /// Memory of its own that it holds by now, in bytes.
    #[cfg(target_os = "linux")]
    pub(crate) fn resident(&self) -> u64 {
        let status = format!("/proc/{}/status", self.child.as_ref().unwrap().id());
        let status = std::fs::read_to_string(status).unwrap();
        let kilobytes = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        kilobytes.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// The first line of its standard output, as soon as it is there.
    pub(crate) fn first_line(&mut self) -> String {
        let stdout = self.child.as_mut().and_then(|child| child.stdout.as_mut()).unwrap();
        // One byte at a time, so that what follows is still there for `finish`.
        let mut line = String::new();
        BufReader::with_capacity(1, stdout).read_line(&mut line).unwrap();
        line
    }

    /// The first line of its standard error, as soon as it is there.
    pub(crate) fn first_complaint(&mut self) -> String {
        let stderr = self.child.as_mut().and_then(|child| child.stderr.as_mut()).unwrap();
        let mut line = String::new();
        BufReader::with_capacity(1, stderr).read_line(&mut line).unwrap();
        line
    }

    /// Presses Ctrl-C again and again until it ends.
    #[track_caller]
    pub(crate) fn interrupt_until_it_ends(mut self) -> Finished {
        while self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None))) {
            self.interrupt();
            std::thread::yield_now();
        }
        self.finish()
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn finish(mut self) -> Finished {
        let child = self.child.take().unwrap();
        let output = child.wait_with_output().unwrap();
        Finished::new(std::mem::take(&mut self.said), &output)
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(self.child.as_ref().unwrap()), signal).unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.watched.send(());
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Kills the process unless the sender is used or dropped in time.
fn watch(pid: Pid) -> Sender<()> {
    let (done, ended) = mpsc::channel();
    std::thread::spawn(move || {
        if ended.recv_timeout(LONGEST) == Err(RecvTimeoutError::Timeout) {
            let _ = kill_process(pid, Signal::KILL);
        }
    });
    done
}

/// What an invocation left.
#[derive(Debug)]
pub(crate) struct Finished {
    said: String,
    /// The exit status; `None` when a signal ended it.
    pub(crate) status: Option<i32>,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Finished {
    fn new(said: String, output: &Output) -> Self {
        Self {
            said,
            status: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Asserts the exit status.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        self.exits_with_one_of(&[status])
    }

    /// Asserts that the exit status is one of these.
    #[track_caller]
    pub(crate) fn exits_with_one_of(self, statuses: &[i32]) -> Self {
        let known = self.status.is_some_and(|status| statuses.contains(&status));
        assert!(known, "exit status {:?}, not one of {statuses:?}\n{}", self.status, self.transcript());
        self
    }

    /// Asserts that standard error holds each of these, whatever their case.
    #[track_caller]
    pub(crate) fn complains_of(self, fragments: &[&str]) -> Self {
        let said = self.stderr.to_lowercase();
        for fragment in fragments {
            let held = said.contains(&fragment.to_lowercase());
            assert!(held, "standard error says nothing of {fragment:?}\n{}", self.transcript());
        }
        self
    }

    /// Standard output, as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("stdout is not JSON: {error}\n{}", self.transcript()))
    }

    /// What was run and what it said, for messages.
    pub(crate) fn transcript(&self) -> String {
        format!("$ {}\n--- stdout\n{}\n--- stderr\n{}", self.said, self.stdout, self.stderr)
    }
}
