//! Holds one rate after the other until the answer is known.
//!
//! In: a plan that searches. Out: the recording of the last hold at the rate that held, with the whole search in it.
//! Gives up a hold that is hopeless, so that the target is not hammered for nothing.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::judge::{Played, judge};
use super::search::{Answer, Next, Outcome, Search, Tried};
use crate::load::{self, Error, Look, Stop};
use crate::measure::{ALL, Ceiling, Hold, Origin, Recording, SearchEnd};
use crate::plan::{self, Arrivals, Plan, Shape, Slo};
use crate::units::{Rate, Span};

/// Between two holds, once nothing is under way any more: as a part of what a hold leaves out.
const REST: u32 = 2;

/// Users who are there before they are called, for each one that will be busy.
const READY: f64 = 2.0;

/// A p95 that is so many times the limit will not come back below it.
const HOPELESS_LATENCY: f64 = 4.0;

/// Errors beyond which a hold will not come back, where ten times the limit is less.
const HOPELESS_ERRORS: f64 = 0.2;

/// Requests from which on a share of errors says something.
const MANY: u32 = 50;

/// A target that finishes fewer requests than this share of the tasks that start is falling behind, fast.
const HOPELESS_RATE: f64 = 0.5;

/// Everything a search needs.
#[derive(Debug)]
pub struct Setup {
    /// What to play; it searches.
    pub plan: Plan,
    /// The search.
    pub search: plan::Search,
    /// Where the recording comes from.
    pub origin: Origin,
    /// Worker threads.
    pub workers: usize,
    /// Tells it to stop before its time.
    pub stop: watch::Receiver<Stop>,
}

/// A search under way, as it is shown.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A hold begins.
    Begins {
        /// Which it is, from 1; 0 is the warm-up.
        number: usize,
        /// Task starts per second.
        rate: f64,
        /// What is left out at its start.
        settle: Duration,
        /// How long it takes, with that.
        length: Duration,
    },
    /// It is under way.
    Goes(&'a Look),
    /// It is over.
    Ends(&'a Hold),
}

/// Plays a search, telling `watch` a few times a second how it goes.
///
/// # Errors
/// A hold could not be played at all.
pub async fn play(setup: Setup, watch: &mut dyn FnMut(Progress<'_>)) -> Result<Recording, Error> {
    let Setup { plan, search, origin, workers, stop } = setup;
    let warmup = plan.warmup;
    let seed = plan.seed;
    let mut stage = Stage { plan: Some(plan), search, origin, workers, stop, watch, seed, played: Vec::new() };
    if !warmup.is_zero() {
        let settle = warmup / 2;
        let from = stage.search.from;
        let (recording, _) = stage.hold(0, from, settle, warmup.saturating_sub(settle)).await?;
        if let Some(reason) = stage.must_end(&recording) {
            let interrupted = stage.is_stopping();
            let mut recording = stage.answer(Answer::stopped(&[]), Vec::new(), Some(recording))?;
            (recording.facts.valid, recording.facts.interrupted) = (false, interrupted);
            recording.facts.reasons.insert(0, reason);
            return Ok(recording);
        }
        stage.rest().await;
    }
    stage.search().await
}

struct Stage<'w> {
    /// None only while a hold is under way.
    plan: Option<Plan>,
    search: plan::Search,
    origin: Origin,
    workers: usize,
    stop: watch::Receiver<Stop>,
    watch: &'w mut dyn FnMut(Progress<'_>),
    seed: u64,
    /// Every hold, in order.
    played: Vec<(Tried, Hold)>,
}

impl Stage<'_> {
    async fn search(mut self) -> Result<Recording, Error> {
        let plan::Search { from, to, precision, slo, .. } = self.search;
        let search = Search { from, to, precision };
        let (settle, measured) = (self.search.settle(), self.search.measured());
        let mut good: Vec<(f64, Recording)> = Vec::new();
        let mut last: Option<Recording> = None;
        loop {
            let tried: Vec<Tried> = self.played.iter().map(|(tried, _)| *tried).collect();
            let rate = match search.next(&tried) {
                Next::Hold(rate) => rate,
                Next::Done(answer) => return self.answer(answer, good, last),
            };
            let (recording, played) = self.hold(tried.len() + 1, rate, settle, measured).await?;
            if let Some(reason) = self.must_end(&recording).filter(|_| played.given_up.is_none()) {
                let interrupted = self.is_stopping();
                let mut recording = self.answer(Answer::stopped(&tried), good, Some(recording))?;
                (recording.facts.valid, recording.facts.interrupted) = (false, interrupted);
                recording.facts.reasons.insert(0, reason);
                return Ok(recording);
            }
            let (outcome, hold) = judge(&recording, &slo, played);
            (self.watch)(Progress::Ends(&hold));
            self.played.push((Tried { rate, outcome }, hold));
            if outcome == Outcome::Held {
                good.retain(|(known, _)| known.to_bits() != rate.to_bits());
                good.push((rate, recording));
            } else {
                last = Some(recording);
            }
            self.rest().await;
        }
    }

    /// Plays one rate, and gives it up where it is hopeless or someone asks for the end.
    async fn hold(
        &mut self,
        number: usize,
        rate: f64,
        settle: Duration,
        measured: Duration,
    ) -> Result<(Recording, Played), Error> {
        let Some(plan) = self.plan.take() else { return Err(Error::Panicked) };
        let seed = self.seed.wrapping_add(number as u64);
        let plan = Arc::new(Plan { seed, ..plan }.into_hold(rate, settle, measured, self.ready_users(rate)));
        let length = settle.saturating_add(measured);
        (self.watch)(Progress::Begins { number, rate, settle, length });
        let (end, told) = watch::channel(*self.stop.borrow());
        let run = load::Run {
            plan: Arc::clone(&plan),
            origin: self.origin.clone(),
            workers: self.workers,
            stop: told,
            observed: load::Observed::nothing(),
            wanted: None,
        };
        let hopeless = Hopeless { slo: &self.search.slo, rate, from: settle + (measured / 4).max(LEAST_LOOK) };
        let (given_up, users) = (Cell::new(None), Cell::new(0));
        let is_warmup = number == 0;
        let mut look = |look: &Look| {
            users.set(look.users.max(users.get()));
            if given_up.get().is_none() && !look.stopping && !is_warmup && hopeless.is(look) {
                given_up.set(Some(look.elapsed));
                end.send_if_modified(|told| advance(told, Stop::Gracefully));
            }
            (self.watch)(Progress::Goes(look));
        };
        let mut stop = self.stop.clone();
        let pass_on = async {
            while stop.changed().await.is_ok() {
                let asked = *stop.borrow();
                end.send_if_modified(|told| advance(told, asked));
            }
            std::future::pending::<()>().await;
        };
        let recording = tokio::select! {
            recording = load::play(run, &mut look) => recording?,
            () = pass_on => return Err(Error::Panicked),
        };
        let (max_users, arrivals) = match plan.shape {
            Shape::Rate { max_users, arrivals, .. } => (max_users, arrivals),
            Shape::Users(_) => (0, Arrivals::default()),
        };
        let unloaded_us = self.lowest().map(|hold| hold.p50_us);
        // Its workers are gone, and with them all others who held it.
        self.plan = Arc::into_inner(plan);
        Ok((recording, Played { rate, users: users.get(), max_users, arrivals, unloaded_us, given_up: given_up.get() }))
    }

    /// The lowest rate that held.
    fn lowest(&self) -> Option<&Hold> {
        let held = self.played.iter().map(|(_, hold)| hold).filter(|hold| hold.held);
        held.min_by(|one, other| one.offered.total_cmp(&other.offered))
    }

    /// Twice the users that a rate keeps busy, if answers take as long as nearly all do at the lowest rate (Little 1961).
    fn ready_users(&self, rate: f64) -> u32 {
        let busy = self.lowest().map_or(0.0, |hold| {
            let requests_a_task =
                f64::from(u32::try_from(hold.requests).unwrap_or(u32::MAX)) / (hold.offered * hold.window_s);
            let seconds = Duration::from_micros(hold.p95_us).as_secs_f64();
            rate * requests_a_task * seconds
        });
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "no crowd is larger than a u32")]
        let ready = (READY * busy).ceil() as u32;
        ready
    }

    /// Why no further hold makes sense, if none does.
    fn must_end(&self, recording: &Recording) -> Option<String> {
        let facts = &recording.facts;
        if self.is_stopping() {
            return Some(format!("interrupted in hold {} of the search", self.played.len() + 1));
        }
        let summary = recording.summary();
        let answers = summary.endpoints.get(ALL).is_some_and(|all| all.requests > 0 && all.error_rate < 1.0);
        let first = || facts.reasons.first().cloned().unwrap_or_default();
        // Rows that ran out, or a target that is not there.
        let is_cut = !facts.interrupted && facts.window_s < 0.9 * self.search.measured().as_secs_f64();
        (!facts.valid && !answers || is_cut && !facts.reasons.is_empty()).then(first)
    }

    fn is_stopping(&self) -> bool {
        *self.stop.borrow() != Stop::No
    }

    async fn rest(&self) {
        let mut stop = self.stop.clone();
        tokio::select! {
            () = sleep(self.search.settle() / REST) => {}
            _ = stop.wait_for(|told| *told != Stop::No) => {}
        }
    }

    /// The recording of the rate that held, or else the last one, with what the search found.
    fn answer(self, answer: Answer, good: Vec<(f64, Recording)>, last: Option<Recording>) -> Result<Recording, Error> {
        let Answer { capacity, breaks_at, end } = answer;
        let ceiling = Ceiling {
            capacity,
            breaks_at,
            end,
            objective: self.search.objective(),
            precision: self.search.precision,
            curve: self.played.into_iter().map(|(_, hold)| hold).collect(),
        };
        let best = capacity.and_then(|rate| good.into_iter().find(|(known, _)| known.to_bits() == rate.to_bits()));
        let is_best = best.is_some();
        // Whoever has an answer has held a rate.
        let Some(mut recording) = best.map(|(_, recording)| recording).or(last) else { return Err(Error::Panicked) };
        let facts = &mut recording.facts;
        facts.seed = self.seed;
        if !is_best {
            // It was given up, or spoilt: what that says of the search is said below.
            (facts.valid, facts.interrupted) = (true, false);
            facts.reasons.clear();
        }
        facts.valid &= end != SearchEnd::Generator;
        facts.reasons.extend(reason(&ceiling, &self.search));
        recording.ceiling = Some(ceiling);
        Ok(recording)
    }
}

/// What is to be kept in mind of how a search ended.
fn reason(ceiling: &Ceiling, search: &plan::Search) -> Option<String> {
    let why = |rate: Option<f64>| {
        let hold = rate.map_or_else(|| ceiling.curve.last(), |rate| ceiling.last_at(rate));
        hold.and_then(|hold| hold.why.clone()).unwrap_or_else(|| "it broke".to_owned())
    };
    let capacity = ceiling.capacity.map_or_else(|| "nothing".to_owned(), |rate| Rate(rate).to_string());
    match ceiling.end {
        SearchEnd::Found | SearchEnd::Stopped => None,
        SearchEnd::Top => Some(format!(
            "the objective held up to {}, the highest rate that was asked for: write a larger `to` to find its end",
            Rate(search.to)
        )),
        SearchEnd::Nothing => {
            let (from, why) = (Rate(search.from), why(Some(search.from)));
            Some(format!("even {from} was too much ({why}): write a lower `from`, or an objective that can hold"))
        }
        SearchEnd::Generator => {
            let spoilt = ceiling.curve.iter().rev().find(|hold| !hold.held).and_then(|hold| hold.why.clone());
            Some(format!("at least {capacity} holds, and more could not be tried: {}", spoilt.unwrap_or_default()))
        }
        SearchEnd::Unsettled => Some(format!(
            "the search did not settle in {} holds: hold each rate for longer than {}, or write a larger `precision`",
            ceiling.curve.len(),
            Span(search.hold)
        )),
    }
}

/// Whether a told stop goes further than before.
fn advance(told: &mut Stop, asked: Stop) -> bool {
    let is_more = asked > *told;
    *told = asked.max(*told);
    is_more
}

/// A hold is looked at for so long at least, before it is given up.
const LEAST_LOOK: Duration = Duration::from_secs(1);

/// Knows when a hold can't come back.
struct Hopeless<'a> {
    slo: &'a Slo,
    rate: f64,
    /// From when on to judge.
    from: Duration,
}

impl Hopeless<'_> {
    fn is(&self, look: &Look) -> bool {
        if look.elapsed < self.from {
            return false;
        }
        let progress = &look.progress;
        let tails = [self.slo.p95, self.slo.p99, self.slo.p999, self.slo.max].into_iter().flatten();
        let limit_us = tails.map(|most| most.0.as_secs_f64() * 1e6).fold(f64::INFINITY, f64::min);
        let errors = self.slo.error_rate.map_or(0.0, |most| 10.0 * most.0).max(HOPELESS_ERRORS);
        progress.p95_us.is_some_and(|p95| p95 > HOPELESS_LATENCY * limit_us)
            || (progress.requests >= u64::from(MANY) && progress.error_rate > errors)
            || (self.has_had_time(look.elapsed) && progress.rps < HOPELESS_RATE * self.rate)
    }
}

impl Hopeless<'_> {
    /// Whether enough was due for long enough that what is slow and still within its limits would be done by now.
    fn has_had_time(&self, elapsed: Duration) -> bool {
        let Slo { p50, p90, p95, p99, p999, max, mean, .. } = *self.slo;
        let slowest = [p50, p90, p95, p99, p999, max, mean].into_iter().flatten().map(|most| most.0).max();
        slowest.is_some_and(|slowest| elapsed >= self.from.saturating_add(slowest))
            && self.rate * self.from.as_secs_f64() >= f64::from(MANY)
    }
}

impl fmt::Debug for Stage<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Stage").field("search", &self.search).finish_non_exhaustive()
    }
}
