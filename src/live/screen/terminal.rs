//! The terminal while it is the screen's: taken, and always given back as it was.
//!
//! In: pictures. Out: what differs from the last, on standard error. Gives the terminal back at the end, when the process is put
//! aside, and before a panic is told. Reads no key.

use std::io::{self, BufWriter, IsTerminal, Stderr, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use ratatui::Frame;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};

/// The thread that draws.
pub(super) const THREAD: &str = "screen";

/// The smallest terminal that a screen comes to by itself: columns and rows.
const SMALLEST: (u16, u16) = (60, 14);

/// A picture is a few kilobytes.
const PICTURE_BYTES: usize = 64 * 1024;

/// Whether the terminal is the screen's. There is one terminal, so there is one of this.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// Held while a picture is on its way.
static DRAWING: Mutex<()> = Mutex::new(());

/// Whether there is a terminal that a screen can be drawn on, and keys can be read from.
#[must_use]
pub fn is_possible() -> bool {
    let is_dumb = std::env::var_os("TERM").is_none_or(|name| name.is_empty() || name == "dumb");
    let is_capable = cfg!(windows) || !is_dumb;
    is_capable && io::stdin().is_terminal() && io::stderr().is_terminal() && is_in_foreground()
}

/// Whether the terminal has the room that a screen is worth.
#[must_use]
pub fn is_large_enough() -> bool {
    size().is_ok_and(|(columns, rows)| columns >= SMALLEST.0 && rows >= SMALLEST.1)
}

/// Whether the terminal listens to this process: one in the background that changes a terminal is stopped by it.
#[cfg(unix)]
pub(super) fn is_in_foreground() -> bool {
    rustix::termios::tcgetpgrp(io::stdin()).is_ok_and(|group| group == rustix::process::getpgrp())
}

#[cfg(not(unix))]
pub(super) fn is_in_foreground() -> bool {
    true
}

/// The terminal.
#[derive(Debug)]
pub(super) struct Terminal(Drawn);

type Drawn = ratatui::Terminal<CrosstermBackend<BufWriter<Stderr>>>;

impl Terminal {
    /// Takes the terminal.
    pub(super) fn take() -> io::Result<Self> {
        static PANICS: Once = Once::new();
        PANICS.call_once(give_back_before_a_panic_is_told);
        let terminal = Self(blank()?);
        enter()?;
        Ok(terminal)
    }

    /// Takes it again.
    pub(super) fn take_again(&mut self) -> io::Result<()> {
        // To clear it would ask the terminal where the cursor is, by way of standard output.
        self.0 = blank()?;
        enter()
    }

    /// Draws, unless the terminal has been given back.
    pub(super) fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let _held = drawing();
        if is_taken() {
            self.0.draw(picture)?;
        }
        Ok(())
    }
}

/// Whether the terminal is the screen's.
pub(super) fn is_taken() -> bool {
    IS_TAKEN.load(Ordering::SeqCst)
}

/// Gives the terminal back, if it was taken.
pub(super) fn give_back() {
    if IS_TAKEN.swap(false, Ordering::SeqCst) {
        // What can't be written to can't be set right either.
        let _modes = disable_raw_mode();
        let _screen = execute!(io::stderr(), LeaveAlternateScreen, Show);
    }
}

fn blank() -> io::Result<Drawn> {
    let out = BufWriter::with_capacity(PICTURE_BYTES, io::stderr());
    ratatui::Terminal::new(CrosstermBackend::new(out))
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    // Before the screen is switched: what fails from here on is set right.
    IS_TAKEN.store(true, Ordering::SeqCst);
    let entered = execute!(io::stderr(), EnterAlternateScreen, Hide);
    entered.and_then(|()| io::stderr().flush()).inspect_err(|_| give_back())
}

fn drawing() -> MutexGuard<'static, ()> {
    DRAWING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn give_back_before_a_panic_is_told() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // The drawing thread may panic with the lock in its hands.
        let _held = (std::thread::current().name() != Some(THREAD)).then(drawing);
        give_back();
        tell(panic);
    }));
}
