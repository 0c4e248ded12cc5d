//! GitHub: what a runner of Actions shows of a step, and the comment on a pull request.
//!
//! In: a [`View`](crate::report::View), the runner's environment, a token. Out: summary, outputs, annotations; one
//! comment for each profile. Knows no other service.

mod access;
mod answer;
mod api;
mod comment;
mod error;
mod event;
mod retry;
mod runner;

pub use access::{Access, Token};
pub use api::Api;
pub use comment::{Comment, Place, Published};
pub use error::Error;
pub use event::{Event, Pull};
pub use runner::{Runner, Warning};
