//! `loadgate completions`: what makes a shell complete commands and flags.

use std::io::{self, Write};

use super::error::Error;
use super::exit::Exit;
use crate::cli;

pub(super) fn completions(typed: &cli::Completions) -> Result<Exit, Error> {
    io::stdout().write_all(&cli::completions(typed.shell))?;
    Ok(Exit::Pass)
}
