//! How the API under test comes to serve: started by a command, built in, or there already.
//!
//! In: `command`, `env`, `ready` and `url` of `[target]` or of a build of `[duet]`. Out: a [`Server`]. Starts nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use super::error::Error;
use super::fault::{Fault, Flaw};
use crate::config::{self, Config, KeyPath, Source};

const READY_WITHIN: Duration = Duration::from_secs(30);

/// How an API comes to serve.
#[derive(Debug, Clone, PartialEq)]
pub enum Server {
    /// The API built into loadgate, started for each run or block.
    Demo,
    /// It is served already, and can't be restarted.
    Url(String),
    /// A command, started for each run or block.
    Command(Launch),
}

/// A command to serve an API with; `{port}` in any of its texts stands for a free port.
#[derive(Debug, Clone, PartialEq)]
pub struct Launch {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Environment variables.
    pub env: BTreeMap<String, String>,
    /// The URL it serves.
    pub url: String,
    /// The path that is answered once it is ready.
    pub ready_path: String,
    /// The status it is answered with then; none where any will do.
    pub ready_status: Option<u16>,
    /// How long it may take.
    pub ready_within: Duration,
}

impl Launch {
    /// Whether it is told the port to serve at, so that another may do where one is taken.
    #[must_use]
    pub fn names_port(&self) -> bool {
        self.url.contains("{port}")
    }
}

/// What was typed of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Typed<'a> {
    pub(super) command: Option<&'a [String]>,
    pub(super) env: &'a BTreeMap<String, String>,
    pub(super) ready: Option<&'a config::Ready>,
    pub(super) url: Option<&'a str>,
}

impl<'a> Typed<'a> {
    pub(super) fn of(build: &'a config::Build) -> Self {
        let config::Build { command, env, ready, url, .. } = build;
        Self { command: command.as_deref(), env, ready: ready.as_ref(), url: url.as_deref() }
    }

    pub(super) fn of_target(target: &'a config::Target) -> Self {
        let config::Target { command, env, ready, url, .. } = target;
        Self { command: command.as_deref(), env, ready: ready.as_ref(), url: url.as_deref() }
    }
}

impl Server {
    /// The API under test: `typed` on the command line, or as `[target]` says.
    ///
    /// # Errors
    /// There is none, or it can't be meant so.
    pub fn under_test(config: &Config, source: &Source, typed: Option<&str>) -> Result<Self, Error> {
        under_test(config, typed).map_err(|fault| fault.in_file(source))
    }

    /// The URL that stands for it until it is started: only checked, never dialled.
    #[must_use]
    pub fn url_to_come(&self) -> String {
        match self {
            Self::Demo => "http://127.0.0.1:1".to_owned(),
            Self::Url(url) => url.clone(),
            Self::Command(launch) => launch.url.replace("{port}", "1"),
        }
    }

    /// Whether loadgate starts it.
    #[must_use]
    pub fn is_started_here(&self) -> bool {
        !matches!(self, Self::Url(_))
    }

    /// Checks what was typed at `at`.
    pub(super) fn of(typed: Typed<'_>, at: &KeyPath) -> Result<Self, Fault> {
        let Some(command) = typed.command else {
            return match typed.url {
                Some("demo") => Ok(Self::Demo),
                Some(url) => Ok(Self::Url(url.to_owned())),
                None => Err(Flaw::new("nothing says how this build is served", "write a `command`, or a `url`").at(at)),
            };
        };
        if command.first().is_none_or(String::is_empty) {
            return Err(Flaw::new("the command is empty", "write the program and its arguments").at(&at.key("command")));
        }
        let path = typed.ready.map_or("/", |ready| ready.get.as_str());
        if !path.starts_with('/') {
            return Err(Flaw::new(format!("`{path}` is no path"), "write one like \"/health\"").at(&at.key("ready")));
        }
        let within = typed.ready.and_then(|ready| ready.within);
        Ok(Self::Command(Launch {
            command: command.to_vec(),
            env: typed.env.clone(),
            url: typed.url.unwrap_or("http://127.0.0.1:{port}").to_owned(),
            ready_path: path.to_owned(),
            ready_status: typed.ready.and_then(|ready| ready.status),
            ready_within: within.map_or(READY_WITHIN, |within| within.0),
        }))
    }
}

pub(super) fn under_test(config: &Config, typed: Option<&str>) -> Result<Server, Fault> {
    let at = KeyPath::root().key("target");
    let target = &config.target;
    if let Some(url) = typed {
        return Ok(if url == "demo" { Server::Demo } else { Server::Url(url.to_owned()) });
    }
    if target.command.is_some() && target.url.as_deref() == Some("demo") {
        let flaw = Flaw::new("the demo API has no command", "leave `command` away, or write the URL that it serves");
        return Err(flaw.at(&at.key("command")));
    }
    let belong_to_a_command = [("env", !target.env.is_empty()), ("ready", target.ready.is_some())];
    if let Some((key, _)) = belong_to_a_command.into_iter().find(|(_, is_typed)| *is_typed && target.command.is_none())
    {
        let flaw = Flaw::new(
            format!("`{key}` is for a target that is started here"),
            "write its `command` too, or leave it away",
        );
        return Err(flaw.at(&at.key(key)));
    }
    if target.command.is_none() && target.url.is_none() {
        let help = "write [target] url = \"http://127.0.0.1:8000\", or \"demo\", or the command that serves it";
        return Err(Flaw::new("there is no target", help).at(&at));
    }
    Server::of(Typed::of_target(target), &at)
}
