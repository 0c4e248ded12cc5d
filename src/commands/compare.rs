//! `loadgate compare`: the verdict on recordings that exist.

use std::path::{Path, PathBuf};

use super::baseline;
use super::error::Error;
use super::exit::Exit;
use super::output::Output;
use super::recordings;
use super::report::publish;
use crate::cli;
use crate::config;
use crate::gate::{self, Context, Policy};
use crate::measure::{Duet, Model, Recording};
use crate::plan::named_endpoints;

pub(super) fn compare(typed: &cli::Compare, output: Output) -> Result<Exit, Error> {
    if let [path] = typed.runs.as_slice()
        && let Some(duet) = recordings::read_duet(path)?
    {
        return compare_duet(typed, path, &duet, output);
    }
    let (paths, recordings) = in_order(&typed.runs)?;
    let Some(last) = recordings.last() else {
        return Err(Error::Typed("no recording to compare: name at least one".into()));
    };
    let facts = &last.facts;
    let (config, source) = config::load(&typed.described.config)?;
    let endpoints = last.endpoints();
    let known = [named_endpoints(&config), endpoints.clone()].concat();
    let is_open_model = facts.model == Model::Open;
    let mut policy = Policy::compile(&config.gate, &config.baseline, &known, is_open_model, Some(&source))?;
    if last.ceiling.is_some() {
        policy = policy.for_search();
    }
    // No run follows on these.
    policy.max_runs = u32::try_from(recordings.len()).unwrap_or(u32::MAX);
    let policy = policy.with_leak(&facts.leak);
    let file = baseline::file(&config, &source, &facts.profile, typed.against.baseline.as_deref());
    let baseline = file.read()?;
    let context = Context {
        seed: facts.seed,
        profile: &facts.profile,
        load: &facts.load,
        baseline_path: Some(file.path()),
        recordings: &paths,
        endpoints: &endpoints,
    };
    recordings::prepare(&typed.out.out)?;
    let windows = policy.window_limits(&endpoints);
    let runs: Vec<_> = recordings.iter().map(|recording| recording.run_over(&windows)).collect();
    let comparison = gate::compare(&runs, &last.summary(), baseline.as_ref(), &policy, &context).picturing(last);
    publish(&comparison, &typed.out.out, typed.against.all, output)?;
    Ok(Exit::of_comparison(&comparison))
}

/// The recordings by when they started, so that the order they were typed in changes nothing.
fn in_order(typed: &[PathBuf]) -> Result<(Vec<PathBuf>, Vec<Recording>), Error> {
    let read = typed.iter().map(|path| Ok((path.clone(), recordings::read(path)?)));
    let mut found = read.collect::<Result<Vec<(PathBuf, Recording)>, Error>>()?;
    found.sort_by(|(one, first), (other, second)| {
        let [first, second] = [first, second].map(|recording| &recording.facts.origin);
        (&first.started_at, &first.job, one).cmp(&(&second.started_at, &second.job, other))
    });
    Ok(found.into_iter().unzip())
}

/// The verdict on a duet that was played: it brings both of its sides.
fn compare_duet(typed: &cli::Compare, path: &Path, duet: &Duet, output: Output) -> Result<Exit, Error> {
    if typed.against.baseline.is_some() {
        return Err(Error::Typed(format!("{} holds both sides of a duet: leave --baseline away", path.display())));
    }
    let (config, source) = config::load(&typed.described.config)?;
    let endpoints = duet.endpoints();
    let known = [named_endpoints(&config), endpoints.clone()].concat();
    let is_open_model = duet.model == Model::Open;
    let policy = Policy::compile(&config.gate, &config.baseline, &known, is_open_model, Some(&source))?;
    let context = Context {
        seed: duet.seed,
        profile: &duet.profile,
        load: &duet.load,
        baseline_path: None,
        recordings: &[],
        endpoints: &endpoints,
    };
    recordings::prepare(&typed.out.out)?;
    let comparison = gate::duet(duet, &policy, &context);
    publish(&comparison, &typed.out.out, typed.against.all, output)?;
    Ok(Exit::of_comparison(&comparison))
}
