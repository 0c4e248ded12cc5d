//! Reports for a terminal: one calm screen.
//!
//! In: a [`View`](super::View) or [`Figures`](super::Figures), and a [`Style`]. Out: text with aligned columns, coloured
//! only where the style says so. Finds out nothing about the terminal itself.

mod ceiling;
mod history;
mod measured;
mod stored;
mod story;
mod style;
mod table;
mod verdict;

pub use ceiling::{ceiling, searched};
pub use history::history;
pub use measured::{hit, run};
pub use stored::{list, stored};
pub use style::Style;
pub use verdict::{render, reports};
