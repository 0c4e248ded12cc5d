//! The history of a profile: every series of its runs, with what was found in them.
//!
//! In: runs in any order. Out: a [`History`]. Reads no file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::creep::UnknownAnchor;
use super::series::Series;
use super::{breaks, creep, discovery, series};
use crate::baseline::{Difference, differences};
use crate::measure::{Environment, Metric, Run};

/// The metrics looked at where none is asked for: those that a gate can stand on. Every further one makes it harder to
/// be sure of any.
const WATCHED: [Metric; 5] = [Metric::P50, Metric::P95, Metric::ErrorRate, Metric::Rps, Metric::RpsCeiling];

/// What to look for, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Terms<'a> {
    /// This endpoint alone.
    pub endpoint: Option<&'a str>,
    /// This metric alone.
    pub metric: Option<Metric>,
    /// The ref or commit to measure creep from.
    pub anchor: Option<&'a str>,
    /// Take runs from any machine for one series.
    pub any_environment: bool,
}

/// Every series of the runs of one profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct History {
    /// Version of this shape: 1.
    pub format: u32,
    /// How many runs it stands on.
    pub runs: usize,
    /// How many runs were given that are not valid, and were left out.
    pub left_out: usize,
    /// The classes of environment its series are of, oldest first.
    pub classes: Vec<Environment>,
    /// By class, endpoint and metric.
    pub series: Vec<Series>,
}

impl History {
    /// Looks for breaks and creep in `runs`. Runs given twice (same job, same start) count once.
    ///
    /// # Errors
    /// An anchor that no run is of.
    pub fn of(runs: &[Run], terms: Terms<'_>) -> Result<Self, UnknownAnchor> {
        let valid = distinct(runs);
        creep::check(terms.anchor, &valid)?;
        let watched = |endpoint: &str, metric: Metric| {
            terms.endpoint.is_none_or(|wanted| wanted == endpoint)
                && terms.metric.map_or_else(|| WATCHED.contains(&metric), |wanted| wanted == metric)
        };
        let classes = classes(&valid, terms.any_environment);
        let mut series: Vec<Series> =
            classes.iter().enumerate().flat_map(|(class, (_, runs))| series::of_class(class, runs, watched)).collect();
        look(&mut series, terms.anchor);
        Ok(Self {
            format: 1,
            runs: valid.len(),
            left_out: runs.iter().filter(|run| !run.valid).count(),
            classes: classes.into_iter().map(|(environment, _)| environment.clone()).collect(),
            series,
        })
    }
}

fn look(series: &mut [Series], anchor: Option<&str>) {
    let chances: Vec<Option<f64>> = series.iter().map(breaks::first_chance).collect();
    let bar = discovery::bar(&chances.iter().flatten().copied().collect::<Vec<_>>());
    for (series, chance) in series.iter_mut().zip(chances) {
        if let Some(bar) = bar.filter(|bar| chance.is_some_and(|chance| chance <= *bar)) {
            series.breaks = breaks::find(series, bar);
        }
        series.since_anchor = creep::since(series, anchor);
    }
}

/// The valid runs, oldest first, each once. Of two that differ under one identity the choice is arbitrary, but does
/// not hang on their order.
fn distinct(runs: &[Run]) -> Vec<&Run> {
    let mut kept: BTreeMap<_, &Run> = BTreeMap::new();
    for run in runs.iter().filter(|run| run.valid) {
        let at = kept.entry((&run.origin.started_at, &run.origin.job)).or_insert(run);
        if format!("{run:?}") < format!("{at:?}") {
            *at = run;
        }
    }
    kept.into_values().collect()
}

/// The runs by class of environment, which the load is always part of.
fn classes<'a>(runs: &[&'a Run], any: bool) -> Vec<(&'a Environment, Vec<&'a Run>)> {
    let mut classes: Vec<(&Environment, Vec<&Run>)> = Vec::new();
    for run in runs {
        let environment = &run.origin.environment;
        let is_same = |class: &Environment| {
            let differs = differences(class, environment);
            if any { !differs.iter().any(Difference::is_of_the_load) } else { differs.is_empty() }
        };
        match classes.iter_mut().find(|(class, _)| is_same(class)) {
            Some((_, runs)) => runs.push(run),
            None => classes.push((environment, vec![run])),
        }
    }
    classes
}
