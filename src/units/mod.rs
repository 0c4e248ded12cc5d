//! Units and their text forms: what people type in loadgate.toml and read in reports.
//!
//! In: text such as `"250ms"`, `"200/s"`, `"+10%"`. Out: small typed values that parse, display and
//! (de)serialise. Knows of no other room.

mod error;
mod growth;
mod latency;
mod quantile;
mod rate;
mod ratio;
mod size;
mod span;
mod text;
mod tolerance;

pub use error::Error;
pub use growth::Growth;
pub use latency::Latency;
pub use quantile::Quantile;
pub use rate::Rate;
pub use ratio::Ratio;
pub use size::Size;
pub use span::Span;
pub use tolerance::Tolerance;
