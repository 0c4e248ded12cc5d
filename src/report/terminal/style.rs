//! How a terminal report looks: colour or none, how wide, how much.
//!
//! In: what the caller knows of the terminal. Out: painted text. Reads no environment.

use std::io::{self, Write};

use anstyle::{AnsiColor, Effects};

use crate::gate::{Outcome, Verdict};

/// Widths assumed to be at least this.
const NARROWEST: usize = 60;

/// Classic mistakes shown on a screen.
const LINT_SHOWN: usize = 3;

/// How to draw on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to use colour.
    pub color: bool,
    /// Columns to fill at most, where the content allows.
    pub width: usize,
    /// Whether to show rows that are folded otherwise.
    pub all: bool,
}

impl Style {
    pub(in crate::report) fn width(self) -> usize {
        self.width.max(NARROWEST)
    }

    pub(in crate::report) fn dim(self, text: &str) -> String {
        self.paint(anstyle::Style::new().effects(Effects::DIMMED), text)
    }

    pub(in crate::report) fn bold(self, text: &str) -> String {
        self.paint(anstyle::Style::new().bold(), text)
    }

    pub(in crate::report) fn verdict(self, verdict: Verdict, text: &str) -> String {
        let color = match verdict {
            Verdict::Pass => AnsiColor::Green,
            Verdict::Fail | Verdict::Invalid => AnsiColor::Red,
            Verdict::Inconclusive => AnsiColor::Yellow,
            Verdict::Recorded => AnsiColor::Cyan,
        };
        self.paint(color.on_default().bold(), text)
    }

    pub(in crate::report) fn outcome(self, outcome: Outcome, text: &str) -> String {
        match outcome {
            Outcome::Fail => self.paint(AnsiColor::Red.on_default(), text),
            Outcome::Inconclusive => self.paint(AnsiColor::Yellow.on_default(), text),
            Outcome::Pass => self.paint(AnsiColor::Green.on_default(), text),
            Outcome::Shown => self.dim(text),
        }
    }

    /// Lines under a heading in the margin; nothing for no lines.
    pub(in crate::report) fn block(self, heading: &str, lines: &[String], out: &mut impl Write) -> io::Result<()> {
        for (index, line) in lines.iter().enumerate() {
            let margin = format!("  {:<11}", if index == 0 { heading } else { "" });
            writeln!(out, "{}{line}", self.dim(&margin))?;
        }
        Ok(())
    }

    /// The classic mistakes that a run was made with, the first few.
    pub(in crate::report) fn lint(self, notes: &[String], out: &mut impl Write) -> io::Result<()> {
        let (shown, rest) = notes.split_at_checked(LINT_SHOWN).unwrap_or((notes, &[]));
        let mut lines: Vec<String> = shown.iter().map(|note| self.dim(note)).collect();
        if !rest.is_empty() {
            lines.push(self.dim(&format!("and {} more: loadgate lint", rest.len())));
        }
        self.block("lint", &lines, out)
    }

    fn paint(self, style: anstyle::Style, text: &str) -> String {
        if self.color && !text.trim().is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}
