//! The screen of a search: the rate that holds, and every hold it was found by.
//!
//! In: [`CeilingView`]. Out: a headline and a table. Compares with nothing.

use std::io::{self, Write};

use super::super::{CeilingView, Figures, HoldRow};
use super::Style;
use super::measured::{foot, head};
use super::table::{self, Column};
use crate::gate::Verdict;

/// Writes the screen of `ceiling`.
///
/// # Errors
/// When writing fails.
pub fn searched(figures: &Figures, view: &CeilingView, style: Style, out: &mut impl Write) -> io::Result<()> {
    head(
        &format!("loadgate ceiling · {} · {} at the rate that holds", figures.profile, figures.window),
        figures,
        style,
        out,
    )?;
    let verdict = if view.has_capacity { Verdict::Recorded } else { Verdict::Fail };
    writeln!(out, "{}\n", style.verdict(verdict, &view.headline))?;
    holds(view, style, out)?;
    foot(figures, style, out)
}

/// Writes the search under the figures of a run.
///
/// # Errors
/// When writing fails.
pub fn ceiling(view: &CeilingView, style: Style, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n  {}\n", style.bold(&view.headline))?;
    holds(view, style, out)
}

fn holds(view: &CeilingView, style: Style, out: &mut impl Write) -> io::Result<()> {
    const COLUMNS: [Column; 7] = [
        Column::Number("offered"),
        Column::Number("achieved"),
        Column::Number("p50"),
        Column::Number("p95"),
        Column::Number("errors"),
        Column::Number("users"),
        Column::Text("outcome"),
    ];
    let cells = |hold: &HoldRow| {
        let HoldRow { offered, achieved, p50, p95, errors, users, outcome } = hold.clone();
        vec![offered, achieved, p50, p95, errors, users, outcome]
    };
    table::write(&COLUMNS, &view.holds.iter().map(cells).collect::<Vec<_>>(), style, out)
}
