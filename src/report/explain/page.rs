//! The page that explains a cell.
//!
//! In: an [`Explanation`]. Out: plain text, coloured only where the style says so. Computes nothing but places on an axis.

use std::io::{self, Write};

use crate::gate::{Cell, Comparison, Explanation, Outcome};

use super::super::Row;
use super::super::terminal::Style;
use super::super::text::{self, Names};
use super::{grounds, pictures};

/// Columns that text is wrapped at, on a terminal however wide.
const WIDEST: usize = 100;

/// What headings take in the margin.
const MARGIN: usize = 13;

/// Writes the explanation of a cell.
///
/// # Errors
/// When writing fails.
pub fn render(explanation: &Explanation, style: Style, out: &mut impl Write) -> io::Result<()> {
    let row = Row::of(&explanation.cell, &Names::of([explanation.cell.endpoint.as_str()]));
    let width = style.width().min(WIDEST) - MARGIN;
    let word = style.outcome(row.outcome, &format!("{} {}", row.sign(), row.word()));
    writeln!(out, "{}  {word}\n", style.bold(&row.name()))?;
    let mut block = |heading: &str, paragraphs: Vec<String>| {
        let lines: Vec<String> = paragraphs.iter().flat_map(|paragraph| wrap(paragraph, width)).collect();
        style.block(heading, &lines, out)
    };
    block("change", grounds::change(&row, explanation))?;
    block("why", grounds::why(&row, explanation))?;
    if explanation.duet.is_some() {
        block("blocks", pictures::blocks(explanation, width))?;
    } else {
        block("runs", pictures::runs(&explanation.cell, width))?;
    }
    block("noise", grounds::noise(explanation))?;
    block("company", grounds::family(explanation))?;
    block("with more", grounds::prospects(explanation))
}

/// Says that no cell asks to be explained, and which there are.
///
/// # Errors
/// When writing fails.
pub fn choices(comparison: &Comparison, path: &str, style: Style, out: &mut impl Write) -> io::Result<()> {
    let names = Names::of(comparison.cells.iter().map(|cell| cell.endpoint.as_str()));
    let gated: Vec<&Cell> = comparison.cells.iter().filter(|cell| cell.gated).collect();
    if gated.is_empty() {
        return writeln!(out, "No cell decides here, so there is no verdict to explain.");
    }
    writeln!(out, "No cell failed and none is in doubt. To have one explained, name it:\n")?;
    let command = |cell: &Cell| {
        let (path, endpoint) = (text::shell_word(path), text::shell_word(&cell.endpoint));
        format!("loadgate explain {path} {endpoint} {}", cell.metric.name())
    };
    let longest = gated.iter().map(|cell| command(cell).chars().count()).max().unwrap_or(0);
    for cell in gated {
        let row = Row::of(cell, &names);
        let word = style.outcome(cell.outcome, &format!("{} {}", row.sign(), row.word()));
        writeln!(out, "  {:<longest$}  {word}", command(cell))?;
    }
    Ok(())
}

/// Breaks a line between words; one that starts with a space is a picture and stays as it is.
fn wrap(text: &str, width: usize) -> Vec<String> {
    if text.starts_with(' ') {
        return vec![text.to_owned()];
    }
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

impl Row {
    /// The outcome as a character.
    fn sign(&self) -> char {
        match self.outcome {
            Outcome::Fail => '✗',
            Outcome::Inconclusive => '?',
            Outcome::Pass => '✓',
            Outcome::Shown => '·',
        }
    }
}
