//! Whether an objective held in one hold.
//!
//! In: the recording of a hold. Out: its figures, and what became of it. A slow generator never passes for a slow target.

use std::time::Duration;

use super::search::Outcome;
use crate::load;
use crate::measure::{ALL, EndpointSummary, Hold, Quantiles, Recording, Starts, Summary};
use crate::plan::{Arrivals, Slo};
use crate::units::{Latency, Rate, Ratio, Span};

/// Share of the starts that have to be matched by ends: what falls behind grows a queue, however short the hold is.
const ACHIEVED: f64 = 0.99;

/// How far the number of tasks under way may differ between the two ends of a hold by chance, in standard deviations.
const BY_CHANCE: f64 = 3.0;

/// How far the starts of a Poisson process may outrun the ends besides, in standard deviations of their number: a target
/// that keeps up on average does not at every moment.
const BY_CHANCE_OF_ARRIVALS: f64 = 1.5;

/// Share of starts that may wait for a user.
const WAITED: f64 = 0.01;

/// Answers that take so many times as long as at the lowest rate are those of a target at its limit.
const SLOWED: f64 = 1.5;

/// How the play of a hold ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Played {
    /// The rate that was asked for.
    pub(super) rate: f64,
    /// Most virtual users there were.
    pub(super) users: u32,
    /// Most there may be.
    pub(super) max_users: u32,
    /// How starts were spread.
    pub(super) arrivals: Arrivals,
    /// The median response time at the lowest rate that held, in microseconds.
    pub(super) unloaded_us: Option<u64>,
    /// After what time it was given up, where it was hopeless.
    pub(super) given_up: Option<Duration>,
}

/// Judges a hold.
pub(super) fn judge(recording: &Recording, slo: &Slo, played: Played) -> (Outcome, Hold) {
    let summary = recording.summary();
    let nothing = EndpointSummary::default();
    let all = summary.endpoints.get(ALL).unwrap_or(&nothing);
    let starts = recording.generator().starts();
    let (outcome, why) = if let Some(why) = spoilt(recording, &summary, all, starts, slo, played) {
        (Outcome::Spoilt, Some(why))
    } else if let Some(why) = broken(&summary, all, starts, slo, played.arrivals) {
        (Outcome::Broke, Some(with_end(why, played.given_up)))
    } else if let Some(after) = played.given_up {
        (Outcome::Broke, Some(with_end("it fell behind at once".to_owned(), Some(after))))
    } else {
        (Outcome::Held, None)
    };
    let Quantiles { p50, p90, p95, p99, .. } = all.response_us;
    let hold = Hold {
        offered: played.rate,
        achieved: if summary.window_s > 0.0 { real(starts.ended) / summary.window_s } else { 0.0 },
        window_s: summary.window_s,
        requests: all.requests,
        p50_us: p50,
        p90_us: p90,
        p95_us: p95,
        p99_us: p99,
        error_rate: all.error_rate,
        users: played.users,
        held: outcome == Outcome::Held,
        why,
    };
    (outcome, hold)
}

fn with_end(why: String, given_up: Option<Duration>) -> String {
    match given_up {
        Some(after) => format!("{why}; given up after {}", Span(Duration::from_millis(after.as_secs() * 1_000))),
        None => why,
    }
}

/// Why a hold tells nothing of the target, if it does not.
fn spoilt(
    recording: &Recording,
    summary: &Summary,
    all: &EndpointSummary,
    starts: Starts,
    slo: &Slo,
    played: Played,
) -> Option<String> {
    let reason = match played.given_up {
        Some(_) => load::unfit(summary),
        None if summary.valid => None,
        None => recording.facts.reasons.first().cloned(),
    };
    let out_of_users = || {
        let is_short = real(starts.waited) > WAITED * real(starts.due) && played.users >= played.max_users;
        // Whoever was asked answered in time and as fast as ever, so it is not the target that let them wait. With so many
        // users it would not be slower than the objective allows even at its limit, but slower than it was.
        // Where users are far too few, those who wait since before the window have them all.
        let asked = if all.requests > 0 { all.clone() } else { recording.warmup() };
        let as_ever = |idle| real(asked.service_us.p50) <= SLOWED * real(idle);
        let serves = objections(&asked.service_us, asked.error_rate, slo).is_none() && asked.requests > 0;
        let serves = serves && played.unloaded_us.is_none_or(as_ever);
        (is_short && serves).then(|| {
            format!("all {} users were waiting for answers that came in time: raise max_users", played.max_users)
        })
    };
    reason.or_else(out_of_users)
}

/// What broke the objective, if anything did.
fn broken(summary: &Summary, all: &EndpointSummary, starts: Starts, slo: &Slo, arrivals: Arrivals) -> Option<String> {
    if all.requests == 0 {
        return Some("nothing was answered".to_owned());
    }
    objections(&all.response_us, all.error_rate, slo).or_else(|| falls_behind(summary, all, starts, arrivals))
}

fn objections(times: &Quantiles, error_rate: f64, slo: &Slo) -> Option<String> {
    if let Some(most) = slo.error_rate.filter(|most| error_rate > most.0) {
        return Some(format!("{} of the requests failed, over {most}", Ratio(error_rate)));
    }
    let limits = [
        ("p50", times.p50, slo.p50),
        ("p90", times.p90, slo.p90),
        ("p95", times.p95, slo.p95),
        ("p99", times.p99, slo.p99),
        ("p99.9", times.p999, slo.p999),
        ("the longest", times.max, slo.max),
    ];
    let limits = limits.into_iter().map(|(name, time, most)| (name, real(time), most));
    let mut limits = limits.chain([("the mean", times.mean, slo.mean)]);
    let (name, time, most) = limits.find(|(_, time, most)| most.is_some_and(|most| *time > micros(most)))?;
    let most = most.map(|most| Latency(micros(most)).to_string()).unwrap_or_default();
    Some(format!("{name} was {}, over {most}", Latency(time)))
}

/// Tasks that end more slowly than they start, by more than chance would have it. The number under way is about Poisson
/// distributed, with a mean of rate times response time (Little 1961), and differs between two moments by twice the variance.
fn falls_behind(summary: &Summary, all: &EndpointSummary, starts: Starts, arrivals: Arrivals) -> Option<String> {
    let (due, ended) = (real(starts.due), real(starts.ended));
    let under_way = (all.rps * all.response_us.mean / 1e6).max(1.0);
    let behind = due - ended;
    let by_chance = BY_CHANCE * (2.0 * under_way).sqrt()
        + match arrivals {
            Arrivals::Uniform => 0.0,
            Arrivals::Poisson => BY_CHANCE_OF_ARRIVALS * due.sqrt(),
        };
    (behind > (1.0 - ACHIEVED) * due && behind > by_chance).then(|| {
        let per_second = |count: f64| Rate((count / summary.window_s.max(f64::MIN_POSITIVE)).round());
        format!("only {} of {} were done: a queue grew", per_second(ended), per_second(due))
    })
}

fn micros(span: Span) -> f64 {
    span.0.as_secs_f64() * 1e6
}

#[expect(clippy::cast_precision_loss, reason = "counts of one hold, far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}
