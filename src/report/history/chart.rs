//! A history as one self-contained SVG: a panel for each series in which something was found.
//!
//! In: a [`History`]. Out: SVG text, for light and dark surroundings. Loads nothing from elsewhere and runs no script.

use std::fmt::Write;

use super::super::number;
use super::super::text;
use super::view::{commit_name, date, levels, title, value};
use crate::history::{Break, History, Mark, Series};

/// Most panels of one chart.
const MOST_PANELS: usize = 12;

/// Panels where nothing was found.
const QUIET_PANELS: usize = 6;

const WIDTH: f64 = 860.0;
const PANEL: f64 = 190.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 20.0;
const HEAD: f64 = 48.0;

/// The plot of a panel, from the panel's top: below the title and the labels of breaks, above the dates.
const PLOT_TOP: f64 = 48.0;
const PLOT_BOTTOM: f64 = 156.0;

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1f2328}.small{font-size:11px;fill:#59636e}\
.head{font-size:16px;font-weight:600}.name{font-weight:600}.back{fill:#fff}.axis{stroke:#d1d9e0}\
.line{fill:none;stroke:#8c959f}.dot{fill:#8c959f}.level{stroke:#0969da;stroke-width:2.5}\
.break{stroke:#bc4c00;stroke-dasharray:4 3}.blame{font-size:11px;fill:#bc4c00}.anchor{stroke:#1a7f37;stroke-dasharray:2 3}\
.since{font-size:11px;fill:#1a7f37}@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.small{fill:#9198a1}\
.back{fill:#0d1117}.axis{stroke:#3d444d}.line{stroke:#656c76}.dot{fill:#9198a1}.level{stroke:#4493f8}\
.break{stroke:#f0883e}.blame{fill:#f0883e}.anchor{stroke:#3fb950}.since{fill:#3fb950}}";

/// The chart of a history: the series in which something was found, else the first ones.
#[must_use]
pub fn svg(profile: &str, history: &History) -> String {
    let panels = panels(history);
    let several = history.classes.len() > 1;
    let height = HEAD + PANEL * number::float(panels.len().max(1) as u64);
    let heading = escaped(&format!("loadgate history of {}", text::name(profile)));
    let mut out = String::new();
    let parts = [
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
             height=\"{height}\" role=\"img\" aria-labelledby=\"title desc\">\n<title id=\"title\">{heading}</title>\n"
        ),
        format!("<desc id=\"desc\">{}</desc>\n<style>{STYLE}</style>\n", escaped(&description(&panels, several))),
        format!("<rect class=\"back\" width=\"{WIDTH}\" height=\"{height}\"/>\n"),
        format!("<text class=\"head\" x=\"16\" y=\"30\">{heading}</text>\n"),
    ];
    out.extend(parts);
    if panels.is_empty() {
        let _infallible = writeln!(out, "<text x=\"16\" y=\"{}\">no runs to show</text>", HEAD + 24.0);
    }
    let mut top = HEAD;
    for series in panels {
        panel(series, several, top, &mut out);
        top += PANEL;
    }
    out.push_str("</svg>\n");
    out
}

fn panels(history: &History) -> Vec<&Series> {
    let creeps = |series: &Series| series.since_anchor.as_ref().is_some_and(|since| since.creep);
    let found = history.series.iter().filter(|series| !series.breaks.is_empty() || creeps(series));
    let found: Vec<&Series> = found.take(MOST_PANELS).collect();
    if found.is_empty() { history.series.iter().take(QUIET_PANELS).collect() } else { found }
}

fn description(panels: &[&Series], several: bool) -> String {
    let said = panels.iter().map(|series| {
        let breaks = series.breaks.iter().map(|found| format!(", {}", blame(series, found)));
        format!("{}{}", title(series, several), breaks.collect::<String>())
    });
    said.collect::<Vec<_>>().join("; ")
}

/// Where a panel's jobs and values fall.
struct Frame {
    top: f64,
    jobs: f64,
    low: f64,
    high: f64,
}

impl Frame {
    fn of(series: &Series, top: f64) -> Self {
        let anchor = series.since_anchor.iter().map(|since| since.then);
        let values = || series.points.iter().map(|point| point.value).chain(anchor.clone());
        let (low, high) = (values().fold(f64::MAX, f64::min), values().fold(0.0, f64::max));
        // Room above and below, and a range of a tenth at least, so that noise looks as small as it is.
        let room = (0.08 * (high - low)).max(0.05 * high).max(f64::MIN_POSITIVE);
        Self { top, jobs: number::float(series.points.len() as u64), low: (low - room).max(0.0), high: high + room }
    }

    fn x(&self, job: f64) -> f64 {
        rounded(LEFT + (job + 0.5) / self.jobs.max(1.0) * (WIDTH - LEFT - RIGHT))
    }

    fn y(&self, value: f64) -> f64 {
        let height = (value - self.low) / (self.high - self.low);
        rounded(self.top + PLOT_BOTTOM - height * (PLOT_BOTTOM - PLOT_TOP))
    }
}

fn panel(series: &Series, several: bool, top: f64, out: &mut String) {
    let frame = Frame::of(series, top);
    let at = |job: usize| frame.x(number::float(job as u64));
    let mut lines =
        vec![format!("<text class=\"name\" x=\"16\" y=\"{}\">{}</text>", top + 18.0, escaped(&title(series, several)))];
    lines.extend(axis(series, &frame));
    if let Some(since) = &series.since_anchor {
        let y = frame.y(since.then);
        let name = since.anchor.as_deref().map_or_else(|| "oldest jobs".to_owned(), text::name);
        let end = WIDTH - RIGHT;
        lines.push(format!("<line class=\"anchor\" x1=\"{LEFT}\" x2=\"{end}\" y1=\"{y}\" y2=\"{y}\"/>"));
        let label = escaped(&format!("{name}, {} since", number::change(series.unit, Some(since.change))));
        lines.push(format!(
            "<text class=\"since\" text-anchor=\"end\" x=\"{end}\" y=\"{}\">{label}</text>",
            top + PLOT_BOTTOM + 18.0
        ));
    }
    let points: Vec<(f64, f64)> =
        series.points.iter().enumerate().map(|(job, point)| (at(job), frame.y(point.value))).collect();
    let path: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
    lines.push(format!("<polyline class=\"line\" points=\"{}\"/>", path.join(" ")));
    lines.extend(points.iter().map(|(x, y)| format!("<circle class=\"dot\" cx=\"{x}\" cy=\"{y}\" r=\"2.5\"/>")));
    lines.extend(levels(series).into_iter().filter(|_| !series.points.is_empty()).map(|(start, end, level)| {
        let y = frame.y(level);
        format!("<line class=\"level\" x1=\"{}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/>", at(start), at(end))
    }));
    lines.extend(series.breaks.iter().enumerate().map(|(index, found)| broken(series, index, found, &frame)));
    for line in lines {
        out.push_str(&line);
        out.push('\n');
    }
}

fn axis(series: &Series, frame: &Frame) -> Vec<String> {
    let end = WIDTH - RIGHT;
    let mut lines = Vec::new();
    for level in [frame.low, f64::midpoint(frame.low, frame.high), frame.high] {
        let y = frame.y(level);
        lines.push(format!("<line class=\"axis\" x1=\"{LEFT}\" x2=\"{end}\" y1=\"{y}\" y2=\"{y}\"/>"));
        let label = escaped(&value(series.unit, level));
        let (x, y) = (LEFT - 8.0, y + 4.0);
        lines.push(format!("<text class=\"small\" text-anchor=\"end\" x=\"{x}\" y=\"{y}\">{label}</text>"));
    }
    if let Some((first, last)) = series.points.first().zip(series.points.last()) {
        let days = escaped(&format!("{} to {}", date(&first.started_at), date(&last.started_at)));
        let y = frame.top + PLOT_BOTTOM + 18.0;
        lines.push(format!("<text class=\"small\" x=\"{LEFT}\" y=\"{y}\">{days}</text>"));
    }
    lines
}

/// A break's line and whom to ask; labels of neighbours are at two heights, on the side that has room.
fn broken(series: &Series, index: usize, found: &Break, frame: &Frame) -> String {
    let x = frame.x(number::float(found.at as u64) - 0.5);
    let label_y = frame.top + if index.is_multiple_of(2) { 34.0 } else { 45.0 };
    let (from, to) = (label_y + 2.0, frame.top + PLOT_BOTTOM);
    let (side, label_x) = if x > WIDTH / 2.0 { ("end", x - 4.0) } else { ("start", x + 4.0) };
    let label = escaped(&blame(series, found));
    format!(
        "<line class=\"break\" x1=\"{x}\" x2=\"{x}\" y1=\"{from}\" y2=\"{to}\"/>\n\
         <text class=\"blame\" text-anchor=\"{side}\" x=\"{label_x}\" y=\"{label_y}\">{label}</text>"
    )
}

/// `+18%: 4f2c1e7 to 9ab01cd`.
fn blame(series: &Series, found: &Break) -> String {
    let end = |mark: &Mark| mark.commit.as_deref().map_or_else(|| date(&mark.started_at), commit_name);
    format!("{}: {} to {}", number::change(series.unit, Some(found.change)), end(&found.from), end(&found.to))
}

fn rounded(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
