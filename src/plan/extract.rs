//! Values kept from an answer.
//!
//! In: `json:$.id`, `header:Location`, `cookie:sid`, `regex:id=(\d+)` or `body`. Out: an [`Extractor`], and the value
//! it finds in an answer. Where the value is kept is the scope's.

use regex::bytes::Regex;
use serde_json_path::JsonPath;

use super::answer::Answer;
use super::fault::Flaw;
use super::value::Value;
use crate::client::Wants;

/// Finds a value in an answer.
#[derive(Debug)]
pub(super) struct Extractor {
    pub(super) slot: usize,
    /// What its failure is called, in `Plan::labels`.
    pub(super) label: u32,
    pub(super) source: Source,
    /// Where the value is looked for, as typed.
    pub(super) place: String,
}

/// Where a value is found.
#[derive(Debug)]
pub(super) enum Source {
    Json(JsonPath),
    Header(String),
    Cookie(String),
    Regex(Regex),
    Body,
}

impl Source {
    /// Compiles what was typed.
    pub(super) fn parse(text: &str) -> Result<Self, Flaw> {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        let rest = rest.trim();
        match (kind.trim(), rest) {
            ("body", "") => Ok(Self::Body),
            ("json", path) => Ok(Self::Json(json_path(path)?)),
            ("regex", pattern) => Ok(Self::Regex(pattern_of(pattern)?)),
            ("header", name) if !name.is_empty() => Ok(Self::Header(name.to_owned())),
            ("cookie", name) if !name.is_empty() => Ok(Self::Cookie(name.to_owned())),
            _ => Err(Flaw::new(
                format!("`{text}` says nothing to extract"),
                "write json:$.path, header:NAME, cookie:NAME, regex:PATTERN or body",
            )),
        }
    }

    /// What it reads of an answer.
    pub(super) fn wants(&self) -> Wants {
        let head = matches!(self, Self::Header(_) | Self::Cookie(_));
        Wants { head, body: !head }
    }

    /// The value in an answer; none where there is none. A JSON `null` is none.
    pub(super) fn find(&self, answer: &Answer<'_>) -> Option<Value<'static>> {
        match self {
            Self::Json(path) => answer.json(path).filter(|found| !found.is_null()).map(Value::json),
            Self::Header(name) => answer.header(name).next().map(text),
            Self::Cookie(name) => answer.cookie(name).map(text),
            Self::Regex(pattern) => {
                let captures = pattern.captures(answer.body())?;
                captures.get(1).or_else(|| captures.get(0)).map(|found| text(found.as_bytes()))
            }
            Self::Body => Some(text(answer.body())),
        }
    }
}

/// Compiles a `JSONPath` (RFC 9535).
pub(super) fn json_path(path: &str) -> Result<JsonPath, Flaw> {
    JsonPath::parse(path)
        .map_err(|error| Flaw::new(format!("`{path}` is no JSONPath: {error}"), "write one like $.items[0].id"))
}

/// Compiles a regular expression.
pub(super) fn pattern_of(pattern: &str) -> Result<Regex, Flaw> {
    Regex::new(pattern).map_err(|error| {
        let reason = error.to_string();
        let last = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Flaw::new(format!("`{pattern}` is no regular expression: {last}"), "see https://docs.rs/regex for its syntax")
    })
}

fn text(bytes: &[u8]) -> Value<'static> {
    Value::text(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Response;

    fn found(source: &str, head: &str, body: &str) -> Option<Value<'static>> {
        let response = Response { status: 200, head: head.into(), body: body.into() };
        Source::parse(source).unwrap().find(&Answer::new(&response))
    }

    #[test]
    fn a_json_value_keeps_its_type() {
        let body = r#"{"id": 7, "name": "cup", "gone": null, "tags": [{"n": 1}, {"n": 2}]}"#;
        assert_eq!(found("json:$.id", "", body), Some(Value::number(7)));
        assert_eq!(found("json:$.name", "", body), Some(Value::text("cup")));
        assert_eq!(found("json:$.tags[*].n", "", body), Some(Value::number(1)));
        assert_eq!(found("json:$.gone", "", body), None);
        assert_eq!(found("json:$.missing", "", body), None);
    }

    #[test]
    fn headers_cookies_patterns_and_bodies_are_text() {
        let head = "HTTP/1.1 201 Created\r\nLocation: /orders/7\r\nSet-Cookie: sid=abc; Path=/\r\n\r\n";
        assert_eq!(found("header: location", head, ""), Some(Value::text("/orders/7")));
        assert_eq!(found("cookie:sid", head, ""), Some(Value::text("abc")));
        assert_eq!(found("regex:id=(\\d+)", "", "x id=42;"), Some(Value::text("42")));
        assert_eq!(found("regex:id=\\d+", "", "x id=42;"), Some(Value::text("id=42")));
        assert_eq!(found("regex:id=(\\d+)", "", "nothing"), None);
        assert_eq!(found("body", "", "all of it"), Some(Value::text("all of it")));
    }

    #[test]
    fn what_extracts_nothing_is_refused() {
        for (typed, wrong) in [
            ("token", "says nothing to extract"),
            ("header:", "says nothing to extract"),
            ("json:items", "no JSONPath"),
            ("regex:(", "no regular expression: unclosed group"),
        ] {
            let message = Source::parse(typed).unwrap_err().message;
            assert!(message.contains(wrong), "{message}");
        }
    }

    #[test]
    fn only_what_is_read_is_wanted() {
        assert_eq!(Source::parse("cookie:sid").unwrap().wants(), Wants { head: true, body: false });
        assert_eq!(Source::parse("json:$.id").unwrap().wants(), Wants { head: false, body: true });
    }
}
