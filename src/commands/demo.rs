//! `loadgate demo`: serve the built-in API; and how other commands start it beside themselves.

use std::io::{self, Write};

use super::error::Error;
use super::exit::Exit;
use super::output::Output;
use crate::cli;
use crate::demo::{self, Fault};
use crate::target::{self, Command, Ready, Running};

pub(super) async fn demo(typed: cli::Demo, output: Output) -> Result<Exit, Error> {
    let faults = parse_faults(&typed.faults)?;
    let announce = |address| {
        // The line is for a parent or a person; the API is served to those who read nothing, too.
        let _unread = writeln!(io::stdout(), "listening on http://{address}");
        let _unread = io::stdout().flush();
    };
    let options = demo::Options { listen: typed.listen, faults, seed: typed.seed };
    demo::serve(options, announce, demo::stop_requested(typed.watch_stdin)).await?;
    if !typed.watch_stdin {
        output.note("stopped");
    }
    Ok(Exit::Pass)
}

pub(super) fn parse_faults(specs: &[String]) -> Result<Vec<Fault>, Error> {
    let parse = |spec: &String| spec.parse::<Fault>().map_err(|error| Error::Typed(error.to_string()));
    specs.iter().map(parse).collect()
}

/// Starts the demo API in a process of its own, so that it is measured like any target.
pub(super) async fn start(faults: &[String], seed: u64) -> Result<Running, Error> {
    Ok(target::start(&Command::demo(faults, seed)?, &Ready::demo()).await?)
}
