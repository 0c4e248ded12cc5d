//! `loadgate history`: what has changed over the runs of a profile, and since which commits. Informs, never fails a gate.

use std::path::Path;

use super::baseline::Located;
use super::error::Error;
use super::exit::Exit;
use super::output::{Output, stdout};
use super::recordings;
use crate::baseline::{self, Baseline, File, StoredRun, write_atomically};
use crate::cli;
use crate::config::EnvironmentRule;
use crate::history::{History, Terms};
use crate::measure::{Metric, Recording, Run};
use crate::report::{self, HistoryView, json, terminal};

/// Most runs a history file keeps, the newest.
const KEPT: usize = 1_000;

pub(super) fn history(typed: &cli::History, output: Output) -> Result<Exit, Error> {
    let Located { config, profile, file, .. } = Located::new(&typed.stored)?;
    let runs = gathered(typed, &profile.name, &file, output)?;
    let metric = typed.metric.as_deref().map(str::parse::<Metric>).transpose();
    let terms = Terms {
        endpoint: typed.endpoint.as_deref(),
        metric: metric.map_err(|error| Error::Typed(error.to_string()))?,
        anchor: typed.anchor.as_deref(),
        any_environment: config.baseline.environment == EnvironmentRule::Any,
    };
    let history = History::of(&runs, terms).map_err(|error| Error::Typed(error.to_string()))?;
    if history.series.is_empty() {
        return Err(Error::Typed(nothing(&profile.name, &terms, runs.is_empty())));
    }
    if let Some(path) = &typed.svg {
        write_atomically(path, report::svg(&profile.name, &history).as_bytes())?;
    }
    let mut stdout = stdout();
    if typed.json {
        json::render(&history, &mut stdout)?;
    } else {
        terminal::history(&HistoryView::of(&profile.name, &history), output.style(typed.all), &mut stdout)?;
    }
    Ok(Exit::Pass)
}

/// The runs accepted in the baseline, those of the history file, and those of the recordings named.
fn gathered(typed: &cli::History, profile: &str, file: &File, output: Output) -> Result<Vec<Run>, Error> {
    let mut stored = file.read()?.map(|baseline| baseline.runs).unwrap_or_default();
    if let Some(kept) = kept_file(typed.kept.history.as_deref(), profile) {
        match kept.read()? {
            Some(kept) => stored.extend(kept.runs),
            None => output.note(&format!("{}: not there yet, so left out", kept.path().display())),
        }
    }
    let mut runs: Vec<Run> = stored.into_iter().map(|stored| stored.run).collect();
    for path in &typed.runs {
        let recording = recordings::read(path)?;
        let found = &recording.facts.profile;
        if found != profile {
            let path = path.display();
            return Err(Error::Typed(format!(
                "{path}: a run of profile \"{found}\", not \"{profile}\"; use `--profile {found}`, or leave it out"
            )));
        }
        runs.push(recording.run());
    }
    Ok(runs)
}

fn nothing(profile: &str, terms: &Terms<'_>, no_runs: bool) -> String {
    if no_runs {
        return format!(
            "no runs of profile \"{profile}\" yet; name recordings, accept runs with `loadgate baseline accept`, \
             or keep those of the pipeline with `loadgate gate --history FILE`"
        );
    }
    match (terms.endpoint, terms.metric) {
        (Some(endpoint), _) => {
            format!("no valid run of \"{profile}\" has figures of endpoint \"{endpoint}\"; check its name")
        }
        (None, Some(metric)) => format!("no valid run of \"{profile}\" has figures of {metric}; name another metric"),
        (None, None) => format!("no run of \"{profile}\" is valid; the runs' reports say why"),
    }
}

/// The history file that was named, for runs of `profile`.
pub(super) fn kept_file(typed: Option<&Path>, profile: &str) -> Option<File> {
    typed.map(|path| File::new(path, profile))
}

/// Adds a run to the history file, where one is kept. Runs that can't be used stay out.
pub(super) fn keep(file: Option<&File>, recording: &Recording) -> Result<(), Error> {
    let run = recording.run();
    if let Some(file) = file.filter(|_| run.valid && !recording.facts.interrupted) {
        let stored = StoredRun { run, histograms: std::collections::BTreeMap::new() };
        file.update(|current| Ok::<_, baseline::Error>(Baseline::keep(current, file.profile(), stored, KEPT)))?;
    }
    Ok(())
}
