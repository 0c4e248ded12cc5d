//! The language of loadgate.toml.
//!
//! In: TOML text. Out: a [`Config`] as it was typed, or an error with file, line, key and what to write instead.
//! Does no I/O beyond reading the file, and checks nothing across keys: that is `plan`'s, which says what it finds
//! through [`Source::error`].

mod abort;
mod duet;
mod error;
mod examples;
mod excerpt;
mod expect;
mod fault;
mod forms;
mod gate;
mod http;
mod journey;
mod key_path;
mod language;
mod lint;
mod load;
mod nearest;
mod profile;
mod reader;
mod repeat;
mod request;
mod resources;
mod rules;
mod schema;
mod search;
mod secrecy;
mod source;
mod surroundings;
mod synonyms;
mod syntax;
mod target;
#[cfg(test)]
mod tests;
mod tree;
mod window;

pub use abort::{Abort, Condition, Figure, Relation};
pub use duet::{Build, Duet};
pub use error::Error;
pub use excerpt::Excerpt;
pub use expect::{BodyExpectation, Expect, Status, Statuses, TextExpectation};
pub use gate::{
    Gate, GateRule, Limit, MetricRule, MetricRules, OnInconclusive, OnMissingBaseline, OnSuspect, Steady, TargetRules,
};
pub use http::{Connections, Http, HttpVersion, Tls};
pub use journey::{Step, Think, User};
pub use key_path::KeyPath;
pub use language::{Baseline, Config, Data, EnvironmentRule, Pick, Var};
pub use lint::{Lint, Mistake};
pub use load::{load, parse};
pub use nearest::nearest;
pub use profile::{Arrivals, Leak, Profile, Stage};
pub use repeat::Repeat;
pub use request::{Auth, GraphQl, Part, Values};
pub use resources::Resources;
pub use schema::schema;
pub use search::{Search, Slo};
pub use source::Source;
pub use target::{Ready, Target};
pub use window::Window;
