//! A terminal of 120 columns and 40 rows: what is drawn on it is kept, what is typed comes from the test.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{InputModes, LocalModes, OutputModes, Winsize, tcgetattr, tcsetwinsize};

/// What takes longer never comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A terminal, as the one who sits before it.
#[derive(Debug)]
pub(crate) struct Terminal {
    keyboard: File,
    /// The other end, kept open so that what was drawn last is not lost.
    end: File,
    drawn: Arc<Drawn>,
}

#[derive(Debug, Default)]
struct Drawn {
    bytes: Mutex<Vec<u8>>,
    changed: Condvar,
}

impl Terminal {
    /// A terminal that nothing runs on.
    pub(crate) fn new() -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        tcsetwinsize(&ours, Winsize { ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let end = OpenOptions::new().read(true).write(true).open(OsStr::from_bytes(name.to_bytes())).unwrap();
        let keyboard = File::from(ours);
        let drawn = Arc::new(Drawn::default());
        let (mut screen, kept) = (keyboard.try_clone().unwrap(), Arc::clone(&drawn));
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = screen.read(&mut piece) {
                kept.bytes.lock().unwrap().extend_from_slice(&piece[..length]);
                kept.changed.notify_all();
            }
        });
        Self { keyboard, end, drawn }
    }

    /// The end that a program runs on.
    pub(super) fn end(&self) -> Stdio {
        let end: OwnedFd = self.end.as_fd().try_clone_to_owned().unwrap();
        end.into()
    }

    /// Types.
    pub(crate) fn type_in(&self, keys: &str) {
        (&self.keyboard).write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until this was drawn so many times.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str, times: usize) {
        let bytes = self.drawn.bytes.lock().unwrap();
        let is_missing = |bytes: &mut Vec<u8>| count(bytes, text) < times;
        let (bytes, waited) = self.drawn.changed.wait_timeout_while(bytes, PATIENCE, is_missing).unwrap();
        let timed_out = waited.timed_out();
        assert!(!timed_out, "{text:?} was not drawn {times} times:\n{:?}", String::from_utf8_lossy(&bytes));
    }

    /// How often this was drawn.
    pub(crate) fn times(&self, text: &str) -> usize {
        count(&self.drawn.bytes.lock().unwrap(), text)
    }

    /// Everything that was drawn.
    pub(crate) fn everything(&self) -> String {
        String::from_utf8_lossy(&self.drawn.bytes.lock().unwrap()).into_owned()
    }

    /// How input, output and lines are treated.
    pub(crate) fn modes(&self) -> (InputModes, OutputModes, LocalModes) {
        let modes = tcgetattr(&self.end).unwrap();
        (modes.input_modes, modes.output_modes, modes.local_modes)
    }
}

fn count(bytes: &[u8], text: &str) -> usize {
    bytes.windows(text.len()).filter(|piece| *piece == text.as_bytes()).count()
}
