//! A history in words: a row for each series, a sentence for each finding.
//!
//! In: a [`History`]. Out: a [`HistoryView`]. Draws nothing but sparklines.

use super::super::number::{self, NONE};
use super::super::text;
use crate::history::{Break, FEWEST_JOBS, History, Mark, Point, Scale, Series, SinceAnchor};
use crate::measure::{Environment, Unit};

/// Jobs in a sparkline, the newest.
const SPARKS: usize = 24;

/// Heights of a sparkline.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Least range that fills a sparkline, as a part of the value: noise below it looks as flat as it is.
const LEAST_RANGE: f64 = 0.2;

/// A history in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryView {
    /// What it is of: `load · 34 runs, 2026-01-01 to 2026-03-03`.
    pub headline: String,
    /// A row for each series.
    pub rows: Vec<HistoryRow>,
    /// A sentence for each break and each creep.
    pub findings: Vec<String>,
    /// What to keep in mind: environments, runs left out, series too short.
    pub notes: Vec<String>,
}

/// A series in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// Endpoint, metric, environment (empty where all are of one), sparkline, value now, change since the anchor, jobs,
    /// note.
    pub cells: [String; 8],
    /// Whether something was found in it.
    pub is_finding: bool,
}

impl HistoryView {
    /// Puts a history into words.
    #[must_use]
    pub fn of(profile: &str, history: &History) -> Self {
        let points = history.series.iter().flat_map(|series| &series.points);
        let (first, last) = (points.clone().map(day).min(), points.map(day).max());
        let span = match first.zip(last) {
            Some((first, last)) if first != last => format!(", {first} to {last}"),
            Some((first, _)) => format!(", {first}"),
            None => String::new(),
        };
        let runs = number::plural(history.runs as u64, "run");
        let several = history.classes.len() > 1;
        Self {
            headline: format!("{} · {runs}{span}{}", text::name(profile), anchor(history)),
            rows: history.series.iter().map(|series| row(series, several)).collect(),
            findings: history.series.iter().flat_map(|series| findings(series, several)).collect(),
            notes: notes(history),
        }
    }
}

/// What changes are measured from, where it has a name: a release, or what was typed.
fn anchor(history: &History) -> String {
    let mut named = history.series.iter().filter_map(|series| series.since_anchor.as_ref()?.anchor.as_deref());
    named.next().map_or_else(String::new, |name| format!(" · anchor {}", text::name(name)))
}

fn row(series: &Series, several: bool) -> HistoryRow {
    let since = series.since_anchor.as_ref();
    let creep = since.filter(|since| since.creep);
    let note = match (series.breaks.last(), creep) {
        (Some(last), Some(_)) => format!("broke {}, creeps", date(&last.to.started_at)),
        (Some(last), None) => format!("broke {}", date(&last.to.started_at)),
        (None, Some(_)) => "creeps".to_owned(),
        (None, None) => String::new(),
    };
    HistoryRow {
        cells: [
            text::name(&series.endpoint),
            series.metric.name().to_owned(),
            if several { class_name(series.class) } else { String::new() },
            sparkline(series),
            number::value(series.unit, series.points.last().map(|point| point.value)),
            number::change(series.unit, since.map(|since| since.change)),
            number::count(series.points.len() as u64),
            note,
        ],
        is_finding: !series.breaks.is_empty() || creep.is_some(),
    }
}

/// The newest jobs as a line of blocks.
fn sparkline(series: &Series) -> String {
    let surplus = series.points.len().saturating_sub(SPARKS);
    let values: Vec<f64> = series.points.iter().skip(surplus).map(|point| point.value).collect();
    let (low, high) = (values.iter().copied().fold(f64::MAX, f64::min), values.iter().copied().fold(0.0, f64::max));
    let least = LEAST_RANGE * (low + high) / 2.0;
    let low = if high - low < least { (low + high - least) / 2.0 } else { low };
    let range = (high - low).max(least);
    let blocks = values.iter().map(|value| {
        let height = if range > 0.0 { (value - low) / range } else { 0.0 };
        let step = BLOCKS.iter().zip(1_u32..).find(|(_, step)| height * 8.0 <= f64::from(*step));
        step.map_or('█', |(block, _)| *block)
    });
    blocks.collect()
}

fn findings(series: &Series, several: bool) -> Vec<String> {
    let name = name(series, several);
    let breaks = series.breaks.iter().map(|found| broke(&name, series.unit, found));
    let creep = series.since_anchor.iter().filter(|since| since.creep).map(|since| creeps(&name, series.unit, since));
    breaks.chain(creep).collect()
}

fn name(series: &Series, several: bool) -> String {
    let place = if several { format!(" in environment {}", class_name(series.class)) } else { String::new() };
    format!("{} {}{place}", text::name(&series.endpoint), series.metric.name())
}

/// `create_order p95 rose by 18% (160 ms -> 189 ms) between 4f2c1e7 (2026-03-02) and 9ab01cd (2026-03-03); …`.
fn broke(name: &str, unit: Unit, found: &Break) -> String {
    let verb = if found.change < 0.0 { "fell" } else { "rose" };
    let size = number::change(unit, Some(found.change.abs()));
    let (before, after) = (number::value(unit, Some(found.before)), number::value(unit, Some(found.after)));
    format!(
        "{name} {verb} by {} ({before} -> {after}) between {} and {}; chance of that by luck {}",
        size.trim_start_matches('+'),
        mark(&found.from),
        mark(&found.to),
        number::share(found.chance)
    )
}

fn creeps(name: &str, unit: Unit, since: &SinceAnchor) -> String {
    let anchor = since.anchor.as_deref().map_or_else(|| "the oldest jobs kept".to_owned(), text::name);
    let words = |change| number::change(unit, Some(change));
    format!(
        "{name} has crept by {} since {anchor} ({} -> {}); between {} and {}",
        words(since.change),
        number::value(unit, Some(since.then)),
        number::value(unit, Some(since.now)),
        words(since.low),
        words(since.high)
    )
}

fn notes(history: &History) -> Vec<String> {
    let mut notes = Vec::new();
    if history.classes.len() > 1 {
        notes.extend(history.classes.iter().enumerate().map(|(class, environment)| {
            let Environment { cpu, vcpus, memory_gib, os, profile, .. } = environment;
            let load: String = profile.chars().take(8).collect();
            let place = format!("{cpu}, {vcpus} CPUs, {memory_gib} GiB, {os}, load {load}");
            format!("environment {}: {}", class_name(class), text::sentence(&place))
        }));
    }
    if history.left_out > 0 {
        notes.push(format!("{} left out: not valid", number::plural(history.left_out as u64, "run")));
    }
    let most = history.series.iter().map(|series| series.points.len()).max().unwrap_or(0);
    let short = history.series.iter().filter(|series| series.points.len() < FEWEST_JOBS).count();
    if most < FEWEST_JOBS {
        notes.push(format!("a break can be found from {FEWEST_JOBS} jobs of one environment on; there are {most}"));
    } else if short > 0 {
        let series = number::plural(short as u64, "row");
        notes.push(format!("{series} of fewer than {FEWEST_JOBS} jobs: too few to find a break in"));
    }
    notes
}

/// `4f2c1e7 (2026-03-02)`, or `2026-03-02 14:00` where the commit is not known.
pub(super) fn mark(mark: &Mark) -> String {
    let day = date(&mark.started_at);
    match &mark.commit {
        Some(commit) => format!("{} ({day})", commit_name(commit)),
        None => format!("{day} {}", text::name(&mark.started_at).chars().skip(11).take(5).collect::<String>()),
    }
}

pub(super) fn commit_name(commit: &str) -> String {
    text::name(commit).chars().take(7).collect()
}

/// The day of an RFC 3339 time.
pub(super) fn date(time: &str) -> String {
    text::name(time).chars().take(10).collect()
}

fn day(point: &Point) -> String {
    date(&point.started_at)
}

/// `A`, `B`, …, then numbers.
fn class_name(class: usize) -> String {
    let letter = u32::try_from(class).ok().and_then(|class| char::from_u32(u32::from('A') + class));
    letter.filter(char::is_ascii_uppercase).map_or_else(|| (class + 1).to_string(), String::from)
}

/// The title of a series' panel.
pub(super) fn title(series: &Series, several: bool) -> String {
    let now = number::value(series.unit, series.points.last().map(|point| point.value));
    format!("{}: now {now}", name(series, several))
}

/// The levels of a series between its breaks, each with the jobs it spans.
pub(super) fn levels(series: &Series) -> Vec<(usize, usize, f64)> {
    let last = series.points.len().saturating_sub(1);
    let starts = std::iter::once(0).chain(series.breaks.iter().map(|found| found.at));
    let ends = series.breaks.iter().map(|found| found.at.saturating_sub(1)).chain(std::iter::once(last));
    let scale = Scale::of(series.unit);
    let whole = || {
        let places: Vec<f64> = series.points.iter().filter_map(|point| scale.place(point.value)).collect();
        scale.value(places.iter().sum::<f64>() / number::float(places.len().max(1) as u64))
    };
    let first = series.breaks.first().map_or_else(whole, |found| found.before);
    let values = std::iter::once(first).chain(series.breaks.iter().map(|found| found.after));
    starts.zip(ends).zip(values).map(|((start, end), value)| (start, end, value)).collect()
}

/// What a chart's value axis says.
pub(super) fn value(unit: Unit, value: f64) -> String {
    if value.is_finite() { number::value(unit, Some(value)) } else { NONE.to_owned() }
}
