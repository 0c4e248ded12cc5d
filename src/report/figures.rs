//! What was measured, in words: the figures of one run, without any comparison.
//!
//! In: a [`Summary`]. Out: [`Figures`], finished text for `run`, `hit` and the lower half of every gate report.
//! Knows nothing of baselines.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::measure::{
    ALL, EndpointSummary, GeneratorSummary, GrowthSummary, Metric, PhaseQuantiles, Quantiles, ResourceSummary, Summary,
};

use crate::units::Growth;

use super::number;
use super::story::StoryFigures;
use super::text::{self, Names};

/// How far quantiles may be from the exact ones, whatever shows them: half a microsecond by rounding, and by the width
/// of a bucket of the histogram, which is what a quantile above 2 ms reads.
pub(super) const EXACTNESS: &str = "within 0.1% or 1 µs of the exact ones (HdrHistogram, 3 digits)";

/// Kinds of failures shown; the rest is counted.
const ERRORS_SHOWN: usize = 10;

/// The figures of one run in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// The profile that was played.
    pub profile: String,
    /// What was measured: `9m measured (1m warm-up left out)`.
    pub window: String,
    /// Whether the figures may be used.
    pub valid: bool,
    /// Why not, or what to keep in mind.
    pub reasons: Vec<String>,
    /// Whether the run was ended early as hopeless.
    pub aborted: bool,
    /// Classic mistakes of the loadgate.toml that was played.
    pub lint: Vec<String>,
    /// Endpoints by name, the whole run last.
    pub endpoints: Vec<EndpointFigures>,
    /// Failures by endpoint and kind, most frequent first.
    pub errors: Vec<ErrorFigures>,
    /// Kinds of failures beyond those shown.
    pub errors_left_out: usize,
    /// The levels of a load by stages, and what they tell.
    pub story: Option<StoryFigures>,
    /// The highest rate at which the SLO held, where it was searched for.
    pub ceiling: Option<String>,
    /// What the target used, where it was read.
    pub target: Option<String>,
    /// What grew over the run, of what has a limit.
    pub growth: Vec<String>,
    /// Whether the generator was fit: `healthy: start lag p99 90 µs, steal 0.4%`.
    pub generator: String,
}

/// The figures of one endpoint in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointFigures {
    /// The endpoint, cleaned.
    pub endpoint: String,
    /// Whether it is the whole run.
    pub whole_run: bool,
    /// Requests finished.
    pub requests: String,
    /// Requests finished per second.
    pub rate: String,
    /// Failed requests as a share of all.
    pub error_rate: String,
    /// Whether any request failed.
    pub failing: bool,
    /// Bytes received.
    pub received: String,
    /// Response time of the requests that succeeded; `None` when none did.
    pub response: Option<Latencies>,
    /// Service time, where it differs from response time: where arrivals do not wait for answers.
    pub service: Option<Latencies>,
    /// Response time of the requests that failed; `None` when none did.
    pub failed: Option<Latencies>,
    /// Where service time went, phases that happened only.
    pub phases: Vec<(&'static str, Latencies)>,
}

/// A latency distribution in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latencies {
    /// Median.
    pub p50: String,
    /// 90th percentile.
    pub p90: String,
    /// 95th percentile.
    pub p95: String,
    /// 99th percentile.
    pub p99: String,
    /// 99.9th percentile.
    pub p999: String,
    /// Longest.
    pub max: String,
    /// Arithmetic mean.
    pub mean: String,
}

/// One kind of failure of one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorFigures {
    /// The endpoint, cleaned.
    pub endpoint: String,
    /// The kind, cleaned: `timeout`, `status 500`.
    pub kind: String,
    /// How often.
    pub count: String,
    /// As a share of the endpoint's requests.
    pub share: String,
    /// What came instead, the first time; cleaned.
    pub example: Option<String>,
}

impl ErrorFigures {
    /// `create_order, status 500: {"error":"no stock"}`, where it is known what came.
    #[must_use]
    pub fn instead(&self) -> Option<String> {
        self.example.as_ref().map(|example| format!("{}, {}: {example}", self.endpoint, self.kind))
    }
}

impl Figures {
    /// The figures of a run.
    #[must_use]
    pub fn of(summary: &Summary) -> Self {
        Self::named(summary, &Names::of(summary.endpoints.keys().map(String::as_str)))
    }

    pub(super) fn named(summary: &Summary, names: &Names) -> Self {
        let whole_run = summary.endpoints.get_key_value(ALL);
        let single = summary.endpoints.iter().filter(|(name, _)| *name != ALL);
        let (errors, errors_left_out) = errors(summary, names);
        Self {
            profile: text::name(&summary.profile),
            window: window(summary),
            valid: summary.valid,
            aborted: summary.aborted.is_some(),
            lint: summary.lint.iter().map(|note| text::sentence(note)).collect(),
            reasons: summary.reasons.iter().map(|reason| text::sentence(reason)).collect(),
            endpoints: single.chain(whole_run).map(|(name, figures)| endpoint(name, figures, names)).collect(),
            errors,
            errors_left_out,
            story: StoryFigures::of(summary),
            ceiling: summary.ceiling.map(number::rate),
            target: summary.target.as_ref().and_then(target),
            growth: summary.growth.iter().map(|(metric, growth)| grew(*metric, growth)).collect(),
            generator: generator(&summary.generator, summary.valid),
        }
    }
}

fn window(summary: &Summary) -> String {
    let measured = format!("{} measured", number::seconds(summary.window_s));
    if summary.warmup_s > 0.0 {
        format!("{measured} ({} warm-up left out)", number::seconds(summary.warmup_s))
    } else {
        measured
    }
}

fn endpoint(name: &str, figures: &EndpointSummary, names: &Names) -> EndpointFigures {
    let open = figures.service_us != figures.response_us;
    EndpointFigures {
        endpoint: names.shown(name),
        whole_run: name == ALL,
        requests: number::count(figures.requests),
        rate: number::rate(figures.rps),
        error_rate: number::share(figures.error_rate),
        failing: figures.error_rate > 0.0,
        received: number::bytes(number::float(figures.bytes_received)),
        response: latencies(&figures.response_us),
        service: latencies(&figures.service_us).filter(|_| open),
        failed: latencies(&figures.failed_us),
        phases: phases(&figures.phases_us),
    }
}

/// `None` for a distribution without a sample.
fn latencies(quantiles: &Quantiles) -> Option<Latencies> {
    (*quantiles != Quantiles::default()).then(|| Latencies {
        p50: number::latency(quantiles.p50),
        p90: number::latency(quantiles.p90),
        p95: number::latency(quantiles.p95),
        p99: number::latency(quantiles.p99),
        p999: number::latency(quantiles.p999),
        max: number::latency(quantiles.max),
        mean: number::value(crate::measure::Unit::Microseconds, Some(quantiles.mean)),
    })
}

fn phases(phases: &PhaseQuantiles) -> Vec<(&'static str, Latencies)> {
    let named = [
        ("dns", &phases.dns),
        ("connect", &phases.connect),
        ("tls", &phases.tls),
        ("wait", &phases.wait),
        ("receive", &phases.receive),
    ];
    named.into_iter().filter_map(|(name, quantiles)| Some((name, latencies(quantiles)?))).collect()
}

fn errors(summary: &Summary, names: &Names) -> (Vec<ErrorFigures>, usize) {
    let single = summary.endpoints.iter().filter(|(name, _)| *name != ALL);
    let mut all: Vec<(&str, &str, u64, &EndpointSummary)> = single
        .flat_map(|(name, figures)| {
            let kinds = figures.errors.iter();
            kinds.map(move |(kind, count)| (name.as_str(), kind.as_str(), *count, figures))
        })
        .filter(|(_, _, count, _)| *count > 0)
        .collect();
    all.sort_by_key(|(_, _, count, _)| Reverse(*count));
    let left_out = all.len().saturating_sub(ERRORS_SHOWN);
    let shown = all.into_iter().take(ERRORS_SHOWN).map(|(name, kind, count, figures)| ErrorFigures {
        endpoint: names.shown(name),
        kind: text::name(kind),
        count: number::count(count),
        share: number::share(number::float(count) / number::float(figures.requests.max(count))),
        example: figures.examples.get(kind).map(|example| text::sentence(example)),
    });
    (shown.collect(), left_out)
}

/// What the target used: what people ask for first, then the rest by name; disks that stood still, and a lone process, are
/// no news.
fn target(used: &BTreeMap<String, ResourceSummary>) -> Option<String> {
    const FIRST: [&str; 4] = ["cpu_cores", "rss_bytes", "open_files", "connections"];
    let is_news = |name: &str, used: &ResourceSummary| match name {
        "processes" => used.max > 1.0,
        _ if name.starts_with("disk_") => used.max > 0.0,
        _ => true,
    };
    let first = FIRST.iter().filter_map(|name| used.get_key_value(*name));
    let rest = used.iter().filter(|(name, used)| !FIRST.contains(&name.as_str()) && is_news(name, used));
    let parts: Vec<String> = first.chain(rest).map(|(name, used)| resource(name, *used)).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// A resource by its name: the suffix tells its unit.
fn resource(name: &str, used: ResourceSummary) -> String {
    let (words, show): (&str, fn(f64) -> String) = if name == "rss_bytes" {
        ("memory", number::bytes)
    } else if let Some(name) = name.strip_suffix("_bytes_per_s") {
        (name, |bytes| format!("{}/s", number::bytes(bytes)))
    } else if let Some(name) = name.strip_suffix("_per_s") {
        (name, number::rate)
    } else if let Some(name) = name.strip_suffix("_bytes") {
        (name, number::bytes)
    } else if let Some(name) = name.strip_suffix("_cores") {
        (name, |cores| format!("{cores:.2} cores"))
    } else {
        (name, number::whole)
    };
    let words = text::name(words).replace('_', " ");
    format!("{words} {} (at most {})", show(used.mean), show(used.max))
}

/// Growth against its limit: `memory grows by +14%/h (between +12%/h and +16%/h), tolerated +5%/h`.
fn grew(metric: Metric, growth: &GrowthSummary) -> String {
    let what = metric.name().trim_end_matches("_growth").replace('_', " ");
    let tolerated = Growth(growth.limit);
    match growth.trend {
        Some(trend) => format!(
            "{what} {} (between {} and {}), tolerated {tolerated}",
            Growth(trend.growth),
            Growth(trend.low),
            Growth(trend.high)
        ),
        None => format!("{what}: too little was read to tell, tolerated {tolerated}"),
    }
}

/// Share of time from which on it is worth saying that the generator waited for a core.
const WORTH_SAYING: f64 = 0.01;

fn generator(generator: &GeneratorSummary, valid: bool) -> String {
    let mut parts = Vec::new();
    if generator.start_lag_us.max > 0 {
        parts.push(format!("start lag p99 {}", number::latency(generator.start_lag_us.p99)));
    }
    if generator.late_starts > 0 {
        parts.push(number::plural(generator.late_starts, "late start"));
    }
    if generator.missed_starts > 0 {
        parts.push(number::plural(generator.missed_starts, "missed start"));
    }
    parts.push(format!("{:.2} cores used", generator.cpu_cores));
    if generator.run_delay >= WORTH_SAYING {
        parts.push(format!("waited {} of the time for a core", number::share(generator.run_delay)));
    }
    if generator.retransmits > 0 {
        parts.push(number::plural(generator.retransmits, "TCP segment") + " sent again");
    }
    parts.push(format!("steal {}", number::share(generator.steal)));
    let figures = parts.join(", ");
    if valid { format!("healthy: {figures}") } else { figures }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::samples;
    use super::*;

    #[test]
    fn the_whole_run_comes_last() {
        let figures = Figures::of(&samples::summary());
        let names: Vec<&str> = figures.endpoints.iter().map(|figures| figures.endpoint.as_str()).collect();
        assert_eq!(names, ["browse_products", "create_order", "login", "(all)"]);
    }

    #[test]
    fn the_most_frequent_failure_comes_first() {
        let figures = Figures::of(&samples::summary());
        let kinds: Vec<(&str, &str)> =
            figures.errors.iter().map(|error| (error.kind.as_str(), error.count.as_str())).collect();
        assert_eq!(kinds, [("status 500", "38"), ("timeout", "4")]);
    }

    #[test]
    fn an_endpoint_without_a_success_has_no_response_time() {
        let mut summary = samples::summary();
        summary.endpoints.insert("dead".to_owned(), EndpointSummary { requests: 5, ..EndpointSummary::default() });
        let figures = Figures::of(&summary);
        let dead = figures.endpoints.iter().find(|figures| figures.endpoint == "dead").unwrap();
        assert_eq!(dead.response, None);
    }

    #[test]
    fn resources_are_shown_in_the_unit_their_name_ends_in() {
        let mut summary = samples::summary();
        summary.target = Some(BTreeMap::from([
            ("connections".to_owned(), ResourceSummary { mean: 18.25, max: 20.0 }),
            ("cpu_cores".to_owned(), ResourceSummary { mean: 1.7, max: 1.93 }),
            ("disk_read_bytes_per_s".to_owned(), ResourceSummary::default()),
            ("disk_written_bytes_per_s".to_owned(), ResourceSummary { mean: 4_096.0, max: 8_192.0 }),
            ("processes".to_owned(), ResourceSummary { mean: 1.0, max: 1.0 }),
            ("rss_bytes".to_owned(), ResourceSummary { mean: 312e6, max: 330e6 }),
        ]));
        assert_eq!(
            Figures::of(&summary).target.unwrap(),
            "cpu 1.70 cores (at most 1.93 cores), memory 312 MB (at most 330 MB), connections 18 (at most 20), \
             disk written 4.1 kB/s (at most 8.2 kB/s)"
        );
    }

    #[test]
    fn failures_beyond_the_table_are_counted() {
        let mut summary = samples::summary();
        let errors = (0..25).map(|kind| (format!("expect json $.k{kind}"), 1)).collect();
        let endpoint = EndpointSummary { requests: 25, errors, ..EndpointSummary::default() };
        summary.endpoints.insert("picky".to_owned(), endpoint);
        let figures = Figures::of(&summary);
        assert_eq!((figures.errors.len(), figures.errors_left_out), (10, 17));
    }
}
