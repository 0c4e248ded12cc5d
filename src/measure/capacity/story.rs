//! The story of a staged run, as facts: where latency takes off, where throughput stops growing, what users would come to.
//!
//! In: a recording and its levels. Out: a [`Story`]; none where no fact could be told. Words are the report's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::recording::{Model, Recording};
use super::hinge::{Knee, Plateau, knee};
use super::level::LevelSummary;
use super::points::points;
use super::usl::{self, Usl};

/// A law that explains less than this of the variance of throughput predicts nothing.
const LEAST_R_SQUARED: f64 = 0.9;

/// A level counts as come back to when it is within this share of one before.
const SAME_LEVEL: f64 = 0.05;

/// What a staged run tells beyond its figures.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Story {
    /// Where the 95th percentile of response time leaves its plateau (microseconds).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inflection: Option<Knee>,
    /// Where throughput stops growing (requests per second).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plateau: Option<Knee>,
    /// The Universal Scalability Law, where it fits: of loads by users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usl: Option<Usl>,
    /// How the target fared once the load had gone back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Recovery>,
}

/// A load before its peak, and the same load after it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recovery {
    /// Virtual users, in an open model starts a second.
    pub level: f64,
    /// 95th percentile of response time before the peak, in microseconds.
    pub before_us: u64,
    /// The same after it.
    pub after_us: u64,
}

/// The story of a run; none of a run of one stage, or where nothing can be told.
pub(in crate::measure) fn story(recording: &Recording, levels: &[LevelSummary]) -> Option<Story> {
    let points = points(recording);
    let by_load = |figure: fn(&super::points::Point) -> f64| -> Vec<(f64, f64)> {
        points.iter().map(|point| (point.load, figure(point))).collect()
    };
    let throughput = by_load(|point| point.rps);
    let usl = match recording.facts.model {
        Model::Closed => usl::fit(&throughput).filter(|usl| usl.r_squared >= LEAST_R_SQUARED),
        // The law is of users at work; an arrival rate is none.
        Model::Open => None,
    };
    let story = Story {
        inflection: knee(&by_load(|point| point.p95_us), Plateau::Before),
        plateau: knee(&throughput, Plateau::After),
        usl,
        recovery: recovery(levels),
    };
    (story != Story::default()).then_some(story)
}

/// The last level beside the last one before the peak that was as high.
fn recovery(levels: &[LevelSummary]) -> Option<Recovery> {
    let (last, before) = levels.split_last()?;
    let peak = before.iter().enumerate().max_by(|one, other| one.1.level.total_cmp(&other.1.level))?.0;
    let same = |level: &&LevelSummary| (level.level - last.level).abs() <= SAME_LEVEL * last.level;
    let first = before.iter().take(peak).rev().find(same)?;
    Some(Recovery { level: last.level, before_us: first.p95_us?, after_us: last.p95_us? })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::super::numbers::{real, whole};
    use super::super::super::properties::{collector, facts, record, success};
    use super::super::super::recording::{Recording, RunFacts};
    use super::super::super::sample::{Phase, Sample};
    use super::super::level::{Stage, levels};
    use super::*;

    const MS: u64 = 1_000;

    /// A target with 300 places: a request takes 50 ms, and whoever is beyond waits in proportion.
    fn closed_system(users: f64) -> (u64, u64) {
        let served = users.min(300.0);
        let response_ms = 50.0 * (users / 300.0).max(1.0);
        (whole(served * 0.5), whole(response_ms))
    }

    fn played(stages: &[Stage]) -> Recording {
        let mut samples: Vec<Sample> = Vec::new();
        let (mut second, mut level) = (0_u64, 0.0);
        for stage in stages {
            for (from, span_s) in [(level, stage.ramp_s), (stage.level, stage.hold_s)] {
                for step in 0..whole(span_s) {
                    let share = (real(step) + 0.5) / span_s;
                    let (requests, response_ms) = closed_system(from + (stage.level - from) * share);
                    samples.extend((0..requests).map(|n| Sample {
                        phase: Phase::Window,
                        finished_at: Duration::from_micros(second * 1_000 * MS + n),
                        ..success(0, second * MS, response_ms * MS + n)
                    }));
                    second += 1;
                }
            }
            level = stage.level;
        }
        let mut collector = collector();
        record(&mut collector, &samples);
        let window_s = real(second);
        collector.recording(RunFacts { window_s, warmup_s: 0.0, stages: stages.to_vec(), ..facts() })
    }

    fn stage(level: f64, ramp_s: f64, hold_s: f64) -> Stage {
        Stage { level, ramp_s, hold_s }
    }

    fn stress() -> Vec<Stage> {
        vec![stage(100.0, 0.0, 8.0), stage(200.0, 4.0, 8.0), stage(400.0, 4.0, 8.0), stage(600.0, 4.0, 8.0)]
    }

    #[test]
    fn every_level_has_a_row_without_its_ramps() {
        let rows = levels(&played(&stress()));
        let seen: Vec<_> = rows.iter().map(|row| (row.level, row.from_s, row.to_s, row.rps)).collect();
        assert_eq!(
            seen,
            [
                (100.0, 0.0, 8.0, 50.0),
                (200.0, 12.0, 20.0, 100.0),
                (400.0, 24.0, 32.0, 150.0),
                (600.0, 36.0, 44.0, 150.0)
            ]
        );
        assert!(rows[3].p95_us.unwrap().abs_diff(100 * MS) < 500, "{rows:?}");
    }

    #[test]
    fn a_pool_that_fills_up_is_found_from_latency_and_from_throughput() {
        let recording = played(&stress());
        let story = story(&recording, &levels(&recording)).unwrap();
        let (inflection, plateau) = (story.inflection.unwrap(), story.plateau.unwrap());
        assert!(
            (inflection.load - 300.0).abs() < 30.0 && (inflection.plateau - 50_000.0).abs() < 1_500.0,
            "{inflection:?}"
        );
        assert!((plateau.load - 300.0).abs() < 30.0 && (plateau.plateau - 150.0).abs() < 3.0, "{plateau:?}");
        let peak_rps = story.usl.and_then(|usl| usl.peak_rps).unwrap();
        assert!((peak_rps - 150.0).abs() < 15.0, "{story:?}");
        assert_eq!(story.recovery, None);
    }

    #[test]
    fn below_the_pool_nothing_happens() {
        let recording = played(&[stage(50.0, 0.0, 8.0), stage(150.0, 4.0, 8.0), stage(250.0, 4.0, 8.0)]);
        let story = story(&recording, &levels(&recording)).unwrap_or_default();
        assert_eq!((story.inflection, story.plateau), (None, None));
    }

    #[test]
    fn after_a_spike_the_same_load_is_compared_with_itself() {
        let recording = played(&[stage(100.0, 0.0, 8.0), stage(600.0, 2.0, 8.0), stage(100.0, 2.0, 8.0)]);
        let recovery = story(&recording, &levels(&recording)).unwrap().recovery.unwrap();
        assert!(
            recovery.before_us.abs_diff(50 * MS) < 500 && recovery.after_us.abs_diff(50 * MS) < 500,
            "{recovery:?}"
        );
    }

    #[test]
    fn a_run_of_one_stage_has_no_levels_and_no_story() {
        let recording = played(&[stage(400.0, 4.0, 20.0)]);
        assert!(levels(&recording).is_empty());
        assert_eq!(story(&recording, &[]), None);
    }
}
