//! From a description and what was typed to a plan.
//!
//! In: a [`Config`], and a [`Choice`]. Out: a [`Plan`], or the first thing that is wrong with the description.
//! Reads data files and certificates; sends nothing.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::error::Error;
use super::fault::{Fault, Flaw};
use super::fingerprint::fingerprint;
use super::guard::Guard;
use super::journey::{self, Common, Journeys};
use super::model::Plan;
use super::profile::{self, Profile};
use super::route::{Ground, Way};
use super::server::{self, Server};
use super::tags::Tags;
use super::target::Url;
use super::{abort, checks, classes, ready_made, resources, tls, vocabulary};
use crate::client;
use crate::config::{Config, KeyPath, Source};

/// What was typed beside the description.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The profile to play, instead of the gate's.
    pub profile: Option<String>,
    /// Tags of which each task that is played has one; every task where there are none.
    pub only: Vec<String>,
    /// Tags of which no task that is played has any.
    pub skip: Vec<String>,
    /// The URL to load, instead of `[target] url`.
    pub target: Option<String>,
    /// Seed of every random draw.
    pub seed: u64,
    /// The folder of loadgate.toml: files are relative to it.
    pub base: PathBuf,
    /// The URL of what was started to be played: the demo API, or `[target] command`.
    pub started_url: Option<String>,
    /// Where vars find environment variables.
    pub environment: fn(&str) -> Option<String>,
}

impl Plan {
    /// Compiles a description.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with its place and what to write instead.
    pub fn compile(config: &Config, source: &Source, choice: &Choice) -> Result<Self, Error> {
        compile(config, choice).map_err(|fault| fault.in_file(source))
    }

    /// Hands out the rows of data sets from the first again: call before each further run.
    pub fn rewind(&self) {
        for set in &self.data {
            set.rewind();
        }
    }
}

pub(super) fn compile(config: &Config, choice: &Choice) -> Result<Plan, Fault> {
    let root = KeyPath::root();
    let name = profile::choose(config, choice.profile.as_deref())?;
    let typed = ready_made::typed(config, name).unwrap_or_default();
    let profile = Profile::compile(&typed, &root.key("profile").key(name))?;
    let (url, target) = target(config, choice)?;
    checks::keeps_runs(&config.baseline)?;
    let (dictionary, secrets) = vocabulary::compile(config, choice)?;
    let common = Common {
        config,
        dictionary: &dictionary,
        host: &url.host_header(),
        base_path: url.base_path().map_err(|flaw| place_of_url(choice, flaw))?,
        base: &choice.base,
    };
    let whole = journey::compile(common, &Tags::default())?;
    let tags = Tags::choose(config, &choice.only, &choice.skip)?;
    classes::check(config, &tags, &profile.shape)?;
    let known = whole.endpoints.names.clone();
    let Journeys { users, endpoints, labels, certain, credentials } =
        if tags.is_everything() { whole } else { journey::compile(common, &tags)? };
    let abort = abort::compile(&config.gate.abort, &known)?;
    let left_out = known.into_iter().filter(|name| !endpoints.names.contains(name)).collect();
    Ok(Plan {
        profile: name.to_owned(),
        load: profile.load() + &tags.words(),
        seed: choice.seed,
        target,
        users,
        data: dictionary.data,
        occasional: occasional(&endpoints.names, &certain),
        endpoints: endpoints.names,
        left_out,
        labels: labels.0,
        fingerprint: fingerprint(config, &tags, &profile),
        shape: profile.shape,
        search: profile.search,
        ready_users: 0,
        warmup: profile.warmup,
        requests: None,
        abort,
        iterations: profile.iterations,
        stop_within: profile.stop_within,
        resources: resources::compile(config, choice)?,
        leak: typed.leak,
        secrets,
        credentials,
    })
}

/// The endpoints that no step stands for that is played whatever the answers are.
fn occasional(endpoints: &[String], certain: &BTreeSet<u32>) -> Vec<String> {
    let is_certain = |index: usize| u32::try_from(index).is_ok_and(|index| certain.contains(&index));
    let occasional = endpoints.iter().enumerate().filter(|(index, _)| !is_certain(*index));
    occasional.map(|(_, name)| name.clone()).collect()
}

/// Where requests go: the URL, taken apart, and how to dial it.
fn target(config: &Config, choice: &Choice) -> Result<(Url, client::Target), Fault> {
    let place = |flaw| place_of_url(choice, flaw);
    let text = match (server::under_test(config, choice.target.as_deref())?, &choice.started_url) {
        (Server::Url(url), _) => url,
        (Server::Demo | Server::Command(_), Some(url)) => url.clone(),
        (Server::Demo | Server::Command(_), None) => {
            return Err(place(Flaw::new("the target is not running", "use `gate` or `run`, which start it")));
        }
    };
    let url = Url::parse(&text).map_err(place)?;
    let guard = Guard::compile(&config.target)?;
    let private_only = guard.private_only(&url.host).map_err(place)?;
    let http = &config.http;
    let at = KeyPath::root().key("http");
    let Way { version, route, bind } = Ground { http, url: &url, guard: &guard, base: &choice.base }.way()?;
    let tls = if url.https {
        Some(tls::compile(&http.tls, &url.host, version, &choice.base).map_err(|flaw| flaw.at(&at.key("tls")))?)
    } else {
        None
    };
    checks::positive(http.timeout, &at.key("timeout"))?;
    let target = client::Target {
        host: url.host.clone(),
        port: url.port,
        tls,
        private_only,
        production: guard.production,
        connect_timeout: checks::positive(http.connect_timeout, &at.key("connect_timeout"))?,
        keep_alive: http.keep_alive,
        browsing: browsing(config, &url, version, choice),
        version,
        route,
        bind,
    };
    Ok((url, target))
}

/// Cookies, and where redirects may lead. An `http` target leads to `https` only where this machine has certificates to
/// trust: whoever is not redirected needs none.
fn browsing(config: &Config, url: &Url, version: client::Version, choice: &Choice) -> client::Browsing {
    let root = KeyPath::root();
    let mut steps = config.user.iter().flat_map(|user| journey::steps(user, &root));
    let follows = config.http.redirects > 0 || steps.any(|(_, step)| step.redirects > Some(0));
    let tls = (follows && !url.https).then(|| tls::compile(&config.http.tls, &url.host, version, &choice.base));
    client::Browsing {
        cookies: config.http.cookies,
        allow: config.target.allow.clone(),
        tls: tls.and_then(Result::ok).map(|tls| tls.config),
    }
}

/// A flaw of the URL belongs to where it was typed.
fn place_of_url(choice: &Choice, flaw: Flaw) -> Fault {
    match choice.target {
        Some(_) => flaw.of("--target"),
        None => flaw.at(&KeyPath::root().key("target").key("url")),
    }
}
