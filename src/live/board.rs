//! What a screen or a page shows of a run: figures by endpoint, failures, a point a second for charts.
//!
//! In: [`Pulse`]s, in order. Out: rows and points, as numbers. Figures are of the window once it has begun, and of the
//! warm-up until then; rates are of the last few seconds. Bounded, however long the run. Makes no text and draws nothing.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use crate::measure::{GeneratorSlice, Histogram, Pulse, Tally};

/// How many seconds rates look back.
const RECENT: usize = 5;

/// Most points kept for charts: beyond, neighbours become one.
const MOST_POINTS: usize = 600;

/// Seconds that are kept one by one, however long the run.
const LATEST: usize = 400;

/// Most kinds of failure kept, over all endpoints.
const MOST_FAILURES: usize = 1_000;

/// A run so far.
#[derive(Debug, Clone, Default)]
pub struct Board {
    /// The last second that was told; none before the first.
    pub second: Option<u64>,
    /// Virtual users alive.
    pub users: u32,
    /// Whether the figures are of the window already.
    pub in_window: bool,
    /// What the target used in the last second in which that was read, by name.
    pub target: BTreeMap<String, f64>,
    warmup: BTreeMap<String, Sums>,
    window: BTreeMap<String, Sums>,
    failures: BTreeMap<(String, String), Failed>,
    recent: VecDeque<Pulse>,
    latest: VecDeque<Point>,
    points: Vec<Point>,
    /// Seconds that a point stands for.
    point_s: u64,
}

/// What one endpoint amounts to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EndpointRow {
    /// The endpoint; empty of all together.
    pub endpoint: String,
    /// Requests finished, failed ones included.
    pub requests: u64,
    /// Failed ones.
    pub failed: u64,
    /// Failed ones as a share of all, between 0 and 1.
    pub error_rate: f64,
    /// Requests finished per second, over the last few seconds.
    pub rps: f64,
    /// Failed requests per second, over the last few seconds.
    pub failures_per_s: f64,
    /// Bytes received.
    pub bytes_received: u64,
    /// Response times of successful requests in microseconds; none without one.
    pub latency: Option<LatencyRow>,
}

/// Response times in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LatencyRow {
    /// Median.
    #[serde(rename = "p50")]
    pub p50_us: u64,
    /// 95th percentile.
    #[serde(rename = "p95")]
    pub p95_us: u64,
    /// 99th percentile.
    #[serde(rename = "p99")]
    pub p99_us: u64,
    /// The longest.
    #[serde(rename = "max")]
    pub max_us: u64,
}

/// Failures of one kind at one endpoint, since the start of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureRow {
    /// The endpoint.
    pub endpoint: String,
    /// What reports call the failure.
    pub kind: String,
    /// How many there were.
    pub count: u64,
    /// What came in the first, where that is known; not cleaned.
    pub example: Option<String>,
}

/// A moment of the run, for charts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// When it begins, in seconds since the start of the run.
    pub second: u64,
    /// Seconds it stands for.
    pub length_s: u64,
    /// Virtual users alive at its end.
    pub users: u32,
    /// Requests finished per second.
    pub rps: f64,
    /// Failed requests per second.
    pub failures_per_s: f64,
    /// Median response time in microseconds; the worst second's, where a point stands for several.
    pub p50_us: Option<u64>,
    /// 95th percentile of response time in microseconds; the worst second's, where a point stands for several.
    pub p95_us: Option<u64>,
}

/// How the generator fares, over the last few seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct GeneratorRow {
    /// 99th percentile of how late starts were, in microseconds; none in the closed model.
    pub lag_p99_us: Option<u64>,
    /// Starts that found no idle user.
    pub late: u64,
    /// Starts that were due and never made.
    pub missed: u64,
    /// Cores used.
    pub cpu_cores: f64,
    /// Share of time in which one of its workers had no idle time, between 0 and 1.
    pub busy: f64,
    /// Share of the machine's time that the hypervisor gave to others, between 0 and 1.
    pub steal: f64,
}

#[derive(Debug, Clone, Default)]
struct Sums {
    requests: u64,
    failed: u64,
    bytes_received: u64,
    response_us: Histogram,
}

#[derive(Debug, Clone, Default)]
struct Failed {
    count: u64,
    example: Option<String>,
}

impl Board {
    /// A board of a run that has not begun; endpoints named here have a row from the start.
    #[must_use]
    pub fn new(endpoints: &[String]) -> Self {
        let sums: BTreeMap<_, _> = endpoints.iter().map(|name| (name.clone(), Sums::default())).collect();
        Self { warmup: sums.clone(), window: sums, point_s: 1, ..Self::default() }
    }

    /// Takes in the next second.
    pub fn add(&mut self, pulse: &Pulse) {
        self.second = Some(pulse.second);
        self.users = pulse.users;
        self.in_window |= !pulse.window.is_empty();
        if !pulse.target.is_empty() {
            self.target.clone_from(&pulse.target);
        }
        for (sums, tallies) in [(&mut self.warmup, &pulse.warmup), (&mut self.window, &pulse.window)] {
            for (endpoint, tally) in tallies {
                sums.entry(endpoint.clone()).or_default().add(tally);
            }
        }
        self.add_failures(pulse);
        self.add_point(pulse);
        self.recent.push_back(pulse.clone());
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }

    /// All endpoints together.
    #[must_use]
    pub fn all(&self) -> EndpointRow {
        let mut sums = Sums::default();
        self.sums().values().for_each(|endpoint| sums.join(endpoint));
        self.row(String::new(), &sums, |_| true)
    }

    /// Each endpoint, by name.
    #[must_use]
    pub fn endpoints(&self) -> Vec<EndpointRow> {
        self.sums().iter().map(|(name, sums)| self.row(name.clone(), sums, |endpoint| endpoint == name)).collect()
    }

    /// Failures by kind, the most frequent first.
    #[must_use]
    pub fn failures(&self) -> Vec<FailureRow> {
        let mut rows: Vec<FailureRow> = self
            .failures
            .iter()
            .map(|((endpoint, kind), failed)| FailureRow {
                endpoint: endpoint.clone(),
                kind: kind.clone(),
                count: failed.count,
                example: failed.example.clone(),
            })
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.count));
        rows
    }

    /// The run in points, in order.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The last seconds of the run one by one, in order.
    #[must_use]
    pub fn latest(&self) -> &VecDeque<Point> {
        &self.latest
    }

    /// How the generator fares.
    #[must_use]
    pub fn generator(&self) -> GeneratorRow {
        let mut lag_us = Histogram::default();
        let mut sums = GeneratorSlice::default();
        for slice in self.recent.iter().map(|pulse| &pulse.generator) {
            lag_us.add(&slice.lag_us);
            sums.late += slice.late;
            sums.missed += slice.missed;
            sums.span_s += slice.span_s;
            sums.cpu_s += slice.cpu_s;
            sums.busy_s += slice.busy_s;
            sums.machine_s += slice.machine_s;
            sums.steal_s += slice.steal_s;
        }
        GeneratorRow {
            lag_p99_us: (!lag_us.is_empty()).then(|| lag_us.quantile(0.99)),
            late: sums.late,
            missed: sums.missed,
            cpu_cores: part(sums.cpu_s, sums.span_s),
            busy: part(sums.busy_s, sums.span_s),
            steal: part(sums.steal_s, sums.machine_s),
        }
    }

    fn sums(&self) -> &BTreeMap<String, Sums> {
        if self.in_window { &self.window } else { &self.warmup }
    }

    fn row(&self, endpoint: String, sums: &Sums, is_of_row: impl Fn(&str) -> bool) -> EndpointRow {
        let tallies = || {
            let finished = self.recent.iter().flat_map(Pulse::finished);
            finished.filter(|(endpoint, _)| is_of_row(endpoint)).map(|(_, tally)| tally)
        };
        let seconds = real(self.recent.len() as u64).max(1.0);
        EndpointRow {
            endpoint,
            requests: sums.requests,
            failed: sums.failed,
            error_rate: part(real(sums.failed), real(sums.requests)),
            rps: real(tallies().map(|tally| tally.requests).sum()) / seconds,
            failures_per_s: real(tallies().map(Tally::failed).sum()) / seconds,
            bytes_received: sums.bytes_received,
            latency: LatencyRow::of(&sums.response_us),
        }
    }

    fn add_failures(&mut self, pulse: &Pulse) {
        for (endpoint, tally) in pulse.finished() {
            for (kind, count) in &tally.errors {
                if let Some(failed) = self.failed(endpoint, kind) {
                    failed.count += count;
                }
            }
        }
        for example in &pulse.examples {
            if let Some(failed) = self.failed(&example.endpoint, &example.kind) {
                failed.example.get_or_insert_with(|| example.text.clone());
            }
        }
    }

    fn failed(&mut self, endpoint: &str, kind: &str) -> Option<&mut Failed> {
        let key = (endpoint.to_owned(), kind.to_owned());
        let has_room = self.failures.len() < MOST_FAILURES || self.failures.contains_key(&key);
        has_room.then(|| self.failures.entry(key).or_default())
    }

    fn add_point(&mut self, pulse: &Pulse) {
        let (mut requests, mut failed, mut response_us) = (0, 0, Histogram::default());
        for (_, tally) in pulse.finished() {
            requests += tally.requests;
            failed += tally.failed();
            response_us.add(&tally.response_us);
        }
        let latency = LatencyRow::of(&response_us);
        let point = Point {
            second: pulse.second,
            length_s: 1,
            users: pulse.users,
            rps: real(requests),
            failures_per_s: real(failed),
            p50_us: latency.map(|latency| latency.p50_us),
            p95_us: latency.map(|latency| latency.p95_us),
        };
        self.latest.push_back(point);
        if self.latest.len() > LATEST {
            self.latest.pop_front();
        }
        self.push(point);
        if self.points.len() > MOST_POINTS {
            self.point_s *= 2;
            for point in std::mem::take(&mut self.points) {
                self.push(point);
            }
        }
    }

    /// Adds a point to the one that stands for its time, if there is one.
    fn push(&mut self, point: Point) {
        match self.points.last_mut() {
            Some(last) if last.second / self.point_s == point.second / self.point_s => last.join(point),
            _ => self.points.push(point),
        }
    }
}

impl Point {
    fn join(&mut self, later: Self) {
        let (one, other) = (real(self.length_s), real(later.length_s));
        let mean = |before: f64, after: f64| (before * one + after * other) / (one + other);
        *self = Self {
            second: self.second,
            length_s: self.length_s + later.length_s,
            users: later.users,
            rps: mean(self.rps, later.rps),
            failures_per_s: mean(self.failures_per_s, later.failures_per_s),
            p50_us: self.p50_us.max(later.p50_us),
            p95_us: self.p95_us.max(later.p95_us),
        };
    }
}

impl LatencyRow {
    fn of(response_us: &Histogram) -> Option<Self> {
        let quantile = |level| response_us.quantile(level);
        (!response_us.is_empty()).then(|| Self {
            p50_us: quantile(0.5),
            p95_us: quantile(0.95),
            p99_us: quantile(0.99),
            max_us: response_us.max(),
        })
    }
}

impl Sums {
    fn add(&mut self, tally: &Tally) {
        self.requests += tally.requests;
        self.failed += tally.failed();
        self.bytes_received += tally.bytes_received;
        self.response_us.add(&tally.response_us);
    }

    fn join(&mut self, other: &Self) {
        self.requests += other.requests;
        self.failed += other.failed;
        self.bytes_received += other.bytes_received;
        self.response_us.add(&other.response_us);
    }
}

fn part(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run stay far below 2^52")]
fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::PulseExample;

    fn tally(mut latencies: Vec<u32>, errors: &[(&str, u64)]) -> Tally {
        let errors: BTreeMap<_, _> = errors.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect();
        let requests = latencies.len() as u64 + errors.values().sum::<u64>();
        Tally { requests, bytes_received: 10, errors, response_us: Histogram::from_micros(&mut latencies) }
    }

    fn named(tally: Tally) -> BTreeMap<String, Tally> {
        BTreeMap::from([("search".to_owned(), tally)])
    }

    #[test]
    fn figures_are_of_the_window_once_it_has_begun() {
        let mut board = Board::new(&["login".to_owned(), "search".to_owned()]);
        board.add(&Pulse { warmup: named(tally(vec![900; 4], &[])), users: 3, ..Pulse::default() });
        assert_eq!((board.in_window, board.all().requests, board.all().latency.unwrap().p95_us), (false, 4, 900));
        let window = named(tally(vec![100; 8], &[("timeout", 2)]));
        board.add(&Pulse { second: 1, window, ..Pulse::default() });
        let all = board.all();
        assert_eq!((all.requests, all.failed, all.latency.unwrap().max_us), (10, 2, 100));
        assert!((all.error_rate - 0.2).abs() < 1e-9 && (all.rps - 7.0).abs() < 1e-9, "{all:?}");
        let names: Vec<_> = board.endpoints().into_iter().map(|row| (row.endpoint, row.requests)).collect();
        assert_eq!(names, [("login".to_owned(), 0), ("search".to_owned(), 10)]);
    }

    #[test]
    fn failures_are_counted_over_the_run_and_the_first_example_stays() {
        let mut board = Board::new(&[]);
        let example = |text: &str| PulseExample {
            endpoint: "search".to_owned(),
            kind: "status 500".to_owned(),
            text: text.to_owned(),
        };
        let failing = named(tally(Vec::new(), &[("status 500", 3), ("timeout", 1)]));
        board.add(&Pulse { warmup: failing.clone(), examples: vec![example("one")], ..Pulse::default() });
        board.add(&Pulse { second: 1, window: failing, examples: vec![example("two")], ..Pulse::default() });
        let failures = board.failures();
        assert_eq!((failures[0].kind.as_str(), failures[0].count), ("status 500", 6));
        assert_eq!((failures[0].example.as_deref(), failures[1].example.as_deref()), (Some("one"), None));
    }

    #[test]
    fn a_long_run_keeps_its_sums_in_fewer_points() {
        let mut board = Board::new(&[]);
        for second in 0..2_000 {
            let window = named(tally(vec![if second == 777 { 5_000 } else { 100 }; 4], &[]));
            board.add(&Pulse { second, window, ..Pulse::default() });
        }
        let points = board.points();
        assert!(points.len() <= MOST_POINTS, "{}", points.len());
        assert_eq!(points.iter().map(|point| point.length_s).sum::<u64>(), 2_000);
        assert!(points.iter().all(|point| (point.rps - 4.0).abs() < 1e-9));
        let slowest: Vec<_> = points.iter().filter(|point| point.p95_us > Some(1_000)).collect();
        let latest = board.latest();
        assert_eq!((latest.len(), latest[0].second, latest[LATEST - 1].second), (LATEST, 1_600, 1_999));
        assert!(slowest.len() == 1 && slowest[0].second <= 777 && 777 < slowest[0].second + slowest[0].length_s);
    }

    #[test]
    fn rates_look_back_a_few_seconds() {
        let mut board = Board::new(&[]);
        for second in 0..20 {
            let window = if second < 10 { named(tally(vec![100; 50], &[])) } else { BTreeMap::new() };
            board.add(&Pulse { second, window, ..Pulse::default() });
        }
        assert_eq!((board.all().rps, board.all().requests), (0.0, 500));
    }

    #[test]
    fn the_generator_is_shown_over_the_last_seconds() {
        let mut board = Board::new(&[]);
        let generator = GeneratorSlice {
            span_s: 1.0,
            cpu_s: 0.5,
            machine_s: 2.0,
            steal_s: 0.1,
            missed: 1,
            lag_us: Histogram::from_micros(&mut [40, 60]),
            ..GeneratorSlice::default()
        };
        board.add(&Pulse { generator: generator.clone(), ..Pulse::default() });
        board.add(&Pulse { second: 1, generator, ..Pulse::default() });
        let row = board.generator();
        assert_eq!((row.lag_p99_us, row.missed, row.cpu_cores), (Some(60), 2, 0.5));
        assert!((row.steal - 0.05).abs() < 1e-9);
    }
}
