//! Files that may come from anyone: recordings, baselines and comparisons of a stranger's fork, data sets, loadgate.toml.
//!
//! In: a path and the [`Kind`] of file that should be there. Out: its bytes, never more than that kind may have; and
//! a look over JSON before anything is made of it. Knows nothing of what a file means.

mod json;
mod kind;
mod read;

pub use json::look_over;
pub use kind::{
    ATTACHMENT, BASELINE, CERTIFICATE, COMPARISON, CONFIG, DATA, DUET, EVENT, Kind, OPENAPI, RECORDING, SYSTEM,
};
pub use read::{Error, Refusal, read, read_text, unless_missing};
