//! A build that can be played, and the server it becomes for a block.
//!
//! In: which build, and how it is made and served. Out: a [`Contestant`], checked out and built; from it a [`Server`] with
//! a URL, which can stand still while the other is played. Plays nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::measure::{Build, Origin, Side};
use crate::plan::{self, Launch};
use crate::target::{self, Checkout, Command, Ready, Running, Surroundings, make};

/// The environment variable that makes a server's environment longer.
const PADDING: &str = "LOADGATE_PADDING";

/// A build that can be played. Its checkout lasts as long as it does.
#[derive(Debug)]
pub struct Contestant {
    pub(super) build: Build,
    start: Start,
    _checkout: Option<Checkout>,
}

/// What a build is prepared from.
#[derive(Debug, Clone, Copy)]
pub struct Workshop<'a> {
    /// The folder of loadgate.toml.
    pub folder: &'a Path,
    /// The folder that keeps what builds and servers say.
    pub logs: &'a Path,
    /// Where a build of the working tree comes from.
    pub origin: &'a Origin,
    /// Faults of a candidate that is the demo API.
    pub demo_faults: &'a [String],
}

/// How a build comes to serve.
#[derive(Debug)]
enum Start {
    Url(String),
    Demo(Vec<String>),
    Command { launch: Launch, folder: PathBuf, log: PathBuf },
}

/// A build that serves.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) url: String,
    running: Option<Running>,
}

impl Contestant {
    /// Checks the build out and makes it, where that is asked for; `say` is told what takes time.
    ///
    /// # Errors
    /// The commit can't be checked out, or the build fails.
    pub async fn prepare(
        side: Side,
        build: &plan::Build,
        workshop: Workshop<'_>,
        say: &dyn Fn(&str),
    ) -> Result<Self, target::Error> {
        let mut checkout = None;
        if let Some(reference) = &build.reference {
            say(&format!("checking out {reference} for the {side}"));
            checkout = Some(Checkout::of(workshop.folder, reference).await?);
        }
        let absolute = |path: &Path| std::path::absolute(path).map_err(target::Error::NoPlace);
        let folder = match &checkout {
            Some(checkout) => checkout.folder.clone(),
            None => absolute(&Path::new(".").join(workshop.folder))?,
        };
        let log = |what: &str| absolute(&workshop.logs.join(format!("{side}-{what}.log")));
        if let Some(command) = &build.make {
            say(&format!("building the {side}: {command}"));
            make(command, &folder, &log("build")?).await?;
        }
        let start = match &build.server {
            plan::Server::Url(url) => Start::Url(url.clone()),
            plan::Server::Demo if side == Side::Candidate => Start::Demo(workshop.demo_faults.to_vec()),
            plan::Server::Demo => Start::Demo(Vec::new()),
            plan::Server::Command(launch) => Start::Command { launch: launch.clone(), folder, log: log("server")? },
        };
        // What is served at a URL may be of any commit.
        let tree = Some(workshop.origin).filter(|_| checkout.is_none() && !matches!(start, Start::Url(_)));
        let known = Build {
            name: build.name(),
            commit: match &checkout {
                Some(checkout) => Some(checkout.commit.clone()),
                None => tree.and_then(|origin| origin.commit.clone()),
            },
            reference: build.reference.clone().or_else(|| tree?.reference.clone()),
        };
        Ok(Self { build: known, start, _checkout: checkout })
    }

    /// Starts it and waits until it is ready.
    pub(super) async fn start(&self, seed: u64, padding: usize) -> Result<Server, target::Error> {
        let running = match &self.start {
            Start::Url(url) => return Ok(Server { url: url.clone(), running: None }),
            Start::Demo(faults) => {
                let mut command = Command::demo(faults, seed)?;
                command.env.insert(PADDING.to_owned(), "x".repeat(padding));
                target::start(&command, &Ready::demo()).await?
            }
            Start::Command { launch, folder, log } => {
                let env = BTreeMap::from([(PADDING.to_owned(), "x".repeat(padding))]);
                target::launch(launch, Surroundings { folder, log, env: &env }).await?
            }
        };
        Ok(Server { url: running.url.clone(), running: Some(running) })
    }
}

impl Server {
    /// Stands still, where loadgate started it.
    pub(super) fn pause(&mut self) {
        if let Some(running) = &mut self.running {
            running.pause();
        }
    }

    pub(super) fn resume(&mut self) {
        if let Some(running) = &mut self.running {
            running.resume();
        }
    }

    /// How it ended, where it has: the end of its output with it.
    pub(super) fn obituary(&mut self) -> Option<String> {
        self.running.as_mut()?.obituary()
    }

    pub(super) async fn stop(self) {
        if let Some(running) = self.running {
            running.stop().await;
        }
    }
}
