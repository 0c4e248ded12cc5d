//! What the terminal allows: colour, width, a live line; and notes on stderr.

use std::io::{self, IsTerminal, Write};

use super::error::Error;
use crate::live;
use crate::report::terminal::Style;

/// Widest line where stdout is no terminal.
const PLAIN_WIDTH: usize = 120;

/// What the terminal allows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    quiet: bool,
    color: bool,
}

impl Output {
    pub(super) fn new(quiet: bool, no_color: bool) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { quiet, color: !no_color && !refused && io::stdout().is_terminal() }
    }

    /// How reports look on stdout.
    pub(super) fn style(self, all: bool) -> Style {
        Style { color: self.color, width: report_width(), all }
    }

    /// How progress is shown on stderr.
    pub(super) fn liveness(self) -> live::Kind {
        if self.quiet { live::Kind::Silent } else { live::Kind::Auto }
    }

    /// Says something on stderr, unless told to be quiet.
    pub(super) fn note(self, text: &str) -> Result<(), Error> {
        if !self.quiet {
            writeln!(io::stderr(), "{text}")?;
        }
        Ok(())
    }
}

fn report_width() -> usize {
    if io::stdout().is_terminal() { console_width() } else { PLAIN_WIDTH }
}

fn console_width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(PLAIN_WIDTH)
}
