//! What is said of text that is not TOML, in loadgate's words.
//!
//! In: what the TOML parser says. Out: a message and what to write instead. Does not parse.

use std::ops::Range;

/// Text that is not TOML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SyntaxError {
    /// Bytes of the text that are wrong.
    pub(super) span: Range<usize>,
    /// The TOML parser's name for the fault.
    pub(super) what: String,
    /// What the TOML parser would have taken, or nothing.
    pub(super) expected: String,
}

impl SyntaxError {
    /// What is wrong, and what to write instead. `wrong` is the text at the span; `secret` keeps it unsaid.
    pub(super) fn explain(&self, wrong: &str, secret: bool) -> (String, String) {
        let (message, help) = match self.what.as_str() {
            "duplicate key" => {
                return (format!("duplicate key `{wrong}`"), "it is set above: keep one of the two".to_owned());
            }
            what if what.contains("recurs") => ("nested too deeply", "no key takes lists or tables this deep"),
            "string values must be quoted" => return unquoted(wrong, secret),
            "key with no value" => ("key without a value", "write `key = value`"),
            "invalid unquoted key" => {
                ("bad key", "keys hold letters, digits, `-` and `_`, and `=` comes after; quote any other")
            }
            "unquoted keys cannot be empty" | "invalid key-value pair" => {
                ("value without a key", "write `key = value`")
            }
            "unclosed table" => ("table header without its end", "add `]`"),
            "unclosed array table" => ("table header without its end", "add `]]`"),
            "unclosed array" => ("list without its end", "add `]`"),
            "unclosed inline table" => ("table without its end", "add `}`"),
            "missing comma between array elements" => {
                ("list without its end, or items without a comma", "add `,` or `]`")
            }
            "missing comma between key-value pairs" | "extra assignment between key-value pairs" => {
                ("table without its end, or keys without a comma", "add `,` or `}`")
            }
            "extra `=`" => ("one `=` too many", "write `key = value`"),
            "unexpected key or value" | "unexpected content" => ("more than one value on a line", "end the line here"),
            "missing escaped value" => {
                ("bad escape in text", "write `\\\\` for a backslash, or quote the text with '…'")
            }
            "invalid boolean" => ("neither true nor false", "write true or false, or put text in quotes"),
            "unexpected leading zero" => ("number that starts with 0", "leave the 0 out, or put text in quotes"),
            "number out of range" => ("number out of range", "write a smaller one"),
            what if what.contains("string") => ("text without its end", "close the quotes"),
            what => return (format!("not TOML: {what}"), self.advice()),
        };
        (message.to_owned(), help.to_owned())
    }

    fn advice(&self) -> String {
        if self.expected.is_empty() { "put text in quotes".to_owned() } else { format!("write {} here", self.expected) }
    }
}

fn unquoted(wrong: &str, secret: bool) -> (String, String) {
    let bare = wrong.trim_matches(|c: char| "\"'“”‘’„".contains(c));
    let (message, help) = match bare {
        "" => ("key without a value", "write a value after `=`".to_owned()),
        _ if bare.contains(char::is_whitespace) => {
            ("text without quotes", "put text in quotes; one value a line, `,` between the items of a list".to_owned())
        }
        _ if secret || bare.contains(['"', '\\']) => ("text without quotes", "put it in quotes".to_owned()),
        _ => ("text without quotes", format!("write \"{bare}\"")),
    };
    (message.to_owned(), help)
}
