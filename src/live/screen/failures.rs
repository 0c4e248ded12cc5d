//! What failed: how often, how, where, and what came the first time.
//!
//! In: a [`Picture`]. Out: the most frequent on a line each, or all of them in full. Counts nothing itself.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::super::board::FailureRow;
use super::picture::Picture;
use super::ui::Rows;
use super::words::{fit, width};
use crate::report::{count, sentence};

/// Draws the most frequent, in a frame where there is room for one.
pub(super) fn draw_first(picture: &Picture<'_>, area: Rect, buffer: &mut Buffer) {
    let failures = &picture.scene.failures;
    if area.height < 3 {
        if let Some(first) = failures.first() {
            let more = failures.len() - 1;
            let aside = if more == 0 { String::new() } else { format!("  (e: {more} more)") };
            let columns = usize::from(area.width).saturating_sub(width(&aside));
            let mut line = line(picture, first, columns);
            line.push_span(Span::styled(aside, picture.theme.dim()));
            line.render(area, buffer);
        }
        return;
    }
    let room = usize::from(area.height - 2);
    let hidden = failures.len().saturating_sub(room);
    let aside = if hidden == 0 { String::new() } else { format!(" e: {hidden} more kinds ") };
    let inner = framed(picture, aside, area, buffer);
    for (failure, row) in failures.iter().zip(inner.rows()) {
        line(picture, failure, usize::from(inner.width)).render(row, buffer);
    }
}

/// Draws all of them, each with its example in full, and tells how many there are, and are shown.
pub(super) fn draw_all(picture: &Picture<'_>, area: Rect, buffer: &mut Buffer) -> Rows {
    let failures = &picture.scene.failures;
    // What is cut off at the end can be scrolled to, so the last may stand alone.
    let first = picture.ui.first.min(failures.len().saturating_sub(1));
    let rows = Rows { all: failures.len(), room: 1 };
    let above = if first == 0 { String::new() } else { format!(" ↑ {first} more … ") };
    let inner = framed(picture, above, area, buffer);
    if failures.is_empty() {
        Line::styled(" no failures so far", picture.theme.good()).render(inner, buffer);
        return rows;
    }
    let lines = failures.iter().skip(first).take(usize::from(inner.height)).flat_map(|failure| {
        let example = failure.example.as_deref().map_or_else(|| "nothing is known of it".to_owned(), sentence);
        [
            line(picture, &FailureRow { example: None, ..failure.clone() }, usize::from(inner.width)),
            Line::from(vec![Span::raw("          "), Span::styled(example, picture.theme.dim())]),
        ]
    });
    Paragraph::new(lines.collect::<Vec<_>>()).wrap(Wrap { trim: false }).render(inner, buffer);
    rows
}

fn framed(picture: &Picture<'_>, aside: String, area: Rect, buffer: &mut Buffer) -> Rect {
    let all: u64 = picture.scene.failures.iter().map(|failure| failure.count).sum();
    let style = if all > 0 { picture.theme.bad() } else { picture.theme.good() };
    let title = Line::styled(format!(" failures since the start: {} ", count(all)), style);
    picture.frame(title, Line::styled(aside, picture.theme.dim()), area, buffer)
}

/// `1,234  status 500  create_order  what came`.
fn line(picture: &Picture<'_>, failure: &FailureRow, columns: usize) -> Line<'static> {
    let counted = format!("{:>8}  ", count(failure.count));
    let left = columns.saturating_sub(width(&counted));
    let kind = fit(&failure.kind, left.min(40));
    let left = left.saturating_sub(width(&kind) + 2);
    let endpoint = fit(&failure.endpoint, left.min(32));
    let left = left.saturating_sub(width(&endpoint) + 3);
    let mut spans = vec![
        Span::styled(counted, picture.theme.strong()),
        Span::styled(kind, picture.theme.bad()),
        Span::raw("  "),
        Span::raw(endpoint),
    ];
    if let Some(example) = &failure.example
        && left > 0
    {
        spans.push(Span::styled(format!("  {}", fit(example, left)), picture.theme.dim()));
    }
    Line::from(spans)
}
