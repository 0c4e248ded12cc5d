//! A history on a screen: a row for each series, then the findings.
//!
//! In: a [`HistoryView`]. Out: aligned columns and sentences. Reads no file.

use std::io::{self, Write};

use super::super::HistoryView;
use super::Style;
use super::table::{self, Column};

/// Rows that are shown whatever was found in them.
const FEW: usize = 12;

/// Writes a history: the rows in which something was found, or all where they are few or asked for.
///
/// # Errors
/// When writing fails.
pub fn history(view: &HistoryView, style: Style, out: &mut impl Write) -> io::Result<()> {
    const COLUMNS: [Column; 8] = [
        Column::Text("endpoint"),
        Column::Text("metric"),
        Column::Text("environment"),
        Column::Text("history"),
        Column::Number("now"),
        Column::Number("since anchor"),
        Column::Number("jobs"),
        Column::Text(""),
    ];
    writeln!(out, "{}\n", style.bold(&format!("loadgate history · {}", view.headline)))?;
    let shown = |is_finding: bool| style.all || view.rows.len() <= FEW || is_finding;
    let rows: Vec<Vec<String>> =
        view.rows.iter().filter(|row| shown(row.is_finding)).map(|row| row.cells.to_vec()).collect();
    if !rows.is_empty() {
        table::lines(&COLUMNS, &rows).iter().try_for_each(|line| writeln!(out, "{}", line.trim_end()))?;
    }
    let folded = view.rows.len() - rows.len();
    if folded > 0 {
        let more = if rows.is_empty() { "series" } else { "more" };
        writeln!(out, "{}", style.dim(&format!("  {folded} {more} in which nothing was found (--all shows them)")))?;
    }
    writeln!(out)?;
    if view.findings.is_empty() {
        writeln!(out, "no break and no creep found")?;
    }
    view.findings.iter().try_for_each(|finding| writeln!(out, "{finding}"))?;
    if !view.notes.is_empty() {
        writeln!(out)?;
    }
    view.notes.iter().try_for_each(|note| writeln!(out, "{}", style.dim(note)))
}
