//! The picture of docs/trust.md: how often each rule fails a build, by how much slower one cell of 24 became.

use std::fmt::Write as _;

use super::scenario::{CURVE, Kind, Scenario, standard};
use super::tally::{Rule, Tally, Verdicts};

/// The plot's corner, its size, and where its legend begins.
const LEFT: f64 = 64.0;
const TOP: f64 = 58.0;
const WIDTH: f64 = 470.0;
const HEIGHT: f64 = 280.0;
const LEGEND: f64 = LEFT + WIDTH + 28.0;
/// The largest change, in percent.
const MOST: f64 = 50.0;

/// The rules drawn, each with the class of its line.
const LINES: [(Rule, &str); 7] = [
    (Rule::Duet, "duet"),
    (Rule::Repeated, "repeated"),
    (Rule::TBound, "bound"),
    (Rule::MannWhitney, "ranks"),
    (Rule::Percent10, "ten"),
    (Rule::Percent20, "twenty"),
    (Rule::LastTwice, "twice"),
];

const STYLE: &str = "\
text { font: 13px system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif; fill: #1f2328; }
.title { font-size: 16px; font-weight: 600; } .quiet { fill: #59636e; }
.page { fill: #ffffff; } .grid { stroke: #d1d9e0; stroke-width: 1; } .band { fill: #1f2328; opacity: 0.06; }
path { fill: none; stroke-width: 2; stroke-linejoin: round; } circle { stroke: none; }
.duet { stroke: #0a7d33; stroke-width: 3.5; } .repeated { stroke: #0550ae; stroke-width: 3.5; }
.bound { stroke: #bc4c00; } .ranks { stroke: #a40e26; stroke-dasharray: 7 4; } .ten { stroke: #8250df; }
.twenty { stroke: #8250df; stroke-dasharray: 7 4; } .twice { stroke: #59636e; stroke-dasharray: 2 4; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; } .quiet { fill: #9198a1; } .page { fill: #0d1117; } .grid { stroke: #3d444d; } .band { fill: #f0f6fc; }
.duet { stroke: #3fb950; } .repeated { stroke: #58a6ff; } .bound { stroke: #f0883e; } .ranks { stroke: #ff7b72; }
.ten, .twenty { stroke: #bc8cff; } .twice { stroke: #9198a1; }
}";

/// The picture as SVG.
pub(super) fn power(found: &[(Scenario, Tally)]) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 840 410\" role=\"img\" aria-label=\"Share of builds that each rule fails, by how much slower one cell of 24 is\">\n\
         <style>\n{STYLE}\n</style>\n<rect class=\"page\" width=\"840\" height=\"410\"/>\n\
         <text class=\"title\" x=\"{LEFT}\" y=\"24\">One of 24 cells is slower: how often does each rule fail the build?</text>\n\
         <text class=\"quiet\" x=\"{LEFT}\" y=\"43\">At 0% every failure is a false alarm. Stored runs differ by 6%, blocks of the duet by 12%.</text>\n"
    );
    grid(&mut svg);
    for (place, (rule, class)) in (0_u32..).zip(LINES) {
        let y = TOP + 16.0 + 30.0 * f64::from(place);
        let _infallible = writeln!(
            svg,
            "<path class=\"{class}\" d=\"{}\"/>\n<path class=\"{class}\" d=\"M{LEGEND} {y}h26\"/>\n<text x=\"{}\" y=\"{}\">{}</text>",
            line(found, rule),
            LEGEND + 34.0,
            y + 4.5,
            rule.words()
        );
    }
    svg + "</svg>\n"
}

fn grid(svg: &mut String) {
    let _infallible = writeln!(
        svg,
        "<rect class=\"band\" x=\"{LEFT}\" y=\"{TOP}\" width=\"{}\" height=\"{HEIGHT}\"/>\n\
         <text class=\"quiet\" x=\"{}\" y=\"{}\">tolerated</text>",
        x(10.0) - LEFT,
        LEFT + 8.0,
        TOP + 18.0
    );
    for percent in [0.0, 25.0, 50.0, 75.0, 100.0] {
        let y = y(percent / 100.0);
        let _infallible = writeln!(
            svg,
            "<path class=\"grid\" d=\"M{LEFT} {y}h{WIDTH}\"/>\n<text class=\"quiet\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{percent}%</text>",
            LEFT - 8.0,
            y + 4.5
        );
    }
    for percent in [0.0, 10.0, 20.0, 30.0, 40.0, 50.0] {
        let _infallible = writeln!(
            svg,
            "<text class=\"quiet\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">+{percent}%</text>",
            x(percent),
            TOP + HEIGHT + 20.0
        );
    }
    let _infallible = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">how much slower that cell really is</text>",
        x(MOST / 2.0),
        TOP + HEIGHT + 44.0
    );
}

fn line(found: &[(Scenario, Tally)], rule: Rule) -> String {
    let kind = if rule == Rule::Duet { Kind::Duet } else { Kind::Stored };
    let share = |change: u32| -> Option<f64> {
        let like = standard(kind, change, 0).key();
        let (_, tally) = found.iter().find(|(scenario, _)| scenario.key() == like)?;
        tally.rules.get(&rule).copied().map(Verdicts::failing)
    };
    let points = CURVE.into_iter().filter_map(|change| Some((f64::from(change), share(change)?)));
    let points: Vec<String> = points.map(|(change, share)| format!("{:.1} {:.1}", x(change), y(share))).collect();
    if points.is_empty() { String::new() } else { format!("M{}", points.join("L")) }
}

fn x(percent: f64) -> f64 {
    LEFT + WIDTH * percent / MOST
}

fn y(share: f64) -> f64 {
    TOP + HEIGHT * (1.0 - share)
}
