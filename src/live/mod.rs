//! What is shown while a run goes on.
//!
//! In: the state of the run, a few times a second, and each of its seconds. Out: one line on standard error, a screen, a page
//! in a browser. Shows nothing that is kept: results are `report`'s.

mod board;
mod duet;
mod line;
mod screen;
mod status;
pub mod web;

pub use board::{Board, EndpointRow, FailureRow, GeneratorRow, LatencyRow, Point};
pub use duet::{DuetLine, Turn};
pub use line::{Kind, Line};
pub use screen::{Played, Screen, is_large_enough, is_possible};
pub use status::Now;
