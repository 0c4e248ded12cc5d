//! `loadgate schema`: JSON Schemas, for editors and for programs that read what loadgate writes.

use std::io::Write as _;

use super::error::Error;
use super::exit::Exit;
use super::output::stdout;
use crate::cli::{self, Shape};
use crate::measure::{Duet, Recording};
use crate::{baseline, config, gate};

pub(super) fn schema(typed: &cli::Schema) -> Result<Exit, Error> {
    let schema = match typed.shape {
        Shape::Loadgate => config::schema(),
        Shape::Recording => Recording::schema().to_value(),
        Shape::Comparison => gate::schema().to_value(),
        Shape::Baseline => baseline::schema().to_value(),
        Shape::Duet => Duet::schema().to_value(),
    };
    writeln!(stdout(), "{schema:#}")?;
    Ok(Exit::Pass)
}
