//! What a search for the highest rate found: its answer, and every hold it was found by.
//!
//! In: holds as they were judged. Out: the [`Ceiling`] of a recording, and the cell that the gate compares. Searches
//! nothing itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::metric::Metric;
use super::numbers::{LONGEST_S, MOST_FIGURE, check_counts, check_figure};
use super::run::{Cells, Estimate};
use super::summary::ALL;

/// A search, and what it found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ceiling {
    /// Highest rate that was offered and held, in task starts per second; none where not even the lowest did.
    pub capacity: Option<f64>,
    /// Lowest rate above it that broke the objective; none where none did.
    pub breaks_at: Option<f64>,
    /// How the search ended.
    pub end: SearchEnd,
    /// What had to hold: `p95 < 500ms, error_rate < 1%`.
    pub objective: String,
    /// How near the two rates had to come, as a share.
    pub precision: f64,
    /// Every hold, in the order they were played.
    pub curve: Vec<Hold>,
}

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchEnd {
    /// With the rate that holds, and one that does not as near as was asked for.
    Found,
    /// The highest rate that was asked for held.
    Top,
    /// The lowest rate that was asked for did not hold.
    Nothing,
    /// The generator was the bottleneck beyond the rate that held.
    Generator,
    /// After the most holds that a search makes.
    Unsettled,
    /// Someone ended it, or something it needs had run out.
    Stopped,
}

/// One rate, held for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Hold {
    /// Task starts per second that were asked for.
    pub offered: f64,
    /// Tasks per second that ended.
    pub achieved: f64,
    /// Length of the part that was measured, in seconds.
    pub window_s: f64,
    /// Requests that were measured.
    pub requests: u64,
    /// Median response time in microseconds.
    pub p50_us: u64,
    /// 90th percentile of response time in microseconds.
    pub p90_us: u64,
    /// 95th percentile of response time in microseconds.
    pub p95_us: u64,
    /// 99th percentile of response time in microseconds.
    pub p99_us: u64,
    /// Failed requests as a share of all.
    pub error_rate: f64,
    /// Virtual users that it took.
    pub users: u32,
    /// Whether the objective held.
    pub held: bool,
    /// What broke it, or why the hold tells nothing.
    pub why: Option<String>,
}

impl Ceiling {
    /// The last hold at a rate.
    #[must_use]
    pub fn last_at(&self, rate: f64) -> Option<&Hold> {
        self.curve.iter().rev().find(|hold| hold.offered.to_bits() == rate.to_bits())
    }

    /// What is wrong with one that was read, if anything.
    pub(super) fn check(&self) -> Result<(), String> {
        let rates = self.curve.iter().flat_map(|hold| [hold.offered, hold.achieved]);
        for rate in rates.chain(self.capacity).chain(self.breaks_at) {
            check_figure("a rate of the search", rate, 0.0..=MOST_FIGURE)?;
        }
        check_figure("the precision of the search", self.precision, 0.0..=1e6)?;
        for hold in &self.curve {
            check_figure("the length of a hold", hold.window_s, 0.0..=LONGEST_S)?;
            check_figure("the error rate of a hold", hold.error_rate, 0.0..=1.0)?;
        }
        let times = |hold: &Hold| [hold.p50_us, hold.p90_us, hold.p95_us, hold.p99_us];
        check_counts("the times of the search", self.curve.iter().flat_map(times))?;
        check_counts("the requests of the search", self.curve.iter().map(|hold| hold.requests))
    }

    /// Adds the cell `(all) rps_ceiling`.
    ///
    /// The true ceiling lies anywhere between the rate that held and the one that did not: the variance of its logarithm
    /// is that of an even spread, width² / 12. Where no rate broke, the width is what the search was asked for.
    pub(super) fn add_to(&self, cells: &mut Cells) {
        let Some(capacity) = self.capacity.filter(|capacity| *capacity > 0.0) else { return };
        let width = self.breaks_at.map_or(self.precision.ln_1p(), |high| (high / capacity).ln());
        let samples = self.last_at(capacity).map_or(0, |hold| hold.requests);
        let estimate = Estimate {
            value: capacity,
            samples,
            effective: super::numbers::real(samples),
            variance: width.powi(2) / 12.0,
        };
        cells.entry(ALL.to_owned()).or_default().insert(Metric::RpsCeiling, estimate);
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::{recording, success};
    use super::*;
    use crate::measure::Recording;

    fn ceiling(breaks_at: Option<f64>) -> Ceiling {
        let hold = Hold {
            offered: 800.0,
            achieved: 799.0,
            window_s: 8.0,
            requests: 6_400,
            p50_us: 30_000,
            p90_us: 60_000,
            p95_us: 90_000,
            p99_us: 200_000,
            error_rate: 0.0,
            users: 40,
            held: true,
            why: None,
        };
        Ceiling {
            capacity: Some(800.0),
            breaks_at,
            end: SearchEnd::Found,
            objective: "p95 < 500ms".to_owned(),
            precision: 0.05,
            curve: vec![hold],
        }
    }

    fn of(ceiling: Ceiling) -> Recording {
        Recording { ceiling: Some(ceiling), ..recording(&[success(0, 6_000, 500)]) }
    }

    #[test]
    fn the_ceiling_is_in_the_summary_and_a_cell_of_the_whole_run() {
        let recording = of(ceiling(Some(840.0)));
        assert_eq!(recording.summary().ceiling, Some(800.0));
        let cell = recording.run().cells[ALL][&Metric::RpsCeiling];
        assert_eq!((cell.value.to_bits(), cell.samples), (800f64.to_bits(), 6_400));
        // numpy: np.log(840 / 800) ** 2 / 12
        assert!((cell.variance - 0.000_198_373_343_306_677_55).abs() < 1e-15, "{}", cell.variance);
    }

    #[test]
    fn a_search_that_no_rate_broke_is_known_as_well_as_was_asked_for() {
        let cell = |breaks_at| of(ceiling(breaks_at)).run().cells[ALL][&Metric::RpsCeiling];
        assert!((cell(None).variance - cell(Some(840.0)).variance).abs() < 1e-15);
    }

    #[test]
    fn a_search_that_found_nothing_has_no_cell() {
        let recording = of(Ceiling { capacity: None, ..ceiling(Some(800.0)) });
        assert_eq!(recording.summary().ceiling, None);
        assert!(!recording.run().cells[ALL].contains_key(&Metric::RpsCeiling));
    }

    #[test]
    fn a_recording_keeps_its_search_in_its_file() {
        let recording = of(ceiling(Some(840.0)));
        let read = Recording::from_json(&recording.to_json().unwrap(), std::path::Path::new("recording.json")).unwrap();
        assert_eq!(read.ceiling, recording.ceiling);
    }
}
