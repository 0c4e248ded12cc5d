//! What is said of text that is not the unit it should be.
//!
//! In: the text and what it should have been. Out: one sentence that ends with what to write. Does not know
//! where the text was typed.

/// Text that is not the unit it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not {expected}: {hint}")]
pub struct Error {
    text: String,
    expected: &'static str,
    hint: String,
}

impl Error {
    /// `text` is not `expected` (`a duration`); `hint` says what to write.
    pub(super) fn new(text: &str, expected: &'static str, hint: impl Into<String>) -> Self {
        Self { text: text.to_owned(), expected, hint: hint.into() }
    }
}
