//! `loadgate run`: measure only.

use std::path::Path;

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
    let path = recordings::write(&typed.out.out, 0, &recording)?;
    show(&recording, typed.json, &path, output)
}

/// Shows what a run measured, and says how it ends.
pub(super) fn show(recording: &Recording, as_json: bool, path: &Path, output: Output) -> Result<Exit, Error> {
    let summary = recording.summary();
    if as_json {
        json::render(&summary, &mut stdout())?;
    } else {
        let mut stdout = stdout();
        terminal::run(&Figures::of(&summary), output.style(false), &mut stdout)?;
        if let Some(ceiling) = &recording.ceiling {
            terminal::ceiling(&CeilingView::of(ceiling), output.style(false), &mut stdout)?;
        }
        output.note(&format!("recording in {}", path.display()));
    }
    Ok(Exit::of_run(&summary, &recording.facts))
}
