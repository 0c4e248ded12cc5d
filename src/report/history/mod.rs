//! A history in words and as a picture.
//!
//! In: a [`History`](crate::history::History). Out: a [`HistoryView`] of finished text, or one SVG chart. Finds nothing
//! itself; the terminal's part is with the other terminal reports.

mod chart;
#[cfg(test)]
mod tests;
mod view;

pub use chart::svg;
pub use view::{HistoryRow, HistoryView};
