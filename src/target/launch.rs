//! A command started on a port that is free.
//!
//! In: a [`Launch`] of a plan, and where to start it. Out: a [`Running`] target. Chooses nothing but the port.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::TcpListener;
use std::path::Path;

use super::{Command, Error, Ready, Running, start};
use crate::plan::Launch;

/// How often a command is started anew that found its port taken by someone else.
const TRIES: u32 = 3;

/// The environment variable that tells a server its port.
const PORT: &str = "PORT";

/// Where a command is started.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The folder to start it in.
    pub folder: &'a Path,
    /// The file that keeps what it says.
    pub log: &'a Path,
    /// Environment variables beside its own.
    pub env: &'a BTreeMap<String, String>,
}

/// Starts a command on a port that is free, and waits until it is ready. Someone may take the port before the command does:
/// then it exits, and is started again on another.
///
/// # Errors
/// It can't be started, exits, or isn't ready in time. Then nothing of it is left running.
pub async fn launch(launch: &Launch, surroundings: Surroundings<'_>) -> Result<Running, Error> {
    let has_free_port = launch.names_port();
    for _ in 1..TRIES {
        let (command, ready) = on_free_port(launch, surroundings)?;
        match start(&command, &ready).await {
            Err(Error::Exited { .. }) if has_free_port => {}
            started => return started,
        }
    }
    let (command, ready) = on_free_port(launch, surroundings)?;
    start(&command, &ready).await
}

/// A command with a port that is free now.
fn on_free_port(launch: &Launch, surroundings: Surroundings<'_>) -> Result<(Command, Ready), Error> {
    let Surroundings { folder, log, env: more } = surroundings;
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = listener.map_err(Error::NoPort)?.port().to_string();
    let with_port = |text: &str| text.replace("{port}", &port);
    let mut words = launch.command.iter().map(|word| OsString::from(with_port(word)));
    let program = words.next().unwrap_or_default();
    let mut env: BTreeMap<String, String> =
        launch.env.iter().map(|(name, value)| (name.clone(), with_port(value))).collect();
    env.entry(PORT.to_owned()).or_insert_with(|| port.clone());
    env.extend(more.clone());
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
        let more = BTreeMap::from([("PADDING".to_owned(), "xxx".to_owned())]);
        let surroundings = Surroundings { folder: Path::new("/srv"), log: Path::new("/srv/log"), env: &more };
        let (command, ready) = on_free_port(&launch, surroundings).unwrap();
        let port = &command.env[PORT];
        assert_eq!(command.program, "shop");
        assert_eq!(command.args, [OsString::from(format!("--listen=127.0.0.1:{port}"))]);
        assert_eq!(command.env["BIND"], format!("0.0.0.0:{port}"));
        assert_eq!(command.env["PADDING"], "xxx");
        assert_eq!(ready.url, Some(format!("http://127.0.0.1:{port}/api")));
    }
}
