//! Loadgate as a user meets it: the binary, run against servers that do as they are told; and the house's rules.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not so, in its helpers too"
)]

mod abort;
mod baseline;
mod book;
mod breadth;
mod canary;
mod ceiling;
mod cli;
mod comment;
mod config_errors;
mod conservation;
mod duet;
mod engine;
mod errors;
mod examples;
mod explain;
mod faults;
mod fixtures;
mod flow;
mod framing;
mod gate;
mod guard;
mod history;
mod hostile;
mod house;
mod init;
mod lint;
mod metrics;
mod policies;
mod readme;
mod requests;
mod run;
#[cfg(target_os = "linux")]
mod screen;
mod starved;
mod support;
mod target;
mod web;
mod webpage;
mod wrong_files;
