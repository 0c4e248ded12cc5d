//! One operation of an API as a task of a virtual user.
//!
//! In: an operation of a document. Out: its lines in loadgate.toml, commented out where playing it would change data or
//! could not work, with the reason.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::document::{Document, flag, text};
use super::parameters::Parameters;
use super::quote::{self, literal};
use super::sample::Sampler;

/// Where comments behind a line start.
const COMMENT_COLUMN: usize = 43;

/// An operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation<'a> {
    pub(super) document: Document<'a>,
    pub(super) path: &'a str,
    pub(super) path_item: &'a Value,
    pub(super) method: &'static str,
    pub(super) value: &'a Value,
}

/// A body, and the header that names its type, where loadgate does not send it by itself.
#[derive(Debug, Default)]
struct Body {
    line: Option<String>,
    content_type: Option<String>,
}

impl Operation<'_> {
    /// Why it is not played unless someone decides so; `None` where it is.
    pub(super) fn objection(self) -> Option<&'static str> {
        if matches!(self.method, "put" | "patch" | "delete") {
            Some("changes data")
        } else if flag(self.value, "deprecated") {
            Some("deprecated")
        } else if self.body().is_err() {
            Some("its body has a type that can't be made up here")
        } else {
            None
        }
    }

    /// Its lines, under this name; `query` is added to its path.
    pub(super) fn lines(self, name: &str, query: Option<&(String, String)>) -> String {
        let parameters = Parameters::new(self.document, self.path_item, self.value);
        let body = self.body().unwrap_or_default();
        let mut path = parameters.path(self.path);
        if let Some((key, value)) = query {
            path.push(if path.contains('?') { '&' } else { '?' });
            path.extend([key, "=", value]);
        }
        let mut headers = parameters.headers();
        if let Some(content_type) = body.content_type {
            headers.insert("Content-Type".to_owned(), content_type);
        }
        let mut lines = self.opening();
        lines.push(format!("name = {}", quote::text(name)));
        lines.push(format!("weight = {}", if self.method == "get" { 5 } else { 1 }));
        lines.push(format!("{} = {}", self.method, quote::text(&path)));
        if !headers.is_empty() {
            let fields = headers.iter().map(|(name, value)| (name, quote::text(value)));
            lines.push(format!("headers = {}", quote::table(fields)));
        }
        lines.extend(body.line);
        if let Some(status) = self.expected_status() {
            lines.push(format!("expect = {{ status = {status} }}"));
        }
        let before = if self.objection().is_some() { "# " } else { "" };
        lines.iter().fold(String::new(), |mut all, line| {
            // Writing to a String can't fail.
            let _written = writeln!(all, "{before}{line}");
            all
        })
    }

    /// `[[user.task]]`, with what the operation is about or what speaks against it.
    fn opening(self) -> Vec<String> {
        let about = quote::comment(text(self.value, "summary").unwrap_or_default());
        let comment = match (self.objection(), about.as_str()) {
            (None, "") => return vec!["[[user.task]]".to_owned()],
            (None, about) => about.to_owned(),
            (Some(reason), "") => reason.to_owned(),
            (Some(reason), about) => format!("{reason}: {about}"),
        };
        vec![format!("{:COMMENT_COLUMN$}# {comment}", "[[user.task]]")]
    }

    /// The first of the statuses that mean success.
    fn expected_status(self) -> Option<u16> {
        let responses = self.value.get("responses").and_then(Value::as_object)?;
        let statuses = responses.keys().filter_map(|status| status.parse().ok());
        statuses.filter(|status| (200..400).contains(status)).min()
    }

    /// Its body; an `Err` where it needs one of a type that is not made up.
    fn body(self) -> Result<Body, ()> {
        let request = self.document.member(self.value, "requestBody");
        let Some(content) = self.document.member(request, "content").as_object().filter(|content| !content.is_empty())
        else {
            return Ok(Body::default());
        };
        let of_kind = |kind: fn(&str) -> bool| {
            content.iter().find(|(name, _)| kind(name.split(';').next().unwrap_or_default().trim()))
        };
        if let Some((name, media)) = of_kind(|name| name == "application/json" || name.ends_with("+json")) {
            let content_type = (name != "application/json" && name.is_ascii()).then(|| literal(&quote::comment(name)));
            let line = quote::value(&self.sample(media)).map(|value| format!("json = {value}"));
            return Ok(Body { line, content_type });
        }
        if let Some((_, media)) = of_kind(|name| name == "application/x-www-form-urlencoded") {
            let fields = form_fields(&self.sample(media));
            let fields = fields.iter().map(|(name, value)| (name, quote::text(value)));
            return Ok(Body { line: Some(format!("form = {}", quote::table(fields))), content_type: None });
        }
        if let Some((_, media)) = of_kind(|name| name == "text/plain") {
            let line = self.sample(media).as_str().map(|text| format!("body = {}", quote::text(text)));
            return Ok(Body { line, content_type: Some("text/plain".to_owned()) });
        }
        if flag(request, "required") { Err(()) } else { Ok(Body::default()) }
    }

    fn sample(self, media: &Value) -> Value {
        let mut sampler = Sampler::new(self.document);
        sampler.given(media).unwrap_or_else(|| sampler.body(self.document.member(media, "schema")))
    }
}

/// The fields of a form: those of a value that are no tables or lists.
fn form_fields(value: &Value) -> BTreeMap<String, String> {
    let plain = |field: &Value| match field {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    };
    let fields = value.as_object().into_iter().flatten();
    fields.filter_map(|(name, field)| Some((name.clone(), plain(field)?))).collect()
}
