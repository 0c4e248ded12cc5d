//! `loadgate report`: a recording or a comparison, rendered again; and how `gate` and `compare` give theirs.

use std::path::Path;

use super::error::Error;
use super::exit::Exit;
use super::output::{Output, stdout};
use crate::baseline::write_atomically;
use crate::cli::{self, Format};
use crate::gate::Comparison;
use crate::intake;
use crate::measure::Recording;
use crate::publish::github::Runner;
use crate::report::{self, CeilingView, Figures, View, html, json, junit, markdown, terminal};

pub(super) fn report(typed: &cli::Report, output: Output) -> Result<Exit, Error> {
    let path = &typed.file;
    let bytes = intake::read(path, intake::RECORDING)?;
    let mut stdout = stdout();
    let style = output.style(typed.all);
    if let Some(comparison) = Comparison::from_json(&bytes, path)? {
        let view = View::of_file(&comparison, path);
        match typed.format {
            Format::Terminal => terminal::render(&view, style, &mut stdout)?,
            Format::Markdown => markdown::render(&view, markdown::COMMENT_BUDGET, &mut stdout)?,
            Format::Html => html::render(&view, &mut stdout)?,
            Format::Junit => junit::render(&view, &mut stdout)?,
            Format::Json => json::render(&comparison, &mut stdout)?,
        }
        return Ok(Exit::Pass);
    }
    let recording = Recording::from_json(&bytes, path)?;
    let view = || View::of(&Comparison::alone(&recording));
    match typed.format {
        Format::Terminal => {
            terminal::run(&Figures::of(&recording.summary()), style, &mut stdout)?;
            if let Some(ceiling) = &recording.ceiling {
                terminal::ceiling(&CeilingView::of(ceiling), style, &mut stdout)?;
            }
        }
        Format::Json => json::render(&recording.summary(), &mut stdout)?,
        Format::Markdown => markdown::render(&view(), markdown::COMMENT_BUDGET, &mut stdout)?,
        Format::Html => html::render(&view(), &mut stdout)?,
        Format::Junit => junit::render(&view(), &mut stdout)?,
    }
    Ok(Exit::Pass)
}

/// Writes a comparison's reports, shows it, and tells GitHub where that is asked for.
pub(super) fn publish(comparison: &Comparison, out: &Path, all: bool, output: Output) -> Result<(), Error> {
    let files = report::files(comparison, out)?;
    for (name, bytes) in &files {
        write_atomically(&out.join(name), bytes)?;
    }
    let view = View::of_file(comparison, &out.join(report::COMPARISON));
    let style = output.style(all);
    let mut stdout = stdout();
    terminal::render(&view, style, &mut stdout)?;
    let names: Vec<_> = files.iter().map(|(name, _)| *name).collect();
    terminal::reports(&out.display().to_string(), &names, style, &mut stdout)?;
    if let Some(runner) = Runner::detect(|name| std::env::var(name).ok()) {
        for warning in runner.publish(&view, &out.join("report.md"), &mut stdout) {
            output.note(&format!("warning: {warning}"));
        }
    }
    Ok(())
}
