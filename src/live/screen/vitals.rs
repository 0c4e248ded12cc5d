//! How the generator fares, and what the target uses.
//!
//! In: a [`Picture`]. Out: a line each. What is said of the generator here are first signs; whether a run can be used is judged
//! when it is over, by all that was recorded.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::super::board::GeneratorRow;
use super::picture::Picture;
use super::words::{latency, resource};
use crate::report::{count, share};

/// Start lag, in microseconds, beyond which latencies tell of the generator.
const LATE_US: u64 = 20_000;

/// Share of time without idle time from which on the generator is at its limit.
const BUSY: f64 = 0.5;

/// Share of stolen time from which on a machine is not this process's own.
const STOLEN: f64 = 0.10;

/// How many lines there are.
pub(super) fn rows(picture: &Picture<'_>) -> u16 {
    if picture.scene.target.is_empty() { 1 } else { 2 }
}

pub(super) fn draw(picture: &Picture<'_>, area: Rect, buffer: &mut Buffer) {
    let lines = [Some(generator(picture)), target(picture)];
    for (line, row) in lines.into_iter().flatten().zip(area.rows()) {
        line.render(row, buffer);
    }
}

fn generator(picture: &Picture<'_>) -> Line<'static> {
    let (row, theme) = (picture.scene.generator, picture.theme);
    let (word, style) = verdict(&row, picture);
    let mut parts = Vec::new();
    if let Some(lag) = row.lag_p99_us {
        parts.push(format!("start lag p99 {}", latency(Some(lag))));
    }
    if row.missed > 0 {
        parts.push(format!("{} starts missed", count(row.missed)));
    }
    parts.push(format!("{:.2} cores", row.cpu_cores));
    parts.push(format!("busy {}", share(row.busy)));
    if row.steal > 0.0 {
        parts.push(format!("steal {}", share(row.steal)));
    }
    Line::from(vec![
        Span::styled(" generator  ", theme.dim()),
        Span::styled(word, style),
        Span::styled(format!(" · {}", parts.join(" · ")), Style::new()),
    ])
}

/// The worst that can be said of the last few seconds.
fn verdict(row: &GeneratorRow, picture: &Picture<'_>) -> (&'static str, Style) {
    let theme = picture.theme;
    if row.lag_p99_us > Some(LATE_US) {
        ("▲ late with its starts", theme.bad())
    } else if row.busy >= BUSY {
        ("▲ at its limit", theme.bad())
    } else if row.missed > 0 {
        ("▲ out of users for starts that are due", theme.warning())
    } else if row.steal >= STOLEN {
        ("▲ robbed of its cores by other machines", theme.warning())
    } else {
        ("● healthy", theme.good())
    }
}

/// What people ask for first, then the rest by name.
fn target(picture: &Picture<'_>) -> Option<Line<'static>> {
    const FIRST: [&str; 4] = ["cpu_cores", "rss_bytes", "open_files", "connections"];
    let used = &picture.scene.target;
    let first = FIRST.iter().filter_map(|name| used.get_key_value(*name));
    let is_news = |name: &str, used: f64| used > f64::from(u8::from(name == "processes"));
    let rest = used.iter().filter(|(name, used)| !FIRST.contains(&name.as_str()) && is_news(name, **used));
    let parts: Vec<String> = first.chain(rest).map(|(name, used)| resource(name, *used)).collect();
    (!parts.is_empty()).then(|| {
        let label = Span::styled(" target     ", picture.theme.dim());
        Line::from(vec![label, Span::raw(parts.join(" · "))])
    })
}
