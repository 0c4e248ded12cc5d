//! How long answers are held back.
//!
//! In: a request's number, the time since the server's start. Out: its delay, and whether the server stands still.
//! Waits for nothing itself.

use std::time::Duration;

/// How answers are delayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Model {
    /// 5 ms each.
    Fixed,
    /// 2 ms, and 40 ms for 6% of them: no quantile that is compared lies on the step between the two.
    Bimodal,
    /// 1 ms, and nothing is read or answered for 200 ms of every 2 s, as under a garbage collector.
    Pauses,
}

/// From one pause's begin to the next one's.
const PERIOD: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(200);

impl Model {
    /// The model of a name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "fixed" => Some(Self::Fixed),
            "bimodal" => Some(Self::Bimodal),
            "pauses" => Some(Self::Pauses),
            _ => None,
        }
    }

    /// How long the answer to a request is held back.
    pub(crate) fn delay(self, number: u64) -> Duration {
        let ms = match self {
            Self::Fixed => 5,
            Self::Bimodal if scatter(number) % 100 < 6 => 40,
            Self::Bimodal => 2,
            Self::Pauses => 1,
        };
        Duration::from_millis(ms)
    }

    /// Whether the server stands still: at the end of each period, so that a run's first requests find it awake.
    pub(crate) fn is_paused(self, since_start: Duration) -> bool {
        let into_period = since_start.as_nanos() % PERIOD.as_nanos();
        self == Self::Pauses && into_period + PAUSE.as_nanos() >= PERIOD.as_nanos()
    }
}

/// The finalizer of `SplitMix64` (Steele, Lea and Flood 2014): the same number is slow in every run.
fn scatter(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
