//! From an OpenAPI 3 document to a loadgate.toml.
//!
//! In: JSON as anyone may have written it. Out: text that is the language, whatever the document holds: each operation a
//! task. Invents no order of tasks: which answers feed which requests is for people to say.

use std::collections::BTreeMap;

use serde_json::Value;

use super::document::{Document, text as text_of};
use super::error::Error;
use super::names::{self, Names};
use super::operation::Operation;
use super::quote;
use super::security::Security;
use super::server::Server;
use super::starter::LOAD_AND_RULES;

/// Largest document, in bytes.
pub const MOST_BYTES: usize = 16 << 20;

/// Most operations taken from a document.
const MOST_OPERATIONS: usize = 500;

/// The methods that become tasks, in the order they are listed for one path.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// A path that no API has.
const UNKNOWN_PATH: &str = "\n[[user.task]]                              # an error that is expected is a success\n\
    name = \"unknown_path\"\nweight = 1\nget = \"/no-such-path\"\nexpect = { status = [401, 403, 404] }\n";

/// A loadgate.toml made from a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The file's text.
    pub text: String,
    /// Tasks in it that are played.
    pub tasks: usize,
    /// Tasks in it that are commented out.
    pub commented_out: usize,
    /// Operations beyond the most that are taken.
    pub left_out: usize,
    /// Environment variables it reads secrets from.
    pub environment: Vec<&'static str>,
}

/// Makes a loadgate.toml from an OpenAPI document. `from` names the document in errors; `asked` is the URL it was fetched
/// from, if it was.
///
/// # Errors
/// Why it can't be: see [`Error`].
pub fn openapi(bytes: &[u8], from: &str, asked: Option<&str>) -> Result<Imported, Error> {
    let root = read(bytes, from)?;
    let document = Document::new(&root);
    let all = operations(document);
    let (found, left_out) = (all.len().min(MOST_OPERATIONS), all.len().saturating_sub(MOST_OPERATIONS));
    let operations = all.get(..found).unwrap_or_default();
    let (played, not_played): (Vec<&Operation<'_>>, Vec<&Operation<'_>>) =
        operations.iter().partition(|it| it.objection().is_none());
    if played.is_empty() {
        return Err(Error::NothingToPlay { from: from.to_owned(), found });
    }
    let mut security = Security::default();
    for operation in &played {
        security.need(document, operation.value);
    }
    let mut names = Names::default();
    names.take("unknown_path");
    let mut text = head(document, &security, asked, &counted(played.len(), not_played.len(), left_out));
    for operation in operations {
        let name = names::of_operation(text_of(operation.value, "operationId"), operation.method, operation.path);
        text.push('\n');
        text.push_str(&operation.lines(&names.take(&name), security.query.as_ref()));
    }
    text.push_str(UNKNOWN_PATH);
    text.push_str(LOAD_AND_RULES);
    let environment = security.vars.values().map(|(variable, _)| *variable).collect();
    Ok(Imported { text, tasks: played.len(), commented_out: not_played.len(), left_out, environment })
}

fn read(bytes: &[u8], from: &str) -> Result<Value, Error> {
    let from = from.to_owned();
    if bytes.len() > MOST_BYTES {
        return Err(Error::TooLarge { from, most: MOST_BYTES });
    }
    let Ok(json) = std::str::from_utf8(bytes) else { return Err(Error::NotText { from }) };
    let json = json.trim_start_matches('\u{feff}');
    let root: Value = match serde_json::from_str(json) {
        Ok(root) => root,
        Err(_) if looks_like_yaml(json) => return Err(Error::Yaml { from }),
        Err(error) => {
            let said = error.to_string();
            let said = said.split(" at line ").next().unwrap_or_default().to_owned();
            return Err(Error::NotJson { from, line: error.line(), column: error.column(), said });
        }
    };
    if let Some(version) = text_of(&root, "swagger") {
        return Err(Error::Swagger { from, version: quote::comment(version) });
    }
    if text_of(&root, "openapi").is_none() || root.get("paths").is_none_or(|paths| !paths.is_object()) {
        return Err(Error::NotOpenApi { from });
    }
    Ok(root)
}

fn looks_like_yaml(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("openapi:") || line.starts_with("swagger:"))
}

fn operations(document: Document<'_>) -> Vec<Operation<'_>> {
    let mut operations = Vec::new();
    for (path, item) in document.at("/paths").as_object().into_iter().flatten() {
        let path_item = document.resolve(item);
        for method in METHODS {
            if let Some(value) = path_item.get(method).filter(|value| value.is_object()) {
                operations.push(Operation { document, path, path_item, method, value });
            }
        }
    }
    operations
}

/// `12 operations, 3 of them commented out`.
fn counted(played: usize, not_played: usize, left_out: usize) -> String {
    let all = played + not_played;
    match (not_played, left_out) {
        (0, 0) => format!("{all} operations"),
        (_, 0) => format!("{all} operations, {not_played} of them commented out"),
        _ => format!("{all} operations, {not_played} of them commented out; {left_out} more are left out"),
    }
}

/// Everything in front of the tasks.
fn head(document: Document<'_>, security: &Security, asked: Option<&str>, counted: &str) -> String {
    let title = quote::comment(text_of(document.at("/info"), "title").unwrap_or("an API"));
    let Server { url, own } = Server::of(document, asked);
    let mut lines = vec![
        format!("# The users of {title}, made from its OpenAPI document: {counted}."),
        "# Values are its examples, or the plainest of their type, and ids are drawn at random: give requests data that".to_owned(),
        "# exists, weights that real users have, and leave out what they never do.".to_owned(),
        String::new(),
        "[target]                                   # what is played against".to_owned(),
        format!("url = {}", quote::text(&url)),
    ];
    if let Some(own) = own {
        lines.push(format!(
            "# The document's own server is {}: beyond private networks, name the host in `allow`.",
            quote::comment(&own)
        ));
    }
    lines.extend(
        [
            "",
            "[http]                                     # how requests are made",
            "timeout = \"10s\"",
            "headers = { Accept = \"application/json\" }",
        ]
        .map(str::to_owned),
    );
    if !security.vars.is_empty() {
        lines.extend(
            ["", "[vars]                                     # values for templates; secrets reach no output"]
                .map(str::to_owned),
        );
        for (name, (variable, holds)) in &security.vars {
            lines.push(format!("{name} = {{ env = \"{variable}\", secret = true }}  # {holds}"));
        }
    }
    lines.extend(
        [
            "",
            "[[user]]                                   # a kind of virtual user, and how long it pauses between tasks",
            "name = \"user\"",
            "think = { between = [\"1s\", \"3s\"] }",
        ]
        .map(str::to_owned),
    );
    if !security.headers.is_empty() {
        let headers: BTreeMap<&String, String> =
            security.headers.iter().map(|(name, value)| (name, quote::text(value))).collect();
        lines.push(format!("headers = {}", quote::table(headers)));
    }
    lines.join("\n") + "\n"
}
