//! Was the generator itself fit? Its cores, its limits, and how late its starts were.
//!
//! In: a run's summary, what the generator recorded of itself among it. Out: the reasons for which the figures can't
//! be used, each with what to do, and what to keep in mind when reading them. A slow generator must never pass for a
//! slow target. Measures nothing: that is the vitals' work.

use std::time::Duration;

use crate::client::Failure;
use crate::measure::{ALL, EndpointSummary, GeneratorSummary, Model, Summary};

/// A start lag beyond which latencies measured from the schedule tell of the generator, however slow the target is.
const LAG_LIMIT_US: u64 = 20_000;

/// A start lag beyond which it counts how much of the response time it is.
const LAG_THAT_COUNTS_US: u64 = 5_000;

/// A start lag is too much of the response time from one part in so many on.
const LAG_PART: u64 = 4;

/// Requests from which on 1% of them is enough to move a quantile that anything is judged by. Of fewer, a few late starts
/// are a hiccup of the machine: it takes half of them to be late.
const MANY: u64 = 2_000;

/// Share of the window in which a worker had no idle time, from which on the generator was the bottleneck.
const BUSY: f64 = 0.5;

/// A window shorter than this, in seconds, says little of the generator's cores.
const SHORTEST_TO_JUDGE_S: f64 = 5.0;

/// Share of the mean response time that workers may have waited for a core with the answer at hand.
const WAKE_DELAY: f64 = 0.25;

/// Such a wait beyond which it counts, in microseconds.
const WAKE_DELAY_THAT_COUNTS_US: f64 = 1_000.0;

/// Share of their time that workers may have waited for a core. The more answers pile up behind a wait, the more the
/// mean wait belittles it: so a smaller share of the response time counts then.
const STARVED: f64 = 1.0 / 3.0;

/// That smaller share.
const WAKE_DELAY_WHEN_STARVED: f64 = 0.05;

/// Share of requests that this machine may fail to send.
const UNSENT: f64 = 0.000_1;

/// Share of stolen time from which on a machine is not this process's own.
const STOLEN: f64 = 0.10;

/// Share of the workers' time spent waiting for a core, from which on latencies hold it too.
const DELAYED: f64 = 0.10;

/// Segments sent again for each request, from which on latencies hold the network's losses.
const RETRANSMITTED: f64 = 0.001;

/// A generator that is not heard of for so long was stopped, or its machine was.
const STANDSTILL: Duration = Duration::from_secs(3);

/// What was found out about a run besides its figures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Findings {
    /// Why the figures can't be used.
    pub(super) invalid: Vec<String>,
    /// What to keep in mind when reading them.
    pub(super) notes: Vec<String>,
}

impl Findings {
    /// Adds what else was found.
    pub(super) fn add(&mut self, other: Self) {
        self.invalid.extend(other.invalid);
        self.notes.extend(other.notes);
    }
}

/// Judges a generator by what it recorded of itself, and by the longest time in which it was not heard of.
pub(super) fn judge(summary: &Summary, model: Model, standstill: Duration) -> Findings {
    let generator = &summary.generator;
    let nothing = EndpointSummary::default();
    let all = summary.endpoints.get(ALL).unwrap_or(&nothing);
    let invalid = [
        late_starts(generator, all),
        no_idle_time(generator, model, summary.window_s),
        late_wakes(generator, all, model, summary.window_s),
        unsent(all, Failure::NoFiles, "open files", "raise its limit (`ulimit -n`), or ask for fewer users"),
        unsent(
            all,
            Failure::NoPorts,
            "ports to connect from",
            "keep connections open ([http] keep_alive), or widen net.ipv4.ip_local_port_range",
        ),
        (standstill >= STANDSTILL).then(|| {
            format!(
                "the generator stood still for {} s: it was stopped, or the machine was; run it again",
                standstill.as_secs()
            )
        }),
    ];
    let notes = [
        busy_open(generator, model, summary.window_s),
        delayed(generator),
        stolen(generator),
        retransmitted(generator, all),
        missed(generator, model),
    ];
    let invalid: Vec<_> = invalid.into_iter().flatten().collect();
    // What made the run invalid says it all; a note on the same cause would only repeat it.
    let notes = if invalid.is_empty() { notes.into_iter().flatten().collect() } else { Vec::new() };
    Findings { invalid, notes }
}

/// Why the figures of a run of the open model are the generator's own, if they are: for runs that whoever plays them ended
/// early, which are not valid anyway.
#[must_use]
pub fn unfit(summary: &Summary) -> Option<String> {
    judge(summary, Model::Open, Duration::ZERO).invalid.into_iter().next()
}

fn late_starts(generator: &GeneratorSummary, all: &EndpointSummary) -> Option<String> {
    let (share, lag) =
        if all.requests >= MANY { ("1%", generator.start_lag_us.p99) } else { ("half", generator.start_lag_us.p50) };
    let is_much_of_it = lag > LAG_THAT_COUNTS_US && lag > all.response_us.p99 / LAG_PART;
    (lag > LAG_LIMIT_US || is_much_of_it).then(|| {
        format!(
            "the generator was the bottleneck: {share} of its starts were over {} ms late, so latencies would be its own; \
             {WAY_OUT}",
            lag / 1000
        )
    })
}

const WAY_OUT: &str = "use more --workers, fewer users or a lower rate, or a machine with nothing else to do";

/// In the closed model a generator at its limit slows everything down, and nothing else shows it.
fn no_idle_time(generator: &GeneratorSummary, model: Model, window_s: f64) -> Option<String> {
    (model == Model::Closed && is_busy(generator, window_s)).then(|| {
        format!(
            "the generator was the bottleneck: a worker had no idle time for {} of the window, so latencies and rates \
             are its own{}; {WAY_OUT}",
            percent(generator.busy),
            waiting(generator)
        )
    })
}

/// In the closed model there is no schedule to be late for, but an answer that waits for its worker is as late.
fn late_wakes(generator: &GeneratorSummary, all: &EndpointSummary, model: Model, window_s: f64) -> Option<String> {
    let (delay, share) = (generator.wake_delay_us, generator.wake_delay_us / all.response_us.mean.max(1.0));
    let is_late = (delay > WAKE_DELAY_THAT_COUNTS_US && share > WAKE_DELAY)
        || (generator.run_delay > STARVED && share > WAKE_DELAY_WHEN_STARVED);
    (model == Model::Closed && is_late && window_s >= SHORTEST_TO_JUDGE_S).then(|| {
        format!(
            "the generator was the bottleneck: its workers waited {} of the time for a core that others used, {:.1} ms each \
             time, so latencies are its own; {WAY_OUT}",
            percent(generator.run_delay),
            delay / 1e3
        )
    })
}

/// In the open model the start lag says whether a busy generator was late.
fn busy_open(generator: &GeneratorSummary, model: Model, window_s: f64) -> Option<String> {
    (model == Model::Open && is_busy(generator, window_s)).then(|| {
        format!(
            "the generator was at its limit: a worker had no idle time for {} of the window{}",
            percent(generator.busy),
            waiting(generator)
        )
    })
}

fn is_busy(generator: &GeneratorSummary, window_s: f64) -> bool {
    generator.busy >= BUSY && window_s >= SHORTEST_TO_JUDGE_S
}

fn waiting(generator: &GeneratorSummary) -> String {
    let share = generator.run_delay;
    if share < DELAYED { String::new() } else { format!(" (its workers waited {} of it for a core)", percent(share)) }
}

fn unsent(all: &EndpointSummary, failure: Failure, what: &str, way_out: &str) -> Option<String> {
    let count = *all.errors.get(failure.label())?;
    (as_float(count) >= UNSENT * as_float(all.requests)).then(|| {
        format!("this machine ran out of {what}, which failed {count} of {} requests; {way_out}", all.requests)
    })
}

fn delayed(generator: &GeneratorSummary) -> Option<String> {
    let share = generator.run_delay;
    (share > DELAYED).then(|| {
        format!(
            "the generator waited {} of the time for a core that others used: latencies hold that too",
            percent(share)
        )
    })
}

fn stolen(generator: &GeneratorSummary) -> Option<String> {
    (generator.steal > STOLEN).then(|| {
        format!(
            "the hypervisor gave {} of this machine's time to others: latencies hold that too",
            percent(generator.steal)
        )
    })
}

fn retransmitted(generator: &GeneratorSummary, all: &EndpointSummary) -> Option<String> {
    let (segments, requests) = (generator.retransmits, all.requests);
    (as_float(segments) > RETRANSMITTED * as_float(requests) && requests > 0).then(|| {
        format!("this machine sent {segments} TCP segments again: the network loses some, and latencies hold the waits")
    })
}

fn missed(generator: &GeneratorSummary, model: Model) -> Option<String> {
    (generator.missed_starts > 0 && model == Model::Open).then(|| {
        format!(
            "{} starts were never made: every user was still waiting for an answer; \
             the target was too slow for this rate, or max_users too low",
            generator.missed_starts
        )
    })
}

fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

fn as_float(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::measure::{Quantiles, StartLag};

    fn summary(generator: GeneratorSummary, all: EndpointSummary) -> Summary {
        Summary {
            format: 1,
            profile: "load".into(),
            window_s: 30.0,
            warmup_s: 0.0,
            valid: true,
            aborted: None,
            lint: Vec::new(),
            reasons: Vec::new(),
            endpoints: BTreeMap::from([(ALL.to_owned(), all)]),
            ceiling: None,
            model: crate::measure::Model::Closed,
            levels: Vec::new(),
            growth: std::collections::BTreeMap::new(),
            story: None,
            target: None,
            generator,
        }
    }

    fn of(generator: GeneratorSummary, model: Model) -> Findings {
        let response_us = Quantiles { p99: 80_000, ..Quantiles::default() };
        let all = EndpointSummary { requests: 100_000, response_us, ..EndpointSummary::default() };
        judge(&summary(generator, all), model, Duration::ZERO)
    }

    fn lag(p99: u64) -> GeneratorSummary {
        GeneratorSummary { start_lag_us: StartLag { p50: 90, p99, max: 300_000 }, ..GeneratorSummary::default() }
    }

    #[test]
    fn late_starts_make_a_run_invalid_when_they_are_much_of_what_was_measured() {
        assert_eq!(of(lag(4_000), Model::Open), Findings::default());
        assert_eq!(of(lag(19_000), Model::Open), Findings::default(), "the target took 80 ms");
        assert!(of(lag(120_000), Model::Open).invalid[0].contains("over 120 ms late"));
        let fast = EndpointSummary {
            requests: 100_000,
            response_us: Quantiles { p99: 9_000, ..Quantiles::default() },
            ..EndpointSummary::default()
        };
        let judged = judge(&summary(lag(8_000), fast), Model::Open, Duration::ZERO);
        assert!(judged.invalid[0].contains("over 8 ms late"), "{judged:?}");
    }

    #[test]
    fn a_few_late_starts_of_few_are_a_hiccup_and_half_of_them_are_not() {
        let few = EndpointSummary { requests: 200, ..EndpointSummary::default() };
        let judged = |p50: u64| {
            let start_lag_us = StartLag { p50, p99: 120_000, max: 300_000 };
            let generator = GeneratorSummary { start_lag_us, ..GeneratorSummary::default() };
            judge(&summary(generator, few.clone()), Model::Open, Duration::ZERO)
        };
        assert_eq!(judged(90), Findings::default());
        assert!(judged(30_000).invalid[0].contains("half of its starts were over 30 ms late"));
    }

    #[test]
    fn a_closed_model_without_idle_time_measured_its_generator() {
        let busy = GeneratorSummary { workers: 1, busy: 0.9, run_delay: 0.3, ..GeneratorSummary::default() };
        let closed = of(busy.clone(), Model::Closed);
        assert!(closed.invalid[0].contains("no idle time for 90% of the window"), "{closed:?}");
        assert!(closed.invalid[0].contains("waited 30% of it for a core") && closed.notes.is_empty(), "{closed:?}");
        let open = of(busy.clone(), Model::Open);
        assert!(open.invalid.is_empty() && open.notes[0].contains("at its limit"), "{open:?}");
        let short = Summary { window_s: 2.0, ..summary(busy, EndpointSummary::default()) };
        assert!(judge(&short, Model::Closed, Duration::ZERO).invalid.is_empty());
    }

    #[test]
    fn answers_that_wait_for_their_worker_are_the_generator_s_latency() {
        let starved = GeneratorSummary { wake_delay_us: 8_000.0, run_delay: 0.5, ..GeneratorSummary::default() };
        let of = |mean| {
            let response_us = Quantiles { mean, ..Quantiles::default() };
            let all = EndpointSummary { requests: 100, response_us, ..EndpointSummary::default() };
            judge(&summary(starved.clone(), all), Model::Closed, Duration::ZERO)
        };
        assert!(of(15_900.0).invalid[0].contains("waited 50% of the time"), "{:?}", of(15_900.0));
        assert!(of(200_000.0).invalid.is_empty() && of(200_000.0).notes[0].contains("waited 50%"));
    }

    #[test]
    fn what_this_machine_could_not_send_is_not_the_target_s_failure() {
        for (failure, named) in [(Failure::NoFiles, "ulimit -n"), (Failure::NoPorts, "ip_local_port_range")] {
            let of = |count| EndpointSummary {
                requests: 100_000,
                errors: BTreeMap::from([(failure.label().to_owned(), count)]),
                ..EndpointSummary::default()
            };
            let judged = judge(&summary(GeneratorSummary::default(), of(500)), Model::Closed, Duration::ZERO);
            assert!(judged.invalid[0].contains(named) && judged.invalid[0].contains("500 of 100000"), "{judged:?}");
            let once = judge(&summary(GeneratorSummary::default(), of(1)), Model::Closed, Duration::ZERO);
            assert_eq!(once, Findings::default());
        }
    }

    #[test]
    fn a_generator_that_stood_still_measured_its_own_pause() {
        let fit = summary(GeneratorSummary::default(), EndpointSummary::default());
        assert_eq!(judge(&fit, Model::Closed, Duration::from_secs(2)), Findings::default());
        assert!(judge(&fit, Model::Closed, Duration::from_secs(10)).invalid[0].contains("stood still for 10 s"));
    }

    #[test]
    fn what_others_took_of_the_machine_is_noted() {
        let fit = GeneratorSummary::default();
        assert!(
            of(GeneratorSummary { steal: 0.2, ..fit.clone() }, Model::Closed).notes[0].contains("20% of this machine")
        );
        assert!(of(GeneratorSummary { run_delay: 0.2, ..fit.clone() }, Model::Closed).notes[0].contains("waited 20%"));
        assert!(
            of(GeneratorSummary { retransmits: 900, ..fit.clone() }, Model::Closed).notes[0]
                .contains("900 TCP segments")
        );
        assert!(
            of(GeneratorSummary { missed_starts: 7, ..fit }, Model::Open).notes[0].contains("7 starts were never made")
        );
    }
}
