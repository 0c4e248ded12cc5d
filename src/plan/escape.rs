//! How a value is written where it stands, so that no value can break out of its place.
//!
//! In: a [`Value`]. Out: bytes. A value in a path cannot start a query, one in a header cannot start another header,
//! one in a JSON string cannot end it. Escapes do not check what people type themselves: `request` does.

use std::borrow::Cow;

use super::value::Value;

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// In a body or an expected text: as it is.
    Raw,
    /// In a path or query, percent-encoded (RFC 3986, section 2.3: all but unreserved characters).
    Url,
    /// At the very start of a path: a path of its own, which keeps its slashes and its query.
    UrlStart,
    /// In a pair of a query, percent-encoded, what was typed too.
    Query,
    /// In a form, percent-encoded with `+` for a space.
    Form,
    /// Inside a JSON string.
    JsonText,
    /// In place of a JSON value: numbers stay numbers.
    JsonValue,
    /// In a header line (RFC 9110, section 5.5: no control characters).
    Header,
}

impl Escape {
    /// The escape of what follows something written with this one.
    pub(super) fn past_start(self) -> Self {
        if self == Self::UrlStart { Self::Url } else { self }
    }

    /// Writes a value.
    pub(super) fn write(self, value: &Value<'_>, out: &mut Vec<u8>) {
        let text = value.as_str();
        match self {
            Self::Raw => out.extend_from_slice(text.as_bytes()),
            Self::Url | Self::Query => percent(text, out, is_unreserved),
            Self::UrlStart => {
                if !text.starts_with('/') {
                    out.push(b'/');
                }
                percent(text, out, is_url);
            }
            Self::Form => form(text, out),
            Self::JsonText => json(text, out),
            Self::JsonValue if value.is_bare() => out.extend_from_slice(text.as_bytes()),
            Self::JsonValue => {
                out.push(b'"');
                json(text, out);
                out.push(b'"');
            }
            Self::Header => out.extend(text.bytes().filter(|&byte| byte == b'\t' || !byte.is_ascii_control())),
        }
    }

    /// Writes what people typed around the values: in a path it keeps its slashes, question and percent signs.
    pub(super) fn write_typed(self, text: &str, out: &mut Vec<u8>) {
        match self {
            Self::Url | Self::UrlStart => percent(text, out, is_url),
            other => other.write(&Value::text(Cow::Borrowed(text)), out),
        }
    }
}

fn percent(text: &str, out: &mut Vec<u8>, keep: fn(u8) -> bool) {
    for byte in text.bytes() {
        if keep(byte) {
            out.push(byte);
        } else {
            out.extend_from_slice(&[b'%', hex_digit(byte >> 4), hex_digit(byte & 0x0f)]);
        }
    }
}

fn form(text: &str, out: &mut Vec<u8>) {
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 {
            out.push(b'+');
        }
        percent(word, out, is_unreserved);
    }
}

fn json(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..=0x1f => out.extend_from_slice(&[b'\\', b'u', b'0', b'0', hex_digit(byte >> 4), hex_digit(byte & 0x0f)]),
            _ => out.push(byte),
        }
    }
}

fn hex_digit(nibble: u8) -> u8 {
    match nibble {
        0..=9 => b'0' + nibble,
        _ => b'A' + (nibble - 10),
    }
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Unreserved and reserved characters of RFC 3986 and `%`, without `#`: a fragment is never sent.
fn is_url(byte: u8) -> bool {
    is_unreserved(byte) || b"%:/?[]@!$&'()*+,;=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(escape: Escape, text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        escape.write(&Value::text(text), &mut out);
        out
    }

    #[test]
    fn a_value_in_a_path_cannot_leave_its_segment() {
        assert_eq!(written(Escape::Url, "a/b?c=d&e f%é"), b"a%2Fb%3Fc%3Dd%26e%20f%25%C3%A9");
    }

    #[test]
    fn a_value_at_the_start_of_a_path_is_a_path() {
        assert_eq!(written(Escape::UrlStart, "/a/b?c=d e#f"), b"/a/b?c=d%20e%23f");
        assert_eq!(written(Escape::UrlStart, "a"), b"/a");
    }

    #[test]
    fn a_form_writes_spaces_as_plus() {
        assert_eq!(written(Escape::Form, "a b+c"), b"a+b%2Bc");
    }

    #[test]
    fn only_bare_values_go_unquoted_into_json() {
        let mut out = Vec::new();
        Escape::JsonValue.write(&Value::number(7), &mut out);
        Escape::JsonValue.write(&Value::text("7"), &mut out);
        assert_eq!(out, b"7\"7\"");
    }

    proptest! {
        #[test]
        fn a_json_string_reads_back_as_it_was(text in any::<String>()) {
            let read: String = serde_json::from_slice(&written(Escape::JsonValue, &text)).unwrap();
            prop_assert_eq!(read, text);
        }

        #[test]
        fn a_header_value_never_holds_a_line_break(text in any::<String>()) {
            let line = written(Escape::Header, &text);
            prop_assert!(!line.iter().any(|byte| b"\r\n\0".contains(byte)));
        }

        #[test]
        fn a_url_holds_only_url_characters(text in any::<String>()) {
            for escape in [Escape::Url, Escape::UrlStart, Escape::Query, Escape::Form] {
                prop_assert!(written(escape, &text).iter().all(|&byte| is_url(byte)));
            }
        }
    }
}
