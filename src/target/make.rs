//! A build made by a shell.
//!
//! In: a command, and the folder to run it in. Out: nothing but that it succeeded. All that it starts ends with it, also
//! where nobody waits for it any more.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use tokio::task::JoinSet;

use super::output::Output;
use super::process::Process;
use super::{Command, Error};

/// Makes a build in `folder` by a shell; all that the command says goes to `log`.
///
/// # Errors
/// The command can't be run, or fails.
pub async fn make(command: &str, folder: &Path, log: &Path) -> Result<(), Error> {
    let kept = File::create(log).map_err(|source| Error::Log { path: log.to_owned(), source })?;
    let output = Output::new(Some(kept));
    let (shell, flag) = SHELL;
    let typed = Command {
        program: shell.into(),
        args: vec![flag.into(), command.into()],
        folder: Some(folder.to_owned()),
        env: BTreeMap::new(),
        log: None,
    };
    let mut process = Process::spawn(&typed)?;
    process.end_input();
    let mut drains = JoinSet::new();
    if let Some(pipe) = process.child.stdout.take() {
        drains.spawn(output.clone().drain(pipe, None));
    }
    if let Some(pipe) = process.child.stderr.take() {
        drains.spawn(output.clone().drain(pipe, None));
    }
    let status = process.child.wait().await;
    // What it left running holds its pipes open: the group ends first, so that they have an end.
    process.stop().await;
    while drains.join_next().await.is_some() {}
    let status = status.map_err(|source| Error::Spawn { command: command.to_owned(), source })?;
    if status.success() {
        return Ok(());
    }
    let (command, folder) = (command.to_owned(), folder.to_owned());
    Err(Error::Make { command, folder, status, output: output.last_lines() })
}

#[cfg(unix)]
const SHELL: (&str, &str) = ("sh", "-c");

#[cfg(not(unix))]
const SHELL: (&str, &str) = ("cmd", "/C");

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_build_that_fails_says_its_last_words_and_keeps_all_of_them() {
        let place = tempfile::tempdir().unwrap();
        let log = place.path().join("log");
        make("cat > made", place.path(), &log).await.unwrap();
        assert!(place.path().join("made").exists());
        let failed = make("echo no compiler >&2; exit 3", place.path(), &log).await.unwrap_err().to_string();
        assert!(failed.contains("no compiler") && failed.contains("exit status: 3"), "{failed}");
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "no compiler\n");
    }

    #[tokio::test]
    async fn what_a_build_leaves_running_ends_with_it() {
        let place = tempfile::tempdir().unwrap();
        // Without an end of the group this would wait for the sleep, which holds the pipes.
        make("sleep 1000 & echo $! > id", place.path(), &place.path().join("log")).await.unwrap();
        let id = std::fs::read_to_string(place.path().join("id")).unwrap();
        let state = || std::fs::read_to_string(format!("/proc/{}/stat", id.trim())).ok();
        while state().is_some_and(|stat| !stat.contains(") Z ")) {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_build_that_is_given_up_is_ended() {
        let place = tempfile::tempdir().unwrap();
        let (id, log) = (place.path().join("id"), place.path().join("log"));
        let started = || std::fs::read_to_string(&id).ok().filter(|id| id.ends_with('\n'));
        let given_up = async {
            while started().is_none() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            made = make("echo $$ > id; sleep 1000", place.path(), &log) => panic!("{made:?}"),
            () = given_up => {}
        }
        let id = started().unwrap();
        let state = || std::fs::read_to_string(format!("/proc/{}/stat", id.trim())).ok();
        while state().is_some_and(|stat| !stat.contains(") Z ")) {
            tokio::task::yield_now().await;
        }
    }
}
