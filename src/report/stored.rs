//! A stored baseline in words: its runs, and the smallest change it can tell from noise.
//!
//! In: a [`Baseline`] and the gate's [`Sensitivity`]. Out: a [`StoredView`] of finished text. Judges nothing.

use crate::baseline::{Baseline, StoredRun};
use crate::gate::{SensitiveCell, Sensitivity};
use crate::measure::{ALL, Metric};

use super::number::{self, NONE};
use super::text;

/// A baseline in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredView {
    /// How many runs, of how many jobs: `8 runs of profile load, in 5 jobs`.
    pub headline: String,
    /// Where they were measured.
    pub environment: String,
    /// Its runs, oldest first: when, of which commit and ref, by which version, how many requests.
    pub runs: Vec<[String; 5]>,
    /// What it can tell: endpoint, metric, value, smallest change, tolerance, and whether the two fit.
    pub cells: Vec<[String; 6]>,
    /// What to do where it rests on too little.
    pub warning: Option<String>,
}

impl StoredView {
    /// How many runs a baseline holds, of how many jobs.
    #[must_use]
    pub fn headline(baseline: &Baseline) -> String {
        let runs = number::plural(baseline.runs.len() as u64, "run");
        let jobs = number::plural(baseline.jobs().len() as u64, "job");
        format!("{runs} of profile {}, in {jobs}", text::name(&baseline.profile))
    }

    /// Puts a baseline into words.
    #[must_use]
    pub fn of(baseline: &Baseline, sensitivity: &Sensitivity) -> Self {
        let class = &baseline.environment;
        Self {
            headline: Self::headline(baseline),
            environment: text::sentence(&format!(
                "{}, {} CPUs, {} GiB, {}, {}",
                class.cpu, class.vcpus, class.memory_gib, class.virtualization, class.os
            )),
            runs: baseline.runs.iter().map(run_cells).collect(),
            cells: sensitivity.cells.iter().map(sensitive_cells).collect(),
            warning: sensitivity.warning.clone(),
        }
    }
}

fn run_cells(stored: &StoredRun) -> [String; 5] {
    let origin = &stored.run.origin;
    let requests = stored.run.cells.get(ALL).and_then(|cells| cells.get(&Metric::Rps)).map(|rps| rps.samples);
    let or_none = |text: Option<&String>| text.map_or_else(|| NONE.to_owned(), |text| text::name(text));
    [
        text::name(&origin.started_at),
        or_none(origin.commit.as_ref()).chars().take(7).collect(),
        or_none(origin.reference.as_ref()),
        text::name(&origin.loadgate),
        requests.map_or_else(|| NONE.to_owned(), number::count),
    ]
}

fn sensitive_cells(cell: &SensitiveCell) -> [String; 6] {
    let unit = cell.metric.unit();
    let (detectable, tolerance) = (cell.detectable, cell.tolerance);
    let fit = match (detectable, tolerance) {
        (Some(detectable), Some(tolerance)) if detectable.abs() <= tolerance.abs() => "",
        (Some(_), Some(_)) => "needs more jobs to tell a change of the tolerance's size",
        _ => "too few requests to judge",
    };
    [
        text::name(&cell.endpoint),
        cell.metric.name().to_owned(),
        number::value(unit, Some(cell.base)),
        number::change(unit, detectable),
        tolerance.map_or_else(|| NONE.to_owned(), |tolerance| number::tolerance(unit, tolerance)),
        fit.to_owned(),
    ]
}
