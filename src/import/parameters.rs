//! What an operation wants in its path, query and headers.
//!
//! In: the parameters of an operation. Out: a path with its query as a template, and headers. Only what is required is
//! sent; cookies are left to the jar.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use super::document::{Document, flag, text};
use super::quote::literal;
use super::sample::{Sampler, kind, lowest};

/// Headers that are loadgate's or the security's to send.
const NOT_OURS: [&str; 9] = [
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "te",
    "transfer-encoding",
];

/// How many ids a random one is drawn from where the document does not say.
const IDS: i64 = 100;

/// What starts a template.
const BRACES: &str = "{{";

/// The parameters of an operation, by where they go and their name.
#[derive(Debug)]
pub(super) struct Parameters<'a> {
    document: Document<'a>,
    all: BTreeMap<(&'a str, &'a str), &'a Value>,
    /// Names in the order they were written.
    order: Vec<(&'a str, &'a str)>,
}

impl<'a> Parameters<'a> {
    /// Those of a path, and those of one of its operations, which win.
    pub(super) fn new(document: Document<'a>, path_item: &'a Value, operation: &'a Value) -> Self {
        let mut parameters = Self { document, all: BTreeMap::new(), order: Vec::new() };
        let holders = [path_item, operation].into_iter();
        for parameter in holders.flat_map(|holder| document.items(document.member(holder, "parameters"))) {
            let (Some(place), Some(name)) = (text(parameter, "in"), text(parameter, "name")) else { continue };
            if parameters.all.insert((place, name), parameter).is_none() {
                parameters.order.push((place, name));
            }
        }
        parameters
    }

    /// A path with values for its parameters and the query it requires, as a template.
    pub(super) fn path(&self, path: &str) -> String {
        let mut filled = if path.starts_with('/') { String::new() } else { "/".to_owned() };
        let mut rest = path;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, behind)) = after.split_once('}') else { break };
            filled.push_str(&encoded(before, true));
            filled.push_str(&self.value("path", name).unwrap_or_else(|| "1".to_owned()));
            rest = behind;
        }
        filled.push_str(&encoded(rest, true));
        let query = self.required("query").filter_map(|name| {
            let value = self.value("query", name)?;
            Some(format!("{}={value}", encoded(name, false)))
        });
        let query: Vec<String> = query.collect();
        if query.is_empty() { filled } else { format!("{filled}?{}", query.join("&")) }
    }

    /// The headers it requires, as templates.
    pub(super) fn headers(&self) -> BTreeMap<String, String> {
        let mut seen = BTreeSet::new();
        let names = self.required("header").filter(|name| is_header_name(name));
        let names = names.filter(|name| !NOT_OURS.contains(&name.to_ascii_lowercase().as_str()));
        let names: Vec<&str> = names.filter(|name| seen.insert(name.to_ascii_lowercase())).collect();
        let value = |name: &str| match self.sample("header", name)? {
            Sample::Template(template) => Some(template),
            Sample::Text(text) => Some(literal(&text.chars().filter(|it| !it.is_control()).collect::<String>())),
        };
        names.into_iter().filter_map(|name| Some((name.to_owned(), value(name)?))).collect()
    }

    fn required(&self, place: &str) -> impl Iterator<Item = &'a str> {
        let wanted = self.order.iter().filter(move |(at, _)| *at == place);
        wanted
            .filter(|key| self.all.get(*key).is_some_and(|parameter| flag(parameter, "required")))
            .map(|(_, name)| *name)
    }

    /// The value of a parameter in a path or query, as a template.
    fn value(&self, place: &str, name: &str) -> Option<String> {
        match self.sample(place, name)? {
            Sample::Template(template) => Some(template),
            Sample::Text(text) => Some(encoded(&text, false)),
        }
    }

    fn sample(&self, place: &str, name: &str) -> Option<Sample> {
        let parameter = self.all.get(&(place, name))?;
        let mut sampler = Sampler::new(self.document);
        let schema = self.document.member(parameter, "schema");
        let schema = if kind(schema) == Some("array") { self.document.member(schema, "items") } else { schema };
        if let Some(written) = sampler.given(parameter).or_else(|| sampler.written(schema)) {
            return plain(&written);
        }
        Some(match (kind(schema), text(schema, "format")) {
            (Some("integer"), _) => {
                let low = lowest(schema);
                let high = schema.get("maximum").and_then(Value::as_i64);
                let many = low.saturating_add(IDS - 1);
                Sample::Template(format!(
                    "{{{{ rand({low}, {}) }}}}",
                    high.map_or(many, |high| many.min(high).max(low))
                ))
            }
            (_, Some("uuid")) => Sample::Template("{{ uuid() }}".to_owned()),
            (_, Some("date-time")) => Sample::Template("{{ now() }}".to_owned()),
            _ => return plain(&sampler.body(schema)).or(Some(Sample::Text("1".to_owned()))),
        })
    }
}

/// A value for a parameter.
enum Sample {
    /// A template, to be written as it is.
    Template(String),
    /// Text, to be encoded for its place.
    Text(String),
}

/// A sampled value as the text of a parameter; none where it has parts.
fn plain(value: &Value) -> Option<Sample> {
    match value {
        Value::String(text) if text.contains(&literal(BRACES)) => {
            Some(Sample::Text(text.replace(&literal(BRACES), BRACES)))
        }
        Value::String(template) if template.contains(BRACES) => Some(Sample::Template(template.clone())),
        Value::String(text) => Some(Sample::Text(text.clone())),
        Value::Number(number) => Some(Sample::Text(number.to_string())),
        Value::Bool(flag) => Some(Sample::Text(flag.to_string())),
        Value::Array(items) => items.first().and_then(plain),
        Value::Null | Value::Object(_) => None,
    }
}

/// Text as a part of a path or query: all but RFC 3986's unreserved letters encoded; in a path, what may stand there as it is too.
fn encoded(text: &str, in_path: bool) -> String {
    let mut written = String::new();
    for byte in text.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if is_plain || (in_path && b"/!$&'()*+,;=:@%".contains(&byte)) {
            written.push(char::from(byte));
        } else {
            // Writing to a String can't fail.
            let _written = write!(written, "%{byte:02X}");
        }
    }
    written
}

/// RFC 9110, section 5.6.2: a token.
fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
