//! `loadgate explain`: how one cell's verdict came about, from a comparison.json alone.

use super::error::Error;
use super::exit::Exit;
use super::output::{Output, stdout};
use crate::cli;
use crate::config::nearest;
use crate::gate::{Cell, Comparison, Explanation};
use crate::intake;
use crate::measure::Metric;
use crate::report::{explain as text, json, sentence};

pub(super) fn explain(typed: &cli::Explain, output: Output) -> Result<Exit, Error> {
    let path = &typed.comparison;
    let bytes = intake::read(path, intake::COMPARISON)?;
    let comparison = Comparison::from_json(&bytes, path)?.ok_or_else(|| {
        Error::Typed(format!("{}: not a comparison.json; `loadgate gate` and `compare` write one", path.display()))
    })?;
    let mut stdout = stdout();
    let cell = match &typed.endpoint {
        Some(endpoint) => Some(named(&comparison, endpoint, typed.metric.as_deref())?),
        None => comparison.headline_cell(),
    };
    match cell {
        Some(cell) if typed.json => json::render(&Explanation::of(&comparison, cell), &mut stdout)?,
        Some(cell) => text::render(&Explanation::of(&comparison, cell), output.style(false), &mut stdout)?,
        None if typed.json => {
            return Err(Error::Typed("no cell failed and none is in doubt: name the one to explain".into()));
        }
        None => text::choices(&comparison, &path.display().to_string(), output.style(false), &mut stdout)?,
    }
    Ok(Exit::Pass)
}

/// The cell that was named, or what was probably meant.
fn named<'a>(comparison: &'a Comparison, endpoint: &str, metric: Option<&str>) -> Result<&'a Cell, Error> {
    if comparison.cell(endpoint, None).is_none() {
        let known = comparison.cells.iter().map(|cell| cell.endpoint.as_str());
        return Err(unknown("endpoint", endpoint, known));
    }
    let of_it = || comparison.cells.iter().filter(|cell| cell.endpoint == endpoint).map(|cell| cell.metric.name());
    let wanted = metric.map(|metric| metric.parse::<Metric>().map_err(|_unknown| unknown("metric", metric, of_it())));
    let wanted = wanted.transpose()?;
    let found = comparison.cell(endpoint, wanted);
    found.ok_or_else(|| unknown("metric", metric.unwrap_or_default(), of_it()))
}

fn unknown<'a>(what: &str, typed: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let mut known: Vec<&str> = known.collect();
    known.dedup();
    let help = match nearest(typed, known.iter().copied()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("there are: {}", known.join(", ")),
    };
    Error::Typed(sentence(&format!("the comparison has no {what} `{typed}`: {help}")))
}
