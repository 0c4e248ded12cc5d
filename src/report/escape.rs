//! Markup made harmless: text as it must be written so that GitHub's Markdown shows it and does nothing else.
//!
//! In: text that [`text`](super::text) has cleaned. Out: Markdown. Knows nothing of XML: that writer escapes for itself.

/// Zero-width space: keeps `@name` and `#12` from becoming a mention or a reference, and shows nothing.
const SEPARATOR: char = '\u{200b}';

/// Prose for a Markdown line, heading or table cell.
pub(super) fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied();
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' | '$' => out.extend(['\\', c]),
            '_' if !is_word(before) || !is_word(after) => out.extend(['\\', c]),
            '@' => out.extend([c, SEPARATOR]),
            '#' if after.is_some_and(|next| next.is_ascii_digit()) => out.extend(['\\', c, SEPARATOR]),
            '#' | '+' | '-' | '>' if before.is_none() => out.extend(['\\', c]),
            '/' if before == Some(':') => out.extend(['\\', c]),
            '.' if ends_in_www(&out) => out.extend(['\\', c]),
            other => out.push(other),
        }
        before = Some(c);
    }
    out
}

/// A code span that is also fit for a table cell.
pub(super) fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text, '`') + 1);
    // Without the spaces, a backtick at either end would join the fence, and an empty span would be no span.
    let pad = if text.is_empty() || text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    let cell = text.replace('|', "\\|");
    format!("{fence}{pad}{cell}{pad}{fence}")
}

fn is_word(c: Option<char>) -> bool {
    c.is_some_and(char::is_alphanumeric)
}

fn ends_in_www(text: &str) -> bool {
    text.len() >= 3 && text.get(text.len() - 3..).is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

fn longest_run(text: &str, wanted: char) -> usize {
    text.split(|c| c != wanted).map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_shown_as_text() {
        assert_eq!(prose("<script>alert(1)</script>"), "&lt;script>alert(1)&lt;/script>");
    }

    #[test]
    fn nobody_is_mentioned_and_nothing_is_linked() {
        assert_eq!(prose("@octocat"), "@\u{200b}octocat");
        assert_eq!(prose("see #12"), "see \\#\u{200b}12");
        assert_eq!(prose("http://evil.example"), "http:\\//evil.example");
        assert_eq!(prose("www.evil.example"), "www\\.evil.example");
        assert_eq!(prose("[x](y)"), "\\[x\\](y)");
    }

    #[test]
    fn names_with_underscores_stay_readable() {
        assert_eq!(prose("create_order is _slow_"), "create_order is \\_slow\\_");
    }

    #[test]
    fn a_code_span_survives_backticks_and_pipes() {
        assert_eq!(code("create_order"), "`create_order`");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("`tick``s"), "``` `tick``s ```");
    }
}
