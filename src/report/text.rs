//! Text of unknown origin made fit to be shown: endpoint names, error kinds, reasons.
//!
//! In: any string. Out: one visible line of bounded length that no terminal obeys. Every string of a view has
//! passed through here; what Markdown or XML treat as markup is left to [`escape`](super::escape) and the XML writer.

use std::collections::{BTreeMap, BTreeSet};

/// Longest name shown in full, in characters.
const NAME_CHARS: usize = 120;

/// Most characters of lines that are shown.
const LINES_CHARS: usize = 16_384;

/// Longest sentence shown in full, in characters.
const SENTENCE_CHARS: usize = 400;

/// An endpoint's name or an error's kind: visible, on one line, at most 120 characters.
pub(super) fn name(text: &str) -> String {
    visible(text, NAME_CHARS)
}

/// A sentence of unknown origin made fit to be shown anywhere: visible, on one line, at most 400 characters.
#[must_use]
pub fn sentence(text: &str) -> String {
    visible(text, SENTENCE_CHARS)
}

/// Lines of unknown origin that no terminal obeys, at most 16,384 characters: what an error quotes of a file.
#[must_use]
pub fn lines(text: &str) -> String {
    let shown = |c| if matches!(c, '\n' | '\t') { c } else { visible_char(c) };
    let text: String = shorten(text, LINES_CHARS).chars().map(shown).collect();
    text.split('\n').map(no_command).collect::<Vec<_>>().join("\n")
}

/// Shortens to `limit` characters, keeping both ends: names often differ in their last part.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    let count = text.chars().count();
    if count <= limit {
        return text.to_owned();
    }
    let tail = limit.saturating_sub(1) / 3;
    let head = limit.saturating_sub(1) - tail;
    let start = text.chars().take(head);
    let end = text.chars().skip(count - tail);
    start.chain(std::iter::once('…')).chain(end).collect()
}

/// A word a shell takes as it stands, quoted where it must be.
pub(super) fn shell_word(word: &str) -> String {
    let word = name(word);
    if !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c)) {
        word
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Shown names by original: different originals keep different names, even where cleaning made them alike.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, String>);

impl Names {
    /// Names for these originals.
    pub(super) fn of<'a>(originals: impl IntoIterator<Item = &'a str>) -> Self {
        let mut shown: BTreeMap<String, String> =
            originals.into_iter().map(|original| (original.to_owned(), String::new())).collect();
        let mut taken = BTreeSet::new();
        for (original, slot) in &mut shown {
            let base = name(original);
            let mut candidate = base.clone();
            let mut number = 1;
            while !taken.insert(candidate.clone()) {
                number += 1;
                candidate = format!("{base} ({number})");
            }
            *slot = candidate;
        }
        Self(shown)
    }

    /// The shown name of an original.
    pub(super) fn shown(&self, original: &str) -> String {
        self.0.get(original).cloned().unwrap_or_else(|| name(original))
    }
}

fn visible(text: &str, limit: usize) -> String {
    // Cut before cleaning: the text may be megabytes long.
    let shown: String = shorten(text, limit).chars().map(visible_char).collect();
    no_command(&shown)
}

/// A line that is no command to a CI runner: one that starts with `::`, or holds `##[`, would be.
fn no_command(line: &str) -> String {
    let mark = if line.trim_start().starts_with("::") { "·" } else { "" };
    format!("{mark}{}", line.replace("##[", "## ["))
}

/// Control characters become their pictures (`␛`, `␊`); invisible and direction-changing ones become `�`.
fn visible_char(c: char) -> char {
    match c {
        '\t' => ' ',
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('�'),
        '\u{7f}' => '␡',
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{fffe}'
        | '\u{ffff}'
        | '\u{e0000}'..='\u{e007f}' => '�',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_escape_sequence_is_shown_instead_of_obeyed() {
        assert_eq!(name("\u{1b}[31mred\u{1b}[0m\r\n"), "␛[31mred␛[0m␍␊");
    }

    #[test]
    fn a_direction_override_is_replaced() {
        assert_eq!(name("a\u{202e}b\u{200b}c\u{2067}"), "a�b�c�");
    }

    #[test]
    fn a_long_name_keeps_both_ends() {
        let long = format!("GET /{}/orders", "x".repeat(10_000));
        let shown = name(&long);
        assert_eq!(shown.chars().count(), NAME_CHARS);
        assert!(shown.starts_with("GET /xxx") && shown.ends_with("xxx/orders"), "{shown}");
    }

    #[test]
    fn a_name_cannot_command_a_ci_runner() {
        assert_eq!(name("::add-mask::x"), "·::add-mask::x");
        assert_eq!(name(" ::error::x"), "· ::error::x");
        assert_eq!(name("a ##[error]x"), "a ## [error]x");
    }

    #[test]
    fn names_that_clean_alike_stay_apart() {
        let names = Names::of(["a\u{200b}", "a\u{200c}", "b"]);
        assert_eq!(names.shown("a\u{200b}"), "a�");
        assert_eq!(names.shown("a\u{200c}"), "a� (2)");
        assert_eq!(names.shown("b"), "b");
        let names = Names::of(["a\u{200b}", "a\u{200c}", "a\u{fffd} (2)"]);
        assert_eq!(names.shown("a\u{fffd} (2)"), "a� (2) (2)");
    }

    proptest! {
        #[test]
        fn what_is_shown_is_short_and_holds_no_control_character(text in any::<String>()) {
            let shown = name(&text);
            prop_assert!(shown.chars().count() <= NAME_CHARS + 1);
            prop_assert!(!shown.chars().any(char::is_control));
        }

        #[test]
        fn names_are_unique(a in "\\PC{0,8}|[\\x00-\\x1f]{1,3}", b in "\\PC{0,8}|[\\x00-\\x1f]{1,3}") {
            prop_assume!(a != b);
            let names = Names::of([a.as_str(), b.as_str()]);
            prop_assert_ne!(names.shown(&a), names.shown(&b));
        }
    }

    #[test]
    fn a_profile_with_a_space_is_quoted() {
        assert_eq!(shell_word("black friday's"), r"'black friday'\''s'");
        assert_eq!(shell_word("$(reboot)"), "'$(reboot)'");
    }
}
