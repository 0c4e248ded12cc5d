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
use super::names::Names;
use super::scope::Scope;
use super::template::Template;
use crate::client::Wants;
use crate::config::{self, BodyExpectation, KeyPath, Statuses};

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
    pub(super) status: Option<(Vec<u16>, u32)>,
    pub(super) time: Option<(Duration, u32)>,
    pub(super) headers: Vec<(String, Template, u32)>,
    pub(super) contains: Option<(Template, u32)>,
    pub(super) matches: Option<(Regex, u32)>,
    pub(super) json: Vec<(JsonPath, Expected, u32)>,
}

impl Expectations {
    /// Compiles what was typed at `at`.
    pub(super) fn compile(
        expect: &config::Expect,
        at: &KeyPath,
        names: &Names<'_>,
        labels: &mut Labels,
    ) -> Result<Self, Fault> {
        let mut all = Self::default();
        if let Some(Statuses(statuses)) = &expect.status {
            all.status = Some((statuses.clone(), labels.index("expect status")));
        }
        if let Some(time) = expect.time {
            all.time = Some((positive(time, &at.key("time"))?, labels.index("expect time")));
        }
        for (name, value) in &expect.header {
            let template = names.template(value, Escape::Raw).map_err(|flaw| flaw.at(&at.key("header").key(name)))?;
            all.headers.push((name.clone(), template, labels.index(&format!("expect header {name}"))));
        }
        if let Some(body) = &expect.body {
            all.compile_body(body, &at.key("body"), names, labels)?;
        }
        for (path, value) in &expect.json {
            let place = at.key("json").key(path);
            let found = json_path(path).map_err(|flaw| flaw.at(&place))?;
            let expected = Expected::compile(value, names).map_err(|flaw| flaw.at(&place))?;
            all.json.push((found, expected, labels.index(&format!("expect json {path}"))));
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
        Wants { head: !self.headers.is_empty(), body }
    }

    /// Indices of the data sets they compare with.
    pub(super) fn data(&self) -> impl Iterator<Item = usize> {
        let templates = self.headers.iter().map(|(_, template, _)| template);
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
        for (name, expected, label) in &self.headers {
            let expected = expected.rendered(data, scope);
            holds(answer.header(name).any(|value| value == &*expected), *label)?;
        }
        if let Some((text, label)) = &self.contains {
            let text = text.rendered(data, scope);
            holds(memchr::memmem::find(answer.body(), &text).is_some(), *label)?;
        }
        if let Some((pattern, label)) = &self.matches {
            holds(pattern.is_match(answer.body()), *label)?;
        }
        for (path, expected, label) in &self.json {
            holds(answer.json(path).is_some_and(|found| expected.equals(found, data, scope)), *label)?;
        }
        match self.time {
            Some((most, label)) => holds(service <= most, label),
            None => Ok(()),
        }
    }

    fn check_status(&self, status: u16) -> Result<(), Broken> {
        match &self.status {
            Some((expected, _)) if expected.contains(&status) => Ok(()),
            Some((_, label)) if status < 400 => Err(Broken::Expectation(*label)),
            None if status < 400 => Ok(()),
            _ => Err(Broken::Status(status)),
        }
    }
}

fn holds(condition: bool, label: u32) -> Result<(), Broken> {
    if condition { Ok(()) } else { Err(Broken::Expectation(label)) }
}
