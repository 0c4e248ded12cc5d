//! `loadgate completions`: what makes a shell complete commands and flags.

use std::io::Write as _;

use super::error::Error;
use super::exit::Exit;
use super::output::stdout;
use crate::cli;

pub(super) fn completions(typed: &cli::Completions) -> Result<Exit, Error> {
    stdout().write_all(&cli::completions(typed.shell))?;
    Ok(Exit::Pass)
}
