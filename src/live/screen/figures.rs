//! The figures of the last seconds on one line, where there is no room for charts.
//!
//! In: a [`Picture`]. Out: a line. Draws no chart.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::picture::Picture;
use super::words::latency;
use crate::report::{count, rate, share};

/// Columns that all figures need.
const COLUMNS_FOR_ALL: u16 = 70;

pub(super) fn draw(picture: &Picture<'_>, area: Rect, buffer: &mut Buffer) {
    let (scene, theme) = (picture.scene, picture.theme);
    let last = scene.seconds.last();
    let failing = scene.all.error_rate;
    let parts = [
        (rate(scene.all.rps), theme.throughput()),
        (format!("{} users", count(u64::from(scene.now.users))), theme.users()),
        (format!("p50 {}", latency(last.and_then(|point| point.p50_us))), theme.median()),
        (format!("p95 {}", latency(last.and_then(|point| point.p95_us))), theme.tail()),
        (format!("errors {}", share(failing)), if failing > 0.0 { theme.bad() } else { theme.good() }),
    ];
    let mut spans = vec![Span::raw(" ")];
    // The median is the first that can be done without.
    let parts = parts.into_iter().filter(|(text, _)| area.width >= COLUMNS_FOR_ALL || !text.starts_with("p50"));
    for (number, (text, style)) in parts.enumerate() {
        if number > 0 {
            spans.push(Span::styled(" · ", theme.dim()));
        }
        spans.push(Span::styled(text, theme.strong().patch(style)));
    }
    Line::from(spans).render(area, buffer);
}
