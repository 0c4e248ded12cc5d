//! How much load, when: the shape of a profile, as stages.
//!
//! In: levels with their ramps and holds. Out: the level at a time, how much had been due by a time, and when a
//! given amount is due. Pure: a shape knows no clock; `load` asks it about times since the start.

use std::time::Duration;

pub use crate::config::Arrivals;

/// How much load, when.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Closed model: so many virtual users, each waiting for its answers.
    Users(Stages),
    /// Open model: so many task starts a second, whatever the answers do.
    Rate {
        /// Starts a second.
        stages: Stages,
        /// How starts are spread.
        arrivals: Arrivals,
        /// Most virtual users at once.
        max_users: u32,
    },
}

impl Shape {
    /// The stages, of either model.
    #[must_use]
    pub fn stages(&self) -> &Stages {
        match self {
            Self::Users(stages) | Self::Rate { stages, .. } => stages,
        }
    }
}

/// Levels one after the other, starting from nothing; at least one, and not all of them nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Stages(pub Vec<Stage>);

/// A level: reached in `ramp` from the level before, then kept for `hold`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage {
    /// Users, or starts a second.
    pub level: f64,
    /// Time to get there.
    pub ramp: Duration,
    /// Time to stay.
    pub hold: Duration,
}

impl Stages {
    /// Length of all stages together.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.0.iter().fold(Duration::ZERO, |sum, stage| sum.saturating_add(stage.ramp).saturating_add(stage.hold))
    }

    /// The level at a time since the start. At a jump it is the level after it; at the end and beyond, 0.
    #[must_use]
    pub fn level_at(&self, time: Duration) -> f64 {
        let mut left = time.as_secs_f64();
        for piece in self.pieces() {
            if left < piece.seconds {
                return piece.from + piece.slope() * left;
            }
            left -= piece.seconds;
        }
        0.0
    }

    /// The highest level.
    #[must_use]
    pub fn peak(&self) -> f64 {
        self.0.iter().map(|stage| stage.level).fold(0.0, f64::max)
    }

    /// The level summed over the time from the start to `time`: arrivals due by then, or user-seconds.
    #[must_use]
    pub fn integral(&self, time: Duration) -> f64 {
        let mut left = time.as_secs_f64();
        let mut sum = 0.0;
        for piece in self.pieces() {
            sum += piece.area(left.min(piece.seconds));
            left -= piece.seconds;
            if left <= 0.0 {
                break;
            }
        }
        sum
    }

    /// The earliest time at which the integral reaches `amount`; none where it never does.
    #[must_use]
    pub fn time_of(&self, amount: f64) -> Option<Duration> {
        if amount <= 0.0 {
            return Some(Duration::ZERO);
        }
        let mut sum = 0.0;
        let mut start = 0.0;
        for piece in self.pieces() {
            // Summed as in `integral`, so that all of it is due at the end and not a rounding error later.
            let reached = sum + piece.area(piece.seconds);
            if amount <= reached {
                return Duration::try_from_secs_f64(start + piece.time_of(amount - sum)).ok();
            }
            sum = reached;
            start += piece.seconds;
        }
        None
    }

    /// The same until `at`, and one level from then to the end, which stays where it is.
    #[must_use]
    pub fn changed(&self, at: Duration, level: f64) -> Self {
        let total = self.total();
        let at = at.min(total);
        let (mut kept, mut left, mut before) = (Vec::new(), at, 0.0);
        for stage in &self.0 {
            let (ramp, hold) = (stage.ramp.min(left), stage.hold.min(left.saturating_sub(stage.ramp)));
            left = left.saturating_sub(stage.ramp + stage.hold);
            if !(ramp + hold).is_zero() {
                let climbed = if ramp < stage.ramp { ramp.as_secs_f64() / stage.ramp.as_secs_f64() } else { 1.0 };
                kept.push(Stage { level: before + (stage.level - before) * climbed, ramp, hold });
            }
            before = stage.level;
        }
        kept.push(Stage { level, ramp: Duration::ZERO, hold: total.saturating_sub(at) });
        Self(kept)
    }

    /// Ramps and holds in order, without those that take no time.
    fn pieces(&self) -> impl Iterator<Item = Piece> {
        let before = std::iter::once(0.0).chain(self.0.iter().map(|stage| stage.level));
        before
            .zip(&self.0)
            .flat_map(|(from, stage)| {
                let ramp = Piece { from, to: stage.level, seconds: stage.ramp.as_secs_f64() };
                let hold = Piece { from: stage.level, to: stage.level, seconds: stage.hold.as_secs_f64() };
                [ramp, hold]
            })
            .filter(|piece| piece.seconds > 0.0)
    }
}

/// A straight line of the level over time.
#[derive(Debug, Clone, Copy)]
struct Piece {
    from: f64,
    to: f64,
    seconds: f64,
}

impl Piece {
    fn slope(self) -> f64 {
        (self.to - self.from) / self.seconds
    }

    /// The integral over the first `seconds`.
    fn area(self, seconds: f64) -> f64 {
        seconds * (self.from + 0.5 * self.slope() * seconds)
    }

    /// When the integral reaches `area`: the root of from·t + slope·t²/2 = area, in the form that does not cancel
    /// (Press et al., Numerical Recipes, section 5.6).
    fn time_of(self, area: f64) -> f64 {
        let speed = (self.from * self.from + 2.0 * self.slope() * area).max(0.0).sqrt();
        (2.0 * area / (self.from + speed)).min(self.seconds)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stages(stages: &[(f64, u64, u64)]) -> Stages {
        let stage = |&(level, ramp, hold): &(f64, u64, u64)| Stage {
            level,
            ramp: Duration::from_millis(ramp),
            hold: Duration::from_millis(hold),
        };
        Stages(stages.iter().map(stage).collect())
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[track_caller]
    fn assert_near(one: f64, other: f64) {
        assert!((one - other).abs() < 1e-9, "{one} is not {other}");
    }

    #[test]
    fn a_ramp_is_a_straight_line_from_nothing() {
        let shape = stages(&[(100.0, 10_000, 10_000)]);
        assert_eq!(shape.total(), ms(20_000));
        assert_near(shape.level_at(ms(0)), 0.0);
        assert_near(shape.level_at(ms(5_000)), 50.0);
        assert_near(shape.level_at(ms(15_000)), 100.0);
        assert_near(shape.integral(ms(10_000)), 500.0);
        assert_near(shape.integral(ms(99_000)), 1_500.0);
        assert_eq!(shape.time_of(500.0), Some(ms(10_000)));
        assert_eq!(shape.time_of(600.0), Some(ms(11_000)));
    }

    #[test]
    fn a_stage_without_a_ramp_is_a_jump() {
        let shape = stages(&[(20.0, 0, 1_000), (1_000.0, 0, 1_000)]);
        assert_near(shape.level_at(ms(0)), 20.0);
        assert_near(shape.level_at(ms(999)), 20.0);
        assert_near(shape.level_at(ms(1_000)), 1_000.0);
        assert_near(shape.peak(), 1_000.0);
    }

    #[test]
    fn nothing_is_due_after_the_end() {
        let shape = stages(&[(10.0, 0, 1_000)]);
        assert_near(shape.level_at(ms(1_000)), 0.0);
        assert_eq!(shape.time_of(10.0), Some(ms(1_000)));
        assert_eq!(shape.time_of(10.1), None);
    }

    #[test]
    fn a_quiet_stage_is_skipped_when_asking_when() {
        let shape = stages(&[(10.0, 0, 1_000), (0.0, 0, 5_000), (10.0, 0, 1_000)]);
        assert_eq!(shape.time_of(15.0), Some(ms(6_500)));
        assert_eq!(shape.time_of(10.0), Some(ms(1_000)));
    }

    fn any_stages() -> impl Strategy<Value = Stages> {
        let level = prop_oneof![Just(0.0), 0.1..20_000.0];
        prop::collection::vec((level, 0..100_000u64, 0..100_000u64), 1..6).prop_map(|list| stages(&list))
    }

    #[test]
    fn all_of_it_is_due_by_the_end() {
        let shape = stages(&[(0.1, 64_885, 19_669), (16_419.700_245_683_26, 85_420, 85_312)]);
        assert!(shape.time_of(shape.integral(shape.total())).unwrap() <= shape.total());
    }

    proptest! {
        #[test]
        fn the_time_of_an_amount_is_when_the_integral_reaches_it(shape in any_stages(), share in 0.0..1.0) {
            let amount = share * shape.integral(shape.total());
            let time = shape.time_of(amount).unwrap();
            // Times are whole nanoseconds: the integral may be off by what arrives in one.
            let slack = 1e-9 * shape.peak() + 1e-9 * amount;
            prop_assert!((shape.integral(time) - amount).abs() <= slack, "{} at {time:?}", shape.integral(time));
        }

        #[test]
        fn the_time_of_an_amount_never_goes_back(shape in any_stages(), low in 0.0..1.0f64, more in 0.0..1.0f64) {
            let whole = shape.integral(shape.total());
            let (low, high) = (low * whole, (low + more).min(1.0) * whole);
            prop_assert!(shape.time_of(low) <= shape.time_of(high));
        }

        #[test]
        fn the_integral_is_the_sum_of_the_levels(shape in any_stages(), from in 0.0..1.0f64, length in 0.0..0.01f64) {
            let total = shape.total().as_secs_f64();
            let (start, end) = (from * total, (from + length).min(1.0) * total);
            let at = |seconds| shape.integral(Duration::from_secs_f64(seconds));
            let slices = 200;
            let width = (end - start) / f64::from(slices);
            let middle = |slice| shape.level_at(Duration::from_secs_f64(start + width * (f64::from(slice) + 0.5)));
            let sum: f64 = (0..slices).map(middle).map(|level| level * width).sum();
            // The midpoint rule is exact on straight lines; a jump or kink may fall into a few of the slices.
            prop_assert!((at(end) - at(start) - sum).abs() <= 12.0 * shape.peak() * width + 1e-4);
        }

        #[test]
        fn a_change_keeps_what_was_and_holds_from_then_on(
            shape in any_stages(), share in 0.0..1.0f64, level in 0.0..9_000.0f64, again in 0.0..1.0f64,
        ) {
            let total = shape.total();
            let at = total.mul_f64(share);
            let changed = shape.changed(at, level);
            prop_assert_eq!(changed.total(), total);
            let slack = 1e-6 * shape.integral(total).max(1.0);
            for time in [at.mul_f64(again), at] {
                prop_assert!((changed.integral(time) - shape.integral(time)).abs() <= slack, "at {:?}", time);
            }
            let held = total.saturating_sub(at).mul_f64(again);
            let later = at + held;
            let due = changed.integral(later) - changed.integral(at);
            prop_assert!((due - level * held.as_secs_f64()).abs() <= slack + 1e-6 * due, "{} by {:?}", due, later);
            if later > at && later < total {
                assert_near(changed.level_at(later), level);
            }
        }

        #[test]
        fn the_level_stays_between_nothing_and_the_peak(shape in any_stages(), share in 0.0..1.2) {
            let level = shape.level_at(shape.total().mul_f64(share));
            prop_assert!((-1e-9..=shape.peak() * (1.0 + 1e-12)).contains(&level));
        }
    }
}
