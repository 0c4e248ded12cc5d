//! `report.html`: one file that needs no network, to be read by whoever must decide.
//!
//! In: a [`View`](super::View). Out: a page. Loads nothing from anywhere, and works without its script; that adds sorting,
//! searching and values under the pointer.

mod drawing;
mod page;
mod tables;

pub use page::{STYLE, render};
