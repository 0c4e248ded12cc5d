//! The verdict on one screen.
//!
//! In: a [`View`]. Out: the sentence to act on, the cells that decide, and what lies behind them. Passing cells are
//! counted, not listed, unless asked for.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::gate::{Label, Outcome, Verdict};

use super::super::text::shorten;
use super::super::view::tally;
use super::super::{Advice, ErrorFigures, Figures, Row, View};
use super::Style;
use super::story::story;
use super::table::{self, Column};

/// Rows that fit on a screen beside everything else.
const ROWS_SHOWN: usize = 20;

/// Reasons of single rows that do.
const REASONS_SHOWN: usize = 3;

/// Kinds of errors that do.
const ERRORS_SHOWN: usize = 4;

/// What a line takes beside the endpoint's name and the strip.
const OTHER_COLUMNS: usize = 74;

/// What the strip takes.
const STRIP: usize = 15;

/// Names are not cut below this, except to keep the strip on a wide terminal.
const SHORTEST_NAME: usize = 22;

/// Writes the view.
///
/// # Errors
/// When writing fails.
pub fn render(view: &View, style: Style, out: &mut impl Write) -> io::Result<()> {
    head(view, style, out)?;
    rows(view, style, out)?;
    writeln!(out)?;
    story(view.figures.story.as_ref(), style, out)?;
    style.block("errors", &errors(&view.figures), out)?;
    style.block("target", view.figures.target.as_slice(), out)?;
    style.block("growth", &view.figures.growth, out)?;
    style.block("generator", std::slice::from_ref(&view.figures.generator), out)?;
    style.block("how sure", &advice(&view.how_sure), out)?;
    style.block("what now", &advice(&view.what_to_do), out)?;
    style.lint(&view.figures.lint, out)
}

/// Says which reports were written, and where.
///
/// # Errors
/// When writing fails.
pub fn reports(folder: &str, names: &[&str], style: Style, out: &mut impl Write) -> io::Result<()> {
    style.block("reports", &[format!("{}/: {}", folder.trim_end_matches('/'), names.join("  "))], out)
}

fn head(view: &View, style: Style, out: &mut impl Write) -> io::Result<()> {
    let what = format!("loadgate · {}", view.what);
    let joint = if what.chars().count() + 3 + view.sides.chars().count() <= style.width() { " · " } else { "\n" };
    for line in format!("{what}{joint}{}", view.sides).lines() {
        writeln!(out, "{}", style.dim(line))?;
    }
    let verdict = format!("{} {}", sign(view.verdict), view.word());
    writeln!(out, "\n{}  {}\n", style.verdict(view.verdict, &verdict), style.bold(&view.headline))?;
    for line in view.environment.iter().chain(&view.reasons) {
        writeln!(out, "  {line}")?;
    }
    if view.environment.is_some() || !view.reasons.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

fn rows(view: &View, style: Style, out: &mut impl Write) -> io::Result<()> {
    let (open, folded): (Vec<&Row>, Vec<&Row>) = view.rows.iter().partition(|row| style.all || is_open(row));
    let limit = if style.all { open.len() } else { ROWS_SHOWN };
    let (open, beyond) = open.split_at_checked(limit).unwrap_or((&open, &[]));
    let plan = Plan::of(open, style);
    let cells: Vec<Vec<String>> = open.iter().map(|row| plan.cells(row)).collect();
    let mut lines = table::lines(&COLUMNS, &cells).into_iter();
    if let Some(header) = lines.next().filter(|_| !open.is_empty()) {
        writeln!(out, "{}", style.dim(header.trim_end()))?;
    }
    for (line, row) in lines.zip(open) {
        let word = format!("{} {}", row_sign(row), row.word());
        writeln!(out, "{line}{}", style.outcome(row.outcome, &word))?;
    }
    let rest = tally(beyond.iter().chain(&folded).copied());
    if !rest.is_empty() {
        let more = if open.is_empty() { "" } else { "and " };
        writeln!(out, "{}", style.dim(&format!("  {more}{rest} (--all shows them)")))?;
    }
    row_reasons(open, plan, out)
}

/// Why single rows did not pass, each reason once.
fn row_reasons(open: &[&Row], plan: Plan, out: &mut impl Write) -> io::Result<()> {
    let mut told: Vec<&str> = Vec::new();
    for row in open.iter().filter(|row| row.outcome != Outcome::Pass) {
        let Some(reason) = row.reason.as_deref().filter(|reason| !told.contains(reason)) else { continue };
        if told.len() < REASONS_SHOWN {
            writeln!(out, "  {} {}: {reason}", shorten(&row.endpoint, plan.name_limit), row.metric)?;
        }
        told.push(reason);
    }
    Ok(())
}

/// What did not pass, and what the whole run is judged by.
fn is_open(row: &Row) -> bool {
    matches!(row.outcome, Outcome::Fail | Outcome::Inconclusive) || (row.whole_run && row.gated)
}

const COLUMNS: [Column; 8] = [
    Column::Text("endpoint"),
    Column::Text("metric"),
    Column::Number("baseline"),
    Column::Number("now"),
    Column::Number("change"),
    Column::Text("between"),
    Column::Number("worse →"),
    Column::Number("tolerance"),
];

/// How the width is shared out.
#[derive(Debug, Clone, Copy)]
struct Plan {
    strip: bool,
    name_limit: usize,
}

impl Plan {
    fn of(rows: &[&Row], style: Style) -> Self {
        let room = style.width().saturating_sub(OTHER_COLUMNS);
        let longest = rows.iter().map(|row| row.endpoint.chars().count()).max().unwrap_or(0);
        let strip = room >= STRIP + longest.min(SHORTEST_NAME);
        let name_limit = (if strip { room - STRIP } else { room }).max(SHORTEST_NAME);
        let distinct =
            |limit: usize| rows.iter().map(|row| shorten(&row.endpoint, limit)).collect::<BTreeSet<_>>().len();
        // A line that wraps is better than two endpoints of one name.
        let unambiguous = distinct(name_limit) == distinct(usize::MAX);
        Self { strip, name_limit: if unambiguous { name_limit } else { usize::MAX } }
    }

    fn cells(self, row: &Row) -> Vec<String> {
        let interval = row.interval.as_ref().map(|(low, high)| format!("[{low}, {high}]")).unwrap_or_default();
        vec![
            shorten(&row.endpoint, self.name_limit),
            row.metric.to_owned(),
            row.base.clone(),
            row.now.clone(),
            row.change.clone(),
            interval,
            row.strip.clone().filter(|_| self.strip).unwrap_or_default(),
            row.allowed.clone(),
        ]
    }
}

fn errors(figures: &Figures) -> Vec<String> {
    let columns = [Column::Text(""), Column::Text(""), Column::Number(""), Column::Number("")];
    let shown = figures.errors.iter().take(ERRORS_SHOWN);
    let cells: Vec<Vec<String>> = shown
        .map(|error| {
            vec![shorten(&error.endpoint, 36), shorten(&error.kind, 40), error.count.clone(), error.share.clone()]
        })
        .collect();
    let lines = table::lines(&columns, &cells).into_iter().skip(1);
    let mut lines: Vec<String> = lines.map(|line| line.trim().to_owned()).collect();
    let beyond = figures.errors.len().saturating_sub(ERRORS_SHOWN) + figures.errors_left_out;
    lines.extend(figures.errors.iter().take(ERRORS_SHOWN).filter_map(ErrorFigures::instead));
    if beyond > 0 {
        lines.push(format!("and {beyond} more in comparison.json"));
    }
    lines
}

fn advice(advice: &[Advice]) -> Vec<String> {
    let tell = |advice: &Advice| match &advice.command {
        Some(command) => format!("{}: {command}", advice.text),
        None => advice.text.clone(),
    };
    advice.iter().map(tell).collect()
}

fn sign(verdict: Verdict) -> char {
    match verdict {
        Verdict::Pass => '✓',
        Verdict::Fail => '✗',
        Verdict::Inconclusive => '?',
        Verdict::Recorded => '•',
        Verdict::Invalid => '!',
    }
}

fn row_sign(row: &Row) -> char {
    match (row.outcome, row.label) {
        (Outcome::Fail, _) => '✗',
        (Outcome::Inconclusive, _) => '?',
        (Outcome::Pass, Label::Faster) => '✓',
        (_, Label::New) => '+',
        (Outcome::Pass | Outcome::Shown, _) => '·',
    }
}
