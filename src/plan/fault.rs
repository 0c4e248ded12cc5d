//! What is wrong with a description, while it is being compiled.
//!
//! In: a message, advice and a place. Out: an [`Error`], once someone knows the source that the
//! place is in. Parts that compile a value know only the [`Flaw`]; those that walk the keys make it a [`Fault`].

use super::error::Error;
use crate::config::{KeyPath, Source};

/// What is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Flaw {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: Some(help.into()) }
    }

    /// The flaw of the value at `path`.
    pub(super) fn at(self, path: &KeyPath) -> Fault {
        Fault { place: Place::Key(path.clone()), flaw: self }
    }

    /// The flaw of a value typed on the command line.
    pub(super) fn of(self, flag: &'static str) -> Fault {
        Fault { place: Place::Flag(flag), flaw: self }
    }
}

/// What is wrong, and where.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) place: Place,
    pub(super) flaw: Flaw,
}

impl Fault {
    /// The error, with the place in the file where it is in one.
    pub(super) fn in_file(self, source: &Source) -> Error {
        let Flaw { message, help } = self.flaw;
        match self.place {
            Place::Key(path) => Error::Config(Box::new(source.error(&path, &message, help))),
            Place::Flag(what) => Error::Typed { what, message, help: help.unwrap_or_default() },
        }
    }
}

/// Where a value was typed.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// In loadgate.toml.
    Key(KeyPath),
    /// On the command line.
    Flag(&'static str),
}
