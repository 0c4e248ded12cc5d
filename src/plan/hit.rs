//! The plan of `hit URL`: one kind of user, one request, no file.
//!
//! In: what was typed. Out: a [`Plan`], compiled like any other from the description that the flags amount to.
//! Its URL, headers and body may hold templates that need no file, such as `{{ rand(1, 20) }}`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::compile::{Choice, compile};
use super::error::Error;
use super::fault::{Fault, Flaw, Place};
use super::model::Plan;
use super::target::Url;
use crate::client::Method;
use crate::config::{self, KeyPath};
use crate::units::{Rate, Span};

/// What was typed after `hit`.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The URL, with its path and query.
    pub url: String,
    /// The method.
    pub method: Method,
    /// Headers as typed: `Name: value`.
    pub headers: Vec<String>,
    /// The body.
    pub body: Option<String>,
    /// Virtual users, where no rate is given.
    pub users: u32,
    /// Arrivals a second: the open model.
    pub rate: Option<Rate>,
    /// Length of the whole run, warm-up included.
    pub duration: Duration,
    /// Left out of every figure.
    pub warmup: Duration,
    /// Requests to make at most.
    pub requests: Option<u64>,
    /// Most virtual users the open model may use at once.
    pub max_users: u32,
    /// Longest wait for a whole answer.
    pub timeout: Duration,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Redirects followed in a row.
    pub redirects: u32,
    /// Keep connections open between requests.
    pub keep_alive: bool,
    /// Accept any certificate.
    pub insecure: bool,
    /// Speak HTTP/2.
    pub http2: bool,
    /// The URL of a proxy.
    pub proxy: Option<String>,
    /// The unix socket to connect to.
    pub unix_socket: Option<PathBuf>,
    /// The address to connect to, as typed: `HOST=ADDRESS`.
    pub resolve: Option<String>,
    /// Hosts beyond loopback and private ranges that may be hit.
    pub allow: Vec<String>,
    /// Seed of every random draw.
    pub seed: u64,
}

#[cfg(test)]
impl Hit {
    /// What is typed by who types a URL alone.
    pub(crate) fn of(url: &str) -> Self {
        Self {
            url: url.into(),
            method: Method::Get,
            headers: Vec::new(),
            body: None,
            users: 64,
            rate: None,
            duration: Duration::from_secs(5),
            warmup: Duration::ZERO,
            requests: None,
            max_users: 1_000,
            timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(3),
            redirects: 0,
            keep_alive: true,
            insecure: false,
            http2: false,
            proxy: None,
            unix_socket: None,
            resolve: None,
            allow: Vec::new(),
            seed: 1,
        }
    }
}

impl Plan {
    /// The plan of `hit URL`. Nothing but loopback and private addresses may be hit, and hosts that were named.
    ///
    /// # Errors
    /// The first thing that is wrong with what was typed.
    pub fn hit(hit: &Hit) -> Result<Self, Error> {
        let plan = describe(hit).and_then(|(config, choice)| compile(&config, &choice));
        let plan = plan.map_err(|Fault { place, flaw: Flaw { message, help } }| {
            let what = match place {
                Place::Flag(flag) => flag,
                Place::Key(path) => flag_of(&path),
            };
            Error::Typed { what, message, help: help.unwrap_or_default() }
        })?;
        Ok(Self { requests: hit.requests, ..plan })
    }
}

/// The flag that became the value at `path` of the description; the request itself is the URL's and its flags'.
fn flag_of(path: &KeyPath) -> &'static str {
    let profile = KeyPath::root().key("profile").key(PROFILE);
    let http = KeyPath::root().key("http");
    if path.is_within(&KeyPath::root().key("target").key("allow")) {
        return "--allow";
    }
    let flags = [
        (KeyPath::root().key("target").key("url"), "URL"),
        (profile.key("users"), "--users"),
        (profile.key("rate"), "--rate"),
        (profile.key("max_users"), "--max-users"),
        (profile.key("duration"), "--duration"),
        (profile.key("warmup"), "--warmup"),
        (http.key("timeout"), "--timeout"),
        (http.key("connect_timeout"), "--connect-timeout"),
        (http.key("proxy"), "--proxy"),
        (http.key("unix_socket"), "--unix-socket"),
        (http.key("resolve"), "--resolve"),
    ];
    flags.into_iter().find(|(known, _)| known == path).map_or("hit", |(_, flag)| flag)
}

const PROFILE: &str = "hit";

/// The description that the flags amount to.
fn describe(hit: &Hit) -> Result<(config::Config, Choice), Fault> {
    let url = Url::parse(&hit.url).map_err(|flaw| flaw.of("URL"))?;
    if hit.requests == Some(0) {
        return Err(Flaw::new("0 requests measure nothing", "write 1 or more").of("--requests"));
    }
    let scheme = if url.https { "https" } else { "http" };
    let target = format!("{scheme}://{}", url.host_header());
    let path = if url.rest.starts_with('/') { url.rest } else { format!("/{}", url.rest) };
    let user = config::User { task: vec![step(hit, path)], ..config::User::default() };
    let profile = config::Profile {
        users: hit.rate.is_none().then_some(hit.users),
        rate: hit.rate,
        max_users: hit.rate.map(|_| hit.max_users),
        duration: Some(Span(hit.duration)),
        warmup: Some(Span(hit.warmup)),
        ..config::Profile::default()
    };
    let config = config::Config {
        target: config::Target { url: Some(target), allow: hit.allow.clone(), ..config::Target::default() },
        http: config::Http {
            timeout: Span(hit.timeout),
            connect_timeout: Span(hit.connect_timeout),
            redirects: hit.redirects,
            keep_alive: hit.keep_alive,
            headers: headers(&hit.headers)?,
            tls: config::Tls { insecure: hit.insecure, ..config::Tls::default() },
            version: if hit.http2 { config::HttpVersion::Http2 } else { config::HttpVersion::Http1 },
            proxy: hit.proxy.clone(),
            unix_socket: hit.unix_socket.clone(),
            resolve: resolve(hit.resolve.as_deref())?,
            ..config::Http::default()
        },
        user: vec![user],
        profile: BTreeMap::from([(PROFILE.to_owned(), profile)]),
        ..config::Config::default()
    };
    let choice = Choice {
        profile: None,
        only: Vec::new(),
        skip: Vec::new(),
        target: None,
        seed: hit.seed,
        base: PathBuf::new(),
        started_url: None,
        environment: |_| None,
    };
    Ok((config, choice))
}

fn resolve(typed: Option<&str>) -> Result<BTreeMap<String, String>, Fault> {
    let Some(typed) = typed else { return Ok(BTreeMap::new()) };
    let (host, address) = typed.split_once('=').ok_or_else(|| {
        Flaw::new(format!("`{typed}` has no `=`"), "write one like api.example.com=127.0.0.1:8443").of("--resolve")
    })?;
    Ok(BTreeMap::from([(host.to_owned(), address.to_owned())]))
}

fn step(hit: &Hit, path: String) -> config::Step {
    let mut step = config::Step { body: hit.body.clone(), ..config::Step::default() };
    let method = match hit.method {
        Method::Get => &mut step.get,
        Method::Post => &mut step.post,
        Method::Put => &mut step.put,
        Method::Patch => &mut step.patch,
        Method::Delete => &mut step.delete,
        Method::Head => &mut step.head,
        Method::Options => &mut step.options,
    };
    *method = Some(path);
    step
}

fn headers(typed: &[String]) -> Result<BTreeMap<String, String>, Fault> {
    let header = |line: &String| match line.split_once(':') {
        Some((name, value)) => Ok((name.trim().to_owned(), value.trim().to_owned())),
        None => Err(Flaw::new(format!("`{line}` is no header"), "write one like 'Accept: text/html'").of("--header")),
    };
    typed.iter().map(header).collect()
}
