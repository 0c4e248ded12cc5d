//! A child in a process group of its own, ended whole.
//!
//! In: a spawned child. Out: its exit, and nothing left of its group. Knows nothing of what it serves.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, ChildStdin};
use tokio::time::timeout;
use uuid::Uuid;

use super::{Command, Error};

/// How long a target may take to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);

/// What to tell the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tell {
    /// SIGSTOP.
    Pause,
    /// SIGCONT.
    Resume,
    /// SIGTERM.
    End,
    /// SIGKILL.
    Die,
}

/// Names, in the environment of a target and of all that it starts, whose they are: what leaves the group of its parent, as
/// daemons do, is found by it.
const MARK: &str = "LOADGATE_TARGET";

/// A child and all that it started. Killed when dropped.
#[derive(Debug)]
pub(super) struct Process {
    /// The child.
    pub(super) child: Child,
    /// Held open here, where no wait for the child closes it, so that its end tells the child that loadgate has died.
    stdin: Option<ChildStdin>,
    /// Its process id, and that of its group.
    pub(super) id: u32,
    mark: String,
    ended: bool,
}

impl Process {
    /// Starts a command with its output in pipes.
    pub(super) fn spawn(command: &Command) -> Result<Self, Error> {
        let cannot = |source| Error::Spawn { command: command.to_string(), source };
        let mut builder = tokio::process::Command::new(program(command));
        let mark = Uuid::new_v4().to_string();
        builder.args(&command.args).envs(&command.env).env(MARK, &mark);
        builder.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        if let Some(folder) = &command.folder {
            builder.current_dir(folder);
        }
        #[cfg(unix)]
        builder.process_group(0);
        let mut child = builder.spawn().map_err(cannot)?;
        let id = child.id().ok_or_else(|| cannot(io::Error::other("it ended at once")))?;
        let stdin = child.stdin.take();
        Ok(Self { child, stdin, id, mark, ended: false })
    }

    /// Lets the child find an end of its standard input, so that it asks nobody.
    pub(super) fn end_input(&mut self) {
        drop(self.stdin.take());
    }

    /// Asks the group to end, and kills what is left of it after a while.
    pub(super) async fn stop(mut self) {
        self.tell(Tell::End);
        // What stands still does not hear.
        self.tell(Tell::Resume);
        self.end_input();
        let ended = timeout(GRACE, self.child.wait()).await;
        // Also where the child has ended: others of its group may not have.
        self.tell(Tell::Die);
        kill_marked(&self.mark);
        if ended.is_err() {
            // It can't fail but by being reaped already.
            let _ = self.child.wait().await;
        }
        self.ended = true;
    }

    #[cfg(unix)]
    pub(super) fn tell(&mut self, tell: Tell) {
        use rustix::process::{Pid, Signal, kill_process_group};
        let signal = match tell {
            Tell::Pause => Signal::STOP,
            Tell::Resume => Signal::CONT,
            Tell::End => Signal::TERM,
            Tell::Die => Signal::KILL,
        };
        if let Some(group) = i32::try_from(self.id).ok().and_then(Pid::from_raw) {
            // Fails only where the group is gone, which is what is wanted.
            let _ = kill_process_group(group, signal);
        }
    }

    #[cfg(not(unix))]
    pub(super) fn tell(&mut self, tell: Tell) {
        match tell {
            // The end of its standard input, which follows an end, is all that can be said kindly here.
            Tell::Pause | Tell::Resume | Tell::End => {}
            Tell::Die => drop(self.child.start_kill()),
        }
    }
}

/// Kills what has left the group. Whoever has cleared its environment is not found.
#[cfg(target_os = "linux")]
fn kill_marked(mark: &str) {
    use rustix::process::{Pid, Signal, kill_process};
    let mark = format!("{MARK}={mark}");
    let Ok(processes) = std::fs::read_dir("/proc") else { return };
    for process in processes.flatten() {
        let is_marked = std::fs::read(process.path().join("environ"))
            .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes()));
        let id = process.file_name().to_str().and_then(|id| id.parse().ok()).and_then(Pid::from_raw);
        if let Some(id) = id.filter(|_| is_marked) {
            // Fails only where it has ended meanwhile, which is what is wanted.
            let _ = kill_process(id, Signal::KILL);
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn kill_marked(_mark: &str) {}

/// The program: a relative path is one from the command's folder, a bare name is looked up.
fn program(command: &Command) -> PathBuf {
    let program = Path::new(&command.program);
    match &command.folder {
        Some(folder) if program.components().count() > 1 => folder.join(program),
        _ => program.to_owned(),
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.ended {
            self.tell(Tell::Die);
            kill_marked(&self.mark);
        }
    }
}
