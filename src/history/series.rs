//! One metric of one endpoint in one class of environment, job by job.
//!
//! In: runs of one class, oldest first. Out: [`Series`] of [`Point`]s. Finds nothing in them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::breaks::Break;
use super::creep::SinceAnchor;
use super::energy::float;
use crate::measure::{Job, Metric, Run, Unit};

/// Most jobs looked at, the newest: older ones say little about today.
const MOST_JOBS: usize = 200;

/// A metric of an endpoint in a class of environment over many jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Series {
    /// The endpoint.
    pub endpoint: String,
    /// The metric.
    pub metric: Metric,
    /// What its values count.
    pub unit: Unit,
    /// Which class of environment: an index into the history's.
    pub class: usize,
    /// The jobs, oldest first.
    pub points: Vec<Point>,
    /// Where it broke, oldest first.
    pub breaks: Vec<Break>,
    /// How it stands against the anchor; none where that has too few jobs.
    pub since_anchor: Option<SinceAnchor>,
}

/// One job: its runs share the machine's luck, so they make one point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// When its first run started, RFC 3339 in UTC.
    pub started_at: String,
    /// Commit that was measured.
    pub commit: Option<String>,
    /// Branch or tag that was measured.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// How many runs it stands for.
    pub runs: u32,
    /// Geometric mean of its runs, for shares their mean.
    pub value: f64,
}

/// On which scale values are averaged and compared: changes of a latency are factors, those of a share are sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Natural logarithms.
    Log,
    /// The values themselves.
    Plain,
}

impl Scale {
    /// The scale for values of this unit.
    #[must_use]
    pub fn of(unit: Unit) -> Self {
        if unit == Unit::Share { Self::Plain } else { Self::Log }
    }

    /// A value on this scale; none where it has no place there.
    #[must_use]
    pub fn place(self, value: f64) -> Option<f64> {
        let placed = if self == Self::Log { value.ln() } else { value };
        placed.is_finite().then_some(placed)
    }

    /// The value at a place on this scale.
    #[must_use]
    pub fn value(self, place: f64) -> f64 {
        if self == Self::Log { place.exp() } else { place }
    }

    /// A difference of places as people say it: relative (0.21 = +21%), for shares absolute.
    #[must_use]
    pub fn change(self, difference: f64) -> f64 {
        if self == Self::Log { difference.exp_m1() } else { difference }
    }
}

impl Series {
    /// The values on the scale of their unit.
    pub(super) fn places(&self) -> Vec<f64> {
        let scale = Scale::of(self.unit);
        self.points.iter().filter_map(|point| scale.place(point.value)).collect()
    }
}

/// A point under way: its parts, in the order of time.
struct Measured<'a> {
    first: &'a Run,
    places: Vec<f64>,
}

/// What each job measured, of each commit.
type Jobs<'a> = BTreeMap<(&'a Job, Option<&'a str>), Measured<'a>>;

/// Every series of `runs`, which are of class `class` and sorted by time, in the order of endpoints and metrics.
pub(super) fn of_class(class: usize, runs: &[&Run], watched: impl Fn(&str, Metric) -> bool) -> Vec<Series> {
    let mut found: BTreeMap<(&str, Metric), Jobs<'_>> = BTreeMap::new();
    for run in runs {
        for (endpoint, metrics) in &run.cells {
            for (metric, estimate) in metrics.iter().filter(|(metric, _)| watched(endpoint, **metric)) {
                let Some(place) = Scale::of(metric.unit()).place(estimate.value) else { continue };
                // A job that measured two builds has a point for each.
                let jobs = found.entry((endpoint, *metric)).or_default();
                let job = jobs.entry((&run.origin.job, run.origin.commit.as_deref()));
                job.or_insert_with(|| Measured { first: run, places: Vec::new() }).places.push(place);
            }
        }
    }
    let series = found.into_iter().map(|((endpoint, metric), jobs)| Series {
        endpoint: endpoint.to_owned(),
        metric,
        unit: metric.unit(),
        class,
        points: points(jobs.into_values().collect(), Scale::of(metric.unit())),
        breaks: Vec::new(),
        since_anchor: None,
    });
    series.collect()
}

fn points(mut jobs: Vec<Measured<'_>>, scale: Scale) -> Vec<Point> {
    // Stable: jobs of one start stay in the order of their names.
    jobs.sort_by(|a, b| a.first.origin.started_at.cmp(&b.first.origin.started_at));
    let surplus = jobs.len().saturating_sub(MOST_JOBS);
    let points = jobs.into_iter().skip(surplus).map(|job| {
        let origin = &job.first.origin;
        Point {
            started_at: origin.started_at.clone(),
            commit: origin.commit.clone(),
            reference: origin.reference.clone(),
            runs: u32::try_from(job.places.len()).unwrap_or(u32::MAX),
            value: scale.value(mean(&job.places)),
        }
    });
    points.collect()
}

pub(super) fn mean(places: &[f64]) -> f64 {
    places.iter().sum::<f64>() / float(places.len().max(1))
}
