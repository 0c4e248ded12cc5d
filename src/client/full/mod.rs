//! The full engine: HTTP/2 and proxies, through reqwest.
//!
//! In: a compiled request. Out: an exchange, with the outcome that the lean engine gives for the same event.
//! Follows no redirects, keeps no cookies and decodes no content encoding: reqwest is never let to.

mod connector;
mod engine;
mod failure;
mod message;
mod resolver;
mod setup;
#[cfg(test)]
mod tests;

pub(super) use engine::Full;
pub(super) use setup::{Client, Setup};
