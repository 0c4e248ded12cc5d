//! The levels of a load by stages: a row each, and what they tell.
//!
//! In: [`StoryFigures`]. Out: an aligned table and sentences, in the order of the run. Nothing for a load of one level.

use std::io::{self, Write};

use super::super::{LevelFigures, StoryFigures};
use super::Style;
use super::table::{self, Column};

pub(super) fn story(story: Option<&StoryFigures>, style: Style, out: &mut impl Write) -> io::Result<()> {
    let Some(StoryFigures { load, levels, told }) = story else { return Ok(()) };
    let columns = [
        Column::Number(load),
        Column::Number("rate"),
        Column::Number("p50"),
        Column::Number("p95"),
        Column::Number("errors"),
        Column::Number("target cpu"),
    ];
    let has_cpu = levels.iter().any(|level| !level.cpu.is_empty());
    let shown = if has_cpu { &columns[..] } else { columns.split_last().map_or(&columns[..], |(_, others)| others) };
    let rows: Vec<Vec<String>> = levels.iter().map(cells).collect();
    table::write(shown, &rows, style, out)?;
    writeln!(out)?;
    for sentence in told {
        writeln!(out, "  {sentence}")?;
    }
    if told.is_empty() { Ok(()) } else { writeln!(out) }
}

fn cells(level: &LevelFigures) -> Vec<String> {
    let LevelFigures { level, rate, p50, p95, error_rate, cpu } = level;
    [level, rate, p50, p95, error_rate, cpu].map(String::clone).to_vec()
}
