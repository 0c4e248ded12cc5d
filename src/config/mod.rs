//! The language of loadgate.toml.
//!
//! In: TOML text. Out: a [`Config`] as it was typed, or an error with file, line, key and what to write instead.
//! Does no I/O beyond reading the file, and checks nothing across keys: that is `plan`'s, which says what it finds
//! through [`Source::error`].

mod duet;
mod error;
mod excerpt;
mod fault;
mod forms;
mod http;
mod key_path;
mod language;
mod load;
mod nearest;
mod reader;
mod rules;
mod schema;
mod secrecy;
mod source;
mod surroundings;
mod syntax;
#[cfg(test)]
mod tests;
mod tree;

pub use duet::{Build, Duet, Ready};
pub use error::Error;
pub use excerpt::Excerpt;
pub use http::{Connections, Http, HttpVersion, Tls};
pub use key_path::KeyPath;
pub use language::{
    Arrivals, Baseline, BodyExpectation, Config, Data, EnvironmentRule, Expect, Gate, GateRule, Limit, MetricRule,
    MetricRules, OnInconclusive, OnMissingBaseline, OnSuspect, Pick, Profile, Stage, Statuses, Steady, Step, Target,
    Think, User, Var,
};
pub use load::{load, parse};
pub use nearest::nearest;
pub use schema::schema;
pub use source::Source;
