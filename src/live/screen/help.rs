//! What keys there are: a line at the foot, and help over the screen.
//!
//! In: a [`Picture`]. Out: text. Reads no key.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph, Widget};

use super::picture::Picture;

/// What is said over the screen, a key and what it does.
const HELP: [(&str, &str); 13] = [
    ("q, Esc, Ctrl-C", "stop: no new work, wait for answers under way"),
    ("again", "stop at once"),
    ("s", "sort endpoints: traffic, p95, errors, name"),
    ("e", "all failures, with what came the first time"),
    ("↑ ↓ PgUp PgDn", "scroll"),
    ("Ctrl-Z", "put aside; `fg` brings it back"),
    ("?", "close this"),
    ("", ""),
    ("requests, failures", "of the last 5 seconds"),
    ("p50, p95 in charts", "of each second"),
    ("table", "since the warm-up ended; its rates: last 5 s"),
    ("start lag", "how late the generator starts what is due"),
    ("busy", "share of time in which a worker had no rest"),
];

/// The line at the foot.
pub(super) fn draw_keys(picture: &Picture<'_>, area: Rect, buffer: &mut Buffer) {
    let (ui, theme) = (picture.ui, picture.theme);
    let stop = if ui.asked_to_stop { "stop at once" } else { "stop" };
    let sort = format!("sort by {}", ui.sort.name());
    let failures = if ui.failures { "endpoints" } else { "failures" };
    let gap = if area.width < 80 { "  " } else { "   " };
    let keys = [("q", stop), ("s", &*sort), ("e", failures), ("↑↓", "scroll"), ("?", "help")];
    let mut spans = vec![Span::raw(" ")];
    for (key, does) in keys {
        spans.push(Span::styled(key, theme.strong()));
        spans.push(Span::styled(format!(" {does}{gap}"), theme.dim()));
    }
    Line::from(spans).render(area, buffer);
}

/// Help over the screen.
pub(super) fn draw(picture: &Picture<'_>, area: Rect, buffer: &mut Buffer) {
    let rows = u16::try_from(HELP.len() + 2).unwrap_or(u16::MAX);
    let over = area.centered(Constraint::Length(72.min(area.width)), Constraint::Length(rows.min(area.height)));
    Clear.render(over, buffer);
    let title = Line::styled(" help ", picture.theme.strong());
    let inner = picture.frame(title, Line::default(), over, buffer);
    let lines = HELP.map(|(key, does)| {
        Line::from(vec![Span::styled(format!(" {key:<19}"), picture.theme.strong()), Span::raw(does)])
    });
    Paragraph::new(lines.to_vec()).render(inner, buffer);
}
