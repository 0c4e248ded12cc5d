//! What it would take to settle a suspect cell of a duet.
//!
//! In: the cell, and the duet. Out: how many more blocks, and how long they take, in words. Promises nothing.

use crate::measure::{Duet, Unit};

use super::super::compare::total;
use super::super::comparison::{Cell, DuetFacts};
use super::super::looks::Plan;
use super::super::stats::count;

/// Times the blocks that were played, beyond which asking for more is no advice.
const TOO_MANY: f64 = 10.0;

/// The advice: how many more blocks until the bound comes clear of the tolerance.
pub(in crate::gate) fn outlook(cell: &Cell, duet: &Duet) -> String {
    let blocks = count(duet.blocks.len());
    let Some(needed) = blocks_needed(cell, total(duet.blocks.len()), &duet.looks) else {
        return "more blocks may settle it".to_owned();
    };
    if needed > TOO_MANY * blocks {
        return "it lies so close to what is tolerated that no reasonable number of blocks would settle it".to_owned();
    }
    if needed <= blocks {
        return "a few more blocks may settle it".to_owned();
    }
    let more = (needed - blocks).ceil();
    let minutes = (more * duet.block_s / 60.0).ceil();
    let takes = if duet.block_s > 0.0 { format!(" ({minutes:.0} min)") } else { String::new() };
    let (blocks, them) = if more > 1.0 { ("blocks", "them") } else { ("block", "it") };
    format!("about {more:.0} more {blocks}{takes} may settle it; give the duet time for {them}")
}

/// How many more blocks would settle a suspect cell if its change stays where it is, and how long they take in seconds;
/// none where no reasonable number would, or that can't be said.
#[must_use]
pub fn blocks_to_settle(cell: &Cell, duet: &DuetFacts) -> Option<(f64, f64)> {
    let blocks = f64::from(duet.blocks);
    let needed = blocks_needed(cell, duet.blocks, &duet.looks);
    let more = (needed.filter(|needed| *needed > blocks && *needed <= TOO_MANY * blocks)? - blocks).ceil();
    Some((more, more * duet.block_s))
}

/// Blocks after which the lower bound would clear the tolerance if the change stays where it is. Within the plan it
/// closes in with the number of blocks, since a later look asks for less; beyond, with its square root.
fn blocks_needed(cell: &Cell, blocks: u32, looks: &[u32]) -> Option<f64> {
    let worse = |change: f64| match cell.metric.unit() {
        Unit::Share | Unit::PerHour => change,
        Unit::Microseconds | Unit::Cores | Unit::Bytes | Unit::Count => change.ln_1p(),
        Unit::PerSecond => -change.ln_1p(),
    };
    let (change, margin) = (worse(cell.change?), worse(cell.tolerance?));
    let nearest = if cell.metric.higher_is_worse() { cell.low } else { cell.high };
    let Some(low) = nearest.map(worse) else {
        return Some(f64::from(Plan::new(looks, blocks).standing(blocks).fewest));
    };
    let in_plan = f64::from(blocks) * (change - low) / (change - margin);
    let last = f64::from(looks.iter().copied().fold(blocks, u32::max));
    Some(if in_plan <= last { in_plan } else { in_plan.powi(2) / last })
}
