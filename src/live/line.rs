//! The progress line on standard error.
//!
//! In: a [`Now`], a few times a second. Out: a line redrawn in place on a terminal, a plain line every ten seconds
//! elsewhere, nothing when silent. Uses no colour, so `NO_COLOR` asks for nothing more. Reads no clock of its own: time
//! is the run's.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report::sentence;

use super::status::{self, Now};

/// Between two plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// Redraws per second, at most.
const REDRAWS: u8 = 4;

/// The line of a run that ends by the clock.
const KNOWN_LENGTH: &str = "▕{bar:22}▏ {wide_msg}";

/// The line of a run that ends by a count of requests.
const UNKNOWN_LENGTH: &str = "{wide_msg}";

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Redrawn where standard error is a terminal, plain where it is not.
    Auto,
    /// A line every ten seconds.
    Plain,
    /// Nothing.
    Silent,
}

/// A progress line.
#[derive(Debug)]
pub struct Line {
    total: Duration,
    warmup: Duration,
    shown: Shown,
}

enum Shown {
    Redrawn(ProgressBar),
    Plain { out: Box<dyn Write + Send>, next: Duration, stopping: bool },
    Nothing,
}

impl Line {
    /// A line for a run of this length, warm-up included. A `total` of zero is a run of unknown length.
    #[must_use]
    pub fn new(kind: Kind, total: Duration, warmup: Duration) -> Self {
        let shown = match kind {
            Kind::Silent => Shown::Nothing,
            Kind::Auto if io::stderr().is_terminal() => {
                Shown::Redrawn(bar(total, ProgressDrawTarget::stderr_with_hz(REDRAWS)))
            }
            Kind::Auto | Kind::Plain => Shown::plain(Box::new(io::stderr())),
        };
        Self { total, warmup, shown }
    }

    /// Shows a new state.
    ///
    /// A standard error that can't be written to is nobody's concern: the run goes on.
    pub fn update(&mut self, now: &Now) {
        let (total, warmup) = (self.total, self.warmup);
        self.show(now.elapsed, now.elapsed, now.stopping, || status::text(now, total, warmup));
    }

    /// Shows a text: the bar up to `position`, and where lines are plain one every ten seconds, or at once when `stopping`
    /// changes.
    pub(super) fn show(
        &mut self,
        position: Duration,
        elapsed: Duration,
        now_stops: bool,
        text: impl FnOnce() -> String,
    ) {
        match &mut self.shown {
            Shown::Redrawn(bar) => {
                bar.set_message(text());
                bar.set_position(millis(position));
            }
            Shown::Plain { out, next, stopping } => {
                if elapsed >= *next || now_stops != *stopping {
                    let _ = writeln!(out, "{}", text());
                    *next = elapsed + PLAIN_EVERY;
                    *stopping = now_stops;
                }
            }
            Shown::Nothing => {}
        }
    }

    /// Shows a message above the line, where it stays; made harmless, for it may quote a server.
    pub fn message(&mut self, text: &str) {
        let text = sentence(text);
        match &mut self.shown {
            Shown::Redrawn(bar) => bar.println(text),
            Shown::Plain { out, .. } => {
                let _ = writeln!(out, "{text}");
            }
            Shown::Nothing => {}
        }
    }

    /// Takes the line away: what is to stay of a run is its report.
    pub fn finish(self) {
        if let Shown::Redrawn(bar) = self.shown {
            bar.finish_and_clear();
        }
    }
}

impl Shown {
    fn plain(out: Box<dyn Write + Send>) -> Self {
        Self::Plain { out, next: PLAIN_EVERY, stopping: false }
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Redrawn(_) => "Redrawn",
            Self::Plain { .. } => "Plain",
            Self::Nothing => "Nothing",
        })
    }
}

fn bar(total: Duration, target: ProgressDrawTarget) -> ProgressBar {
    let (length, template) = if total.is_zero() { (None, UNKNOWN_LENGTH) } else { (Some(millis(total)), KNOWN_LENGTH) };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(length, target).with_style(style.progress_chars("█▉▊▋▌▍▎▏ "))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn at(seconds: u64) -> Now {
        Now { elapsed: Duration::from_secs(seconds), users: 20, rps: 41.0, ..Now::default() }
    }

    fn plain() -> (Line, Kept) {
        let kept = Kept::default();
        let shown = Shown::plain(Box::new(kept.clone()));
        (Line { total: Duration::from_mins(1), warmup: Duration::from_secs(5), shown }, kept)
    }

    #[test]
    fn where_there_is_no_terminal_a_line_is_written_every_ten_seconds_of_the_run() {
        let (mut line, kept) = plain();
        for second in 0..=30 {
            line.update(&at(second));
        }
        line.finish();
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let starts: Vec<&str> = text.lines().filter_map(|line| line.split(" ·").next()).collect();
        assert_eq!(starts, ["10s of 1m", "20s of 1m", "30s of 1m"]);
    }

    #[test]
    fn stopping_is_said_at_once() {
        let (mut line, kept) = plain();
        line.update(&Now { stopping: true, ..at(3) });
        line.update(&Now { stopping: true, ..at(4) });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text, "stopping · 3s of 1m · 20 users · 41/s · errors 0.00%\n");
    }

    #[test]
    fn a_message_is_shown_at_once_and_can_not_command_the_terminal() {
        let (mut line, kept) = plain();
        line.message("the target said \u{1b}[2J");
        assert_eq!(String::from_utf8(kept.0.lock().unwrap().clone()).unwrap(), "the target said ␛[2J\n");
    }

    #[test]
    fn on_a_terminal_the_bar_follows_the_run_and_is_taken_away() {
        let total = Duration::from_mins(1);
        let bar = bar(total, ProgressDrawTarget::hidden());
        let mut line = Line { total, warmup: Duration::ZERO, shown: Shown::Redrawn(bar.clone()) };
        line.update(&at(30));
        assert_eq!((bar.position(), bar.length()), (30_000, Some(60_000)));
        assert_eq!(bar.message(), "30s of 1m · 20 users · 41/s · errors 0.00%");
        line.finish();
        assert!(bar.is_finished());
    }

    #[test]
    fn the_templates_are_ones_that_indicatif_takes() {
        for template in [KNOWN_LENGTH, UNKNOWN_LENGTH] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn a_silent_line_says_nothing_and_takes_everything() {
        let mut line = Line::new(Kind::Silent, Duration::from_mins(1), Duration::ZERO);
        line.update(&at(30));
        line.message("hidden");
        assert!(matches!(line.shown, Shown::Nothing));
    }
}
