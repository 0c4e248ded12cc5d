//! What a run has measured so far, on disk while it goes on.
//!
//! In: a recording every few seconds. Out: a file that is a whole recording at any moment, lest this process be killed. Slows
//! no run: it writes on a thread of its own that goes after all others, and leaves out what comes while it still writes.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::error::Error;
use crate::baseline::write_atomically_with;
use crate::measure::Recording;

/// Keeps what was measured so far.
#[derive(Debug)]
pub(super) struct Keeper {
    hand_over: SyncSender<Recording>,
    writing: JoinHandle<Result<(), Error>>,
}

impl Keeper {
    /// Keeps it at `path`. None where there is no thread to be had: the run itself needs more, and will say so.
    pub(super) fn start(path: PathBuf) -> Option<Self> {
        let (hand_over, handed) = sync_channel(0);
        let write = move || write_each(&handed, &path);
        let writing = thread::Builder::new().name("keeper".to_owned()).spawn(write).ok()?;
        Some(Self { hand_over, writing })
    }

    /// Keeps this from now on, unless what came before it is still being written.
    pub(super) fn keep(&self, so_far: Recording) {
        let _still_writing = self.hand_over.try_send(so_far);
    }

    /// The run is over. Tells what could not be kept, if anything; the file is nobody's to write from here on.
    pub(super) fn finish(self) -> Option<String> {
        drop(self.hand_over);
        let written = self.writing.join().ok()?;
        written.err().map(|error| format!("what was measured meanwhile could not be kept: {error}"))
    }
}

/// Goes on after a failure: a full disk may have room again.
fn write_each(handed: &Receiver<Recording>, path: &std::path::Path) -> Result<(), Error> {
    go_after_all_others();
    let mut written = Ok(());
    for so_far in handed {
        // Piece by piece: the whole text would take more memory than the run itself.
        written = write_atomically_with(path, |file| Ok(so_far.write_json(file)?));
    }
    Ok(written?)
}

/// The kernel gives this thread what the workers leave.
#[cfg(target_os = "linux")]
fn go_after_all_others() {
    const LAST: i32 = 19;
    // Refused: it competes, for some milliseconds every few seconds.
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), LAST);
}

#[cfg(not(target_os = "linux"))]
fn go_after_all_others() {}
