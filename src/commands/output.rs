//! What the terminal allows: colour, width, a live line; and notes on stderr.

use std::io::{self, IsTerminal, StdoutLock, Write};
use std::time::Duration;

use crate::cli::Progress;
use crate::live;
use crate::report::terminal::Style;

/// Widest line where stdout is no terminal.
const PLAIN_WIDTH: usize = 120;

/// The shortest run that a screen comes up for by itself: it takes a moment to read.
const SHORTEST_FOR_A_SCREEN: Duration = Duration::from_secs(10);

/// Standard output, to whoever reads it: one who leaves early changes nothing of how a command ends.
pub(super) fn stdout() -> impl Write {
    struct Stdout(StdoutLock<'static>);
    impl Write for Stdout {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            unless_left(self.0.write(bytes), bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            unless_left(self.0.flush(), ())
        }
    }
    Stdout(io::stdout().lock())
}

fn unless_left<T>(written: io::Result<T>, as_if: T) -> io::Result<T> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(as_if),
        written => written,
    }
}

/// What the terminal allows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    quiet: bool,
    /// Whether colour was refused.
    plain: bool,
    progress: Progress,
}

impl Output {
    pub(super) fn new(quiet: bool, no_color: bool, progress: Progress) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { quiet, plain: no_color || refused, progress }
    }

    /// How reports look on stdout.
    pub(super) fn style(self, all: bool) -> Style {
        Style { color: self.color() && io::stdout().is_terminal(), width: report_width(), all }
    }

    /// How progress is shown on stderr.
    pub(super) fn liveness(self) -> live::Kind {
        match self.progress {
            _ if self.quiet => live::Kind::Silent,
            Progress::None => live::Kind::Silent,
            Progress::Plain => live::Kind::Plain,
            Progress::Auto | Progress::Screen | Progress::Line => live::Kind::Auto,
        }
    }

    /// Whether a run of this length has a screen.
    pub(super) fn has_screen(self, total: Duration) -> bool {
        let is_wanted = match self.progress {
            _ if self.quiet => false,
            Progress::Screen => true,
            Progress::Auto => total >= SHORTEST_FOR_A_SCREEN && !is_in_ci() && live::is_large_enough(),
            Progress::Line | Progress::Plain | Progress::None => false,
        };
        is_wanted && live::is_possible()
    }

    /// Whether colour is allowed, where there is a terminal.
    pub(super) fn color(self) -> bool {
        !self.plain
    }

    /// Says something on stderr, unless told to be quiet.
    pub(super) fn note(self, text: &str) {
        if !self.quiet {
            // Where even stderr is closed there is nobody to tell.
            let _unheard = writeln!(io::stderr(), "{text}");
        }
    }
}

/// A pipeline may have a terminal, and nobody before it.
fn is_in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty())
}

fn report_width() -> usize {
    if io::stdout().is_terminal() { console_width() } else { PLAIN_WIDTH }
}

fn console_width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(PLAIN_WIDTH)
}
