//! A staged run as points: so much load, so much throughput, such a latency.
//!
//! In: a recording. Out: a [`Point`] for each slice of the window in which the load was held or grew. Where it shrank,
//! the target may still be at work for more users than there are, so those slices tell nothing.

use super::super::numbers::real;
use super::super::recording::Recording;
use super::super::sample::Phase;
use super::super::series::Series;
use super::super::summarize::rate;
use super::level::{Stretch, stretches};

/// Successes that a 95th percentile takes to say anything.
const FEWEST: u64 = 20;

/// What was seen at one load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// Virtual users, or starts a second: the mean of the slice.
    pub(super) load: f64,
    /// Requests finished per second.
    pub(super) rps: f64,
    /// 95th percentile of response time in microseconds.
    pub(super) p95_us: f64,
}

/// The points of a run, in order of time.
pub(super) fn points(recording: &Recording) -> Vec<Point> {
    let mut seen: Vec<Point> = Vec::new();
    let mut highest = 0.0_f64;
    for stretch in stretches(&recording.facts) {
        // A level below one that was held before is on the way down, too.
        if stretch.to >= stretch.from && stretch.to >= highest {
            seen.extend(of_stretch(&recording.series, stretch));
        }
        highest = highest.max(stretch.to);
    }
    seen
}

fn of_stretch(series: &Series, stretch: Stretch) -> impl Iterator<Item = Point> {
    let whole = series.within(stretch.from_s, stretch.to_s);
    let slice_s = series.slice_s();
    let within = series
        .slices()
        .iter()
        .filter(move |slice| slice.phase == Phase::Window && whole.contains(&(slice.start_s / slice_s)));
    within.filter_map(move |slice| {
        let all = slice.all();
        (all.response_us.count() >= FEWEST).then(|| Point {
            load: stretch.level_at(real(slice.start_s) + real(slice_s) / 2.0),
            rps: rate(all.requests, real(slice_s)),
            p95_us: real(all.response_us.quantile(0.95)),
        })
    })
}
