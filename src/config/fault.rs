//! What is wrong with a value, before it is known how to say so.
//!
//! In: serde's complaints, which the types of the language raise while they are read. Out: a [`Fault`] with the
//! path to it. Does not know the text of the file.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::key_path::{KeyPath, Segment};
use super::nearest::nearest;
use super::synonyms::synonym;

/// Something wrong and the path to it.
#[derive(Debug)]
pub(super) struct Fault {
    inside_out: Vec<Segment>,
    /// What is wrong.
    pub(super) complaint: Complaint,
}

/// What can be wrong with one key or value.
#[derive(Debug)]
pub(super) enum Complaint {
    /// The table has a key that does not exist; what to write instead.
    UnknownKey {
        /// The key.
        key: String,
        /// What to write instead.
        help: String,
    },
    /// The table lacks this key.
    MissingKey(&'static str),
    /// The value cannot be used; why, and what to write instead.
    BadValue(String),
    /// A table where a list is due.
    TableNotList,
    /// A list where a table is due.
    ListNotTable,
}

impl Fault {
    pub(super) fn new(complaint: Complaint) -> Self {
        Self { inside_out: Vec::new(), complaint }
    }

    /// The value is `found` where the language takes `takes`.
    pub(super) fn wrong_type(takes: impl fmt::Display, found: &str) -> Self {
        Self::new(Complaint::BadValue(format!("takes {takes}, not {found}")))
    }

    /// The same fault, seen from one step further out.
    pub(super) fn within(mut self, segment: Segment) -> Self {
        self.inside_out.push(segment);
        self
    }

    /// The path from the root of the file.
    pub(super) fn path(&self) -> KeyPath {
        KeyPath::from_segments(self.inside_out.iter().rev().cloned().collect())
    }
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Complaint::BadValue(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, takes: &dyn Expected) -> Self {
        Self::wrong_type(takes, kind(&found))
    }

    fn invalid_value(_: Unexpected<'_>, takes: &dyn Expected) -> Self {
        Self::custom(format_args!("takes {takes}"))
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        Self::custom(match nearest(variant, known.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("takes {}", one_of(known)),
        })
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        let near = nearest(key, known.iter().copied()).or_else(|| synonym(key, known));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known keys: {}", known.join(", ")),
        };
        Self::new(Complaint::UnknownKey { key: key.to_owned(), help })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(Complaint::MissingKey(key))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

impl std::error::Error for Fault {}

/// The words of the language, in quotes: `"random", "cycle" or "unique"`.
pub(super) fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

fn kind(found: &Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "true or false",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "a number",
        Unexpected::Float(_) => "a fraction",
        Unexpected::Str(_) | Unexpected::Char(_) => "text",
        Unexpected::Seq => "a list",
        Unexpected::Map => "a table",
        _ => "this",
    }
}
