//! Reports: what was found, said in each of the places people look.
//!
//! In: a [`Comparison`](crate::gate::Comparison), or a [`Summary`](crate::measure::Summary) where nothing was compared.
//! Out: text. [`View`] says everything once; each format is one small file that renders it.
//! Sees no plan and no recording, and decides nothing.

mod advice;
mod ceiling;
mod chart;
mod duets;
mod escape;
#[cfg(test)]
mod every_format;
pub mod explain;
mod figures;
mod files;
mod history;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
mod number;
mod row;
#[cfg(test)]
pub(crate) mod samples;
mod standing;
mod stored;
mod story;
mod strip;
pub mod terminal;
mod text;
mod view;

pub use advice::Advice;
pub use ceiling::{CeilingView, HoldRow, hold_line};
pub use chart::{Chart, EndpointCharts, Line, Pictures, Role, Tick};
pub use figures::{EndpointFigures, ErrorFigures, Figures, Latencies};
pub use files::{COMPARISON, files};
pub use history::{HistoryRow, HistoryView, svg};
pub use number::{bytes, count, rate, share};
pub use row::Row;
pub use standing::standing;
pub use stored::StoredView;
pub use story::{LevelFigures, StoryFigures};
pub use strip::Bar;
pub use text::{lines, sentence};
pub use view::View;
