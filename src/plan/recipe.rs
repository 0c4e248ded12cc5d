//! How a request is made: its path, query, headers and body as templates.
//!
//! In: a step as typed, and the headers it inherits. Out: a [`Recipe`]; a static one is made once, when the plan is.
//! Which method and endpoint a step has is `journey`'s.

use std::convert::Infallible;

use super::data::DataSet;
use super::escape::Escape;
use super::fault::Flaw;
use super::headers::HeaderLines;
use super::names::Names;
use super::scope::Scope;
use super::step::Scratch;
use super::template::Template;
use crate::client::{Method, Request};

/// How a request is made.
#[derive(Debug)]
pub(super) struct Recipe {
    pub(super) method: Method,
    pub(super) path: Template,
    /// Pairs behind the path, and behind the query it may have already.
    pub(super) query: Template,
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
        if self.query != Template::default() {
            join_query(path);
            self.query.render(data, scope, path);
        }
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
        let mut path = self.path.constant()?.to_vec();
        let query = self.query.constant()?;
        if !query.is_empty() {
            join_query(&mut path);
            path.extend_from_slice(query);
        }
        let Ok(()) = compile(&mut request, self.method, &path, headers, self.body.constant()?);
        Some(request)
    }

    /// Indices of the data sets whose values it sends.
    pub(super) fn data(&self) -> impl Iterator<Item = usize> {
        let headers = self.headers.iter().map(|block| &block.lines);
        [&self.path, &self.query, &self.body].into_iter().chain(headers).flat_map(Template::data)
    }
}

/// Writes what stands between a path and further pairs of its query.
fn join_query(path: &mut Vec<u8>) {
    if !path.contains(&b'?') {
        path.push(b'?');
    } else if !path.ends_with(b"?") && !path.ends_with(b"&") {
        path.push(b'&');
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
