//! The progress of a duet on one line: `block 9 of at most 32 · slot 3 of 6, candidate · 14 of 22 cells proven within`.
//!
//! In: a [`Turn`], a few times a second, and after each block what is known so far. Out: the line. Judges nothing.

use std::time::Duration;

use super::line::{Kind, Line};
use crate::units::Span;

/// One millisecond of the bar for each thousandth of a block.
const STEPS_A_BLOCK: f64 = 1_000.0;

/// Where a duet is.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// Since the first block began.
    pub elapsed: Duration,
    /// The block that is played, from 1.
    pub block: u32,
    /// Most blocks there will be.
    pub most_blocks: u32,
    /// How much of the block is done, between 0 and 1.
    pub share: f64,
    /// What goes on: `slot 3 of 6, candidate`.
    pub doing: String,
}

/// The progress line of a duet.
#[derive(Debug)]
pub struct DuetLine {
    line: Line,
    so_far: String,
}

impl DuetLine {
    /// A line for a duet of at most so many blocks.
    #[must_use]
    pub fn new(kind: Kind, most_blocks: u32) -> Self {
        let total = Duration::from_secs(1) * most_blocks;
        Self { line: Line::new(kind, total, Duration::ZERO), so_far: String::new() }
    }

    /// Shows where it is.
    pub fn update(&mut self, turn: &Turn) {
        let steps = (f64::from(turn.block.saturating_sub(1)) + turn.share.clamp(0.0, 1.0)) * STEPS_A_BLOCK;
        let position = Duration::from_secs_f64(steps / 1_000.0);
        let so_far = &self.so_far;
        self.line.show(position, turn.elapsed, false, || text(turn, so_far));
    }

    /// Remembers what is known after a block; shown from now on.
    pub fn learn(&mut self, so_far: String) {
        self.so_far = so_far;
    }

    /// Shows a message above the line, where it stays.
    pub fn message(&mut self, text: &str) {
        self.line.message(text);
    }

    /// Takes the line away.
    pub fn finish(self) {
        self.line.finish();
    }
}

fn text(turn: &Turn, so_far: &str) -> String {
    let elapsed = Span(Duration::from_secs(turn.elapsed.as_secs()));
    let mut parts =
        vec![elapsed.to_string(), format!("block {} of at most {}", turn.block, turn.most_blocks), turn.doing.clone()];
    if !so_far.is_empty() {
        parts.push(so_far.to_owned());
    }
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_block_slot_and_what_is_known() {
        let turn = Turn {
            elapsed: Duration::from_secs(75),
            block: 9,
            most_blocks: 32,
            share: 0.5,
            doing: "slot 3 of 6, candidate".to_owned(),
        };
        assert_eq!(text(&turn, ""), "1m15s · block 9 of at most 32 · slot 3 of 6, candidate");
        assert!(text(&turn, "all within").ends_with(" · all within"));
    }
}
