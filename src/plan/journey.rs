//! What virtual users do: users, tasks and steps, checked and compiled.
//!
//! In: `[[user]]` with everything in it. Out: [`Journeys`], whose steps are ready to send.
//! How much of it is done when is the profile's.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::body::{Body, pairs};
use super::checks::{check_reads, method, positive, step_think, think, weight};
use super::credentials::Credentials;
use super::escape::Escape;
use super::expect::Expectations;
use super::extract::{Extractor, Source};
use super::fault::{Fault, Flaw};
use super::headers::{Headers, check_known};
use super::model::User;
use super::names::{Dictionary, Names};
use super::recipe::{self, Recipe};
use super::step::{Prepared, Redirects, Step};
use super::tags::Tags;
use super::template::Template;
use crate::client::Method;
use crate::config::{self, Config, KeyPath};

/// What virtual users do.
#[derive(Debug, Default)]
pub(super) struct Journeys {
    pub(super) users: Vec<User>,
    pub(super) endpoints: Endpoints,
    pub(super) labels: Labels,
    /// Endpoints of steps that stand under no condition, by index.
    pub(super) certain: BTreeSet<u32>,
    pub(super) credentials: Credentials,
}

/// What all requests have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Common<'a> {
    pub(super) config: &'a Config,
    pub(super) dictionary: &'a Dictionary,
    /// The `Host` header.
    pub(super) host: &'a str,
    /// The path in front of every path.
    pub(super) base_path: &'a str,
    /// The folder that files are relative to.
    pub(super) base: &'a Path,
}

/// Compiles all kinds of users, and the tasks that tags choose.
pub(super) fn compile(common: Common<'_>, tags: &Tags<'_>) -> Result<Journeys, Fault> {
    let at = KeyPath::root().key("user");
    if common.config.user.is_empty() {
        return Err(Flaw::new("there are no users", "describe one: [[user]] with a [[user.task]]").at(&at));
    }
    let mut journeys = Journeys::default();
    for (index, user) in common.config.user.iter().enumerate().filter(|(_, user)| tags.play_one_of(user)) {
        let user = journeys.user(common, tags, user, index, &at.index(index))?;
        journeys.users.push(user);
    }
    Ok(journeys)
}

/// The steps of a user, with their places, in the order they stand; tasks, groups and what is in them alike.
pub(super) fn steps<'a>(user: &'a config::User, at: &KeyPath) -> Vec<(KeyPath, &'a config::Step)> {
    let mut all = Vec::new();
    for (key, list) in [("start", &user.start), ("task", &user.task), ("stop", &user.stop)] {
        collect(list, &at.key(key), &mut all);
    }
    all
}

fn collect<'a>(list: &'a [config::Step], at: &KeyPath, all: &mut Vec<(KeyPath, &'a config::Step)>) {
    for (index, step) in list.iter().enumerate() {
        let at = at.index(index);
        all.push((at.clone(), step));
        collect(&step.step, &at.key("step"), all);
    }
}

/// The endpoints that a description names, in the order in which they stand; some more than once.
#[must_use]
pub fn named_endpoints(config: &Config) -> Vec<String> {
    let root = KeyPath::root();
    let steps = config.user.iter().flat_map(|user| steps(user, &root));
    let requests = steps.filter_map(|(at, step)| Some((step, method(step, &at).ok()?)));
    requests.map(|(step, (method, _, path))| step.name.clone().unwrap_or_else(|| request(method, path))).collect()
}

/// What an endpoint is called that has no name of its own.
fn request(method: Method, path: &str) -> String {
    let without_query = path.split_once('?').map_or(path, |(path, _)| path);
    format!("{} {without_query}", method.as_str())
}

/// What a step of one kind of user inherits.
#[derive(Debug)]
pub(super) struct Inherited<'a> {
    common: Common<'a>,
    headers: Headers<'a>,
    /// Slots that this kind of user fills.
    pub(super) own: &'a [usize],
}

impl Journeys {
    fn user(
        &mut self,
        common: Common<'_>,
        tags: &Tags<'_>,
        user: &config::User,
        index: usize,
        at: &KeyPath,
    ) -> Result<User, Fault> {
        let dictionary = common.dictionary;
        let extracts = steps(user, at).into_iter().flat_map(|(_, step)| step.extract.keys());
        let own: Vec<usize> = extracts.filter_map(|name| dictionary.slots.get(name).copied()).collect();
        let mut headers = Headers::default();
        let (http, http_at) = (&common.config.http, KeyPath::root().key("http"));
        headers.add(&http.headers, &http_at.key("headers"), None)?;
        headers.add_auth(http.auth.as_ref(), &http.headers, &http_at.key("auth"), None)?;
        headers.add(&user.headers, &at.key("headers"), Some(&own))?;
        headers.add_auth(user.auth.as_ref(), &user.headers, &at.key("auth"), Some(&own))?;
        let inherited = Inherited { common, headers, own: &own };

        let mut names = Names::new(dictionary);
        let start = self.sequence(&inherited, &user.start, &at.key("start"), &mut names)?;
        if user.task.is_empty() {
            return Err(Flaw::new("the user has no task", "give it one: [[user.task]] with get = \"/path\"").at(at));
        }
        let mut tasks = Vec::new();
        for (index, task) in user.task.iter().enumerate().filter(|(_, task)| tags.play(task)) {
            tasks.push(self.task(&inherited, task, &at.key("task").index(index), names.clone())?);
        }
        let stop = self.sequence(&inherited, &user.stop, &at.key("stop"), &mut names)?;
        Ok(User {
            name: user.name.clone().unwrap_or_else(|| format!("user {}", index + 1)),
            weight: weight(user.weight, at)?,
            count: user.count,
            start_after: user.start_after.map_or(Duration::ZERO, |after| after.0),
            think: think(user.think.as_ref(), &at.key("think"))?,
            start,
            tasks,
            stop,
            values: dictionary.slots.len(),
        })
    }

    pub(super) fn step(
        &mut self,
        inherited: &Inherited<'_>,
        step: &config::Step,
        at: &KeyPath,
        names: &mut Names<'_>,
    ) -> Result<Arc<Step>, Fault> {
        let common = inherited.common;
        let (method, key, path) = method(step, at)?;
        let request = request(method, path);
        let name = step.name.as_deref().unwrap_or(&request);
        let endpoint = self
            .endpoints
            .index(name, &request)
            .map_err(|flaw| flaw.at(&at.key(if step.name.is_some() { "name" } else { key })))?;

        let recipe = self.recipe(inherited, step, at, names, (method, key, path))?;
        let expect = Expectations::of(step, at, names, &mut self.labels)?;
        let extract = self.extractors(step, at, names)?;
        let mut data: Vec<usize> = recipe.data().chain(expect.data()).collect();
        data.sort_unstable();
        data.dedup();
        names.fill(extract.iter().map(|extractor| extractor.slot));
        let step = Step {
            endpoint,
            timeout: match step.timeout {
                Some(timeout) => positive(timeout, &at.key("timeout"))?,
                None => common.config.http.timeout.0,
            },
            redirects: match step.redirects.unwrap_or(common.config.http.redirects) {
                0 => None,
                most => Some(Redirects { most, endpoint: self.endpoints.redirected(name) }),
            },
            think: step_think(step, at)?,
            prepared: recipe.constant().map_or(Prepared::Templated(recipe), Prepared::Static),
            data,
            expect,
            extract,
        };
        check_reads(&step, method, at)?;
        Ok(Arc::new(step))
    }

    fn recipe(
        &mut self,
        inherited: &Inherited<'_>,
        step: &config::Step,
        at: &KeyPath,
        names: &Names<'_>,
        (method, key, path): (Method, &str, &str),
    ) -> Result<Recipe, Fault> {
        let common = inherited.common;
        let Body { template: body, content_type, accept } = Body::compile(step, at, common.base, names)?;
        let mut headers = inherited.headers.clone();
        headers.add(&step.headers, &at.key("headers"), Some(inherited.own))?;
        headers.add_auth(step.auth.as_ref(), &step.headers, &at.key("auth"), Some(inherited.own))?;
        check_known(step.auth.as_ref(), &at.key("auth"), names)?;
        headers.add_default("Host", common.host);
        headers.add_default("User-Agent", concat!("loadgate/", env!("CARGO_PKG_VERSION")));
        headers.add_default("Accept", accept.unwrap_or("*/*"));
        if let Some(content_type) = &content_type {
            headers.add_default("Content-Type", content_type);
        }
        if common.config.http.compression {
            headers.add_default("Accept-Encoding", "gzip, br, zstd");
        }
        if !common.config.http.keep_alive {
            headers.add_default("Connection", "close");
        }
        self.credentials.add(headers.credentials(names)?);
        let mut query = Template::default();
        pairs(&step.query, &at.key("query"), Escape::Query, &mut query, names)?;
        Ok(Recipe {
            method,
            query,
            path: recipe::path(path, common.base_path, names).map_err(|flaw| flaw.at(&at.key(key)))?,
            headers: headers.compile(names)?,
            body,
        })
    }

    fn extractors(&mut self, step: &config::Step, at: &KeyPath, names: &Names<'_>) -> Result<Vec<Extractor>, Fault> {
        let mut extractors = Vec::new();
        for (name, source) in &step.extract {
            let place = source.trim().trim_start_matches("json:").trim().to_owned();
            let source = Source::parse(source).map_err(|flaw| flaw.at(&at.key("extract").key(name)))?;
            let label = self.labels.index(&format!("extract {name}"));
            extractors.extend(names.slot(name).map(|slot| Extractor { slot, label, source, place }));
        }
        Ok(extractors)
    }
}

/// What the names of endpoints end with that stand for the requests to which redirects lead. No step is called so.
const REDIRECTED: &str = " (redirected)";

/// The names of the endpoints, and what each stands for.
#[derive(Debug, Default)]
pub(super) struct Endpoints {
    pub(super) names: Vec<String>,
    /// Method and path, by the same index.
    requests: Vec<String>,
}

impl Endpoints {
    /// The index of an endpoint. Steps share one if they share its name, method and path: two different requests
    /// under one name would hide each other's latencies.
    fn index(&mut self, name: &str, request: &str) -> Result<u32, Flaw> {
        let is_taken = name == "(all)" || name.ends_with(REDIRECTED);
        if name.trim().is_empty() || is_taken || name.chars().any(char::is_control) {
            let message = format!("`{}` cannot be the name of an endpoint", name.escape_debug());
            return Err(Flaw::new(message, "write a short name, such as create_order"));
        }
        let at = self.place(name, request);
        match self.requests.get(at) {
            Some(other) if other != request => {
                let message = format!("`{name}` is two requests: `{other}` and `{request}`");
                Err(Flaw::new(message, "give one of them another name"))
            }
            _ => Ok(u32::try_from(at).unwrap_or(u32::MAX)),
        }
    }

    /// The index of the endpoint of the requests to which redirects from another one lead.
    fn redirected(&mut self, name: &str) -> u32 {
        u32::try_from(self.place(&format!("{name}{REDIRECTED}"), "")).unwrap_or(u32::MAX)
    }

    /// Where a name stands, new or not.
    fn place(&mut self, name: &str, request: &str) -> usize {
        let at = self.names.iter().position(|known| known == name).unwrap_or(self.names.len());
        if at == self.names.len() {
            self.names.push(name.to_owned());
            self.requests.push(request.to_owned());
        }
        at
    }
}

/// What failed expectations and extractions are called.
#[derive(Debug, Default)]
pub(super) struct Labels(pub(super) Vec<String>);

impl Labels {
    /// The index of a label.
    pub(super) fn index(&mut self, label: &str) -> u32 {
        let at = self.0.iter().position(|known| known == label).unwrap_or(self.0.len());
        if at == self.0.len() {
            self.0.push(label.to_owned());
        }
        u32::try_from(at).unwrap_or(u32::MAX)
    }
}
