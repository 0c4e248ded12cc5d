//! From a recording to its figures.
//!
//! In: a [`Recording`]. Out: a [`Summary`]. Knows no noise: how sure a figure is, the estimates say.

use std::collections::BTreeMap;

use super::capacity;
use super::details::Details;
use super::growth;
use super::histogram::Histogram;
use super::numbers::{real, share};
use super::recording::Recording;
use super::sample::Phase;
use super::series::Tally;
use super::summary::{ALL, EndpointSummary, PhaseQuantiles, Quantiles, ResourceSummary, Summary};

/// Version of the summary's shape.
const FORMAT: u32 = 1;

/// The figures of a run.
pub(super) fn summary(recording: &Recording) -> Summary {
    let facts = &recording.facts;
    let levels = capacity::levels(recording);
    Summary {
        format: FORMAT,
        profile: facts.profile.clone(),
        window_s: facts.window_s,
        warmup_s: facts.warmup_s,
        valid: facts.valid,
        reasons: facts.reasons.clone(),
        aborted: facts.aborted.clone(),
        lint: facts.lint.clone(),
        endpoints: endpoints(recording),
        model: facts.model,
        story: capacity::story(recording, &levels),
        levels,
        growth: growth::summary(recording),
        target: target(recording),
        ceiling: recording.ceiling.as_ref().and_then(|ceiling| ceiling.capacity),
        generator: recording.generator.summary(facts),
    }
}

/// What the target used over the window; none where nothing was read.
fn target(recording: &Recording) -> Option<BTreeMap<String, ResourceSummary>> {
    let facts = &recording.facts;
    let summary = recording.resources.summary(facts.warmup_s, facts.warmup_s + facts.window_s);
    (!summary.is_empty()).then_some(summary)
}

/// The figures of the whole run, of requests that were due in one phase.
pub(super) fn whole_run(recording: &Recording, phase: Phase, span_s: f64) -> EndpointSummary {
    let mut tally = Tally::default();
    for part in recording.series.totals(phase).values() {
        tally.add(part);
    }
    let mut details = Details::default();
    for part in recording.endpoints.values() {
        details.add(part.of(phase));
    }
    endpoint(&tally, &details, span_s)
}

fn endpoints(recording: &Recording) -> BTreeMap<String, EndpointSummary> {
    let window_s = recording.facts.window_s;
    let totals = recording.series.totals(Phase::Window);
    let none = Tally::default();
    let mut endpoints: BTreeMap<_, _> = recording
        .endpoints
        .iter()
        .map(|(name, details)| {
            let figures = endpoint(totals.get(name).unwrap_or(&none), &details.window, window_s);
            let examples = details.examples.iter().map(|(kind, instead)| (kind.clone(), instead.text.clone()));
            (name.clone(), EndpointSummary { examples: examples.collect(), ..figures })
        })
        .collect();
    endpoints.insert(ALL.to_owned(), whole_run(recording, Phase::Window, window_s));
    endpoints
}

fn endpoint(tally: &Tally, details: &Details, span_s: f64) -> EndpointSummary {
    EndpointSummary {
        requests: tally.requests,
        rps: rate(tally.requests, span_s),
        error_rate: share(tally.failed(), tally.requests),
        bytes_received: tally.bytes_received,
        response_us: quantiles(&tally.response_us),
        service_us: quantiles(&details.service_us),
        failed_us: quantiles(&details.failed_us),
        phases_us: PhaseQuantiles {
            dns: quantiles(&details.dns_us),
            connect: quantiles(&details.connect_us),
            tls: quantiles(&details.tls_us),
            wait: quantiles(&details.wait_us),
            receive: quantiles(&details.receive_us),
        },
        errors: tally.errors.clone(),
        examples: BTreeMap::new(),
    }
}

/// Shortest time that a rate is told of, in seconds: the clock's own step.
const SHORTEST_S: f64 = 1e-6;

/// Events per second; 0 for no time at all.
pub(super) fn rate(count: u64, span_s: f64) -> f64 {
    if span_s >= SHORTEST_S { real(count) / span_s } else { 0.0 }
}

fn quantiles(latencies: &Histogram) -> Quantiles {
    Quantiles {
        p50: latencies.quantile(0.5),
        p90: latencies.quantile(0.9),
        p95: latencies.quantile(0.95),
        p99: latencies.quantile(0.99),
        p999: latencies.quantile(0.999),
        max: latencies.max(),
        mean: latencies.mean(),
    }
}
