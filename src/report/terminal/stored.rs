//! Baselines on a screen: one in full, or all of a folder.
//!
//! In: a [`StoredView`], or what a store holds. Out: aligned columns. Reads no file.

use std::io::{self, Write};
use std::path::Path;

use super::super::StoredView;
use super::super::{number, text};
use super::Style;
use super::table::{self, Column};
use crate::baseline::{Error, Listed};

/// Writes one baseline.
///
/// # Errors
/// When writing fails.
pub fn stored(path: &Path, view: &StoredView, style: Style, out: &mut impl Write) -> io::Result<()> {
    const RUNS: [Column; 5] = [
        Column::Text("started"),
        Column::Text("commit"),
        Column::Text("ref"),
        Column::Text("loadgate"),
        Column::Number("requests"),
    ];
    const CELLS: [Column; 6] = [
        Column::Text("endpoint"),
        Column::Text("metric"),
        Column::Number("value"),
        Column::Number("can tell"),
        Column::Number("tolerance"),
        Column::Text(""),
    ];
    writeln!(out, "{}", style.bold(&format!("{}: {}", text::name(&path.display().to_string()), view.headline)))?;
    writeln!(out, "{}\n", style.dim(&view.environment))?;
    write_table(&RUNS, &view.runs, out)?;
    writeln!(out, "\nThe smallest change that one more run could tell from noise:\n")?;
    write_table(&CELLS, &view.cells, out)?;
    match &view.warning {
        Some(warning) => writeln!(out, "\n{}", text::sentence(warning)),
        None => Ok(()),
    }
}

/// Writes a line for each baseline of a store.
///
/// # Errors
/// When writing fails.
pub fn list(listed: &[Listed], out: &mut impl Write) -> io::Result<()> {
    const COLUMNS: [Column; 5] = [
        Column::Text("profile"),
        Column::Number("runs"),
        Column::Number("jobs"),
        Column::Text("newest"),
        Column::Text("file"),
    ];
    if listed.is_empty() {
        return writeln!(out, "no baselines yet; make one with `loadgate baseline record`");
    }
    write_table(&COLUMNS, &listed.iter().map(listed_cells).collect::<Vec<_>>(), out)
}

fn listed_cells(listed: &Listed) -> [String; 5] {
    let path = text::name(&listed.path.display().to_string());
    match &listed.baseline {
        Ok(baseline) => [
            text::name(&baseline.profile),
            number::count(baseline.runs.len() as u64),
            number::count(baseline.jobs().len() as u64),
            baseline.newest().map(|run| text::name(&run.origin.started_at)).unwrap_or_default(),
            path,
        ],
        Err(error) => [String::new(), String::new(), String::new(), String::new(), unreadable(error)],
    }
}

fn unreadable(error: &Error) -> String {
    text::sentence(&error.to_string())
}

fn write_table<const N: usize>(columns: &[Column], rows: &[[String; N]], out: &mut impl Write) -> io::Result<()> {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.to_vec()).collect();
    table::lines(columns, &rows).iter().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}
