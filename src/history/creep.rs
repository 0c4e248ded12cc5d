//! Creep: how the newest jobs stand against an anchor that stays where it is.
//!
//! In: a [`Series`] and the anchor's name. Out: [`SinceAnchor`]. Finds no single commit to blame: that is a break's.
//! A baseline that takes in every run moves along with small steps; five of +8% are +47%, and no gate saw one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::energy::float;
use super::series::{Point, Scale, Series, mean};
use crate::measure::Run;

/// How many of the newest jobs are "now", and of the oldest the anchor where there is no release.
const RECENT: usize = 3;

/// Fewest jobs from which the noise between them can be told.
const FEWEST: usize = 6;

/// Changes for the worse that are creep once they are certain: relative, and in shares.
const CREEP: f64 = 0.10;
const CREEP_SHARE: f64 = 0.001;

/// How sure a bound is, on its side: many series are looked at, so more than a gate's 95%.
const SURE: f64 = 0.99;

/// The newest jobs against the anchor's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SinceAnchor {
    /// What the anchor is: a release, what was asked for, or none where it is the oldest jobs kept.
    pub anchor: Option<String>,
    /// The anchor's level.
    pub then: f64,
    /// The level of the newest jobs.
    pub now: f64,
    /// From the one to the other: relative, for shares their difference.
    pub change: f64,
    /// Lower bound of the change, 99% sure.
    pub low: f64,
    /// Upper bound of the change, 99% sure.
    pub high: f64,
    /// Whether it is certainly worse by more than 10%, or by 0.1 points of a share.
    pub creep: bool,
}

/// An anchor that no run is of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no run of `{0}` in this history: name a tag, a branch or the start of a commit that has been measured")]
pub struct UnknownAnchor(pub(super) String);

/// Whether any run is of the anchor asked for.
pub(super) fn check(wanted: Option<&str>, runs: &[&Run]) -> Result<(), UnknownAnchor> {
    let is_known = |wanted: &str| {
        runs.iter().any(|run| is_of(wanted, run.origin.reference.as_deref(), run.origin.commit.as_deref()))
    };
    match wanted.filter(|wanted| !is_known(wanted)) {
        Some(wanted) => Err(UnknownAnchor(wanted.to_owned())),
        None => Ok(()),
    }
}

/// How a series stands against its anchor: the one asked for, else its last release before the newest jobs, else its
/// oldest jobs. None with too few jobs, or where none of the anchor's is older than the newest.
pub(super) fn since(series: &Series, wanted: Option<&str>) -> Option<SinceAnchor> {
    let places = series.places();
    if places.len() < FEWEST {
        return None;
    }
    let (older, _) = series.points.split_at_checked(places.len() - RECENT)?;
    let (older_places, recent) = places.split_at_checked(older.len())?;
    let release = || older.iter().rev().filter_map(|point| point.reference.as_deref()).find(|name| is_version(name));
    let anchor = wanted.or_else(release);
    let of_anchor: Vec<f64> = match anchor {
        Some(anchor) => {
            let is_anchors = |point: &Point| is_of(anchor, point.reference.as_deref(), point.commit.as_deref());
            older.iter().zip(older_places).filter(|(point, _)| is_anchors(point)).map(|(_, place)| *place).collect()
        }
        None => older_places.iter().take(RECENT).copied().collect(),
    };
    if of_anchor.is_empty() {
        return None;
    }
    let (then, now) = (mean(&of_anchor), mean(recent));
    let (sd, freedom) = noise(&places);
    let error = sd * (1.0 / float(of_anchor.len()) + 1.0 / float(recent.len())).sqrt();
    let reach = StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(SURE) * error;
    let (difference, scale) = (now - then, Scale::of(series.unit));
    let (low, high) = (difference - reach, difference + reach);
    let tolerated = if scale == Scale::Plain { CREEP_SHARE } else { CREEP.ln_1p() };
    Some(SinceAnchor {
        anchor: anchor.map(str::to_owned),
        then: scale.value(then),
        now: scale.value(now),
        change: scale.change(difference),
        low: scale.change(low),
        high: scale.change(high),
        creep: if series.metric.higher_is_worse() { low > tolerated } else { -high > tolerated },
    })
}

/// The noise between neighbouring jobs and its degrees of freedom, from the squares of their differences: steps and
/// drifts hardly enter it (von Neumann, Ann. Math. Stat. 12, 1941; variance of the estimate for normal noise).
fn noise(places: &[f64]) -> (f64, f64) {
    let squares: f64 = places.iter().zip(places.iter().skip(1)).map(|(a, b)| (b - a).powi(2)).sum();
    let n = float(places.len());
    ((squares / (2.0 * (n - 1.0))).sqrt(), 2.0 * (n - 1.0).powi(2) / (3.0 * n - 4.0))
}

/// Whether a run is of what was asked for: a ref with or without `refs/tags/` or `refs/heads/`, or a commit of which
/// at least seven characters are given.
fn is_of(wanted: &str, reference: Option<&str>, commit: Option<&str>) -> bool {
    reference.is_some_and(|name| name == wanted || short(name) == short(wanted))
        || (wanted.len() >= 7 && commit.is_some_and(|commit| commit.starts_with(wanted)))
}

fn short(name: &str) -> &str {
    name.strip_prefix("refs/tags/").or_else(|| name.strip_prefix("refs/heads/")).unwrap_or(name)
}

/// Whether a ref is named as a release: `v1.2`, `1.2.0`, `v2.0.0-rc.1`.
fn is_version(name: &str) -> bool {
    let name = short(name);
    let number = name.strip_prefix('v').unwrap_or(name);
    let core = number.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    (2..=4).contains(&parts.len())
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}
