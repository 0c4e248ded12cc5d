//! What one worker writes down while requests are under way.
//!
//! In: [`Sample`]s and starts, as they come. Out: a [`WorkerSlice`] for every second in which something came.
//! Computes no figure: samples stay raw, a column of microseconds for each thing measured, so that a request
//! costs a few appends and leaves the caches to the load. The collector turns columns into histograms.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::time::Duration;

use super::example::Example;
use super::histogram::micros;
use super::sample::{Failure, Phase, Sample};

/// One worker's recorder. Not shared, without locks.
#[derive(Debug)]
pub struct Recorder {
    endpoints: usize,
    open: WorkerSlice,
    /// Failures of endpoints that have an example.
    shown: BTreeSet<(u32, Failure)>,
}

/// What one worker recorded of requests that finished within one second, for [`super::Collector::absorb`].
#[derive(Debug, Default)]
pub struct WorkerSlice {
    /// The second since the start of the run.
    pub(super) second: u64,
    /// Samples in it, of both phases.
    requests: u64,
    /// By endpoint.
    pub(super) warmup: Vec<Columns>,
    /// By endpoint.
    pub(super) window: Vec<Columns>,
    /// Starts that were made while the slice was open.
    pub(super) starts: RawStarts,
    /// What came instead, of failures in the window.
    pub(super) examples: Vec<Example>,
}

/// The samples of one endpoint: a column for each thing measured, in microseconds. Failed requests are in
/// `failed` and `errors` alone.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) bytes_received: u64,
    pub(super) response: Vec<u32>,
    pub(super) service: Vec<u32>,
    pub(super) dns: Vec<u32>,
    pub(super) connect: Vec<u32>,
    pub(super) tls: Vec<u32>,
    pub(super) wait: Vec<u32>,
    pub(super) receive: Vec<u32>,
    pub(super) failed: Vec<u32>,
    pub(super) errors: BTreeMap<Failure, u64>,
}

/// Starts against their schedule, in the window.
#[derive(Debug, Default)]
pub(super) struct RawStarts {
    pub(super) lag: Vec<u32>,
    pub(super) late: u64,
    pub(super) missed: u64,
    /// Tasks of the open model that ended.
    pub(super) ended: u64,
}

impl Recorder {
    /// A recorder for requests to so many endpoints.
    #[must_use]
    pub fn new(endpoints: usize) -> Self {
        Self { endpoints, open: WorkerSlice::default(), shown: BTreeSet::new() }
    }

    /// Records one finished request. Returns the slice that was under way when the sample belongs to another second.
    #[inline]
    pub fn record(&mut self, sample: &Sample) -> Option<WorkerSlice> {
        let second = sample.finished_at.as_secs();
        let closed = if second == self.open.second { None } else { self.close(second) };
        self.open.push(sample, self.endpoints);
        closed
    }

    /// Whether no example has been kept of this failure of an endpoint.
    #[must_use]
    pub fn lacks_example(&self, endpoint: u32, failure: Failure) -> bool {
        !self.shown.contains(&(endpoint, failure))
    }

    /// Keeps an example of a failure that is in the window.
    pub fn example(&mut self, example: Example) {
        self.shown.insert((example.endpoint, example.failure));
        self.open.examples.push(example);
    }

    /// Records a start and how late it was against its schedule (open model and pacing).
    #[inline]
    pub fn start(&mut self, phase: Phase, lag: Duration) {
        if phase == Phase::Window {
            self.open.starts.lag.push(micros(lag));
        }
    }

    /// Counts a start that found no idle user and waited for one.
    pub fn late(&mut self, phase: Phase) {
        if phase == Phase::Window {
            self.open.starts.late += 1;
        }
    }

    /// Counts a task of the open model by when it ended.
    pub fn ended(&mut self, phase: Phase) {
        if phase == Phase::Window {
            self.open.starts.ended += 1;
        }
    }

    /// Counts starts that were due and never made.
    pub fn missed(&mut self, phase: Phase, count: u64) {
        if phase == Phase::Window {
            self.open.starts.missed += count;
        }
    }

    /// Closes the slice under way if it lies wholly before `now`; an empty one says that a second passed in which
    /// nothing finished. To be called each second, also by an idle worker: what it holds would stay unseen.
    pub fn roll(&mut self, now: Duration) -> Option<WorkerSlice> {
        let second = now.as_secs();
        if second <= self.open.second {
            return None;
        }
        if self.open.is_empty() {
            self.open.second = second - 1;
        }
        Some(self.reopen(second))
    }

    /// Hands over what is left at the end of the run.
    pub fn finish(&mut self) -> Option<WorkerSlice> {
        self.close(self.open.second)
    }

    /// Opens the slice of `second` and returns the one before, if anything is in it.
    #[cold]
    fn close(&mut self, second: u64) -> Option<WorkerSlice> {
        if self.open.is_empty() {
            self.open.second = second;
            return None;
        }
        Some(self.reopen(second))
    }

    fn reopen(&mut self, second: u64) -> WorkerSlice {
        let next = self.open.like(second);
        mem::replace(&mut self.open, next)
    }
}

impl WorkerSlice {
    /// An empty slice with room for about as much as is in this one.
    fn like(&self, second: u64) -> Self {
        Self {
            second,
            requests: 0,
            warmup: self.warmup.iter().map(Columns::like).collect(),
            window: self.window.iter().map(Columns::like).collect(),
            starts: RawStarts { lag: room_for(&self.starts.lag), ..RawStarts::default() },
            examples: Vec::new(),
        }
    }

    fn is_empty(&self) -> bool {
        let RawStarts { lag, late, missed, ended } = &self.starts;
        let no_starts = lag.is_empty() && *late == 0 && *missed == 0 && *ended == 0;
        self.requests == 0 && no_starts && self.examples.is_empty()
    }

    fn push(&mut self, sample: &Sample, endpoints: usize) {
        let columns = match sample.phase {
            Phase::Warmup => &mut self.warmup,
            Phase::Window => &mut self.window,
        };
        let index = sample.endpoint as usize;
        if index >= columns.len() {
            columns.resize_with(endpoints.max(index + 1), Columns::default);
        }
        if let Some(columns) = columns.get_mut(index) {
            self.requests += 1;
            columns.push(sample);
        }
    }
}

impl Columns {
    fn like(&self) -> Self {
        Self {
            response: room_for(&self.response),
            service: room_for(&self.service),
            wait: room_for(&self.wait),
            receive: room_for(&self.receive),
            ..Self::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.response.is_empty() && self.failed.is_empty()
    }

    #[inline]
    fn push(&mut self, sample: &Sample) {
        self.bytes_received += sample.bytes_received;
        if let Some(failure) = sample.failure {
            self.failed.push(micros(sample.response));
            *self.errors.entry(failure).or_default() += 1;
            return;
        }
        self.response.push(micros(sample.response));
        self.service.push(micros(sample.service));
        let timings = &sample.timings;
        if let Some(wait) = timings.wait {
            self.wait.push(micros(wait));
        }
        if let Some(receive) = timings.receive {
            self.receive.push(micros(receive));
        }
        if timings.dns.is_some() || timings.connect.is_some() || timings.tls.is_some() {
            self.dns.extend(timings.dns.map(micros));
            self.connect.extend(timings.connect.map(micros));
            self.tls.extend(timings.tls.map(micros));
        }
    }
}

/// An empty column with room for a little more than this one holds.
fn room_for(column: &[u32]) -> Vec<u32> {
    Vec::with_capacity(column.len() + column.len() / 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::sample::Timings;

    fn sample(finished_ms: u64) -> Sample {
        Sample {
            endpoint: 0,
            phase: Phase::Window,
            finished_at: Duration::from_millis(finished_ms),
            response: Duration::from_micros(700),
            service: Duration::from_micros(600),
            timings: Timings { wait: Some(Duration::from_micros(500)), ..Timings::default() },
            bytes_received: 10,
            failure: None,
        }
    }

    #[test]
    fn a_sample_of_a_new_second_closes_the_slice_before() {
        let mut recorder = Recorder::new(1);
        assert!(recorder.record(&sample(200)).is_none());
        assert!(recorder.record(&sample(999)).is_none());
        let closed = recorder.record(&sample(1_000)).unwrap();
        assert_eq!((closed.second, closed.requests), (0, 2));
        let last = recorder.finish().unwrap();
        assert_eq!((last.second, last.requests), (1, 1));
        assert!(recorder.finish().is_none());
    }

    #[test]
    fn an_idle_worker_hands_over_its_slice_once_its_second_has_passed_and_then_empty_ones() {
        let mut recorder = Recorder::new(1);
        recorder.record(&sample(2_500));
        assert!(recorder.roll(Duration::from_millis(2_999)).is_none());
        let roll = |recorder: &mut Recorder, now_ms| {
            recorder.roll(Duration::from_millis(now_ms)).map(|slice| (slice.second, slice.requests))
        };
        assert_eq!(roll(&mut recorder, 3_000), Some((2, 1)));
        assert_eq!(roll(&mut recorder, 3_400), None);
        assert_eq!(roll(&mut recorder, 9_100), Some((8, 0)));
    }

    #[test]
    fn a_sample_that_comes_after_its_second_was_closed_keeps_its_second() {
        let mut recorder = Recorder::new(1);
        recorder.roll(Duration::from_secs(5));
        recorder.record(&sample(4_999));
        assert_eq!(recorder.finish().map(|slice| slice.second), Some(4));
    }

    #[test]
    fn starts_of_the_warm_up_are_not_kept() {
        let mut recorder = Recorder::new(1);
        recorder.start(Phase::Warmup, Duration::from_millis(1));
        recorder.late(Phase::Warmup);
        recorder.missed(Phase::Warmup, 3);
        assert!(recorder.finish().is_none());
        recorder.start(Phase::Window, Duration::from_nanos(1_499));
        recorder.late(Phase::Window);
        recorder.missed(Phase::Window, 3);
        let starts = recorder.finish().unwrap().starts;
        assert_eq!((starts.lag, starts.late, starts.missed), (vec![1], 1, 3));
    }

    #[test]
    fn a_failed_request_is_kept_apart_from_successes() {
        let mut recorder = Recorder::new(1);
        recorder.record(&Sample { failure: Some(Failure::Status(500)), ..sample(1) });
        let columns = recorder.finish().unwrap().window.remove(0);
        assert_eq!(columns.failed, [700]);
        assert_eq!(columns.errors, BTreeMap::from([(Failure::Status(500), 1)]));
        assert!(columns.response.is_empty() && columns.service.is_empty() && columns.wait.is_empty());
    }
}
