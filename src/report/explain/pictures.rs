//! The values behind a cell's change, drawn on one axis.
//!
//! In: a cell with its basis. Out: lines that start with a space. Says nothing of what follows from them.

use crate::gate::{Cell, Explanation};
use crate::measure::Unit;

use super::super::number;
use super::axis::Axis;

/// Columns before the axis.
const LABELS: usize = 10;

/// Columns of an axis: wider ones are no easier to read.
const WIDEST: usize = 64;

/// The runs of both sides: a letter for each, the same for those of one job.
pub(super) fn runs(cell: &Cell, width: usize) -> Vec<String> {
    let Some(basis) = &cell.basis else { return Vec::new() };
    let tolerated = tolerated(cell);
    let values = basis.baseline.iter().chain(&basis.candidate).flatten().copied().chain(cell.base).chain(tolerated);
    let Some(axis) = Axis::over(values, axis_width(width)) else { return Vec::new() };
    let mut lines = vec!["a letter for each run, the same for runs of one job".to_owned()];
    let above = axis.stack(&lettered(&basis.baseline, 'a'));
    lines.extend(
        above.iter().rev().enumerate().map(|(index, line)| labelled(if index == 0 { "baseline" } else { "" }, line)),
    );
    let marks: Vec<(f64, char)> =
        cell.base.map(|base| (base, '┼')).into_iter().chain(tolerated.map(|at| (at, '╂'))).collect();
    lines.push(labelled("", &axis.line(&marks)));
    let below = axis.stack(&lettered(&basis.candidate, 'A'));
    lines.extend(below.iter().enumerate().map(|(index, line)| labelled(if index == 0 { "now" } else { "" }, line)));
    let (low, high) = axis.ends();
    let value = |value: f64| number::value(cell.unit, Some(value));
    lines.push(labelled("", &axis.captions(&value(low), &value(high))));
    let limit = tolerated.map(|at| format!(", ╂ tolerated up to {}", value(at))).unwrap_or_default();
    let limit = if cell.unit == Unit::PerSecond { limit.replace("up to", "down to") } else { limit };
    lines.extend(cell.base.map(|base| format!("┼ the baseline's {}{limit}", value(base))));
    lines
}

/// The change of each block of a duet: a dot for each.
pub(super) fn blocks(explanation: &Explanation, width: usize) -> Vec<String> {
    let (cell, changes) = (&explanation.cell, &explanation.block_changes);
    let ends = changes.iter().copied().chain([0.0]).chain(cell.tolerance);
    let Some(axis) = Axis::over(ends, axis_width(width)).filter(|_| !changes.is_empty()) else { return Vec::new() };
    let dots: Vec<(f64, char)> = changes.iter().map(|change| (*change, '●')).collect();
    let mut lines = vec!["a dot for each block: by how much the candidate differed from the baseline in it".to_owned()];
    lines.extend(axis.stack(&dots).iter().rev().map(|line| labelled("", line)));
    let marks: Vec<(f64, char)> = [(0.0, '┼')].into_iter().chain(cell.tolerance.map(|at| (at, '╂'))).collect();
    lines.push(labelled("", &axis.line(&marks)));
    let (low, high) = axis.ends();
    let change = |change: f64| number::change(cell.unit, Some(change));
    lines.push(labelled("", &axis.captions(&change(low), &change(high))));
    let limit = cell.tolerance.map(|at| format!(", ╂ tolerated {}", number::tolerance(cell.unit, at)));
    lines.push(format!("┼ no change{}", limit.unwrap_or_default()));
    lines
}

fn axis_width(width: usize) -> usize {
    width.saturating_sub(LABELS + 1).min(WIDEST)
}

fn labelled(label: &str, line: &str) -> String {
    format!(" {label:<LABELS$}{line}").trim_end().to_owned()
}

/// The value that is still tolerated.
fn tolerated(cell: &Cell) -> Option<f64> {
    let (base, tolerance) = (cell.base?, cell.tolerance?);
    Some(if cell.unit == Unit::Share { base + tolerance } else { base * (1.0 + tolerance) })
}

/// Each value with its job's letter; after z comes a again.
fn lettered(jobs: &[Vec<f64>], first: char) -> Vec<(f64, char)> {
    let letters: Vec<char> = (first..).take(26).collect();
    let named = jobs.iter().zip(letters.iter().cycle());
    named.flat_map(|(runs, letter)| runs.iter().map(|value| (*value, *letter))).collect()
}
