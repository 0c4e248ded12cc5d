//! Baselines as people read them: show and list.

use super::super::error::Error;
use super::super::exit::Exit;
use super::super::output::{Output, stdout};
use super::locate::{Located, store};
use crate::cli;
use crate::config;
use crate::gate::{Policy, sensitivity};
use crate::plan::named_endpoints;
use crate::report::{StoredView, terminal};

pub(super) fn show(typed: &cli::Stored, output: Output) -> Result<Exit, Error> {
    let Located { config, source, profile, file } = Located::new(typed)?;
    let baseline = file.read_existing()?;
    let endpoints = baseline.endpoints();
    let known = [named_endpoints(&config), endpoints.clone()].concat();
    let policy = Policy::compile(&config.gate, &config.baseline, &known, profile.is_open_model, Some(&source))?;
    let policy = if profile.searches { policy.for_search() } else { policy };
    let view = StoredView::of(&baseline, &sensitivity(&baseline, &policy));
    terminal::stored(file.path(), &view, output.style(true), &mut stdout())?;
    Ok(Exit::Pass)
}

pub(super) fn list(typed: &cli::Described) -> Result<Exit, Error> {
    let (config, source) = config::load(&typed.config)?;
    terminal::list(&store(&config, &source).list()?, &mut stdout())?;
    Ok(Exit::Pass)
}
