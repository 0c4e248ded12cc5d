//! A loadgate.toml to start from: the starter, or one made from what describes the API already.
//!
//! In: nothing, or the text of an OpenAPI document. Out: the text of a loadgate.toml that plays. Runs nothing, and
//! fetches nothing: a document comes as text.

mod document;
mod error;
mod names;
mod openapi;
mod operation;
mod parameters;
mod quote;
mod sample;
mod security;
mod server;
mod starter;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use openapi::{Imported, MOST_BYTES, openapi};
pub use server::addresses;
pub use starter::{STARTER, with_schema};
