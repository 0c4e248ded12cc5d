//! A loadgate.toml as it was written, for errors that point into it.
//!
//! In: a key path and what is wrong there. Out: an [`Error`] with file, line, the names around the key, and the
//! line itself. Does not find anything wrong by itself.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::excerpt::Excerpt;
use super::fault::{Complaint, Fault};
use super::key_path::{KeyPath, Segment};
use super::secrecy;
use super::surroundings::surroundings;
use super::syntax::SyntaxError;
use super::tree::{Node, Value};

/// A loadgate.toml as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    path: PathBuf,
    text: String,
    root: Node,
}

impl Source {
    pub(super) fn new(path: &Path, text: &str) -> Result<Self, Error> {
        match Node::parse(text) {
            Ok(root) => Ok(Self { path: path.to_owned(), text: text.to_owned(), root }),
            Err(error) => Err(syntax_error(path, text, &error)),
        }
    }

    /// The file's path, as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that paths in the file are relative to.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Something is wrong with the value at `at`, or with the table there; or, where the file has no such key, with
    /// the innermost table on the way that it has.
    ///
    /// `message` is a lowercase fragment; the names of the tables around `at` are added to it. `help` says what to
    /// write instead.
    #[must_use]
    pub fn error(&self, at: &KeyPath, message: &str, help: Option<String>) -> Error {
        let place = self.innermost(at.segments());
        let around = match place.node.value {
            Value::Table(_) => place.segments,
            _ => parent(place.segments),
        };
        self.wrong(&place, &place.node.span, around, message, help)
    }

    /// Like [`Source::error`], but pointing at the key: it should not be there, or not under this name.
    #[must_use]
    pub fn key_error(&self, at: &KeyPath, message: &str, help: Option<String>) -> Error {
        let place = self.innermost(at.segments());
        self.wrong(&place, place.key_span.unwrap_or(&place.node.span), parent(place.segments), message, help)
    }

    pub(super) fn root(&self) -> &Node {
        &self.root
    }

    /// A fault that reading the tree came upon.
    pub(super) fn fault(&self, fault: &Fault) -> Error {
        let at = &fault.path();
        let bad_value = |help: String| {
            let place = self.innermost(at.segments());
            let message = format!("bad value for `{}`", last_key(place.segments));
            self.wrong(&place, &place.node.span, parent(place.segments), &message, Some(help))
        };
        match &fault.complaint {
            Complaint::UnknownKey { key, help } => {
                self.key_error(&at.key(key), &format!("unknown key `{key}`"), Some(help.clone()))
            }
            Complaint::MissingKey(key) => {
                self.error(at, &format!("missing key `{key}`"), Some(format!("add `{key} = …`")))
            }
            Complaint::BadValue(help) => bad_value(help.clone()),
            Complaint::TableNotList => bad_value(format!("takes a list: write `[[{}]]`", dotted(at))),
            Complaint::ListNotTable => bad_value(format!("takes a table: write `[{}]`", dotted(at))),
        }
    }

    fn wrong(
        &self,
        place: &Place<'_>,
        span: &Range<usize>,
        around: &[Segment],
        message: &str,
        help: Option<String>,
    ) -> Error {
        let path = self.path.clone();
        let message = match surroundings(&self.root, around) {
            Some(names) => format!("{message} in {names}"),
            None => message.to_owned(),
        };
        if place.segments.is_empty() {
            let message = help.iter().fold(message, |message, help| format!("{message}; {help}"));
            return Error::Lacking { path, message };
        }
        let key = last_key(place.segments);
        let excerpt = if !secrecy::hides(&self.root, &self.text, span) {
            Excerpt::new(&self.text, span, help)
        } else if place.key_span == Some(span) {
            Excerpt::at_key_of_hidden(&self.text, span, key, help)
        } else {
            Excerpt::at_hidden_value(&self.text, span, key, help)
        };
        Error::Wrong { path, message, excerpt: Box::new(excerpt) }
    }

    /// What the file has of the way along `segments`.
    fn innermost<'a>(&'a self, segments: &'a [Segment]) -> Place<'a> {
        let mut place = Place { node: &self.root, key_span: None, segments: &[] };
        for (index, segment) in segments.iter().enumerate() {
            let Some((node, key_span)) = place.node.child(segment) else {
                break;
            };
            place = Place { node, key_span, segments: segments.get(..=index).unwrap_or(segments) };
        }
        place
    }
}

/// A value, its key, and the way to it.
struct Place<'a> {
    node: &'a Node,
    key_span: Option<&'a Range<usize>>,
    segments: &'a [Segment],
}

fn syntax_error(path: &Path, text: &str, error: &SyntaxError) -> Error {
    let secret = secrecy::may_hide(text, error.span.start);
    let (message, help) = error.explain(text.get(error.span.clone()).unwrap_or_default(), secret);
    let excerpt = if secret {
        Excerpt::hidden(text, &error.span, Some(help))
    } else {
        Excerpt::new(text, &error.span, Some(help))
    };
    Error::Wrong { path: path.to_owned(), message, excerpt: Box::new(excerpt) }
}

/// The path to the table that holds the last key of `segments`.
fn parent(segments: &[Segment]) -> &[Segment] {
    let key = segments.iter().rposition(|segment| matches!(segment, Segment::Key(_)));
    segments.get(..key.unwrap_or(0)).unwrap_or_default()
}

fn last_key(segments: &[Segment]) -> &str {
    segments.iter().rev().find_map(Segment::as_key).unwrap_or_default()
}

/// The name that a table header for `at` has: `user.task`.
fn dotted(at: &KeyPath) -> String {
    at.segments().iter().filter_map(Segment::as_key).collect::<Vec<_>>().join(".")
}
