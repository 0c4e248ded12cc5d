//! Merges what the workers recorded, while the run goes on.
//!
//! In: [`WorkerSlice`]s from every worker, in any order. Out: [`Progress`] for the live line, and the
//! [`Recording`] as it stands. Lives on the driver's thread; knows nothing of how load is made.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::time::Duration;

use super::details::EndpointDetails;
use super::example::{self, Example};
use super::generator::{Generator, GeneratorSlice};
use super::histogram::Histogram;
use super::metric::Metric;
use super::numbers::{real, share};
use super::pulse::{Pulse, PulseExample, Untold};
use super::recorder::{Columns, WorkerSlice};
use super::recording::{Recording, RunFacts};
use super::resources::Resources;
use super::room::Room;
use super::sample::{Failure, Phase};
use super::series::{Series, Tally};
use super::summary::{ALL, REDIRECTED};
use super::window;

/// How many whole seconds the live figures look back.
const RECENT_SECONDS: u64 = 5;

/// Memory that a kept byte takes, with the maps around it and the gaps that are left where slices merge.
const MEMORY_OF_A_BYTE: usize = 3;

/// Gathers the slices of all workers.
#[derive(Debug)]
pub struct Collector {
    /// Names of the endpoints, by the index samples use.
    names: Vec<String>,
    /// What expectations are called, by the index failures use.
    labels: Vec<String>,
    series: Series,
    endpoints: BTreeMap<String, EndpointDetails>,
    generator: Generator,
    resources: Resources,
    so_far: SoFar,
    /// What is to be told a second at a time, where anyone asks.
    untold: Option<Untold>,
    /// What a long run is going to need.
    room: Option<Room>,
}

/// What the live line shows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Progress {
    /// Requests finished since the start of the run, warm-up included.
    pub requests: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// Failed requests as a share of all.
    pub error_rate: f64,
    /// Requests finished per second, over the last few whole seconds.
    pub rps: f64,
    /// 95th percentile of response time over the last few whole seconds, in microseconds; none without a success.
    pub p95_us: Option<f64>,
}

/// Totals of the run, and its last seconds one by one.
#[derive(Debug, Default)]
struct SoFar {
    requests: u64,
    failed: u64,
    /// How many whole seconds are kept.
    keeps: u64,
    /// Endpoints that are kept one by one too.
    watched: Vec<String>,
    /// By second, ascending and without gaps. The newest may still be incomplete: other workers have it open.
    recent: VecDeque<Second>,
}

/// All that finished within one second.
#[derive(Debug, Default)]
struct Second {
    number: u64,
    all: Tally,
    /// Of the endpoints that are watched.
    endpoints: BTreeMap<String, Tally>,
}

impl Collector {
    /// A collector for a run with these endpoints and these labels of expectations. An endpoint that redirects lead to is
    /// in the recording only once they do.
    #[must_use]
    pub fn new(endpoints: Vec<String>, labels: Vec<String>) -> Self {
        Self {
            endpoints: endpoints
                .iter()
                .filter(|name| !name.ends_with(REDIRECTED))
                .map(|name| (name.clone(), EndpointDetails::default()))
                .collect(),
            names: endpoints,
            labels,
            series: Series::default(),
            generator: Generator::default(),
            resources: Resources::default(),
            so_far: SoFar { keeps: RECENT_SECONDS, ..SoFar::default() },
            untold: None,
            room: None,
        }
    }

    /// The same for a run of this length: a long one takes at its start what its recording may come to need.
    #[must_use]
    pub fn for_a_run_of(mut self, length: Duration) -> Self {
        let kept = Series::most_bytes(self.endpoints.len()) + Generator::MOST_BYTES;
        self.room = Room::for_a_run_of(length, kept * MEMORY_OF_A_BYTE);
        self
    }

    /// Keeps at least so many of the last seconds one by one, and these endpoints in them.
    #[must_use]
    pub fn looking_back(mut self, seconds: u64, endpoints: Vec<String>) -> Self {
        self.so_far.keeps = self.so_far.keeps.max(seconds);
        self.so_far.watched = endpoints;
        self
    }

    /// The same, with these endpoints in the recording only once they are asked for, as those of redirects are.
    #[must_use]
    pub fn with_occasional(mut self, endpoints: &[String]) -> Self {
        self.endpoints.retain(|name, _| !endpoints.contains(name));
        self
    }

    /// Keeps each second for [`Self::take_pulse`].
    #[must_use]
    pub fn telling_pulses(mut self) -> Self {
        self.untold = Some(Untold::default());
        self
    }

    /// Takes in one worker's slice.
    pub fn absorb(&mut self, mut slice: WorkerSlice) {
        self.so_far.reach(slice.second);
        for (phase, columns) in [(Phase::Warmup, &mut slice.warmup), (Phase::Window, &mut slice.window)] {
            for (index, columns) in columns.iter_mut().enumerate().filter(|(_, columns)| !columns.is_empty()) {
                self.absorb_columns(slice.second, phase, index, columns);
            }
        }
        for Example { endpoint, failure, instead } in slice.examples {
            let (name, kind) = (self.name(endpoint as usize), self.kind(failure));
            if let Some(untold) = &mut self.untold {
                let (endpoint, kind, text) = (name.clone(), kind.clone(), instead.text.clone());
                untold.at(slice.second).examples.push(PulseExample { endpoint, kind, text });
            }
            example::keep(&mut self.endpoints.entry(name).or_default().examples, kind, instead);
        }
        if let Some(starts) = GeneratorSlice::of_starts(slice.second, &mut slice.starts) {
            self.observe(starts);
        }
    }

    /// Takes in what was observed of the generator itself within a second.
    pub fn observe(&mut self, slice: GeneratorSlice) {
        if let Some(untold) = &mut self.untold {
            untold.at(slice.start_s).generator.add(&slice);
        }
        self.generator.add(slice);
    }

    /// Takes in what was read of the target within a second.
    pub fn observe_target(&mut self, second: u64, readings: &BTreeMap<String, f64>) {
        if let Some(untold) = &mut self.untold
            && !readings.is_empty()
        {
            untold.at(second).target.extend(readings.iter().map(|(name, value)| (name.clone(), *value)));
        }
        self.resources.observe(second, readings);
    }

    /// The next second that nobody was told of, if it lies before `end`; none where nobody asked for any.
    pub fn take_pulse(&mut self, end: u64) -> Option<Pulse> {
        self.untold.as_mut()?.take(end)
    }

    /// What nobody was told of at the end of the run, as one second.
    pub fn take_last_pulse(&mut self) -> Option<Pulse> {
        self.untold.as_mut()?.take_rest()
    }

    /// What the live line shows.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.so_far.progress()
    }

    /// A figure over some of the last seconds, warm-up or not, that were to be kept; none where too little finished in them
    /// for it to be more than one request's doing. `limit` is what it is held against.
    #[must_use]
    pub fn figure(&self, endpoint: &str, metric: Metric, seconds: Range<u64>, limit: f64) -> Option<f64> {
        let length_s = seconds.end.saturating_sub(seconds.start);
        let mut sum = Tally::default();
        for second in self.so_far.recent.iter().filter(|second| seconds.contains(&second.number)) {
            let tally = if endpoint == ALL { Some(&second.all) } else { second.endpoints.get(endpoint) };
            if let Some(tally) = tally {
                sum.add(tally);
            }
        }
        window::figure(&sum, metric, length_s, limit)
    }

    /// A copy of the recording as it stands.
    #[must_use]
    pub fn recording(&self, facts: RunFacts) -> Recording {
        let (series, endpoints) = (self.series.clone(), self.endpoints.clone());
        let (generator, resources) = (self.generator.clone(), self.resources.clone());
        Recording { facts, series, endpoints, generator, resources, ceiling: None }
    }

    fn absorb_columns(&mut self, second: u64, phase: Phase, index: usize, columns: &mut Columns) {
        let name = self.name(index);
        let tally = Tally {
            requests: (columns.response.len() + columns.failed.len()) as u64,
            bytes_received: columns.bytes_received,
            errors: self.errors(&columns.errors),
            response_us: Histogram::from_micros(&mut columns.response),
        };
        self.series.add(second, phase, &name, &tally);
        self.so_far.add(second, &name, &tally);
        if let Some(untold) = &mut self.untold {
            untold.add(second, phase, &name, &tally);
        }
        self.endpoints.entry(name).or_default().of_mut(phase).absorb(columns);
    }

    fn name(&self, index: usize) -> String {
        self.names.get(index).cloned().unwrap_or_else(|| format!("endpoint {index}"))
    }

    /// What reports call a failure.
    fn kind(&self, failure: Failure) -> String {
        match failure {
            Failure::Transport(kind) => kind.to_owned(),
            Failure::Status(status) => format!("status {status}"),
            Failure::Expectation(index) => {
                self.labels.get(index as usize).cloned().unwrap_or_else(|| format!("expect {index}"))
            }
        }
    }

    /// Failures by what reports call them.
    fn errors(&self, failures: &BTreeMap<Failure, u64>) -> BTreeMap<String, u64> {
        let mut errors = BTreeMap::new();
        for (failure, count) in failures {
            let kind = self.kind(*failure);
            *errors.entry(kind).or_default() += count;
        }
        errors
    }
}

impl SoFar {
    /// Makes room for a second, and for empty ones before it.
    fn reach(&mut self, second: u64) {
        let first = self.recent.back().map_or(second, |newest| newest.number + 1);
        for number in first.max(second.saturating_sub(self.keeps))..=second {
            self.recent.push_back(Second { number, ..Second::default() });
        }
        while self.recent.len() as u64 > self.keeps + 1 {
            self.recent.pop_front();
        }
    }

    /// Adds what finished within a second that was reached.
    fn add(&mut self, second: u64, endpoint: &str, tally: &Tally) {
        self.requests += tally.requests;
        self.failed += tally.failed();
        if let Some(entry) = self.recent.iter_mut().find(|entry| entry.number == second) {
            entry.all.add(tally);
            if self.watched.iter().any(|watched| watched == endpoint) {
                entry.endpoints.entry(endpoint.to_owned()).or_default().add(tally);
            }
        }
    }

    fn progress(&self) -> Progress {
        let complete = self.recent.len().saturating_sub(1).max(1);
        let beyond = complete.saturating_sub(usize::try_from(RECENT_SECONDS).unwrap_or(usize::MAX));
        let recent = || self.recent.iter().take(complete).skip(beyond);
        let requests: u64 = recent().map(|second| second.all.requests).sum();
        let response_us: Histogram = recent().map(|second| &second.all.response_us).sum();
        Progress {
            requests: self.requests,
            failed: self.failed,
            error_rate: share(self.failed, self.requests),
            rps: real(requests) / real(recent().count().max(1) as u64),
            p95_us: (!response_us.is_empty()).then(|| real(response_us.quantile(0.95))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::properties::{collector, facts, record, success};
    use super::*;
    use crate::measure::{ALL, Recorder, Sample};

    #[test]
    fn progress_shows_totals_and_the_last_whole_seconds() {
        let mut collector = collector();
        assert_eq!(collector.progress(), Progress::default());
        let samples: Vec<_> =
            (0..20).flat_map(|second| (0..second).map(move |n| success(0, second * 1_000 + n, 100 * second))).collect();
        record(&mut collector, &samples);
        record(&mut collector, &[Sample { failure: Some(Failure::Status(500)), ..success(1, 19_000, 100) }]);
        let progress = collector.progress();
        assert_eq!((progress.requests, progress.failed), (191, 1));
        assert_eq!(progress.p95_us, Some(1_800.0));
        assert!((progress.rps - 16.0).abs() < 1e-9 && (progress.error_rate - 1.0 / 191.0).abs() < 1e-9, "{progress:?}");
    }

    #[test]
    fn progress_of_a_target_that_answers_no_more_goes_to_nothing() {
        let mut collector = collector();
        let mut recorder = Recorder::new(1);
        recorder.record(&success(0, 0, 500));
        for second in 1..=8 {
            collector.absorb(recorder.roll(Duration::from_secs(second)).unwrap());
        }
        let progress = collector.progress();
        assert_eq!((progress.requests, progress.p95_us, progress.rps.to_bits()), (1, None, 0));
    }

    #[test]
    fn figures_of_the_last_seconds_are_kept_as_far_back_as_was_asked_for() {
        let mut collector = collector().looking_back(12, vec!["login".to_owned()]);
        let failing = |n: u64| Sample { failure: Some(Failure::Status(500)), ..success(1, n, 100) };
        let second = |number: u64| (0..10).map(move |n| number * 1_000 + n);
        let good = (0..20).flat_map(second).map(|due| success(0, due, 2_000));
        let bad = (10..15).flat_map(second).map(failing);
        let mut samples: Vec<Sample> = good.chain(bad).collect();
        samples.sort_by_key(|sample| sample.finished_at);
        record(&mut collector, &samples);
        let figure = |endpoint, metric, seconds| collector.figure(endpoint, metric, seconds, 0.5);
        assert_eq!(figure(ALL, Metric::ErrorRate, 10..15), Some(0.5));
        assert_eq!(figure(ALL, Metric::ErrorRate, 10..20), Some(0.25 / 0.75));
        assert_eq!(figure("login", Metric::ErrorRate, 10..20), Some(1.0));
        assert_eq!((figure("login", Metric::Rps, 9..19), figure(ALL, Metric::Rps, 15..20)), (Some(5.0), Some(10.0)));
        assert_eq!((figure("login", Metric::P50, 10..20), figure(ALL, Metric::P50, 15..17)), (None, Some(2_000.0)));
        let progress = collector.progress();
        assert!((progress.rps - 12.0).abs() < 1e-9, "the live line looks back as far as ever: {progress:?}");
    }

    #[test]
    fn failures_are_called_by_their_kind() {
        let failures =
            [Failure::Transport("timeout"), Failure::Status(502), Failure::Expectation(0), Failure::Status(502)];
        let mut collector = collector();
        let samples = failures.map(|failure| Sample { failure: Some(failure), ..success(2, 6_000, 300) });
        record(&mut collector, &samples);
        let summary = collector.recording(facts()).summary();
        let endpoint = &summary.endpoints["view_product"];
        let errors: Vec<_> = endpoint.errors.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
        assert_eq!(errors, [("expect json $.id", 1), ("status 502", 2), ("timeout", 1)]);
        assert_eq!((endpoint.requests, endpoint.response_us.max, endpoint.failed_us.max), (4, 0, 300));
        assert_eq!(summary.endpoints[ALL].errors, endpoint.errors);
    }

    #[test]
    fn an_endpoint_that_redirects_lead_to_is_there_once_they_do() {
        let names = ["page", "page (redirected)", "other (redirected)"].map(str::to_owned);
        let mut collector = Collector::new(names.to_vec(), Vec::new());
        record(&mut collector, &[success(1, 6_000, 300)]);
        let summary = collector.recording(facts()).summary();
        let names: Vec<_> = summary.endpoints.keys().map(String::as_str).collect();
        assert_eq!(names, [ALL, "page", "page (redirected)"]);
    }

    #[test]
    fn an_endpoint_without_a_request_is_in_the_summary_with_none() {
        let summary = collector().recording(facts()).summary();
        let requests: Vec<_> =
            summary.endpoints.iter().map(|(name, endpoint)| (name.as_str(), endpoint.requests)).collect();
        assert_eq!(requests, [(ALL, 0), ("create_order", 0), ("login", 0), ("view_product", 0)]);
    }
}
