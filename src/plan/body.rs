//! The body of a request.
//!
//! In: a step as typed. Out: [`Body`], a template and what it says of itself in headers.
//! Which other headers go with it is `headers`'.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;

use super::escape::Escape;
use super::fault::{Fault, Flaw};
use super::names::Names;
use super::template::{Template, is_lone};
use super::{attachment, multipart};
use crate::config::{self, GraphQl, KeyPath, Values};

/// The body of a request.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) template: Template,
    /// `Content-Type`, unless a header says otherwise.
    pub(super) content_type: Option<Cow<'static, str>>,
    /// `Accept`, unless a header says otherwise.
    pub(super) accept: Option<&'static str>,
}

impl Body {
    /// Compiles the body of a step; files are relative to `base`.
    pub(super) fn compile(step: &config::Step, at: &KeyPath, base: &Path, names: &Names<'_>) -> Result<Self, Fault> {
        let Some(key) = only_key(step, at)? else { return Ok(Self::default()) };
        let place = at.key(key);
        let mut template = Template::default();
        if let Some(value) = &step.json {
            json(value, &mut template, names).map_err(|flaw| flaw.at(&place))?;
            return Ok(Self::of(template, "application/json"));
        }
        if let Some(fields) = &step.form {
            pairs(fields, &place, Escape::Form, &mut template, names)?;
            return Ok(Self::of(template, "application/x-www-form-urlencoded"));
        }
        if let Some(parts) = &step.multipart {
            let (template, content_type) = multipart::compile(parts, &place, base, names)?;
            return Ok(Self { template, content_type: Some(Cow::Owned(content_type)), accept: None });
        }
        if let Some(operation) = &step.graphql {
            graphql(operation, step.post.is_some(), base, &mut template, names).map_err(|flaw| flaw.at(&place))?;
            let accept = Some("application/graphql-response+json, application/json;q=0.9");
            return Ok(Self { accept, ..Self::of(template, "application/json") });
        }
        if let Some(file) = &step.body_file {
            template.push_bytes(&attachment::read(file, base).map_err(|flaw| flaw.at(&place))?);
            return Ok(Self::of(template, attachment::content_type(file)));
        }
        if let Some(text) = &step.body {
            names.append(&mut template, text, Escape::Raw).map_err(|flaw| flaw.at(&place))?;
        }
        Ok(Self { template, ..Self::default() })
    }

    fn of(template: Template, content_type: &'static str) -> Self {
        Self { template, content_type: Some(Cow::Borrowed(content_type)), accept: None }
    }
}

/// The key that describes the body, if one does.
fn only_key(step: &config::Step, at: &KeyPath) -> Result<Option<&'static str>, Fault> {
    let keys = [
        ("json", step.json.is_some()),
        ("form", step.form.is_some()),
        ("multipart", step.multipart.is_some()),
        ("graphql", step.graphql.is_some()),
        ("body", step.body.is_some()),
        ("body_file", step.body_file.is_some()),
    ];
    let mut typed = keys.into_iter().filter_map(|(key, is_typed)| is_typed.then_some(key));
    let first = typed.next();
    if typed.next().is_some() {
        let help = "keep one of `json`, `form`, `multipart`, `graphql`, `body` and `body_file`";
        return Err(Flaw::new("a request has one body", help).at(at));
    }
    Ok(first)
}

/// Appends `key=value` pairs, joined by `&`. A key with several values is repeated.
pub(super) fn pairs(
    fields: &BTreeMap<String, Values>,
    at: &KeyPath,
    escape: Escape,
    template: &mut Template,
    names: &Names<'_>,
) -> Result<(), Fault> {
    let mut separator: &[u8] = b"";
    for (key, Values(values)) in fields {
        let place = at.key(key);
        for value in values {
            template.push_bytes(separator);
            names.append(template, key, escape).map_err(|flaw| flaw.at(&place))?;
            template.push_bytes(b"=");
            names.append(template, value, escape).map_err(|flaw| flaw.at(&place))?;
            separator = b"&";
        }
    }
    Ok(())
}

/// A GraphQL request as servers take it over HTTP (GraphQL over HTTP, section 5.4).
fn graphql(
    operation: &GraphQl,
    is_post: bool,
    base: &Path,
    template: &mut Template,
    names: &Names<'_>,
) -> Result<(), Flaw> {
    if !is_post {
        return Err(Flaw::new("a GraphQL operation is posted", "write its path as `post`"));
    }
    let document = match (&operation.query, &operation.file) {
        (Some(query), None) => query.clone(),
        (None, Some(file)) => String::from_utf8(attachment::read(file, base)?)
            .map_err(|_not_text| Flaw::new(format!("{} is not UTF-8", file.display()), "save it as UTF-8"))?,
        _ => return Err(Flaw::new("a GraphQL operation has one document", "write one of `query` and `file`")),
    };
    if document.contains("{{") {
        let help = "declare a variable in it, and give its value in `variables`";
        return Err(Flaw::new("a GraphQL document is sent as it is, without templates", help));
    }
    template.push_bytes(format!("{{\"query\":{}", Json::String(document)).as_bytes());
    if let Some(variables) = &operation.variables {
        if !variables.is_object() {
            return Err(Flaw::new("`variables` is no table", "write { name = value }"));
        }
        template.push_bytes(b",\"variables\":");
        json(variables, template, names)?;
    }
    if let Some(name) = &operation.operation {
        template.push_bytes(format!(",\"operationName\":{}", Json::String(name.clone())).as_bytes());
    }
    template.push_bytes(b"}");
    Ok(())
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
