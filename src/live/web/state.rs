//! What the page knows, as JSON: names and units as in recording.json.
//!
//! In: a [`Board`] and the phase of the run. Out: an [`Update`] for each reader. Every text that a target said is cleaned
//! here; the page shows it as text and never as markup.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::live::{Board, EndpointRow, FailureRow, GeneratorRow, LatencyRow, Point};
use crate::report::sentence;

/// What is to be played.
#[derive(Debug, Clone, Serialize)]
pub struct About {
    /// The profile.
    pub profile: String,
    /// Where requests go.
    #[serde(rename = "target_url")]
    pub target: String,
    /// The load.
    pub load: Load,
    /// Length of a run in seconds, warm-up included.
    pub duration_s: f64,
    /// Length of the warm-up in seconds.
    pub warmup_s: f64,
    /// Endpoints, which have a row from the start.
    #[serde(skip)]
    pub endpoints: Vec<String>,
}

/// The load, and whether it may be changed.
#[derive(Debug, Clone, Serialize)]
pub struct Load {
    /// In words: `200 users`.
    pub told: String,
    /// What a level counts.
    pub unit: LoadUnit,
    /// The level that is played, or will be at its highest.
    pub level: f64,
    /// The highest level that it may be changed to.
    pub most: f64,
    /// Whether it may be changed.
    pub may_change: bool,
}

/// What a level counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadUnit {
    /// Virtual users.
    Users,
    /// Task starts a second.
    PerSecond,
}

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// None was started.
    #[default]
    Idle,
    /// The target is being started.
    Starting,
    /// Load is made.
    Running,
    /// Nothing new is started any more.
    Stopping,
    /// It is over, and its figures can be used.
    Done,
    /// Someone ended it before its time.
    Stopped,
    /// It is over, and its figures can't be used.
    Failed,
}

/// How a run ended.
#[derive(Debug, Clone, Serialize)]
pub struct Ending {
    /// In a sentence.
    pub headline: String,
    /// The phase that the page is in from then on.
    #[serde(skip)]
    pub phase: Phase,
    /// Why not, and what else there is to know.
    pub reasons: Vec<String>,
    /// Names of the files that can be had.
    pub files: Vec<&'static str>,
}

/// Everything the page knows.
#[derive(Debug)]
pub(super) struct State {
    pub(super) about: About,
    pub(super) phase: Phase,
    /// Runs begun.
    pub(super) run: u32,
    pub(super) elapsed_s: f64,
    pub(super) board: Board,
    pub(super) ending: Option<Ending>,
}

/// What one reader is told: everything, and the points that it has not seen.
#[derive(Debug, Serialize)]
pub(super) struct Update<'a> {
    #[serde(flatten)]
    about: &'a About,
    phase: Phase,
    run: u32,
    elapsed_s: f64,
    second: Option<u64>,
    /// Seconds that the figures are of.
    measured_s: f64,
    users: u32,
    in_window: bool,
    all: Row,
    endpoints: Vec<Row>,
    failures: Vec<Failure>,
    generator: &'a GeneratorRow,
    target: &'a BTreeMap<String, f64>,
    ending: Option<&'a Ending>,
    /// How many of the points that were told before still stand.
    from: usize,
    points: &'a [Point],
}

#[derive(Debug, Serialize)]
struct Row {
    endpoint: String,
    requests: u64,
    failed: u64,
    error_rate: f64,
    rps: f64,
    failures_per_s: f64,
    bytes_received: u64,
    response_us: Option<LatencyRow>,
}

#[derive(Debug, Serialize)]
struct Failure {
    endpoint: String,
    kind: String,
    count: u64,
    example: Option<String>,
}

/// Failures on the page: the most frequent.
const FAILURES: usize = 50;

/// What a reader has seen of the points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Seen {
    run: u32,
    points: usize,
}

impl State {
    pub(super) fn new(about: About) -> Self {
        let board = Board::new(&about.endpoints);
        Self { about, phase: Phase::Idle, run: 0, elapsed_s: 0.0, board, ending: None }
    }

    /// What a reader is told who has `seen` so much, as JSON; and what it has seen then.
    pub(super) fn told(&self, seen: Seen) -> (String, Seen) {
        let points = self.board.points();
        // The last point may stand for more seconds by now; fewer points stand for more seconds each.
        let is_same = seen.run == self.run && seen.points <= points.len();
        let from = if is_same { seen.points.saturating_sub(1) } else { 0 };
        let generator = self.board.generator();
        let update = Update {
            about: &self.about,
            phase: self.phase,
            run: self.run,
            elapsed_s: self.elapsed_s,
            second: self.board.second,
            measured_s: if self.board.in_window {
                (self.elapsed_s - self.about.warmup_s).max(0.0)
            } else {
                self.elapsed_s
            },
            users: self.board.users,
            in_window: self.board.in_window,
            all: Row::of(&self.board.all()),
            endpoints: self.board.endpoints().iter().map(Row::of).collect(),
            failures: self.board.failures().iter().take(FAILURES).map(Failure::of).collect(),
            generator: &generator,
            target: &self.board.target,
            ending: self.ending.as_ref(),
            from,
            points: points.get(from..).unwrap_or_default(),
        };
        // Maps with text for keys, and numbers: there is nothing that JSON can't hold.
        let json = serde_json::to_string(&update).unwrap_or_default();
        (json, Seen { run: self.run, points: points.len() })
    }
}

impl Row {
    fn of(row: &EndpointRow) -> Self {
        Self {
            endpoint: sentence(&row.endpoint),
            requests: row.requests,
            failed: row.failed,
            error_rate: row.error_rate,
            rps: row.rps,
            failures_per_s: row.failures_per_s,
            bytes_received: row.bytes_received,
            response_us: row.latency,
        }
    }
}

impl Failure {
    fn of(row: &FailureRow) -> Self {
        Self {
            endpoint: sentence(&row.endpoint),
            kind: sentence(&row.kind),
            count: row.count,
            example: row.example.as_deref().map(sentence),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::measure::{Pulse, PulseExample, Tally};

    fn state() -> State {
        let load =
            Load { told: "20 users".to_owned(), unit: LoadUnit::Users, level: 20.0, most: 1_000.0, may_change: true };
        State::new(About {
            profile: "load".to_owned(),
            target: "http://127.0.0.1:8000".to_owned(),
            load,
            duration_s: 60.0,
            warmup_s: 0.0,
            endpoints: vec!["search".to_owned()],
        })
    }

    fn told(state: &State, seen: Seen) -> (Value, Seen) {
        let (json, seen) = state.told(seen);
        (serde_json::from_str(&json).unwrap(), seen)
    }

    #[test]
    fn a_reader_is_told_of_the_points_it_has_not_seen_and_of_the_last_again() {
        let mut state = state();
        (0..3).for_each(|second| state.board.add(&Pulse { second, ..Pulse::default() }));
        let (first, seen) = told(&state, Seen::default());
        assert_eq!((first["from"].as_u64(), first["points"].as_array().map(Vec::len)), (Some(0), Some(3)));
        state.board.add(&Pulse { second: 3, ..Pulse::default() });
        let (next, seen) = told(&state, seen);
        assert_eq!((next["from"].as_u64(), next["points"].as_array().map(Vec::len)), (Some(2), Some(2)));
        state.board = Board::new(&[]);
        state.run += 1;
        assert_eq!(told(&state, seen).0["from"], 0);
    }

    #[test]
    fn points_that_were_folded_are_told_anew() {
        let mut state = state();
        let mut seen = Seen::default();
        let mut kept: Vec<Value> = Vec::new();
        for second in 0..1_500 {
            state.board.add(&Pulse { second, ..Pulse::default() });
            let (update, now) = told(&state, seen);
            seen = now;
            kept.truncate(usize::try_from(update["from"].as_u64().unwrap()).unwrap());
            kept.extend(update["points"].as_array().unwrap().iter().cloned());
        }
        let lengths: Vec<u64> = kept.iter().map(|point| point["length_s"].as_u64().unwrap()).collect();
        assert_eq!((kept.len(), lengths.iter().sum::<u64>()), (state.board.points().len(), 1_500));
    }

    #[test]
    fn what_a_target_says_is_text_on_one_line() {
        let mut state = state();
        let errors = BTreeMap::from([("status 500".to_owned(), 2)]);
        let tally = Tally { requests: 2, errors, ..Tally::default() };
        let example = PulseExample {
            endpoint: "search".to_owned(),
            kind: "status 500".to_owned(),
            text: "\u{1b}[31m<script>\n".to_owned(),
        };
        let window = BTreeMap::from([("search".to_owned(), tally)]);
        state.board.add(&Pulse { window, examples: vec![example], ..Pulse::default() });
        let update = told(&state, Seen::default()).0;
        assert_eq!(update["failures"][0]["example"], "␛[31m<script>␊");
        assert_eq!(
            (update["all"]["failed"].as_u64(), update["endpoints"][0]["error_rate"].as_f64()),
            (Some(2), Some(1.0))
        );
    }
}
