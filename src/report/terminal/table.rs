//! Columns that line up.
//!
//! In: cells of text. Out: lines, all but the last column padded. The only file that uses comfy-table; paints nothing,
//! so that widths are those of the text.

use std::io::{self, Write};

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

use super::Style;

/// Space between columns.
const GAP: u16 = 2;

/// A column's heading and alignment.
#[derive(Debug, Clone, Copy)]
pub(super) enum Column {
    /// Text: to the left.
    Text(&'static str),
    /// Numbers: to the right.
    Number(&'static str),
}

/// Lays out rows under their headings, the headings first. A column without a heading and without content vanishes.
pub(super) fn lines(columns: &[Column], rows: &[Vec<String>]) -> Vec<String> {
    let used: Vec<bool> = (0..columns.len())
        .map(|index| rows.iter().any(|row| row.get(index).is_some_and(|cell| !cell.is_empty())))
        .collect();
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).force_no_tty();
    let headings = columns.iter().map(|column| match column {
        Column::Text(heading) | Column::Number(heading) => (*heading).to_owned(),
    });
    table.set_header(kept(headings, &used));
    for row in rows {
        table.add_row(kept(row.iter().cloned(), &used));
    }
    let alignments = columns.iter().zip(&used).filter(|(_, used)| **used).map(|(column, _)| match column {
        Column::Text(_) => CellAlignment::Left,
        Column::Number(_) => CellAlignment::Right,
    });
    for (column, alignment) in table.column_iter_mut().zip(alignments) {
        column.set_padding((0, GAP)).set_cell_alignment(alignment);
    }
    table.lines().map(|line| format!("  {line}")).collect()
}

/// Writes rows under their dimmed headings.
pub(super) fn write(columns: &[Column], rows: &[Vec<String>], style: Style, out: &mut impl Write) -> io::Result<()> {
    let mut lines = lines(columns, rows).into_iter();
    if let Some(header) = lines.next() {
        writeln!(out, "{}", style.dim(header.trim_end()))?;
    }
    for line in lines {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn kept(cells: impl Iterator<Item = String>, used: &[bool]) -> Vec<Cell> {
    cells.zip(used).filter(|(_, used)| **used).map(|(cell, _)| Cell::new_owned(cell)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_line_up_at_their_end_and_empty_columns_vanish() {
        let columns = [Column::Text("name"), Column::Text("empty"), Column::Number("n")];
        let row = |name: &str, n: &str| vec![name.to_owned(), String::new(), n.to_owned()];
        let lines = lines(&columns, &[row("a", "1"), row("long", "1,234")]);
        assert_eq!(lines, ["  name      n  ", "  a         1  ", "  long  1,234  "]);
    }
}
