//! The last seconds as charts: throughput, failures, response time, virtual users.
//!
//! In: a [`Picture`]. Out: four frames, side by side. Two seconds a column, the latest at the right once they are full.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::super::board::Point;
use super::area::{self, Layer};
use super::picture::Picture;
use super::words::{NONE, latency};
use crate::report::{count, rate};

/// How much higher a chart is than what it shows: a steady value is not a full box.
const HEADROOM: f64 = 1.15;

/// What a chart shows of a moment.
type Value = fn(&Point) -> f64;

/// One chart.
struct Panel<'a> {
    title: Vec<Span<'a>>,
    /// What stands there where the title does not fit.
    short_title: Vec<Span<'a>>,
    /// How its highest value is called.
    top: fn(f64) -> String,
    /// From back to front.
    layers: Vec<(Value, Style)>,
}

pub(super) fn draw(picture: &Picture<'_>, area: Rect, buffer: &mut Buffer) {
    let areas: [Rect; 4] = Layout::horizontal([Constraint::Ratio(1, 4); 4]).areas(area);
    let panels = [throughput(picture), response_time(picture), failures(picture), users(picture)];
    for (panel, area) in panels.into_iter().zip(areas) {
        panel.draw(picture, area, buffer);
    }
}

impl Panel<'_> {
    fn draw(self, picture: &Picture<'_>, area: Rect, buffer: &mut Buffer) {
        let seconds = &picture.scene.seconds;
        let fitting = area::fitting(Rect { width: area.width.saturating_sub(2), ..area });
        let shown = seconds.get(seconds.len().saturating_sub(fitting)..).unwrap_or_default();
        let layers: Vec<Layer> = self
            .layers
            .iter()
            .map(|(value, style)| Layer { values: shown.iter().map(value).collect(), style: *style })
            .collect();
        let top = layers.iter().flat_map(|layer| &layer.values).copied().fold(0.0, f64::max);
        let columns = usize::from(area.width.saturating_sub(2));
        let is_short = |spans: &Vec<Span<'_>>| spans.iter().map(Span::width).sum::<usize>() <= columns;
        let title = Line::from(Some(self.title).filter(is_short).unwrap_or(self.short_title));
        let aside = format!(" ≤ {} ", (self.top)(top));
        // Where it would not fit beside the title it says less than it hides.
        let has_room = title.width() + aside.chars().count() + 2 < usize::from(area.width) && top > 0.0;
        let aside = Line::styled(if has_room { aside } else { String::new() }, picture.theme.dim());
        let inner = picture.frame(title, aside, area, buffer);
        area::draw(&layers, top * HEADROOM, picture.theme.dim(), inner, buffer);
    }
}

/// A chart's name and what it shows now.
fn title(picture: &Picture<'_>, name: &'static str, now: String, style: Style) -> Vec<Span<'static>> {
    let name = if name.is_empty() { " ".to_owned() } else { format!(" {name} ") };
    vec![Span::raw(name), Span::styled(now, picture.theme.strong().patch(style)), Span::raw(" ")]
}

fn throughput(picture: &Picture<'_>) -> Panel<'static> {
    let style = picture.theme.throughput();
    Panel {
        title: title(picture, "requests", rate(picture.scene.all.rps), style),
        short_title: title(picture, "", rate(picture.scene.all.rps), style),
        top: rate,
        layers: vec![(|point| point.rps, style)],
    }
}

fn failures(picture: &Picture<'_>) -> Panel<'static> {
    let failing = picture.scene.all.failures_per_s;
    let style = if failing > 0.0 { picture.theme.failures() } else { picture.theme.good() };
    let now = if failing > 0.0 { rate(failing) } else { "none".to_owned() };
    Panel {
        title: title(picture, "failures", now.clone(), style),
        short_title: title(picture, "failed", now, style),
        top: rate,
        layers: vec![(|point| point.failures_per_s, picture.theme.failures())],
    }
}

/// Both percentiles are of the last second: what the run amounts to is in the table.
fn response_time(picture: &Picture<'_>) -> Panel<'static> {
    let (median, tail) = (picture.theme.median(), picture.theme.tail());
    let last = picture.scene.seconds.last();
    let mut spans = title(picture, "p50", latency(last.and_then(|point| point.p50_us)), median);
    // The space after it is before the next.
    spans.pop();
    let short_title = title(picture, "p95", latency(last.and_then(|point| point.p95_us)), tail);
    spans.extend(short_title.clone());
    Panel {
        title: spans,
        short_title,
        top: |us| if us > 0.0 { crate::units::Latency(us).to_string() } else { NONE.to_owned() },
        layers: vec![(|point| us(point.p95_us), tail), (|point| us(point.p50_us), median)],
    }
}

fn users(picture: &Picture<'_>) -> Panel<'static> {
    let style = picture.theme.users();
    Panel {
        title: title(picture, "users", count(u64::from(picture.scene.now.users)), style),
        short_title: title(picture, "users", count(u64::from(picture.scene.now.users)), style),
        top: |users| format!("{users:.0}"),
        layers: vec![(|point| f64::from(point.users), style)],
    }
}

#[expect(clippy::cast_precision_loss, reason = "latencies are far below 2^52 µs")]
fn us(latency: Option<u64>) -> f64 {
    latency.unwrap_or(0) as f64
}
