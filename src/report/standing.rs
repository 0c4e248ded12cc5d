//! Where a duet stands before it is over, in a few words for the progress line.
//!
//! In: the [`Comparison`] of the blocks so far. Out: how many cells are proven, and which is the worst. Announces no verdict.

use crate::gate::{Cell, Comparison, Label};

use super::number;
use super::text;

/// Where a duet stands.
#[must_use]
pub fn standing(comparison: &Comparison) -> String {
    let gated: Vec<&Cell> = comparison.cells.iter().filter(|cell| cell.gated).collect();
    let proven = gated.iter().filter(|cell| matches!(cell.label, Label::Within | Label::Faster)).count();
    let known = format!("{proven} of {} cells proven within tolerance", gated.len());
    match gated.iter().filter_map(|cell| Some((beyond(cell)?, *cell))).max_by(|(a, _), (b, _)| a.total_cmp(b)) {
        Some((_, worst)) => format!("{known}, worst {}", told(worst)),
        None => known,
    }
}

/// How far a cell is from its tolerance, in tolerances.
fn beyond(cell: &Cell) -> Option<f64> {
    let tolerance = cell.tolerance.filter(|tolerance| *tolerance != 0.0)?;
    Some(cell.change? / tolerance)
}

fn told(cell: &Cell) -> String {
    let change = |change| number::change(cell.unit, change);
    let between = match (cell.low, cell.high) {
        (Some(_), Some(_)) => format!(" [{}, {}]", change(cell.low), change(cell.high)),
        _ => String::new(),
    };
    format!("{} {} {}{between}", text::name(&cell.endpoint), cell.metric.name(), change(cell.change))
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn the_worst_cell_is_the_one_furthest_beyond_its_tolerance() {
        let told = standing(&samples::fail());
        assert!(told.contains("cells proven within tolerance, worst create_order p95 +21%"), "{told}");
    }

    #[test]
    fn without_a_change_to_tell_there_is_no_worst() {
        let mut comparison = samples::fail();
        for cell in &mut comparison.cells {
            cell.change = None;
        }
        assert!(!standing(&comparison).contains("worst"));
    }
}
