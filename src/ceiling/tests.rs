//! Searches of targets that are known: a step, a step with accidents, and a queue that is simulated. No time passes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use proptest::prelude::*;
use rand::SeedableRng;
use rand_distr::{Distribution, Exp1, LogNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::judge::{Played, judge};
use super::{Answer, Next, Outcome, Search, Tried};
use crate::measure::properties::facts;
use crate::measure::{Collector, Phase, Recorder, Recording, RunFacts, Sample, SearchEnd, Timings};
use crate::plan::{Arrivals, Slo};
use crate::units::{Ratio, Span};

const SEARCH: Search = Search { from: 50.0, to: 20_000.0, precision: 0.05 };

/// Plays a search to its end; the target is told the rate and which hold it is.
fn play(search: Search, mut target: impl FnMut(f64, usize) -> Outcome) -> (Answer, Vec<Tried>) {
    let mut tried = Vec::new();
    loop {
        match search.next(&tried) {
            Next::Done(answer) => return (answer, tried),
            Next::Hold(rate) => {
                let outcome = target(rate, tried.len());
                tried.push(Tried { rate, outcome });
            }
        }
    }
}

/// A target that holds up to a rate.
fn step(truth: f64) -> impl Fn(f64, usize) -> Outcome {
    move |rate, _| if rate <= truth { Outcome::Held } else { Outcome::Broke }
}

#[test]
fn rates_double_then_close_in_and_both_ends_are_held_once_more() {
    let (answer, tried) = play(SEARCH, step(842.0));
    let rates: Vec<f64> = tried.iter().map(|tried| tried.rate).collect();
    let expected = [50.0, 100.0, 200.0, 400.0, 800.0, 1_600.0, 1_130.0, 951.0, 872.0, 835.0, 835.0, 872.0];
    assert_eq!(rates.iter().map(|rate| rate.round()).collect::<Vec<_>>(), expected);
    let bits = |rate: Option<f64>| rate.map(|rate| rate.round().to_bits());
    assert_eq!((bits(answer.capacity), bits(answer.breaks_at)), (bits(Some(835.0)), bits(Some(872.0))));
    assert_eq!(answer.end, SearchEnd::Found);
}

#[test]
fn a_target_that_bears_all_that_was_asked_for_ends_at_the_top() {
    let (answer, tried) = play(SEARCH, step(1e9));
    assert_eq!((answer.capacity, answer.breaks_at, answer.end), (Some(20_000.0), None, SearchEnd::Top));
    assert!(tried.len() < 13, "{} holds", tried.len());
}

#[test]
fn a_target_that_bears_not_even_the_first_rate_is_asked_twice() {
    let (answer, tried) = play(SEARCH, step(1.0));
    assert_eq!((answer.capacity, answer.breaks_at, answer.end), (None, Some(50.0), SearchEnd::Nothing));
    assert_eq!(tried.len(), 2);
}

#[test]
fn a_generator_at_its_limit_ends_the_search_with_what_is_known() {
    let spoilt = |rate: f64, _| if rate > 1_000.0 { Outcome::Spoilt } else { Outcome::Held };
    let (answer, tried) = play(SEARCH, spoilt);
    assert_eq!((answer.capacity, answer.breaks_at, answer.end), (Some(800.0), None, SearchEnd::Generator));
    let last: Vec<f64> = tried.iter().rev().take(3).map(|tried| tried.rate).collect();
    assert_eq!(last, [800.0, 1_600.0, 1_600.0], "the rate that held is held once more");
    let (answer, _) = play(SEARCH, |_, _| Outcome::Spoilt);
    assert_eq!((answer.capacity, answer.end), (None, SearchEnd::Generator));
}

#[test]
fn a_generator_that_stumbles_once_is_forgiven() {
    let truth = step(842.0);
    let (answer, _) = play(SEARCH, |rate, hold| if hold == 3 { Outcome::Spoilt } else { truth(rate, hold) });
    assert_eq!((answer.capacity.map(f64::round), answer.end), (Some(835.0), SearchEnd::Found));
}

#[test]
fn a_search_too_fine_for_its_holds_ends_with_the_best_that_is_known() {
    let (answer, tried) = play(Search { precision: 1e-12, ..SEARCH }, |rate, _| step(842.0)(rate, 0));
    assert!(tried.len() <= 40, "{} holds", tried.len());
    assert_eq!(answer.end, SearchEnd::Unsettled);
    assert!(answer.capacity.is_some_and(|capacity| capacity <= 842.0), "{answer:?}");
}

proptest! {
    #[test]
    fn the_answer_holds_and_what_breaks_is_as_near_as_was_asked_for(
        truth in 60.0_f64..19_000.0,
        from in 1.0_f64..59.0,
        precision in 0.01_f64..0.3,
    ) {
        let (answer, tried) = play(Search { from, precision, ..SEARCH }, step(truth));
        let (low, high) = (answer.capacity.unwrap(), answer.breaks_at.unwrap());
        prop_assert!(low <= truth && truth < high, "{low} {truth} {high}");
        prop_assert!(high / low <= 1.0 + precision + 1e-9, "{low} {high}");
        prop_assert!(tried.len() < 30);
    }

    #[test]
    fn one_accident_costs_little_whenever_it_happens(
        truth in 60.0_f64..19_000.0,
        accident in 0_usize..20,
        outcome in prop_oneof![Just(Outcome::Broke), Just(Outcome::Held), Just(Outcome::Spoilt)],
    ) {
        let steady = step(truth);
        let (answer, _) = play(SEARCH, |rate, hold| if hold == accident { outcome } else { steady(rate, hold) });
        let capacity = answer.capacity.unwrap();
        prop_assert!(capacity <= truth && capacity > truth / 1.05_f64.powi(2) / 1.001, "{capacity} of {truth}");
    }

    #[test]
    fn every_search_ends(outcomes in prop::collection::vec(0_u8..3, 64)) {
        let (_, tried) = play(SEARCH, |_, hold| match outcomes[hold] {
            0 => Outcome::Held,
            1 => Outcome::Broke,
            _ => Outcome::Spoilt,
        });
        prop_assert!(tried.len() <= 40);
        prop_assert!(tried.iter().all(|tried| (50.0..=20_000.0).contains(&tried.rate)));
    }
}

/// A queue with so many servers, first come first served.
#[derive(Debug, Clone, Copy)]
struct Queue {
    servers: u32,
    /// Mean service time in seconds.
    mean: f64,
    arrivals: Arrivals,
    seed: u64,
}

/// What is left out of a simulated hold, and how long it takes with that, in seconds.
const SETTLE: f64 = 2.0;
const LENGTH: f64 = 10.0;

impl Queue {
    /// Tasks a second beyond which it only grows.
    fn capacity(self) -> f64 {
        f64::from(self.servers) / self.mean
    }

    /// What a hold at a rate would have recorded.
    fn hold(self, rate: f64, number: usize) -> Recording {
        self.hold_with(rate, number, |_| {})
    }

    /// The same with something more in its recorder.
    fn hold_with(self, rate: f64, number: usize, more: impl FnOnce(&mut Recorder)) -> Recording {
        const SIGMA: f64 = 0.2;
        let mut random = Xoshiro256PlusPlus::seed_from_u64(self.seed ^ (number as u64) << 32);
        let service = LogNormal::new(self.mean.ln() - SIGMA * SIGMA / 2.0, SIGMA).unwrap();
        // Times in whole microseconds, which are ordered.
        let mut free: BinaryHeap<Reverse<u64>> = (0..self.servers).map(|_| Reverse(0)).collect();
        let mut recorder = Recorder::new(1);
        more(&mut recorder);
        let mut collector = Collector::new(vec!["task".to_owned()], Vec::new());
        let mut due = 0.0;
        loop {
            let gap: f64 = if self.arrivals == Arrivals::Poisson { Exp1.sample(&mut random) } else { 1.0 };
            due += gap / rate;
            if due >= LENGTH {
                break;
            }
            let due_us = micros(due);
            let Reverse(free_at) = free.pop().unwrap();
            let finished_us = free_at.max(due_us) + micros(service.sample(&mut random));
            free.push(Reverse(finished_us));
            let phase = |at_us: u64| if at_us < micros(SETTLE) { Phase::Warmup } else { Phase::Window };
            recorder.start(phase(due_us), Duration::ZERO);
            if finished_us < micros(LENGTH) {
                recorder.ended(phase(finished_us));
            }
            let response = Duration::from_micros(finished_us - due_us);
            let sample = Sample {
                endpoint: 0,
                phase: phase(due_us),
                finished_at: Duration::from_micros(finished_us),
                response,
                service: response,
                timings: Timings::default(),
                bytes_received: 0,
                failure: None,
            };
            if let Some(slice) = recorder.record(&sample) {
                collector.absorb(slice);
            }
        }
        if let Some(slice) = recorder.finish() {
            collector.absorb(slice);
        }
        collector.recording(RunFacts { warmup_s: SETTLE, window_s: LENGTH - SETTLE, ..facts() })
    }

    fn played(self, rate: f64) -> Played {
        Played { rate, users: 9, max_users: 1_000, arrivals: self.arrivals, unloaded_us: None, given_up: None }
    }

    fn judge(self, rate: f64, number: usize) -> Outcome {
        let limit = Span(Duration::from_secs_f64(10.0 * self.mean));
        let slo = Slo { p95: Some(limit), error_rate: Some(Ratio(0.01)), ..Slo::default() };
        judge(&self.hold(rate, number), &slo, self.played(rate)).0
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "times of a simulation are short")]
fn micros(seconds: f64) -> u64 {
    (seconds * 1e6) as u64
}

/// Seeded, because it is a claim on how often: nine of ten within a tenth, and none far off.
#[test]
fn the_ceiling_of_a_simulated_queue_is_found() {
    let mut far = 0;
    let mut all = 0;
    for (servers, mean) in [(4, 0.03), (8, 0.05), (10, 0.05), (16, 0.04)] {
        for (arrivals, seed) in [Arrivals::Uniform, Arrivals::Poisson].into_iter().flat_map(|one| [(one, 1), (one, 2)])
        {
            let queue = Queue { servers, mean, arrivals, seed };
            let search = Search { from: 10.0, to: 5_000.0, precision: 0.05 };
            let (answer, tried) = play(search, |rate, number| queue.judge(rate, number));
            let off = (answer.capacity.unwrap() / queue.capacity() - 1.0).abs();
            assert!(off <= 0.15, "{off} off {:.0}/s: {tried:?}", queue.capacity());
            far += usize::from(off > 0.1);
            all += 1;
        }
    }
    assert!(far * 10 <= all, "{far} of {all} are more than a tenth off");
}

#[test]
fn a_queue_that_grows_breaks_a_hold_before_its_latencies_do() {
    let queue = Queue { servers: 10, mean: 0.04, arrivals: Arrivals::Uniform, seed: 3 };
    let slack = Slo { p95: Some(Span(Duration::from_secs(5))), ..Slo::default() };
    let judged = |share: f64| {
        let rate = share * queue.capacity();
        judge(&queue.hold(rate, 0), &slack, queue.played(rate))
    };
    assert_eq!(judged(0.95).0, Outcome::Held);
    let (outcome, hold) = judged(1.05);
    assert_eq!(outcome, Outcome::Broke);
    assert!(hold.why.as_deref().is_some_and(|why| why.contains("a queue grew")), "{hold:?}");
}

#[test]
fn a_generator_that_was_late_spoils_a_hold_and_says_why() {
    let queue = Queue { servers: 10, mean: 0.04, arrivals: Arrivals::Uniform, seed: 3 };
    let mut recording = queue.hold(100.0, 0);
    recording.facts.valid = false;
    recording.facts.reasons = vec!["the generator was the bottleneck".to_owned()];
    let slo = Slo { p95: Some(Span(Duration::from_millis(1))), ..Slo::default() };
    let (outcome, hold) = judge(&recording, &slo, queue.played(100.0));
    assert_eq!((outcome, hold.why.as_deref()), (Outcome::Spoilt, Some("the generator was the bottleneck")));
}

#[test]
fn users_that_ran_out_are_the_generators_unless_answers_had_become_slow() {
    let queue = Queue { servers: 10, mean: 0.04, arrivals: Arrivals::Uniform, seed: 3 };
    let mut waiting = queue.hold_with(100.0, 0, |recorder| {
        for _ in 0..100 {
            recorder.late(Phase::Window);
        }
    });
    waiting.facts.model = crate::measure::Model::Open;
    let slo = Slo { p95: Some(Span(Duration::from_secs(1))), ..Slo::default() };
    let judged = |unloaded_us| {
        let played = Played { max_users: 9, unloaded_us: Some(unloaded_us), ..queue.played(100.0) };
        judge(&waiting, &slo, played)
    };
    let (outcome, hold) = judged(40_000);
    assert_eq!(outcome, Outcome::Spoilt);
    assert!(hold.why.is_some_and(|why| why.contains("raise max_users")));
    assert_ne!(judged(10_000).0, Outcome::Spoilt);
}
