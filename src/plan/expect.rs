//! What an answer must be.
//!
//! In: `expect` of a step. Out: [`Expectations`], and whether an answer holds.
//! The cheap ones are asked first; the first that breaks names the failure.

use std::time::Duration;

use regex::bytes::Regex;
use serde_json_path::JsonPath;

use super::answer::Answer;
use super::checks::positive;
use super::data::DataSet;
use super::escape::Escape;
use super::expected::Expected;
use super::extract::{json_path, pattern_of};
use super::fault::{Fault, Flaw};
use super::journey::Labels;
use super::like::Like;
use super::names::Names;
use super::scope::Scope;
use super::template::Template;
use crate::client::Wants;
use crate::config::{self, BodyExpectation, KeyPath, Status, Statuses, TextExpectation};

/// Why an answer does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// A status of 400 or more that was not expected.
    Status(u16),
    /// An expectation or extraction, by its index in `Plan::labels`.
    Expectation(u32),
}

/// What an answer must be.
#[derive(Debug, Default)]
pub(super) struct Expectations {
    pub(super) status: Option<(Vec<Status>, u32)>,
    pub(super) time: Option<(Duration, u32)>,
    pub(super) headers: Vec<(String, Wanted, u32)>,
    pub(super) cookies: Vec<(String, Wanted, u32)>,
    pub(super) contains: Option<(Template, u32)>,
    pub(super) matches: Option<(Regex, u32)>,
    pub(super) json: Vec<(JsonPath, WantedJson, u32)>,
    /// What errors in the answer to a GraphQL request are called, where they fail it.
    pub(super) graphql_errors: Option<u32>,
}

/// What a header or cookie must be.
#[derive(Debug)]
pub(super) enum Wanted {
    /// This text.
    Is(Template),
    /// Something that matches.
    Matches(Regex),
}

/// What a JSON value must be.
#[derive(Debug)]
pub(super) enum WantedJson {
    /// This value.
    Value(Expected),
    /// Something like it.
    Like(Like),
}

impl Wanted {
    fn compile(typed: &TextExpectation, names: &Names<'_>) -> Result<Self, Flaw> {
        match typed {
            TextExpectation::Is(text) => names.template(text, Escape::Raw).map(Self::Is),
            TextExpectation::Matches(pattern) => pattern_of(pattern).map(Self::Matches),
        }
    }

    fn template(&self) -> Option<&Template> {
        match self {
            Self::Is(template) => Some(template),
            Self::Matches(_) => None,
        }
    }

    /// Whether one of the values holds.
    fn holds<'b>(&self, mut values: impl Iterator<Item = &'b [u8]>, data: &[DataSet], scope: &mut Scope) -> bool {
        match self {
            Self::Is(text) => {
                let text = text.rendered(data, scope);
                values.any(|value| value == &*text)
            }
            Self::Matches(pattern) => values.any(|value| pattern.is_match(value)),
        }
    }
}

impl WantedJson {
    fn compile(typed: &serde_json::Value, names: &Names<'_>) -> Result<Self, Flaw> {
        match Like::compile(typed)? {
            Some(like) => Ok(Self::Like(like)),
            None => Expected::compile(typed, names).map(Self::Value),
        }
    }

    fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Value(value) => value.templates(),
            Self::Like(_) => Vec::new(),
        }
    }

    fn holds(&self, found: Option<&serde_json::Value>, data: &[DataSet], scope: &mut Scope) -> bool {
        match self {
            Self::Value(value) => found.is_some_and(|found| value.equals(found, data, scope)),
            Self::Like(like) => like.holds(found),
        }
    }
}

impl Expectations {
    /// Compiles what was typed at `at`.
    fn compile(expect: &config::Expect, at: &KeyPath, names: &Names<'_>, labels: &mut Labels) -> Result<Self, Fault> {
        let mut all = Self::default();
        if let Some(Statuses(statuses)) = &expect.status {
            all.status = Some((statuses.clone(), labels.index("expect status")));
        }
        if let Some(time) = expect.time {
            all.time = Some((positive(time, &at.key("time"))?, labels.index("expect time")));
        }
        for (name, value) in &expect.header {
            let wanted = Wanted::compile(value, names).map_err(|flaw| flaw.at(&at.key("header").key(name)))?;
            all.headers.push((name.clone(), wanted, labels.index(&format!("expect header {name}"))));
        }
        for (name, value) in &expect.cookie {
            let wanted = Wanted::compile(value, names).map_err(|flaw| flaw.at(&at.key("cookie").key(name)))?;
            all.cookies.push((name.clone(), wanted, labels.index(&format!("expect cookie {name}"))));
        }
        if let Some(body) = &expect.body {
            all.compile_body(body, &at.key("body"), names, labels)?;
        }
        for (path, value) in &expect.json {
            let place = at.key("json").key(path);
            let found = json_path(path).map_err(|flaw| flaw.at(&place))?;
            let expected = WantedJson::compile(value, names).map_err(|flaw| flaw.at(&place))?;
            all.json.push((found, expected, labels.index(&format!("expect json {path}"))));
        }
        Ok(all)
    }

    /// Compiles what is expected of the answer to a step, be it typed or what goes without saying.
    pub(super) fn of(step: &config::Step, at: &KeyPath, names: &Names<'_>, labels: &mut Labels) -> Result<Self, Fault> {
        let at = at.key("expect");
        let mut all = match &step.expect {
            Some(expect) => Self::compile(expect, &at, names, labels)?,
            None => Self::default(),
        };
        let allowed = step.expect.as_ref().and_then(|expect| expect.graphql_errors);
        if allowed.is_some() && step.graphql.is_none() {
            let flaw = Flaw::new("only a `graphql` request has GraphQL errors", "leave `graphql_errors` away");
            return Err(flaw.at(&at.key("graphql_errors")));
        }
        if step.graphql.is_some() && allowed != Some(true) {
            all.graphql_errors = Some(labels.index("graphql errors"));
        }
        Ok(all)
    }

    fn compile_body(
        &mut self,
        body: &BodyExpectation,
        at: &KeyPath,
        names: &Names<'_>,
        labels: &mut Labels,
    ) -> Result<(), Fault> {
        let BodyExpectation { contains, regex } = body;
        if contains.is_none() && regex.is_none() {
            let flaw = Flaw::new("nothing is expected of the body", "write { contains = \"…\" } or { regex = \"…\" }");
            return Err(flaw.at(at));
        }
        let label = labels.index("expect body");
        if let Some(text) = contains {
            let template = names.template(text, Escape::Raw).map_err(|flaw| flaw.at(&at.key("contains")))?;
            self.contains = Some((template, label));
        }
        if let Some(pattern) = regex {
            self.matches = Some((pattern_of(pattern).map_err(|flaw| flaw.at(&at.key("regex")))?, label));
        }
        Ok(())
    }

    /// What they read of an answer.
    pub(super) fn wants(&self) -> Wants {
        let body = self.contains.is_some() || self.matches.is_some() || !self.json.is_empty();
        Wants {
            head: !self.headers.is_empty() || !self.cookies.is_empty(),
            body: body || self.graphql_errors.is_some(),
        }
    }

    /// Indices of the data sets they compare with.
    pub(super) fn data(&self) -> impl Iterator<Item = usize> {
        let templates = self.headers.iter().chain(&self.cookies).filter_map(|(_, wanted, _)| wanted.template());
        let templates = templates.chain(self.contains.iter().map(|(template, _)| template));
        let texts = self.json.iter().flat_map(|(_, expected, _)| expected.templates());
        templates.chain(texts).flat_map(Template::data)
    }

    /// Whether an answer that took `service` holds.
    pub(super) fn check(
        &self,
        answer: &Answer<'_>,
        service: Duration,
        data: &[DataSet],
        scope: &mut Scope,
    ) -> Result<(), Broken> {
        self.check_status(answer.status())?;
        for (name, wanted, label) in &self.headers {
            holds(wanted.holds(answer.header(name), data, scope), *label)?;
        }
        for (name, wanted, label) in &self.cookies {
            holds(wanted.holds(answer.cookie(name).into_iter(), data, scope), *label)?;
        }
        if let Some(label) = self.graphql_errors {
            holds(answer.graphql_errors().is_none(), label)?;
        }
        if let Some((text, label)) = &self.contains {
            let text = text.rendered(data, scope);
            holds(memchr::memmem::find(answer.body(), &text).is_some(), *label)?;
        }
        if let Some((pattern, label)) = &self.matches {
            holds(pattern.is_match(answer.body()), *label)?;
        }
        for (path, expected, label) in &self.json {
            holds(expected.holds(answer.json(path), data, scope), *label)?;
        }
        match self.time {
            Some((most, label)) => holds(service <= most, label),
            None => Ok(()),
        }
    }

    fn check_status(&self, status: u16) -> Result<(), Broken> {
        match &self.status {
            Some((expected, _)) if expected.iter().any(|expected| expected.holds(status)) => Ok(()),
            Some((_, label)) if status < 400 => Err(Broken::Expectation(*label)),
            None if status < 400 => Ok(()),
            _ => Err(Broken::Status(status)),
        }
    }
}

fn holds(condition: bool, label: u32) -> Result<(), Broken> {
    if condition { Ok(()) } else { Err(Broken::Expectation(label)) }
}
