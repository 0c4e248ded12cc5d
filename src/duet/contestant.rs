//! A build, and the server it becomes for a block.
//!
//! In: how a build is started. Out: a [`Server`] with a URL, which can stand still while the other is played.
//! Plays nothing.

use std::ffi::OsString;
use std::net::TcpListener;
use std::path::PathBuf;

use crate::measure::Build;
use crate::plan::Launch;
use crate::target::{self, Command, Ready, Running};

/// How often a command is started anew that found its port taken by someone else.
const TRIES: u32 = 3;

/// The environment variable that makes a server's environment longer.
const PADDING: &str = "LOADGATE_PADDING";

/// The environment variable that tells a server its port.
const PORT: &str = "PORT";

/// A build that can be played.
#[derive(Debug, Clone, PartialEq)]
pub struct Contestant {
    /// What it is.
    pub build: Build,
    /// How it comes to serve.
    pub start: Start,
}

/// How a build comes to serve.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// It is served already.
    Url(String),
    /// The API built into loadgate, with faults as `loadgate demo` takes them.
    Demo(Vec<String>),
    /// A command.
    Command {
        /// What to start.
        launch: Launch,
        /// The folder to start it in.
        folder: PathBuf,
        /// Where its output is kept.
        log: PathBuf,
    },
}

/// A build that serves.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) url: String,
    running: Option<Running>,
}

impl Contestant {
    /// Starts it and waits until it is ready.
    pub(super) async fn start(&self, seed: u64, padding: usize) -> Result<Server, target::Error> {
        match &self.start {
            Start::Url(url) => Ok(Server { url: url.clone(), running: None }),
            Start::Demo(faults) => {
                let mut command = Command::demo(faults, seed)?;
                command.env.insert(PADDING.to_owned(), "x".repeat(padding));
                Server::of(target::start(&command, &Ready::demo()).await?)
            }
            Start::Command { launch, folder, log } => {
                let mut tries = 1;
                loop {
                    let (command, ready) = on_free_port(launch, folder, log, padding)?;
                    match target::start(&command, &ready).await {
                        Err(target::Error::Exited { .. }) if tries < TRIES => tries += 1,
                        started => return Server::of(started?),
                    }
                }
            }
        }
    }
}

impl Server {
    #[expect(clippy::unnecessary_wraps, reason = "it ends chains of what can fail")]
    fn of(running: Running) -> Result<Self, target::Error> {
        Ok(Self { url: running.url.clone(), running: Some(running) })
    }

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

/// A command as it is started on a port that is free now. Someone may take it before the command does: then it exits, and
/// is started again.
fn on_free_port(
    launch: &Launch,
    folder: &std::path::Path,
    log: &std::path::Path,
    padding: usize,
) -> Result<(Command, Ready), target::Error> {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = listener.map_err(target::Error::NoPort)?.port().to_string();
    let with_port = |text: &str| text.replace("{port}", &port);
    let mut words = launch.command.iter().map(|word| OsString::from(with_port(word)));
    let program = words.next().unwrap_or_default();
    let mut env: std::collections::BTreeMap<String, String> =
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
    use std::collections::BTreeMap;
    use std::path::Path;
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
