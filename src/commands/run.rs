//! `loadgate run`: measure only.

use super::error::Error;
use super::exit::Exit;
use super::output::{Output, stdout};
use super::recordings;
use super::session::Session;
use super::web::web;
use crate::cli;
use crate::measure::Recording;
use crate::report::{CeilingView, Figures, json, terminal};

pub(super) async fn run(typed: cli::Run, output: Output) -> Result<Exit, Error> {
    let session = Session::open(typed.play.clone(), &typed.out.out, output)?.streaming(&typed.streams)?;
    recordings::prepare(&typed.out.out)?;
    if let Some(address) = typed.web {
        return web(session, &typed, address, output).await;
    }
    let recording = session.play(0).await?;
    keep_and_show(&recording, 0, &typed, output)
}

/// Writes what a run measured, shows it even where that fails, and says how it ends.
pub(super) fn keep_and_show(
    recording: &Recording,
    number: u32,
    typed: &cli::Run,
    output: Output,
) -> Result<Exit, Error> {
    let written = recordings::write(&typed.out.out, number, recording);
    show(recording, typed.json, output)?;
    let path = written?;
    if !typed.json {
        output.note(&format!("recording in {}", path.display()));
    }
    Ok(Exit::of_run(&recording.summary(), &recording.facts))
}

fn show(recording: &Recording, as_json: bool, output: Output) -> Result<(), Error> {
    let summary = recording.summary();
    if as_json {
        json::render(&summary, &mut stdout())?;
    } else {
        let mut stdout = stdout();
        terminal::run(&Figures::of(&summary), output.style(false), &mut stdout)?;
        if let Some(ceiling) = &recording.ceiling {
            terminal::ceiling(&CeilingView::of(ceiling), output.style(false), &mut stdout)?;
        }
    }
    Ok(())
}
