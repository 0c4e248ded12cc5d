//! One mistake: which, where, and what to write.
//!
//! In: a place in loadgate.toml and words. Out: a line for reports, and the same with the file's line below it. Finds
//! nothing by itself.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::{Error, KeyPath, Mistake, Source};

/// A classic mistake in a loadgate.toml.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Which mistake: its name in `[lint] allow`.
    pub id: Mistake,
    /// The file.
    pub file: String,
    /// The line, counted from 1; none where nothing in the file stands for it.
    pub line: Option<usize>,
    /// The column in characters, counted from 1.
    pub column: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write.
    pub write: String,
    #[serde(skip)]
    shown: String,
}

impl Finding {
    pub(super) fn new(id: Mistake, source: &Source, at: &KeyPath, message: String, write: String) -> Self {
        let error = source.error(at, &message, Some(write.clone()));
        let (line, column) = match &error {
            Error::Wrong { excerpt, .. } => (Some(excerpt.line), Some(excerpt.column)),
            _ => (None, None),
        };
        let (file, shown) = (source.path().display().to_string(), format!("{}: {error}", id.id()));
        Self { id, file, line, column, message, write, shown }
    }

    /// The finding as it is shown on a screen: with the line of the file, and what to write below it.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}: {}; {}", self.id.id(), self.message, self.write)
    }
}
