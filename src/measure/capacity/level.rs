//! The levels of a staged run, one by one.
//!
//! In: the stages that were played, and what finished when. Out: a [`LevelSummary`] for each level that was held. Ramps
//! between levels are in none of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::numbers::share;
use super::super::recording::{Recording, RunFacts};
use super::super::sample::Phase;
use super::super::series::Tally;
use super::super::summarize::rate;

/// One stage of the load that was played.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stage {
    /// Virtual users, in an open model starts a second.
    pub level: f64,
    /// Time to get there from the level before, in seconds.
    pub ramp_s: f64,
    /// Time it was held, in seconds.
    pub hold_s: f64,
}

/// What one level amounted to, while it was held.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LevelSummary {
    /// Virtual users, in an open model starts a second.
    pub level: f64,
    /// When it began to be held, in seconds from the start of the run.
    pub from_s: f64,
    /// When that ended.
    pub to_s: f64,
    /// Requests finished, failed ones included.
    pub requests: u64,
    /// Requests finished per second.
    pub rps: f64,
    /// Median response time of successful requests in microseconds; none without one.
    pub p50_us: Option<u64>,
    /// 95th percentile of the same.
    pub p95_us: Option<u64>,
    /// Failed requests as a share of all.
    pub error_rate: f64,
    /// Cores that the target used on average, where that was sampled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_cores: Option<f64>,
}

/// A stretch of a run at one level, or on the way to one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretch {
    /// The level at its start.
    pub(super) from: f64,
    /// The level at its end.
    pub(super) to: f64,
    /// Its start, in seconds from that of the run.
    pub(super) from_s: f64,
    /// Its end.
    pub(super) to_s: f64,
}

/// The levels of a run that were held for at least one whole slice of its window; none of a run of one stage.
pub(in crate::measure) fn levels(recording: &Recording) -> Vec<LevelSummary> {
    let holds = stretches(&recording.facts).into_iter().filter(Stretch::is_hold);
    holds.filter_map(|hold| level(recording, hold)).collect()
}

/// Ramps and holds of the measured window, in order; none of a run of one stage.
pub(super) fn stretches(facts: &RunFacts) -> Vec<Stretch> {
    if facts.stages.len() < 2 {
        return Vec::new();
    }
    let (mut at_s, mut level) = (0.0, 0.0);
    let mut stretches = Vec::new();
    for stage in &facts.stages {
        for (to, span_s) in [(stage.level, stage.ramp_s), (stage.level, stage.hold_s)] {
            let from = if span_s > 0.0 { std::mem::replace(&mut level, to) } else { to };
            level = to;
            stretches.push(Stretch { from, to, from_s: at_s, to_s: at_s + span_s });
            at_s += span_s;
        }
    }
    let end_s = facts.warmup_s + facts.window_s;
    let in_window = stretches.into_iter().filter_map(|stretch| stretch.within(facts.warmup_s, end_s));
    in_window.collect()
}

impl Stretch {
    pub(super) fn is_hold(&self) -> bool {
        self.from.to_bits() == self.to.to_bits()
    }

    /// The level at a time of it.
    pub(super) fn level_at(&self, time_s: f64) -> f64 {
        let span_s = self.to_s - self.from_s;
        if span_s <= 0.0 { self.to } else { self.from + (self.to - self.from) * (time_s - self.from_s) / span_s }
    }

    /// The part of it between two times; none where that is empty.
    fn within(self, from_s: f64, to_s: f64) -> Option<Self> {
        let (start_s, end_s) = (self.from_s.max(from_s), self.to_s.min(to_s));
        (start_s < end_s).then(|| Self {
            from: self.level_at(start_s),
            to: self.level_at(end_s),
            from_s: start_s,
            to_s: end_s,
        })
    }
}

fn level(recording: &Recording, hold: Stretch) -> Option<LevelSummary> {
    let series = &recording.series;
    let slices = series.within(hold.from_s, hold.to_s);
    if slices.is_empty() {
        return None;
    }
    let (from, to) = (slices.start * series.slice_s(), slices.end * series.slice_s());
    let mut tally = Tally::default();
    let during =
        series.slices().iter().filter(|slice| slice.phase == Phase::Window && (from..to).contains(&slice.start_s));
    during.for_each(|slice| tally.add(&slice.all()));
    let quantile = |level| (!tally.response_us.is_empty()).then(|| tally.response_us.quantile(level));
    let used = recording.resources.summary(hold.from_s, hold.to_s);
    Some(LevelSummary {
        level: hold.to,
        from_s: hold.from_s,
        to_s: hold.to_s,
        requests: tally.requests,
        rps: rate(tally.requests, super::super::numbers::real(to - from)),
        p50_us: quantile(0.5),
        p95_us: quantile(0.95),
        error_rate: share(tally.failed(), tally.requests),
        cpu_cores: used.get("cpu_cores").map(|cores| cores.mean),
    })
}
