//! From a file to a [`Config`].
//!
//! In: a path, or text. Out: the config with its [`Source`], or the first thing that is wrong. Does not check
//! across keys.

use std::path::Path;

use serde::Deserialize;

use super::error::Error;
use super::language::Config;
use super::source::Source;
use crate::intake;

/// Reads the loadgate.toml at `path`.
///
/// # Errors
///
/// The file is missing, cannot be read, or is wrong: see [`parse`].
pub fn load(path: &Path) -> Result<(Config, Source), Error> {
    match intake::unless_missing(intake::read_text(path, intake::CONFIG))? {
        Some(text) => parse(&text, path),
        None => Err(Error::Missing { path: path.to_owned() }),
    }
}

/// Reads the text of a loadgate.toml; errors name it `path`.
///
/// # Errors
///
/// The text is not TOML, or not the language: the first unknown key, missing key or bad value of the file.
pub fn parse(text: &str, path: &Path) -> Result<(Config, Source), Error> {
    let source = Source::new(path, text)?;
    let config = Config::deserialize(source.root()).map_err(|fault| source.fault(&fault))?;
    Ok((config, source))
}
