//! `loadgate ceiling`: the highest rate at which an objective holds.

use super::error::Error;
use super::exit::Exit;
use super::output::{Output, stdout};
use super::recordings;
use super::session::Session;
use crate::cli;
use crate::config;
use crate::plan::SearchChoice;
use crate::report::{CeilingView, Figures, json, terminal};

pub(super) async fn ceiling(typed: cli::Ceiling, output: Output) -> Result<Exit, Error> {
    let (mut config, source) = config::load(&typed.play.described.config)?;
    let choice = SearchChoice {
        profile: typed.play.profile.clone(),
        from: typed.from,
        to: typed.to,
        hold: typed.hold,
        precision: typed.precision,
        slo: typed.slo,
    };
    let profile = choice.apply(&mut config, &source)?;
    let session =
        Session::of(config, source, cli::Play { profile: Some(profile), ..typed.play }, &typed.out.out, output)?;
    recordings::prepare(&typed.out.out)?;
    let recording = session.play(0).await?;
    let path = recordings::write(&typed.out.out, 0, &recording)?;
    let summary = recording.summary();
    let mut stdout = stdout();
    if let Some(ceiling) = &recording.ceiling {
        if typed.json {
            json::render(ceiling, &mut stdout)?;
        } else {
            terminal::searched(&Figures::of(&summary), &CeilingView::of(ceiling), output.style(false), &mut stdout)?;
            output.note(&format!("recording in {}", path.display()));
        }
    }
    Ok(match Exit::of_run(&summary, &recording.facts) {
        // The objective is a limit, and the lowest rate broke it.
        Exit::Pass if summary.ceiling.is_none() => Exit::Fail,
        exit => exit,
    })
}
