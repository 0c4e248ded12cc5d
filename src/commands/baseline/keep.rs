//! Baselines that grow and shrink: record, accept, prune.

use super::super::error::Error;
use super::super::exit::Exit;
use super::super::output::Output;
use super::super::recordings;
use super::super::session::Session;
use super::locate::{Located, file, keep};
use crate::baseline::{Acceptance, Baseline, File, StoredRun};
use crate::cli;
use crate::config::{self, Config, EnvironmentRule};
use crate::measure::Recording;
use crate::report::StoredView;

pub(super) async fn record(typed: cli::Record, output: Output) -> Result<Exit, Error> {
    let session = Session::open(typed.play, &typed.out.out, output)?;
    let file = file(&session.config, &session.source, &session.plan.profile, typed.store.baseline.as_deref());
    // A baseline that can't be read can't be added to: better known before the first run than after the last.
    file.read()?;
    recordings::prepare(&typed.out.out)?;
    let mut recorded = Vec::new();
    for number in 0..typed.runs {
        output.note(&format!("run {} of {}", number + 1, typed.runs));
        let recording = session.play(number).await?;
        recordings::write(&typed.out.out, number, &recording)?;
        if recording.facts.interrupted {
            output.note(&format!("interrupted: {} was left as it is", file.path().display()));
            return Ok(Exit::Interrupted);
        }
        if let Some(abort) = &recording.facts.aborted {
            output.note(&format!("{abort}: {} was left as it is", file.path().display()));
            return Ok(Exit::Fail);
        }
        recorded.push(recording);
    }
    add(&session.config, &file, &recorded, typed.replace, output)
}

pub(super) fn accept(typed: &cli::Accept, output: Output) -> Result<Exit, Error> {
    let recorded = typed.runs.iter().map(|path| recordings::read(path)).collect::<Result<Vec<_>, _>>()?;
    let Some(first) = recorded.first() else {
        return Err(Error::Typed("no recording to accept: name at least one".into()));
    };
    let profile = &first.facts.profile;
    if let Some(other) = recorded.iter().find(|recording| recording.facts.profile != *profile) {
        let other = &other.facts.profile;
        return Err(Error::Typed(format!(
            "the recordings are of profiles \"{profile}\" and \"{other}\": accept them apart"
        )));
    }
    let (config, source) = config::load(&typed.described.config)?;
    let file = file(&config, &source, profile, typed.store.baseline.as_deref());
    add(&config, &file, &recorded, typed.replace, output)
}

pub(super) fn prune(typed: &cli::Prune, output: Output) -> Result<Exit, Error> {
    let located = Located::new(&typed.stored)?;
    let keep = typed.keep.map_or_else(|| keep(&located.config), |keep| usize::try_from(keep).unwrap_or(usize::MAX));
    let mut dropped = 0;
    let kept = located.file.update(|current| {
        let mut baseline = current.ok_or_else(|| located.file.missing())?;
        dropped = baseline.prune(keep);
        Ok(baseline)
    })?;
    let path = located.file.path().display();
    output.note(&format!("{path}: {dropped} dropped, {}", StoredView::headline(&kept)));
    Ok(Exit::Pass)
}

fn add(config: &Config, file: &File, recorded: &[Recording], replace: bool, output: Output) -> Result<Exit, Error> {
    let runs = recorded.iter().map(StoredRun::of).collect::<Result<Vec<_>, _>>()?;
    let terms = Acceptance {
        keep: keep(config),
        any_environment: config.baseline.environment == EnvironmentRule::Any,
        replace,
    };
    let baseline = file.update(|current| Baseline::accept(current, file.profile(), runs, terms))?;
    output.note(&format!("{}: {}", file.path().display(), StoredView::headline(&baseline)));
    Ok(Exit::Pass)
}
