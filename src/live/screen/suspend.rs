//! The process put aside and brought back: Ctrl-Z, `fg`, `bg`.
//!
//! In: the signals of the shell, or the key. Out: the terminal is the shell's before the process stops, and the screen's again
//! when it goes on in the foreground. Stops no clock: a run that was put aside says so, and is not valid.

use std::sync::atomic::{AtomicU8, Ordering};

/// Goes on.
const NOT: u8 = 0;

/// Is to be put aside: the terminal is to be given back first.
const ASKED: u8 = 1;

/// The terminal has been given back.
const ASIDE: u8 = 2;

static STATE: AtomicU8 = AtomicU8::new(NOT);

/// Whether the terminal is to be given back.
pub(super) fn is_asked() -> bool {
    STATE.load(Ordering::SeqCst) == ASKED
}

/// The terminal has been given back: the process may stop.
pub(super) fn ready() {
    STATE.store(ASIDE, Ordering::SeqCst);
}

/// Whether the process is still to stop, or stopped.
pub(super) fn is_aside() -> bool {
    STATE.load(Ordering::SeqCst) != NOT
}

#[cfg(unix)]
pub(super) use unix::{ask, listen};

#[cfg(unix)]
mod unix {
    use std::sync::Once;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    use rustix::process::{Signal, getpid, getsid, kill_current_process_group, kill_process};
    use tokio::signal::unix::{self, SignalKind, signal};

    use super::super::terminal;
    use super::{ASIDE, ASKED, NOT, STATE};

    /// Between two looks whether the terminal has been given back.
    const TURN: Duration = Duration::from_millis(10);

    /// How many times to look.
    const MOST_TURNS: u32 = 100;

    /// Asks to be put aside, together with all that the shell started with this process, as Ctrl-Z does.
    pub(crate) fn ask() {
        // Who leads a session has no shell above, and nobody to bring it back.
        if getsid(None).is_ok_and(|leader| leader != getpid()) {
            let _asked = kill_current_process_group(Signal::TSTP);
        }
    }

    /// Listens for the rest of the process's life: once a signal is listened to, it no longer stops a process by itself.
    pub(crate) fn listen() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let kind = |signal: Signal| SignalKind::from_raw(signal.as_raw());
            if let (Ok(mut stops), Ok(mut goes_on)) = (signal(kind(Signal::TSTP)), signal(kind(Signal::CONT))) {
                tokio::spawn(async move {
                    while stops.recv().await.is_some() {
                        stop(&mut goes_on).await;
                    }
                });
            }
        });
    }

    async fn stop(goes_on: &mut unix::Signal) {
        if terminal::is_taken() {
            STATE.store(ASKED, Ordering::SeqCst);
            for _ in 0..MOST_TURNS {
                if STATE.load(Ordering::SeqCst) == ASIDE || !terminal::is_taken() {
                    break;
                }
                tokio::time::sleep(TURN).await;
            }
        }
        // A signal of an earlier time is not the one that is waited for.
        loop {
            tokio::select! {
                biased;
                Some(()) = goes_on.recv() => {}
                () = std::future::ready(()) => break,
            }
        }
        let _stopped = kill_process(getpid(), Signal::STOP);
        goes_on.recv().await;
        STATE.store(NOT, Ordering::SeqCst);
    }
}

#[cfg(not(unix))]
pub(super) fn ask() {}

#[cfg(not(unix))]
pub(super) fn listen() {}
