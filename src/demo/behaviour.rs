//! How each request fares: its service time and its fate, drawn from the seed.
//!
//! In: the faults, a seed, and which request to which route it is. Out: a [`Draw`]. Pure: the n-th request to a route
//! fares the same in every run with the same seed, whatever the other routes do, and a fault leaves the draws of the
//! requests it spares as they were. So a run with a fault differs from one without by the fault alone.

use std::time::Duration;

use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{Delay, Effect, Fault, Route};

/// Spread of service times: the standard deviation of their logarithm.
const SIGMA: f64 = 0.2;
/// Database connections without a `pool` fault: more than twice what the gate's load needs, and not enough for three
/// times that load.
const DEFAULT_POOL: usize = 120;
/// Longest service time, however many faults add up.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);
/// The time in which errors in bursts have one stretch.
const BURST_PERIOD: Duration = Duration::from_secs(10);

/// How requests fare.
#[derive(Debug)]
pub(super) struct Behaviour {
    faults: Vec<Fault>,
    seed: u64,
}

/// How one request fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Draw {
    /// How long it holds a database connection.
    pub service_time: Duration,
    /// What comes of it.
    pub fate: Fate,
}

/// What comes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is answered.
    Answered,
    /// It is answered with status 500, after its service time.
    Failed,
    /// Its connection is reset where an answer was due.
    Reset,
    /// It is never answered.
    Stalled,
}

impl Behaviour {
    /// Behaviour under these faults, which act in the order given.
    pub(super) fn new(faults: Vec<Fault>, seed: u64) -> Self {
        Self { faults, seed }
    }

    /// How many database connections there are: the last `pool` fault counts.
    pub(super) fn pool_size(&self) -> usize {
        let mut sizes = self.faults.iter().filter_map(|fault| match fault.effect {
            Effect::Pool(size) => Some(size),
            _ => None,
        });
        sizes.next_back().unwrap_or(DEFAULT_POOL)
    }

    /// How many bytes each request to `route` leaks.
    pub(super) fn leak_bytes(&self, route: Route) -> usize {
        let leaks = self.effects(route).map(|effect| match effect {
            Effect::Leak(bytes) => usize::try_from(bytes).unwrap_or(usize::MAX),
            _ => 0,
        });
        leaks.fold(0, usize::saturating_add)
    }

    /// How the `nth` request to `route` fares, `elapsed` after the start.
    pub(super) fn draw(&self, route: Route, nth: u64, elapsed: Duration) -> Draw {
        let mut random = generator(self.seed, route, nth);
        let median = route.median_service_time().unwrap_or_default();
        let mut service_time = median.mul_f64(log_normal(&mut random));
        let mut fate = Fate::Answered;
        for effect in self.effects(route) {
            // Drawn for every effect, so that none shifts what the next one draws.
            let dice = 100.0 * random.random::<f64>();
            match effect {
                Effect::Delay(Delay::Times(factor)) => service_time = times(service_time, factor),
                Effect::Delay(Delay::Plus(more)) => service_time = service_time.saturating_add(more),
                Effect::Tail { percent, factor } if dice < percent => service_time = times(service_time, factor),
                Effect::Errors { percent, burst: false } if dice < percent => fate = Fate::Failed,
                Effect::Errors { percent, burst: true } if in_burst(self.seed, percent, elapsed) => {
                    fate = Fate::Failed;
                }
                Effect::Reset { percent } if dice < percent => fate = Fate::Reset,
                Effect::Stall { percent } if dice < percent => fate = Fate::Stalled,
                _ => {}
            }
        }
        Draw { service_time: service_time.min(LONGEST), fate }
    }

    fn effects(&self, route: Route) -> impl Iterator<Item = Effect> {
        self.faults.iter().filter(move |fault| fault.scope.covers(route)).map(|fault| fault.effect)
    }
}

/// A generator for the `nth` request to `route`. The seed is spread over 64 bits first: counted up directly, two
/// neighbouring seeds would share nearly all their draws.
fn generator(seed: u64, route: Route, nth: u64) -> Xoshiro256PlusPlus {
    let stream = Xoshiro256PlusPlus::seed_from_u64(seed).next_u64().rotate_left(8 * route as u32);
    Xoshiro256PlusPlus::seed_from_u64(stream.wrapping_add(nth))
}

/// A log-normal factor around a median of 1.
fn log_normal(random: &mut impl Rng) -> f64 {
    let z: f64 = StandardNormal.sample(random);
    (SIGMA * z).exp()
}

/// `time`, so many times over; at most [`LONGEST`], where multiplying a `Duration` would panic beyond its range.
fn times(time: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(time.as_secs_f64() * factor).map_or(LONGEST, |time| time.min(LONGEST))
}

/// Whether `elapsed` lies in the bad stretch of its period: `percent` of it, at a place drawn for each period.
fn in_burst(seed: u64, percent: f64, elapsed: Duration) -> bool {
    let periods = elapsed.as_secs_f64() / BURST_PERIOD.as_secs_f64();
    let share = percent / 100.0;
    let nth = elapsed.as_secs() / BURST_PERIOD.as_secs();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(!seed);
    let stream = random.next_u64();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(stream.wrapping_add(nth));
    let start = random.random::<f64>() * (1.0 - share);
    let within = periods.fract() - start;
    (0.0..share).contains(&within)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn behaviour(faults: &[&str], seed: u64) -> Behaviour {
        Behaviour::new(faults.iter().map(|fault| fault.parse().unwrap()).collect(), seed)
    }

    fn draws(behaviour: &Behaviour, route: Route, count: u64) -> Vec<Draw> {
        (0..count).map(|nth| behaviour.draw(route, nth, Duration::ZERO)).collect()
    }

    fn share(draws: &[Draw], fate: Fate) -> f64 {
        let hits = u32::try_from(draws.iter().filter(|draw| draw.fate == fate).count()).unwrap();
        f64::from(hits) / f64::from(u32::try_from(draws.len()).unwrap())
    }

    #[test]
    fn service_times_are_log_normal_around_the_median_of_the_route() {
        let mut logs: Vec<f64> = draws(&behaviour(&[], 1), Route::Orders, 20_000)
            .iter()
            .map(|draw| (draw.service_time.as_secs_f64() / 0.044).ln())
            .collect();
        logs.sort_by(f64::total_cmp);
        // The standard errors of these quantiles, at 20,000 draws, are 0.002 and 0.0033.
        assert!(logs[10_000].abs() < 0.01, "{}", logs[10_000]);
        assert!((logs[19_000] - 1.645 * SIGMA).abs() < 0.017, "{}", logs[19_000]);
    }

    #[test]
    fn neighbouring_seeds_routes_and_requests_share_no_draws() {
        let mut all: Vec<Duration> = Vec::new();
        for seed in 0..4 {
            for route in [Route::Product, Route::Cart] {
                all.extend(draws(&behaviour(&[], seed), route, 500).iter().map(|draw| draw.service_time));
            }
        }
        let count = all.len();
        all.sort();
        all.dedup();
        // Two of 4,000 may fall on one nanosecond.
        assert!(all.len() + 4 > count, "{} of {count}", all.len());
    }

    #[test]
    fn a_fault_on_one_route_leaves_the_others_as_they_were() {
        let (well, ill) = (behaviour(&[], 7), behaviour(&["POST /orders:delay=x1.5"], 7));
        assert_eq!(draws(&well, Route::Cart, 100), draws(&ill, Route::Cart, 100));
        for (before, after) in draws(&well, Route::Orders, 100).iter().zip(draws(&ill, Route::Orders, 100)) {
            assert_eq!(after.service_time, before.service_time.mul_f64(1.5));
        }
    }

    #[test]
    fn delays_add_up_in_the_order_given() {
        let well = behaviour(&[], 3).draw(Route::Cart, 0, Duration::ZERO).service_time;
        let ill = behaviour(&["*:delay=+30ms", "POST /cart:delay=x2"], 3).draw(Route::Cart, 0, Duration::ZERO);
        assert_eq!(ill.service_time, (well + Duration::from_millis(30)).mul_f64(2.0));
    }

    #[test]
    fn however_many_faults_add_up_a_service_time_ends() {
        let ill = behaviour(&["*:delay=x1000"; 20], 3);
        assert_eq!(ill.draw(Route::Cart, 0, Duration::ZERO).service_time, LONGEST);
    }

    #[test]
    fn a_tail_slows_its_share_and_spares_the_rest() {
        let (well, ill) = (behaviour(&[], 5), behaviour(&["*:tail=10%,x3"], 5));
        let pairs = draws(&well, Route::Product, 10_000).into_iter().zip(draws(&ill, Route::Product, 10_000));
        let slowed = pairs.filter(|(before, after)| after.service_time == before.service_time.mul_f64(3.0)).count();
        // Within four standard errors of 1,000.
        assert!((880..=1_120).contains(&slowed), "{slowed}");
        let spared = draws(&behaviour(&["*:tail=0%,x3"], 5), Route::Product, 100);
        assert_eq!(spared, draws(&well, Route::Product, 100));
    }

    #[test]
    fn errors_resets_and_stalls_hit_their_share() {
        for (fault, fate) in [("*:errors=5%", Fate::Failed), ("*:reset=5%", Fate::Reset), ("*:stall=5%", Fate::Stalled)]
        {
            let share = share(&draws(&behaviour(&[fault], 11), Route::Products, 10_000), fate);
            assert!((0.041..0.059).contains(&share), "{fault}: {share}");
        }
    }

    #[test]
    fn the_last_pool_fault_counts_and_leaks_add_up() {
        assert_eq!(behaviour(&[], 0).pool_size(), DEFAULT_POOL);
        assert_eq!(behaviour(&["*:pool=10", "*:pool=7"], 0).pool_size(), 7);
        let leaking = behaviour(&["*:leak=1KiB", "POST /cart:leak=1B"], 0);
        assert_eq!((leaking.leak_bytes(Route::Cart), leaking.leak_bytes(Route::Orders)), (1_025, 1_024));
    }

    proptest! {
        #[test]
        fn errors_in_bursts_fill_one_stretch_of_each_period(seed: u64, percent in 1_u32..=100, period in 0_u64..1_000) {
            let steps = 1_000_u32;
            let start = BURST_PERIOD.mul_f64(1.0) * u32::try_from(period).unwrap();
            let bad: Vec<bool> = (0..steps)
                .map(|step| in_burst(seed, f64::from(percent), start + BURST_PERIOD / steps * step))
                .collect();
            let hits = u32::try_from(bad.iter().filter(|bad| **bad).count()).unwrap();
            prop_assert!(hits.abs_diff(percent * steps / 100) <= 1, "{} of {}", hits, steps);
            let edges = bad.windows(2).filter(|pair| pair[0] != pair[1]).count();
            prop_assert!(edges <= 2);
        }
    }
}
