//! What a duet's verdict rests on, in sentences.
//!
//! In: how it was played, and its suspect cells. Out: text without statistics terms. Knows no stored baseline.

use crate::gate::{Cell, DuetFacts, blocks_to_settle};

use super::number;

/// How far the verdict of a duet can be trusted.
pub(super) fn how_sure(duet: &DuetFacts) -> Vec<String> {
    let played = format!(
        "Compared in {}, each of {} of slots in random order, {} a slot.",
        number::plural(duet.blocks.into(), "block"),
        number::plural(duet.pairs.into(), "pair"),
        number::seconds(duet.slot_s)
    );
    let warmed = number::seconds(duet.warmup_s);
    let started = if duet.restarted {
        format!("Both builds were started anew for each block and warmed up for {warmed}.")
    } else {
        "Both were played as they stood: nothing was restarted, so what one process happened to be given counts as its \
         build's own."
            .to_owned()
    };
    [played, started].into_iter().chain(looks(duet)).collect()
}

/// How often a verdict was to be looked for.
fn looks(duet: &DuetFacts) -> Option<String> {
    let (last, earlier) = duet.looks.split_last()?;
    let earlier: Vec<String> = earlier.iter().map(u32::to_string).collect();
    if earlier.is_empty() {
        return None;
    }
    Some(format!(
        "Looked at after {} and {last} blocks at most; the ends of every change allow for the looks taken.",
        earlier.join(", ")
    ))
}

/// What would settle the suspect cells, all of them: `About 9 more blocks (12m) may settle it`.
pub(super) fn settling<'a>(suspect: impl Iterator<Item = &'a Cell>, duet: &DuetFacts) -> Option<String> {
    let needed: Option<Vec<(f64, f64)>> = suspect.map(|cell| blocks_to_settle(cell, duet)).collect();
    let (blocks, seconds) = needed?.into_iter().max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    let takes =
        if seconds > 0.0 { format!(" ({})", number::seconds((seconds / 60.0).ceil() * 60.0)) } else { String::new() };
    let noun = if blocks > 1.0 { "blocks" } else { "block" };
    Some(format!("About {} more {noun}{takes} may settle it; allow for them in [duet]", number::whole(blocks)))
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    /// By hand: 12 blocks, ln(1.135/1.061) = 0.0675 to the bound and ln(1.135/1.1) = 0.0313 to the tolerance:
    /// 12 (0.0674 / 0.0313) = 25.8 within the plan of 32, so 14 more, of 48 s each.
    #[test]
    fn what_would_settle_it_is_said_in_blocks_and_minutes() {
        let comparison = samples::duet_suspect();
        let duet = comparison.duet.clone().unwrap();
        let told = settling(comparison.headline_cell().into_iter(), &duet).unwrap();
        assert!(told.starts_with("About 14 more blocks (12m) may settle it"), "{told}");
        let close = Cell { change: Some(0.101), ..comparison.headline_cell().unwrap().clone() };
        assert_eq!(settling([&close].into_iter(), &duet), None);
    }

    #[test]
    fn what_was_not_restarted_is_said() {
        let told = |comparison: crate::gate::Comparison| how_sure(&comparison.duet.unwrap()).join(" ");
        assert!(told(samples::duet_suspect()).contains("nothing was restarted"));
        assert!(told(samples::duet_fail()).contains("started anew for each block"));
    }
}
