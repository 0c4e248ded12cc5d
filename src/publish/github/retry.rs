//! When to ask GitHub again, and after how long.
//!
//! In: an answer's status and headers, or that there was none. Out: a pause, or none where asking again would not help.
//! After <https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api>. Waits for nothing.

use std::time::Duration;

use rand::{Rng, RngExt};

/// First pause where GitHub names none; each next one doubles it.
const FIRST: Duration = Duration::from_millis(250);

/// Longest pause where GitHub names none.
const LONGEST: Duration = Duration::from_secs(16);

/// Pause after a secondary limit that names none: GitHub asks for a minute at least.
const SECONDARY: Duration = Duration::from_secs(60);

/// What an answer says about asking again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Limits {
    /// `retry-after`, in seconds.
    pub(super) retry_after_s: Option<u64>,
    /// `x-ratelimit-remaining`.
    pub(super) remaining: Option<u64>,
    /// `x-ratelimit-reset`, in seconds since 1970.
    pub(super) reset_s: Option<u64>,
    /// Whether its message speaks of a secondary limit.
    pub(super) secondary: bool,
}

/// When to ask again after an answer; `None` where that would not help. `now_s` is the time in seconds since 1970.
pub(super) fn after_answer(status: u16, limits: Limits, now_s: u64) -> Option<Pause> {
    let limited = match limits {
        Limits { retry_after_s: Some(seconds), .. } => Some(Duration::from_secs(seconds)),
        Limits { remaining: Some(0), reset_s: Some(reset), .. } => {
            Some(Duration::from_secs(reset.saturating_sub(now_s)))
        }
        Limits { secondary: true, .. } => Some(SECONDARY),
        Limits { .. } => None,
    };
    match status {
        403 => limited.map(Pause::Named),
        429 => Some(limited.map_or(Pause::Backoff, Pause::Named)),
        500..=599 => {
            Some(limits.retry_after_s.map_or(Pause::Backoff, |seconds| Pause::Named(Duration::from_secs(seconds))))
        }
        _ => None,
    }
}

/// How long to wait before asking again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pause {
    /// As long as GitHub says.
    Named(Duration),
    /// Longer each time.
    Backoff,
}

impl Pause {
    /// Its length before the attempt after `attempts`; between half and the whole of it, so that many don't come at once.
    pub(super) fn length(self, attempts: u32, draws: &mut impl Rng) -> Duration {
        match self {
            Self::Named(pause) => pause,
            Self::Backoff => {
                let whole = FIRST.saturating_mul(1_u32.checked_shl(attempts).unwrap_or(u32::MAX)).min(LONGEST);
                whole.mul_f64(draws.random_range(0.5..=1.0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    const NOW: u64 = 1_000;

    fn named(seconds: u64) -> Pause {
        Pause::Named(Duration::from_secs(seconds))
    }

    #[test]
    fn a_refusal_is_final_unless_it_is_about_the_rate() {
        let none = Limits::default();
        for status in [400, 401, 403, 404, 410, 422] {
            assert_eq!(after_answer(status, none, NOW), None, "{status}");
        }
        assert_eq!(after_answer(403, Limits { retry_after_s: Some(3), ..none }, NOW), Some(named(3)));
        assert_eq!(
            after_answer(403, Limits { remaining: Some(0), reset_s: Some(NOW + 9), ..none }, NOW),
            Some(named(9))
        );
        assert_eq!(after_answer(403, Limits { remaining: Some(1), reset_s: Some(NOW + 9), ..none }, NOW), None);
        assert_eq!(after_answer(403, Limits { secondary: true, ..none }, NOW), Some(named(60)));
        assert_eq!(
            after_answer(429, Limits { remaining: Some(0), reset_s: Some(NOW - 9), ..none }, NOW),
            Some(named(0))
        );
    }

    #[test]
    fn trouble_on_githubs_side_is_tried_again() {
        assert_eq!(after_answer(502, Limits::default(), NOW), Some(Pause::Backoff));
        assert_eq!(after_answer(429, Limits::default(), NOW), Some(Pause::Backoff));
        assert_eq!(after_answer(503, Limits { retry_after_s: Some(2), ..Limits::default() }, NOW), Some(named(2)));
    }

    #[test]
    fn pauses_grow_and_stay_bounded() {
        let mut draws = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut least = Duration::ZERO;
        for attempts in 0..7 {
            let pause = Pause::Backoff.length(attempts, &mut draws);
            let whole = FIRST * 2_u32.pow(attempts);
            assert!(whole.mul_f64(0.5) <= pause && pause <= whole, "{attempts}: {pause:?}");
            assert!(pause >= least);
            least = pause;
        }
        assert!(Pause::Backoff.length(1_000, &mut draws) <= LONGEST);
    }
}
