//! How a cell's verdict came about, as a person reads it.
//!
//! In: an [`Explanation`](crate::gate::Explanation). Out: plain text with the values drawn on an axis. Judges nothing.

mod axis;
mod grounds;
mod page;
mod pictures;
#[cfg(test)]
mod tests;

pub use page::{choices, render};
