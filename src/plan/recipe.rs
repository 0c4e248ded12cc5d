//! How a request is made: its path, headers and body as templates.
//!
//! In: a step as typed, and the headers it inherits. Out: a [`Recipe`]; a static one is made once, when the plan is.
//! Which method and endpoint a step has is `journey`'s.

use std::convert::Infallible;

use serde_json::Value as Json;

use super::data::DataSet;
use super::escape::Escape;
use super::fault::{Fault, Flaw};
use super::headers::HeaderLines;
use super::names::Names;
use super::scope::Scope;
use super::step::Scratch;
use super::template::{Template, is_lone};
use crate::client::{Method, Request};
use crate::config::{self, KeyPath};

/// How a request is made.
#[derive(Debug)]
pub(super) struct Recipe {
    pub(super) method: Method,
    pub(super) path: Template,
    pub(super) headers: Vec<HeaderLines>,
    pub(super) body: Template,
}

impl Recipe {
    /// Writes the request for one virtual user into `scratch`.
    pub(super) fn make(&self, data: &[DataSet], scope: &mut Scope, scratch: &mut Scratch) {
        let Scratch { request, path, headers, body } = scratch;
        path.clear();
        headers.clear();
        body.clear();
        self.path.render(data, scope, path);
        for block in &self.headers {
            if block.needs.iter().all(|&slot| scope.value(slot).is_some()) {
                block.lines.render(data, scope, headers);
            }
        }
        self.body.render(data, scope, body);
        let Ok(()) = compile(request, self.method, path, headers, body);
    }

    /// The request, where it never changes.
    pub(super) fn constant(&self) -> Option<Request> {
        let headers = match self.headers.as_slice() {
            [] => &[],
            [only] if only.needs.is_empty() => only.lines.constant()?,
            _ => return None,
        };
        let mut request = Request::default();
        let Ok(()) = compile(&mut request, self.method, self.path.constant()?, headers, self.body.constant()?);
        Some(request)
    }

    /// Indices of the data sets whose values it sends.
    pub(super) fn data(&self) -> impl Iterator<Item = usize> {
        let headers = self.headers.iter().map(|block| &block.lines);
        [&self.path, &self.body].into_iter().chain(headers).flat_map(Template::data)
    }
}

fn compile(request: &mut Request, method: Method, path: &[u8], headers: &[u8], body: &[u8]) -> Result<(), Infallible> {
    let write = |bytes: &[u8], out: &mut Vec<u8>| {
        out.extend_from_slice(bytes);
        Ok(())
    };
    request.compile(method, |out| write(path, out), |out| write(headers, out), body)
}

/// Compiles a path and query, behind the target's own path.
pub(super) fn path(text: &str, base: &str, names: &Names<'_>) -> Result<Template, Flaw> {
    if text.contains("://") && !text.starts_with('/') {
        return Err(Flaw::new(format!("`{text}` is a URL"), "write its path; the rest is `url` in [target]"));
    }
    if text.contains('#') {
        return Err(Flaw::new("a fragment is never sent", "leave `#` and what follows it away, or write %23"));
    }
    if !text.starts_with('/') && !text.starts_with("{{") {
        return Err(Flaw::new(format!("the path `{text}` does not start with `/`"), format!("write \"/{text}\"")));
    }
    let mut template = Template::default();
    template.push_bytes(base.as_bytes());
    names.append(&mut template, text, Escape::UrlStart)?;
    Ok(template)
}

/// Compiles a body, and says which `Content-Type` it has.
pub(super) fn body(
    step: &config::Step,
    at: &KeyPath,
    names: &Names<'_>,
) -> Result<(Template, Option<&'static str>), Fault> {
    let mut template = Template::default();
    match (&step.json, &step.form, &step.body) {
        (None, None, None) => Ok((template, None)),
        (Some(value), None, None) => {
            json(value, &mut template, names).map_err(|flaw| flaw.at(&at.key("json")))?;
            Ok((template, Some("application/json")))
        }
        (None, Some(fields), None) => {
            for (index, (key, value)) in fields.iter().enumerate() {
                let place = at.key("form").key(key);
                template.push_bytes(if index == 0 { b"" } else { b"&" });
                names.append(&mut template, key, Escape::Form).map_err(|flaw| flaw.at(&place))?;
                template.push_bytes(b"=");
                names.append(&mut template, value, Escape::Form).map_err(|flaw| flaw.at(&place))?;
            }
            Ok((template, Some("application/x-www-form-urlencoded")))
        }
        (None, None, Some(text)) => {
            names.append(&mut template, text, Escape::Raw).map_err(|flaw| flaw.at(&at.key("body")))?;
            Ok((template, None))
        }
        _ => Err(Flaw::new("a request has one body", "keep one of `json`, `form` and `body`").at(at)),
    }
}

fn json(value: &Json, template: &mut Template, names: &Names<'_>) -> Result<(), Flaw> {
    match value {
        Json::String(text) => json_string(text, template, names),
        Json::Array(items) => {
            template.push_bytes(b"[");
            for (at, item) in items.iter().enumerate() {
                template.push_bytes(if at == 0 { b"" } else { b"," });
                json(item, template, names)?;
            }
            template.push_bytes(b"]");
            Ok(())
        }
        Json::Object(fields) => {
            template.push_bytes(b"{");
            for (at, (key, value)) in fields.iter().enumerate() {
                template.push_bytes(if at == 0 { b"\"" } else { b",\"" });
                names.append(template, key, Escape::JsonText)?;
                template.push_bytes(b"\":");
                json(value, template, names)?;
            }
            template.push_bytes(b"}");
            Ok(())
        }
        bare => {
            template.push_bytes(bare.to_string().as_bytes());
            Ok(())
        }
    }
}

fn json_string(text: &str, template: &mut Template, names: &Names<'_>) -> Result<(), Flaw> {
    if is_lone(text) {
        return names.append(template, text, Escape::JsonValue);
    }
    template.push_bytes(b"\"");
    names.append(template, text, Escape::JsonText)?;
    template.push_bytes(b"\"");
    Ok(())
}
