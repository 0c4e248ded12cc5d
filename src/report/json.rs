//! JSON for programs: `comparison.json`, and the figures of `hit --json`.
//!
//! In: a value. Out: pretty JSON that reads back as the same value. Characters that a terminal obeys or hides are
//! written as `\u` escapes, because these files are looked at with `cat`; nothing else is changed.

use std::io::{self, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

/// Writes a value, with a newline at its end.
///
/// # Errors
/// When writing fails, or when the JSON would not read back: a number that is not finite in a field that must have one.
pub fn render<T: Serialize + DeserializeOwned>(value: &T, out: &mut impl Write) -> io::Result<()> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Plain(PrettyFormatter::new())))?;
    serde_json::from_slice::<T>(&bytes)?;
    bytes.push(b'\n');
    out.write_all(&bytes)
}

/// Pretty JSON without control or direction characters.
struct Plain<'a>(PrettyFormatter<'a>);

impl Formatter for Plain<'_> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut written = 0;
        for (at, c) in fragment.char_indices().filter(|(_, c)| is_obeyed(*c)) {
            writer.write_all(fragment.get(written..at).unwrap_or_default().as_bytes())?;
            // All of them lie in the basic plane: one escape each.
            write!(writer, "\\u{:04x}", u32::from(c))?;
            written = at + c.len_utf8();
        }
        writer.write_all(fragment.get(written..).unwrap_or_default().as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

fn is_obeyed(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn rendered<T: Serialize + DeserializeOwned>(value: &T) -> String {
        let mut out = Vec::new();
        render(value, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_written_reads_back_equal() {
        for (_, comparison) in samples::all() {
            let read: crate::gate::Comparison = serde_json::from_str(&rendered(&comparison)).unwrap();
            assert_eq!(read, comparison);
        }
    }

    #[test]
    fn characters_a_terminal_obeys_are_escaped() {
        let text = rendered(&"a\u{1b}[31m\u{9b}b\u{202e}c\u{7f}é".to_owned());
        assert_eq!(text, "\"a\\u001b[31m\\u009bb\\u202ec\\u007fé\"\n");
    }

    #[test]
    fn an_optional_number_that_is_not_finite_becomes_null() {
        let mut comparison = samples::fail();
        comparison.cells.truncate(1);
        for cell in &mut comparison.cells {
            cell.high = Some(f64::INFINITY);
        }
        let text = rendered(&comparison);
        assert!(text.contains("\"high\": null") && !text.contains("inf"), "{text}");
    }

    #[test]
    fn a_number_that_must_be_there_and_is_not_finite_is_refused() {
        let mut comparison = samples::fail();
        comparison.summary.window_s = f64::NAN;
        assert!(render(&comparison, &mut Vec::new()).is_err());
    }
}
