//! loadgate's own verdict, read.

use loadgate::gate::{Cell, Comparison, Outcome, Verdict};

use super::tally::Told;

/// What a comparison tells. `changed` knows the cells that really changed.
pub(super) fn told(comparison: &Comparison, changed: impl Fn(&Cell) -> bool) -> Told {
    match comparison.verdict {
        Verdict::Fail => {
            let mut failing = comparison.cells.iter().filter(|cell| cell.outcome == Outcome::Fail);
            Told::Fail { right: failing.all(changed) }
        }
        Verdict::Pass => Told::Pass,
        Verdict::Inconclusive | Verdict::Recorded | Verdict::Invalid => Told::Unsure,
    }
}
