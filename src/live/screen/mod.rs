//! The screen that a terminal shows while a run goes on.
//!
//! In: how the run stands and its seconds, from the driver; keys. Out: a full screen on standard error, taken away with the
//! run; the wish to stop. Decides nothing, and keeps no run waiting: it is drawn on a thread of its own.
//!
//! ```text
//! Pulse -> Board -> Scene -> Picture -> terminal     keys -> Ui -> Picture, or a wish
//! ```

mod area;
mod charts;
mod failures;
mod figures;
mod handle;
mod header;
mod help;
mod picture;
mod scene;
mod suspend;
mod table;
mod terminal;
#[cfg(test)]
mod tests;
mod theme;
mod ui;
mod vitals;
mod words;

pub use handle::Screen;
pub use scene::Played;
pub use terminal::{is_large_enough, is_possible};
