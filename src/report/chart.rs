//! A run in charts: where each line, tick and shade lies, as shares of a drawing.
//!
//! In: the course of a [`Comparison`], its cells and its search. Out: [`Pictures`] of [`Chart`]s, every label finished text.
//! Draws nothing: pixels and colours are the format's.

use crate::gate::{Cell, Comparison};
use crate::measure::{ALL, Ceiling, Course, EndpointCourse, Hold, Metric, Unit};

use super::number;
use super::text::{self, Names};

/// Room above the highest value, for what is written there.
const HEADROOM: f64 = 1.08;

/// Most ticks of an axis.
const TICKS: f64 = 5.0;

/// The charts of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pictures {
    /// Each endpoint's, the whole run first; empty where the run was not kept over time.
    pub endpoints: Vec<EndpointCharts>,
    /// Virtual users over time.
    pub users: Option<Chart>,
    /// What the target used over time.
    pub target: Vec<Chart>,
    /// What was found at each rate of a search.
    pub ceiling: Option<Chart>,
}

/// The charts of one endpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct EndpointCharts {
    /// The endpoint, cleaned.
    pub endpoint: String,
    /// Percentiles of response time over time.
    pub latency: Chart,
    /// Requests and failures over time.
    pub traffic: Chart,
    /// The distribution of response times, beside the baseline's.
    pub distribution: Chart,
}

/// One chart. Places are shares of its width and height, from the left and from the bottom.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// What its axis from left to right is.
    pub across: &'static str,
    /// The lines.
    pub lines: Vec<Line>,
    /// Ticks from left to right.
    pub columns: Vec<Tick>,
    /// Ticks from bottom to top.
    pub rows: Vec<Tick>,
    /// How much of it is warm-up, from the left.
    pub shaded: f64,
    /// The value at the top, in `unit`.
    pub top: f64,
    /// What values are counted in: `ms`, `/s`; empty of plain counts.
    pub unit: &'static str,
    /// What it shows, in a sentence for those who don't see it.
    pub told: String,
}

/// One line of a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it is.
    pub name: String,
    /// Which of the chart's colours it has.
    pub role: Role,
    /// Its points, in pieces where there are gaps.
    pub pieces: Vec<Vec<(f64, f64)>>,
}

/// What a line stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The figure that the chart is about.
    Main,
    /// A lower percentile.
    Lower,
    /// A higher percentile.
    Higher,
    /// Failures.
    Failed,
    /// What it is compared with.
    Baseline,
}

/// A label at an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Where.
    pub at: f64,
    /// What it says.
    pub label: String,
}

impl Pictures {
    pub(super) fn of(comparison: &Comparison, names: &Names) -> Self {
        let ceiling = comparison.search.as_ref().and_then(search);
        let Some(course) = &comparison.course else { return Self { ceiling, ..Self::default() } };
        let time = Time::of(course);
        let whole = course.endpoints.get_key_value(ALL);
        let single = course.endpoints.iter().filter(|(name, _)| *name != ALL);
        let base = |name: &str| baseline(&comparison.cells, name);
        Self {
            endpoints: whole
                .into_iter()
                .chain(single)
                .map(|(name, endpoint)| time.endpoint(names.shown(name), endpoint, &base(name)))
                .collect(),
            users: (!course.users.is_empty()).then(|| time.users(&course.users)),
            target: course.target.iter().filter_map(|(name, values)| time.target(name, values)).collect(),
            ceiling,
        }
    }
}

/// The time axis of a run, in seconds.
struct Time {
    step: f64,
    length: f64,
    warmup: f64,
}

impl Time {
    fn of(course: &Course) -> Self {
        let length = (course.warmup_s + course.window_s).max(1.0);
        Self { step: number::float(course.step_s), length, warmup: course.warmup_s }
    }

    fn endpoint(&self, endpoint: String, course: &EndpointCourse, baseline: &[(f64, f64)]) -> EndpointCharts {
        let millis = |column: &[Option<u64>]| -> Vec<Option<f64>> {
            column.iter().map(|us| us.map(|us| number::float(us) / 1_000.0)).collect()
        };
        let some = |column: &[f64]| -> Vec<Option<f64>> { column.iter().copied().map(Some).collect() };
        let latency = self.chart(
            format!("Response time of {endpoint}"),
            "ms",
            &[
                ("p99", Role::Higher, millis(&course.p99_us)),
                ("p95", Role::Main, millis(&course.p95_us)),
                ("p50", Role::Lower, millis(&course.p50_us)),
            ],
        );
        let traffic = self.chart(
            format!("Requests to {endpoint}"),
            "/s",
            &[("requests", Role::Main, some(&course.rps)), ("failed", Role::Failed, some(&course.failures_per_s))],
        );
        let distribution = distribution(&endpoint, &course.distribution_us, baseline);
        EndpointCharts { endpoint, latency, traffic, distribution }
    }

    fn users(&self, users: &[u32]) -> Chart {
        let users = users.iter().map(|users| Some(f64::from(*users))).collect();
        self.chart("Virtual users".to_owned(), "", &[("users", Role::Main, users)])
    }

    /// What the target used of one thing; none of what is only worth a look where it changes.
    fn target(&self, name: &str, values: &[Option<f64>]) -> Option<Chart> {
        const MIB: f64 = 1_048_576.0;
        let (title, unit, scale) = match name {
            "cpu_cores" => ("CPU of the target".to_owned(), "cores", 1.0),
            "rss_bytes" => ("Memory of the target".to_owned(), "MiB", MIB),
            "open_files" => ("Open files of the target".to_owned(), "", 1.0),
            "connections" => ("Connections of the target".to_owned(), "", 1.0),
            _ if values.iter().flatten().is_sorted_by(|one, next| one.total_cmp(next).is_eq()) => return None,
            other => (text::name(other), "", 1.0),
        };
        let values = values.iter().map(|value| value.map(|value| value / scale)).collect();
        Some(self.chart(title, unit, &[("used", Role::Main, values)]))
    }

    /// A chart over time with a point in the middle of each step.
    fn chart(&self, title: String, unit: &'static str, lines: &[(&str, Role, Vec<Option<f64>>)]) -> Chart {
        let highest = lines.iter().flat_map(|(_, _, values)| values).flatten().copied().fold(0.0, f64::max);
        let (top, rows) = upwards(highest * HEADROOM, unit);
        let place = |step: usize, value: f64| {
            let middle_s = (number::float(step as u64) + 0.5) * self.step;
            ((middle_s / self.length).min(1.0), (value / top).clamp(0.0, 1.0))
        };
        let told = lines.iter().map(|(name, _, values)| told(name, values, unit)).collect::<Vec<_>>().join("; ");
        let lines = lines.iter().map(|(name, role, values)| Line {
            name: (*name).to_owned(),
            role: *role,
            pieces: pieces(values.iter().enumerate().map(|(step, value)| value.map(|value| place(step, value)))),
        });
        Chart {
            told: format!("{title} over time: {told}"),
            title,
            across: "time",
            lines: lines.collect(),
            columns: self.ticks(),
            rows,
            shaded: (self.warmup / self.length).clamp(0.0, 1.0),
            top,
            unit,
        }
    }

    fn ticks(&self) -> Vec<Tick> {
        const STEPS_S: [f64; 14] =
            [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0, 14_400.0, 86_400.0];
        let step_s = STEPS_S.into_iter().find(|step_s| self.length / step_s <= TICKS + 1.0).unwrap_or(864_000.0);
        let marks = (0_u32..=20).map(|mark| f64::from(mark) * step_s).take_while(|at_s| *at_s <= self.length);
        marks.map(|at_s| Tick { at: at_s / self.length, label: number::seconds(at_s) }).collect()
    }
}

/// What a line says to those who don't see it.
fn told(name: &str, values: &[Option<f64>], unit: &str) -> String {
    let known = || values.iter().flatten().copied();
    let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(0.0, f64::max));
    if known().next().is_none() {
        return format!("{name} none");
    }
    format!("{name} from {} to {}", labelled(low, unit), labelled(high, unit))
}

/// Runs of points without gaps.
fn pieces(points: impl Iterator<Item = Option<(f64, f64)>>) -> Vec<Vec<(f64, f64)>> {
    let mut pieces: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    for point in points {
        match (point, pieces.last_mut()) {
            (Some(point), Some(piece)) => piece.push(point),
            (None, Some(piece)) if !piece.is_empty() => pieces.push(Vec::new()),
            _ => {}
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// The top of an axis that has room for a value, and its ticks.
fn upwards(highest: f64, unit: &str) -> (f64, Vec<Tick>) {
    let step = round_step(highest.max(1e-3) / TICKS);
    let steps = (highest / step).ceil().max(1.0);
    let top = steps * step;
    let ticks = (0_u32..=10).map(f64::from).take_while(|tick| *tick <= steps);
    (top, ticks.map(|tick| Tick { at: tick / steps, label: labelled(tick * step, unit) }).collect())
}

/// The next of 1, 2, 5, 10, 20, … and their tenths that is not below a step.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let digit = [1.0, 2.0, 5.0].into_iter().find(|digit| digit * power >= step * 0.999).unwrap_or(10.0);
    digit * power
}

fn labelled(value: f64, unit: &str) -> String {
    match unit {
        _ if value == 0.0 => "0".to_owned(),
        "ms" => number::value(Unit::Microseconds, Some(value * 1_000.0)),
        "/s" => number::rate(value),
        "MiB" => format!("{} MiB", number::value(Unit::Count, Some(value))),
        "cores" => number::value(Unit::Cores, Some(value)),
        _ => number::value(Unit::Count, Some(value)),
    }
}

/// What the baseline's cells tell of an endpoint's distribution: shares and milliseconds.
fn baseline(cells: &[Cell], endpoint: &str) -> Vec<(f64, f64)> {
    let level = |metric: Metric| match metric {
        Metric::P50 => Some(0.5),
        Metric::P90 => Some(0.9),
        Metric::P95 => Some(0.95),
        Metric::P99 => Some(0.99),
        Metric::P999 => Some(0.999),
        _ => None,
    };
    let of_endpoint = cells.iter().filter(|cell| cell.endpoint == endpoint);
    let mut points: Vec<(f64, f64)> =
        of_endpoint.filter_map(|cell| Some((level(cell.metric)?, cell.base? / 1_000.0))).collect();
    points.sort_by(|one, other| one.0.total_cmp(&other.0));
    points
}

/// Latency by percentile, on an axis on which each further nine takes the same room.
fn distribution(endpoint: &str, points_us: &[(f64, u64)], baseline: &[(f64, f64)]) -> Chart {
    let now: Vec<(f64, f64)> = points_us.iter().map(|(share, us)| (*share, number::float(*us) / 1_000.0)).collect();
    let finest = now.iter().map(|(share, _)| 1.0 - share).filter(|slower| *slower > 0.0).fold(0.1, f64::min);
    let decades = -finest.log10() + 0.2;
    let across = |share: f64| if share >= 1.0 { 1.0 } else { (-(1.0 - share).log10() / decades).clamp(0.0, 1.0) };
    let highest = now.iter().chain(baseline).map(|(_, ms)| *ms).fold(0.0, f64::max);
    let (top, rows) = upwards(highest, "ms");
    let line = |name: &str, role, points: &[(f64, f64)]| Line {
        name: name.to_owned(),
        role,
        pieces: vec![points.iter().map(|(share, ms)| (across(*share), (ms / top).clamp(0.0, 1.0))).collect()],
    };
    let mut lines = vec![line("this run", Role::Main, &now)];
    if !baseline.is_empty() {
        lines.push(line("baseline", Role::Baseline, baseline));
    }
    let marks = [0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];
    let marks = marks.into_iter().filter(|share| across(*share) < 0.97);
    let title = format!("Distribution of response times of {endpoint}");
    Chart {
        told: format!(
            "{title} by percentile; the slowest took {}",
            labelled(now.last().map_or(0.0, |last| last.1), "ms")
        ),
        title,
        across: "percentile",
        lines,
        columns: marks.map(|share| Tick { at: across(share), label: percentile(share) }).collect(),
        rows,
        shaded: 0.0,
        top,
        unit: "ms",
    }
}

fn percentile(share: f64) -> String {
    let digits = format!("{:.3}", share * 100.0);
    format!("{}%", digits.trim_end_matches('0').trim_end_matches('.'))
}

/// Latency and throughput at each rate that was held.
fn search(ceiling: &Ceiling) -> Option<Chart> {
    let mut curve: Vec<&Hold> = ceiling.curve.iter().collect();
    curve.sort_by(|one, other| one.offered.total_cmp(&other.offered));
    let furthest = curve.last()?.offered.max(1.0);
    let p95 = |hold: &Hold| number::float(hold.p95_us) / 1_000.0;
    let (top, rows) = upwards(curve.iter().map(|hold| p95(hold)).fold(0.0, f64::max), "ms");
    let (end, columns) = upwards(furthest, "/s");
    let points = |held: bool| -> Vec<(f64, f64)> {
        let holds = curve.iter().filter(|hold| hold.held == held);
        holds.map(|hold| (hold.offered / end, (p95(hold) / top).clamp(0.0, 1.0))).collect()
    };
    let line = |name: &str, role, points: Vec<(f64, f64)>| Line { name: name.to_owned(), role, pieces: vec![points] };
    let lines = [line("held", Role::Main, points(true)), line("did not hold", Role::Failed, points(false))];
    Some(Chart {
        title: "p95 at each rate that was tried".to_owned(),
        told: format!("p95 at {} rates up to {}", curve.len(), number::rate(furthest)),
        across: "rate",
        lines: lines.into_iter().filter(|line| line.pieces.iter().any(|piece| !piece.is_empty())).collect(),
        columns,
        rows,
        shaded: 0.0,
        top,
        unit: "ms",
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_axis_has_room_for_its_highest_value_and_few_round_ticks() {
        let (top, ticks) = upwards(218.0, "ms");
        let labels: Vec<&str> = ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert!((top - 250.0).abs() < 1e-9, "{top}");
        assert_eq!(labels, ["0", "50.0 ms", "100 ms", "150 ms", "200 ms", "250 ms"]);
    }

    #[test]
    fn a_gap_parts_a_line() {
        let points = [Some((0.0, 0.1)), None, None, Some((0.5, 0.2)), Some((0.6, 0.2)), None];
        assert_eq!(pieces(points.into_iter()), [vec![(0.0, 0.1)], vec![(0.5, 0.2), (0.6, 0.2)]]);
    }

    proptest! {
        #[test]
        fn no_axis_is_too_short_or_crowded(highest in 0.0..1e9_f64) {
            let (top, ticks) = upwards(highest, "/s");
            prop_assert!(top >= highest && (2..=11).contains(&ticks.len()), "{} {}", top, ticks.len());
        }
    }
}
