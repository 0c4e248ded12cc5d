//! Colours, by what they mean.
//!
//! In: whether colour is allowed. Out: styles. The sixteen colours of the terminal's own palette alone, so that a light and a
//! dark one both stay readable; without colour, weight does the work.

use ratatui::style::{Color, Modifier, Style};

/// The styles of a screen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Theme {
    /// Whether colour is allowed.
    pub(super) color: bool,
}

#[expect(clippy::unused_self, reason = "whoever draws asks the theme, also for what has no colour")]
impl Theme {
    /// What matters most.
    pub(super) fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// What is there for those who look for it.
    pub(super) fn dim(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// As it should be.
    pub(super) fn good(self) -> Style {
        self.colored(Color::Green)
    }

    /// To keep an eye on.
    pub(super) fn warning(self) -> Style {
        self.colored(Color::Yellow)
    }

    /// Not as it should be.
    pub(super) fn bad(self) -> Style {
        self.colored(Color::Red).add_modifier(Modifier::BOLD)
    }

    /// Throughput.
    pub(super) fn throughput(self) -> Style {
        self.colored(Color::Cyan)
    }

    /// The median of response time.
    pub(super) fn median(self) -> Style {
        self.colored(Color::Blue)
    }

    /// The 95th percentile of response time; behind the median, also without colour.
    pub(super) fn tail(self) -> Style {
        if self.color { self.colored(Color::Magenta) } else { self.dim() }
    }

    /// Failures in a chart.
    pub(super) fn failures(self) -> Style {
        self.colored(Color::Red)
    }

    /// Virtual users.
    pub(super) fn users(self) -> Style {
        self.colored(Color::Green)
    }

    /// A word on a ground of its style's colour.
    pub(super) fn badge(self, style: Style) -> Style {
        style.add_modifier(Modifier::REVERSED | Modifier::BOLD)
    }

    fn colored(self, color: Color) -> Style {
        if self.color { Style::new().fg(color) } else { Style::new() }
    }
}
