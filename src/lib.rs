//! Loadgate turns a description of an API's users into a verdict a team can trust.
//!
//! ```text
//! loadgate.toml -> Config -> Plan -> Recording -> Summary -> Comparison -> Verdict -> Report -> exit status
//!                  config    plan    load         measure    gate          gate       report    main
//! ```
//!
//! Each arrow is one function that takes values and returns a value; [`commands`] is the only room that
//! names all of it. `ARCHITECTURE.md` draws the house and numbers its invariants.

pub mod baseline;
pub mod ceiling;
pub mod cli;
pub mod client;
pub mod commands;
pub mod config;
pub mod demo;
pub mod duet;
pub mod gate;
pub mod history;
pub mod import;
pub mod intake;
pub mod lint;
pub mod live;
pub mod load;
pub mod measure;
pub mod plan;
pub mod publish;
pub mod report;
pub mod target;
pub mod units;
