//! `[[user]]`: the kinds of virtual users, and what they do.
//!
//! What was typed; what fits together is `plan`'s to check.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::expect::Expect;
use super::repeat::Repeat;
use super::request::{Auth, GraphQl, Part, Values};
use crate::units::Span;

/// A kind of virtual user.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct User {
    /// Name in reports. Default `user 1`, `user 2`, ….
    pub name: Option<String>,
    /// Share of the virtual users. Default 1.
    pub weight: Option<u32>,
    /// Exactly so many users of this kind, instead of a share by `weight`. Only where the profile has `users`.
    pub count: Option<u32>,
    /// Users of this kind come only so long after the run's start. Default 0s.
    pub start_after: Option<Span>,
    /// Pause between tasks. Default none.
    pub think: Option<Think>,
    /// Headers of this user's requests. One that names a value not extracted yet is left out.
    pub headers: BTreeMap<String, String>,
    /// Who asks, in the `Authorization` header, instead of `[http] auth`. One that names a value not extracted yet is
    /// left out.
    pub auth: Option<Auth>,
    /// Steps once for each virtual user, before its tasks.
    pub start: Vec<Step>,
    /// What the user does, drawn by weight.
    pub task: Vec<Step>,
    /// Steps once for each virtual user, at the end.
    pub stop: Vec<Step>,
}

/// A request, or a sequence of steps.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    /// The endpoint's name in every report. Default `GET /path`.
    pub name: Option<String>,
    /// For a task: how often it is drawn against the others. Default 1.
    pub weight: Option<u32>,
    /// For a task: words by which `--only` and `--skip` choose tasks.
    pub tags: Vec<String>,
    /// Play it only where this holds, such as `stock > 0` or `token and not banned`.
    #[serde(rename = "if")]
    pub only_if: Option<String>,
    /// Play it again as long as this holds, looked at before each round. `repeat` is the most rounds, 100 by default.
    #[serde(rename = "while")]
    pub only_while: Option<String>,
    /// Rounds in a row: a number, or a range such as `[1, 5]` from which one is drawn each time. Default 1.
    pub repeat: Option<Repeat>,
    /// Path to GET.
    pub get: Option<String>,
    /// Path to POST to.
    pub post: Option<String>,
    /// Path to PUT to.
    pub put: Option<String>,
    /// Path to PATCH.
    pub patch: Option<String>,
    /// Path to DELETE.
    pub delete: Option<String>,
    /// Path to HEAD.
    pub head: Option<String>,
    /// Path to ask for OPTIONS.
    pub options: Option<String>,
    /// Pairs appended to the path's query, in the order of their names. A list repeats its key.
    pub query: BTreeMap<String, Values>,
    /// Headers of this request.
    pub headers: BTreeMap<String, String>,
    /// Who asks, in the `Authorization` header, instead of the user's `auth`.
    pub auth: Option<Auth>,
    /// JSON body. Strings in it are templates; a string that is one template alone takes the value's type.
    pub json: Option<serde_json::Value>,
    /// Form body, `application/x-www-form-urlencoded`.
    pub form: Option<BTreeMap<String, Values>>,
    /// Body of several parts, `multipart/form-data`, in the order of their names.
    pub multipart: Option<BTreeMap<String, Part>>,
    /// GraphQL operation, as JSON to the path of `post`. An answer with errors fails unless `expect` allows them.
    pub graphql: Option<GraphQl>,
    /// Body as text, a template.
    pub body: Option<String>,
    /// File whose bytes are the body as they are, relative to loadgate.toml. At most 64 MiB.
    pub body_file: Option<PathBuf>,
    /// Longest wait for this answer, instead of `[http] timeout`.
    pub timeout: Option<Span>,
    /// Redirects followed in a row, instead of `[http] redirects`.
    pub redirects: Option<u32>,
    /// Values to keep from the answer: `json:PATH`, `header:NAME`, `cookie:NAME`, `regex:PATTERN` (group 1) or `body`.
    pub extract: BTreeMap<String, String>,
    /// What the answer must be. Without it, a status of 400 or more fails.
    pub expect: Option<Expect>,
    /// Pause after this step.
    pub think: Option<Think>,
    /// Steps in order instead of one request, which may have steps of their own; a failed one ends the whole sequence.
    pub step: Vec<Step>,
}

/// A pause.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Think {
    /// Always this long.
    Constant(Span),
    /// Anything between the two, evenly.
    Between([Span; 2]),
    /// Exponentially distributed around this mean.
    Exponential(Span),
    /// From one start to the next; none when the task took longer.
    Pacing(Span),
}
