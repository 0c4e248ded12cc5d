//! A build that can be played, and the server it becomes for a block.
//!
//! In: which build, and how it is made and served. Out: a [`Contestant`], checked out and built; from it a [`Server`] with
//! a URL, which can stand still while the other is played. Plays nothing.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use crate::measure::{Build, Origin, Side};
use crate::plan::{self, Launch};
use crate::target::{self, Checkout, Command, Ready, Running, make};

/// How often a command is started anew that found its port taken by someone else.
const TRIES: u32 = 3;

/// The environment variable that makes a server's environment longer.
const PADDING: &str = "LOADGATE_PADDING";

/// The environment variable that tells a server its port.
const PORT: &str = "PORT";

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
            Start::Command { launch, folder, log } => start_on_free_port(launch, folder, log, padding).await?,
        };
        Ok(Server { url: running.url.clone(), running: Some(running) })
    }
}

/// Starts a command on a port that is free. Someone may take it before the command does: then it exits, and is started
/// again on another.
async fn start_on_free_port(
    launch: &Launch,
    folder: &Path,
    log: &Path,
    padding: usize,
) -> Result<Running, target::Error> {
    for _ in 1..TRIES {
        let (command, ready) = on_free_port(launch, folder, log, padding)?;
        match target::start(&command, &ready).await {
            Err(target::Error::Exited { .. }) => {}
            started => return started,
        }
    }
    let (command, ready) = on_free_port(launch, folder, log, padding)?;
    target::start(&command, &ready).await
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
        let running = self.running.as_mut()?;
        let status = running.exit_status()?;
        Some(format!("it exited ({status}) and last said: {}", running.last_lines()))
    }

    pub(super) async fn stop(self) {
        if let Some(running) = self.running {
            running.stop().await;
        }
    }
}

/// A command with a port that is free now.
fn on_free_port(launch: &Launch, folder: &Path, log: &Path, padding: usize) -> Result<(Command, Ready), target::Error> {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = listener.map_err(target::Error::NoPort)?.port().to_string();
    let with_port = |text: &str| text.replace("{port}", &port);
    let mut words = launch.command.iter().map(|word| OsString::from(with_port(word)));
    let program = words.next().unwrap_or_default();
    let mut env: BTreeMap<String, String> =
        launch.env.iter().map(|(name, value)| (name.clone(), with_port(value))).collect();
    env.entry(PORT.to_owned()).or_insert_with(|| port.clone());
    env.insert(PADDING.to_owned(), "x".repeat(padding));
    let command =
        Command { program, args: words.collect(), folder: Some(folder.to_owned()), env, log: Some(log.to_owned()) };
    let ready = Ready {
        url: Some(with_port(&launch.url)),
        path: launch.ready_path.clone(),
        status: launch.ready_status,
        within: launch.ready_within,
    };
    Ok((command, ready))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_port_is_put_wherever_it_stands() {
        let launch = Launch {
            command: vec!["shop".to_owned(), "--listen=127.0.0.1:{port}".to_owned()],
            env: BTreeMap::from([("BIND".to_owned(), "0.0.0.0:{port}".to_owned())]),
            url: "http://127.0.0.1:{port}/api".to_owned(),
            ready_path: "/health".to_owned(),
            ready_status: None,
            ready_within: Duration::from_secs(1),
        };
        let (command, ready) = on_free_port(&launch, Path::new("/srv"), Path::new("/srv/log"), 3).unwrap();
        let port = &command.env[PORT];
        assert_eq!(command.program, "shop");
        assert_eq!(command.args, [OsString::from(format!("--listen=127.0.0.1:{port}"))]);
        assert_eq!(command.env["BIND"], format!("0.0.0.0:{port}"));
        assert_eq!(command.env[PADDING], "xxx");
        assert_eq!(ready.url, Some(format!("http://127.0.0.1:{port}/api")));
    }
}
