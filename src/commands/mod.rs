//! The commands: one short file each, reading as the line from loadgate.toml to the exit status.
//!
//! In: what was typed. Out: an [`Exit`]. The only room that names all others; holds no logic of its own.

mod audience;
mod baseline;
mod bug;
mod ceiling;
mod comment;
mod compare;
mod completions;
mod demo;
mod duet;
mod error;
mod execute;
mod exit;
mod explain;
mod gate;
mod history;
mod hit;
mod init;
mod interrupt;
mod keeper;
mod lint;
mod man;
mod output;
mod recordings;
mod report;
mod run;
mod schema;
mod search;
mod session;
mod web;

pub use error::Error;
pub use execute::execute;
pub use exit::Exit;
