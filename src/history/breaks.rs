//! Breaks: where a series changed its level for good, and which commits came in between.
//!
//! In: a [`Series`]. Out: its [`Break`]s. Judges no single run: a break needs runs on both sides.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::energy::{chance, clearest_split};
use super::series::{Point, Scale, Series, mean};

/// Fewest jobs before a break can be found: with fewer, luck alone orders them as clearly too often.
pub const FEWEST_JOBS: usize = 12;

/// Most orders drawn to learn a chance, which so is at least 0.01%.
const PERMUTATIONS: u32 = 9_999;

/// Smallest changes worth a word: relative, and in shares. Where runs hardly differ, less than that is as certain, and
/// nobody's concern.
const SMALLEST: f64 = 0.02;
const SMALLEST_SHARE: f64 = 0.001;

/// A change of level between two jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Break {
    /// Index of the first job after it.
    pub at: usize,
    /// The level before it, back to the break before that.
    pub before: f64,
    /// The level after it, up to the next break.
    pub after: f64,
    /// From the one to the other: relative, for shares their difference.
    pub change: f64,
    /// Share of orders of the same values in which a break as clear appears by luck.
    pub chance: f64,
    /// The last job before it.
    pub from: Mark,
    /// The first job after it.
    pub to: Mark,
}

/// A job as the end of a range of commits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mark {
    /// When it started, RFC 3339 in UTC.
    pub started_at: String,
    /// The commit it measured, where known.
    pub commit: Option<String>,
}

impl Mark {
    fn of(point: &Point) -> Self {
        Self { started_at: point.started_at.clone(), commit: point.commit.clone() }
    }
}

/// The chance of the clearest break of a series; none where it is too short or never changes.
pub(super) fn first_chance(series: &Series) -> Option<f64> {
    let places = series.places();
    if places.len() < FEWEST_JOBS {
        return None;
    }
    search(&places, seed(series)).map(|(_, chance)| chance)
}

/// Every break whose chance is at most `bar`: the clearest one, then the clearest on either side of it, and so on.
pub(super) fn find(series: &Series, bar: f64) -> Vec<Break> {
    let places = series.places();
    let mut found: Vec<(usize, f64)> = Vec::new();
    let mut stretches = vec![(0, places.len())];
    while let Some((start, end)) = stretches.pop() {
        let stretch = places.get(start..end).unwrap_or_default();
        // A stretch of a series keeps to what was asked of the whole.
        let Some((at, chance)) = search(stretch, seed(series)).filter(|(_, chance)| *chance <= bar) else { continue };
        found.push((start + at, chance));
        stretches.extend([(start, start + at), (start + at, end)]);
    }
    found.sort_by_key(|(at, _)| *at);
    described(series, &places, worth_a_word(found, &places, Scale::of(series.unit)))
}

fn search(places: &[f64], seed: u64) -> Option<(usize, f64)> {
    let split = clearest_split(places).filter(|split| split.statistic > 0.0)?;
    Some((split.at, chance(places, split, PERMUTATIONS, seed)))
}

/// Drops the smallest change until all are large enough; what it kept apart is one level then.
fn worth_a_word(mut found: Vec<(usize, f64)>, places: &[f64], scale: Scale) -> Vec<(usize, f64)> {
    let smallest = if scale == Scale::Plain { SMALLEST_SHARE } else { SMALLEST.ln_1p() };
    loop {
        let levels = levels(&found, places);
        let sizes = levels.windows(2).map(|pair| match pair {
            [before, after] => (after - before).abs(),
            _ => 0.0,
        });
        let least = sizes.enumerate().min_by(|(_, a), (_, b)| a.total_cmp(b));
        match least.filter(|(_, size)| *size < smallest) {
            Some((index, _)) => found.remove(index),
            None => return found,
        };
    }
}

/// The mean of each stretch between breaks.
fn levels(found: &[(usize, f64)], places: &[f64]) -> Vec<f64> {
    let starts = std::iter::once(0).chain(found.iter().map(|(at, _)| *at));
    let ends = found.iter().map(|(at, _)| *at).chain(std::iter::once(places.len()));
    starts.zip(ends).map(|(start, end)| mean(places.get(start..end).unwrap_or_default())).collect()
}

fn described(series: &Series, places: &[f64], found: Vec<(usize, f64)>) -> Vec<Break> {
    let scale = Scale::of(series.unit);
    let levels = levels(&found, places);
    let sides = levels.iter().zip(levels.iter().skip(1));
    let described = found.into_iter().zip(sides).filter_map(|((at, chance), (before, after))| {
        Some(Break {
            at,
            before: scale.value(*before),
            after: scale.value(*after),
            change: scale.change(after - before),
            chance,
            from: Mark::of(series.points.get(at.checked_sub(1)?)?),
            to: Mark::of(series.points.get(at)?),
        })
    });
    described.collect()
}

/// The seed of a series' draws: from its name and the order of its values, so that another unit changes no finding.
fn seed(series: &Series) -> u64 {
    let mut order: Vec<usize> = (0..series.points.len()).collect();
    let value = |index: &usize| series.points.get(*index).map_or(0.0, |point| point.value);
    order.sort_by(|a, b| value(a).total_cmp(&value(b)));
    let name = format!("{} {} {order:?}", series.endpoint, series.metric);
    let digest = Sha256::digest(name.as_bytes());
    digest.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}
