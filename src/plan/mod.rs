//! Everything a run needs, checked and compiled.
//!
//! In: a `Config` and flags. Out: a [`Plan`], which cannot hold an impossible run, or an error that names the key.
//! Reads no clock but for `now()` in a request, and touches no network.

mod abort;
mod answer;
mod attachment;
mod blocks;
mod body;
mod checks;
mod classes;
mod compile;
mod condition;
mod condition_text;
mod credentials;
mod data;
mod duet;
mod error;
mod escape;
mod expect;
mod expected;
mod expression;
mod extract;
mod fault;
mod files;
mod fingerprint;
mod flow;
mod guard;
mod headers;
mod hit;
mod instead;
mod journey;
mod like;
mod model;
mod multipart;
mod names;
mod profile;
mod ready_made;
mod recipe;
mod resources;
mod route;
mod rows;
mod scope;
mod search;
mod secrets;
mod server;
mod shape;
mod step;
mod tags;
mod target;
mod template;
#[cfg(test)]
mod tests;
mod tls;
mod value;
mod vocabulary;

pub use crate::config::{Leak, Resources};
pub use abort::{AbortRule, Figure, Relation};
pub use compile::Choice;
pub use credentials::Credentials;
pub use data::{DataSet, Exhausted};
pub use duet::{Build, Duet, DuetChoice};
pub use error::Error;
pub use expect::Broken;
pub use flow::{Next, Sequence, Walk};
pub use hit::Hit;
pub use journey::named_endpoints;
pub use model::{Iterations, Plan, Task, Think, User};
pub use profile::Chosen;
pub use scope::Scope;
pub use search::{Search, SearchChoice, Slo};
pub use secrets::Secrets;
pub use server::{Launch, Server};
pub use shape::{Arrivals, Shape, Stage, Stages};
pub use step::{Redirects, Scratch, Step};
