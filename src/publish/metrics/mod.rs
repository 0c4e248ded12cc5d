//! A run as metrics, while it goes on: for Prometheus, `OpenTelemetry`, or whatever reads files.
//!
//! In: [`Pulse`](crate::measure::Pulse)s, and where they go. Out: samples there, and what could not be delivered. Nothing
//! here holds up a run or changes its verdict.

mod destination;
mod exponential;
mod exposition;
mod family;
mod files;
mod otlp;
mod outlet;
mod post;
mod remote_write;
mod scrape;
mod totals;

pub use destination::{Destination, Unusable};
pub use outlet::{Metrics, Told};
