//! The line that an error is about, with a caret below what is wrong.
//!
//! In: the text of a file and a place in it. Out: two lines to print. Does not decide which lines are secret.

use std::fmt;
use std::ops::Range;

/// Most characters of a line that are shown from where it is wrong, and half as many in front of that.
const MOST_CHARS: usize = 160;

/// A line of a file, with what is wrong in it underlined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    shown: String,
    indent: String,
    width: usize,
    help: Option<String>,
}

impl Excerpt {
    /// The line where `span` starts; `help` stands beside the carets.
    pub(super) fn new(text: &str, span: &Range<usize>, help: Option<String>) -> Self {
        let (before, line, wrong) = cut(text, span);
        let (line_number, column) = (line_number(text, span.start), before.chars().count() + 1);
        let wrong: String = wrong.chars().take(MOST_CHARS / 2).collect();
        let behind = line.get(before.len()..).unwrap_or_default().trim_end();
        let (before, behind) = (end_of(before, MOST_CHARS / 2), start_of(behind, MOST_CHARS));
        Self {
            line: line_number,
            column,
            shown: printable(&format!("{before}{behind}")),
            indent: blank(&before),
            width: wrong.chars().count().max(1),
            help,
        }
    }

    /// Like [`Excerpt::new`], with nothing of the line but `key`; the caret is below what stands for its value.
    pub(super) fn at_hidden_value(text: &str, span: &Range<usize>, key: &str, help: Option<String>) -> Self {
        let before = format!("{} = ", printable(key));
        Self { shown: format!("{before}…"), indent: blank(&before), width: 1, ..Self::new(text, span, help) }
    }

    /// Like [`Excerpt::new`], with nothing of the line but the `key` that is wrong.
    pub(super) fn at_key_of_hidden(text: &str, span: &Range<usize>, key: &str, help: Option<String>) -> Self {
        Self { shown: format!("{} = …", printable(key)), indent: String::new(), ..Self::new(text, span, help) }
    }

    /// Like [`Excerpt::new`], with nothing of the line.
    pub(super) fn hidden(text: &str, span: &Range<usize>, help: Option<String>) -> Self {
        Self { shown: "…".to_owned(), indent: String::new(), width: 1, ..Self::new(text, span, help) }
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, indent, carets) = (self.line, &self.indent, "^".repeat(self.width));
        writeln!(formatter, "   {line:>2} │ {}", self.shown)?;
        let margin = " ".repeat(line.to_string().len().max(2));
        write!(formatter, "   {margin} │ {indent}{carets}")?;
        match &self.help {
            Some(help) => write!(formatter, " {help}"),
            None => Ok(()),
        }
    }
}

/// The line where `span` starts: what is before the span, all of it, and what of the span is in it.
fn cut<'a>(text: &'a str, span: &Range<usize>) -> (&'a str, &'a str, &'a str) {
    let (head, tail) = text.split_at_checked(span.start).unwrap_or((text, ""));
    let from = head.rfind('\n').map_or(0, |newline| newline + 1);
    let to = head.len() + tail.find('\n').unwrap_or(tail.len());
    let part = |range: Range<usize>| text.get(range).unwrap_or_default();
    (part(from..head.len()), part(from..to), part(head.len()..span.end.clamp(head.len(), to)))
}

fn line_number(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// The last characters of a text, so many at most.
fn end_of(text: &str, most: usize) -> String {
    match text.chars().count() {
        few if few <= most => text.to_owned(),
        many => std::iter::once('…').chain(text.chars().skip(many - most)).collect(),
    }
}

/// The first characters of a text, so many at most.
fn start_of(text: &str, most: usize) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(most).collect();
    if chars.next().is_some() { start + "…" } else { start }
}

/// Text without what would steer a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// Blanks as wide as `text`; its tabs stay, so that what is below stays below.
fn blank(text: &str) -> String {
    text.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect()
}
