//! Charts and interval bars as SVG.
//!
//! In: a [`Chart`], a [`Bar`]. Out: markup that needs no script to be seen; what the pointer shows is the page's script.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::super::{Bar, Chart, Line, Role};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 180.0;
/// Room for labels: left, below, above.
const LEFT: f64 = 64.0;
const BELOW: f64 = 22.0;
const ABOVE: f64 = 8.0;
/// Room to the right, for the end of the last label.
const RIGHT: f64 = 16.0;

/// A chart with its title and legend.
pub(super) fn chart(chart: &Chart) -> Markup {
    let (bottom, right) = (ABOVE + HEIGHT, LEFT + WIDTH);
    html! {
        figure.chart data-top=(chart.top) data-unit=(chart.unit) data-across=(chart.across) {
            figcaption {
                (chart.title)
                span.legend { @for line in &chart.lines { span class=(class(line.role)) { (line.name) } } }
            }
            svg viewBox=(format!("0 0 {} {}", right + RIGHT, bottom + BELOW)) role="img" aria-label=(chart.told) {
                @if chart.shaded > 0.0 {
                    rect.warmup x=(LEFT) y=(ABOVE) width=(short(chart.shaded * WIDTH)) height=(HEIGHT) {}
                    @if chart.shaded > 0.12 { text.shade x=(LEFT + 4.0) y=(ABOVE + 12.0) { "warm-up" } }
                }
                @for tick in &chart.rows {
                    line.grid x1=(LEFT) x2=(right) y1=(short(up(tick.at))) y2=(short(up(tick.at))) {}
                    text.up x=(LEFT - 6.0) y=(short(up(tick.at) + 4.0)) { (tick.label) }
                }
                @for tick in &chart.columns {
                    text.across x=(short(LEFT + tick.at * WIDTH)) y=(bottom + 16.0) { (tick.label) }
                }
                @for line in &chart.lines { (drawn(line)) }
            }
        }
    }
}

fn drawn(line: &Line) -> Markup {
    let path = line.pieces.iter().fold(String::new(), |path, piece| path + &pen(piece));
    let alone = line.pieces.iter().filter(|piece| piece.len() == 1).flatten();
    let dots =
        if line.role == Role::Baseline { line.pieces.iter().flatten().collect() } else { alone.collect::<Vec<_>>() };
    html! {
        path class=(class(line.role)) data-name=(line.name) d=(path) {}
        @for (x, y) in dots { circle class=(class(line.role)) cx=(short(LEFT + x * WIDTH)) cy=(short(up(*y))) r="2.5" {} }
    }
}

/// A piece as a path: to its first point, then from point to point.
fn pen(piece: &[(f64, f64)]) -> String {
    let mut path = String::with_capacity(piece.len() * 12);
    for (at, (x, y)) in piece.iter().enumerate() {
        let _ = write!(path, "{}{} {}", if at == 0 { 'M' } else { 'L' }, short(LEFT + x * WIDTH), short(up(*y)));
    }
    path
}

/// An interval against its tolerance.
pub(super) fn bar(bar: Bar, told: &str) -> Markup {
    const LONG: f64 = 120.0;
    let at = |share: f64| short(2.0 + share * (LONG - 4.0));
    html! {
        svg.bar viewBox="0 0 120 16" role="img" aria-label=(told) {
            line.zero x1=(at(Bar::ZERO)) x2=(at(Bar::ZERO)) y1="2" y2="14" {}
            line.limit x1=(at(Bar::TOLERANCE)) x2=(at(Bar::TOLERANCE)) y1="0" y2="16" {}
            line.range x1=(at(bar.low)) x2=(at(bar.high)) y1="8" y2="8" {}
            circle.dot cx=(at(bar.middle)) cy="8" r="3.5" {}
        }
    }
}

fn class(role: Role) -> &'static str {
    match role {
        Role::Main => "main",
        Role::Lower => "lower",
        Role::Higher => "higher",
        Role::Failed => "failed",
        Role::Baseline => "baseline",
    }
}

fn up(share: f64) -> f64 {
    ABOVE + HEIGHT * (1.0 - share)
}

/// A tenth of a pixel is enough.
fn short(place: f64) -> String {
    let text = format!("{place:.1}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}
