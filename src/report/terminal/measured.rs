//! Figures without a verdict: the screens of `run` and of `hit`.
//!
//! In: [`Figures`]. Out: throughput, latency percentiles and errors, aligned. Compares with nothing.

use std::io::{self, Write};

use crate::gate::Verdict;

use super::super::figures::EXACTNESS;
use super::super::text::{name, shorten};
use super::super::{EndpointFigures, ErrorFigures, Figures, Latencies};
use super::Style;
use super::story::story;
use super::table::{self, Column};

/// Longest endpoint name shown in full.
const NAME_LIMIT: usize = 36;

/// Writes the figures of a run of a profile: one line for each endpoint.
///
/// # Errors
/// When writing fails.
pub fn run(figures: &Figures, style: Style, out: &mut impl Write) -> io::Result<()> {
    const COLUMNS: [Column; 9] = [
        Column::Text("endpoint"),
        Column::Number("requests"),
        Column::Number("rate"),
        Column::Number("errors"),
        Column::Number("p50"),
        Column::Number("p95"),
        Column::Number("p99"),
        Column::Number("p99.9"),
        Column::Number("max"),
    ];
    head(&format!("loadgate run · {} · {}", figures.profile, figures.window), figures, style, out)?;
    let rows: Vec<Vec<String>> = figures.endpoints.iter().map(endpoint_cells).collect();
    table::write(&COLUMNS, &rows, style, out)?;
    writeln!(out)?;
    story(figures.story.as_ref(), style, out)?;
    foot(figures, style, out)
}

/// Writes the figures of one URL: throughput, then the distribution of latencies.
///
/// # Errors
/// When writing fails.
pub fn hit(url: &str, figures: &Figures, style: Style, out: &mut impl Write) -> io::Result<()> {
    head(&format!("loadgate hit · {} · {}", name(url), figures.window), figures, style, out)?;
    if let Some(whole) = figures.endpoints.last() {
        let requests = format!("{}  {}", whole.requests, whole.rate);
        style.block("requests", &[style.bold(&requests)], out)?;
        style.block("errors", std::slice::from_ref(&whole.error_rate), out)?;
        style.block("received", std::slice::from_ref(&whole.received), out)?;
        writeln!(out)?;
        distributions(whole, style, out)?;
        writeln!(out)?;
    }
    foot(figures, style, out)
}

pub(super) fn head(title: &str, figures: &Figures, style: Style, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}\n", style.dim(title))?;
    if figures.aborted {
        writeln!(
            out,
            "{}\n",
            style.verdict(Verdict::Fail, "✗ ABORTED  the run was ended early, as [[gate.abort]] says")
        )?;
    } else if !figures.valid {
        writeln!(out, "{}\n", style.verdict(Verdict::Invalid, "! INVALID  these figures can't be used"))?;
    }
    for reason in &figures.reasons {
        writeln!(out, "  {reason}")?;
    }
    if !figures.reasons.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

fn endpoint_cells(figures: &EndpointFigures) -> Vec<String> {
    let mut cells = vec![
        shorten(&figures.endpoint, NAME_LIMIT),
        figures.requests.clone(),
        figures.rate.clone(),
        figures.error_rate.clone(),
    ];
    match &figures.response {
        Some(Latencies { p50, p95, p99, p999, max, .. }) => cells.extend([p50, p95, p99, p999, max].map(String::clone)),
        None => cells.extend(std::iter::repeat_n("–".to_owned(), 5)),
    }
    cells
}

/// Response time, and service time where it is another; failed requests apart; then the phases.
fn distributions(whole: &EndpointFigures, style: Style, out: &mut impl Write) -> io::Result<()> {
    const COLUMNS: [Column; 8] = [
        Column::Text("latency"),
        Column::Number("p50"),
        Column::Number("p90"),
        Column::Number("p95"),
        Column::Number("p99"),
        Column::Number("p99.9"),
        Column::Number("max"),
        Column::Number("mean"),
    ];
    let whole_times = [("response", &whole.response), ("service", &whole.service), ("failed", &whole.failed)];
    let whole_times = whole_times.into_iter().filter_map(|(name, times)| Some((name, times.as_ref()?)));
    let phases = whole.phases.iter().map(|(name, times)| (*name, times));
    let rows: Vec<Vec<String>> = whole_times
        .chain(phases)
        .map(|(what, times)| {
            let Latencies { p50, p90, p95, p99, p999, max, mean } = times;
            std::iter::once(what.to_owned()).chain([p50, p90, p95, p99, p999, max, mean].map(String::clone)).collect()
        })
        .collect();
    table::write(&COLUMNS, &rows, style, out)?;
    if whole.service.is_some() {
        let note = "  response counts from the moment a request was due, service from the moment it was sent";
        writeln!(out, "{}", style.dim(note))?;
    }
    Ok(())
}

pub(super) fn foot(figures: &Figures, style: Style, out: &mut impl Write) -> io::Result<()> {
    style.block("ceiling", figures.ceiling.as_slice(), out)?;
    let errors: Vec<Vec<String>> = figures
        .errors
        .iter()
        .map(|error| {
            vec![shorten(&error.endpoint, NAME_LIMIT), error.kind.clone(), error.count.clone(), error.share.clone()]
        })
        .collect();
    if !errors.is_empty() {
        let columns =
            [Column::Text("endpoint"), Column::Text("error"), Column::Number("requests"), Column::Number("share")];
        table::write(&columns, &errors, style, out)?;
        for told in figures.errors.iter().filter_map(ErrorFigures::instead) {
            writeln!(out, "  {told}")?;
        }
        if figures.errors_left_out > 0 {
            writeln!(out, "  and {} more", figures.errors_left_out)?;
        }
        writeln!(out)?;
    }
    style.block("target", figures.target.as_slice(), out)?;
    style.block("growth", &figures.growth, out)?;
    style.block("generator", std::slice::from_ref(&figures.generator), out)?;
    style.block("quantiles", &[EXACTNESS.to_owned()], out)?;
    style.lint(&figures.lint, out)
}
