//! What is drawn: the state of a run as rows and points, ready to be put into words.
//!
//! In: a [`Now`] four times a second, a [`Board`] once. Out: itself. A copy, so that the driver never waits for a drawing.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::board::{Board, EndpointRow, FailureRow, GeneratorRow, Point};
use super::super::status::Now;

/// What is played, as the head of the screen says it.
#[derive(Debug, Clone, Default)]
pub struct Played {
    /// The profile.
    pub profile: String,
    /// The load in words: `200 users`.
    pub load: String,
    /// Where requests go.
    pub target: String,
    /// How long the run takes, warm-up included; zero where that is unknown.
    pub total: Duration,
    /// How much of it is warm-up.
    pub warmup: Duration,
    /// The endpoints, which have a row from the start.
    pub endpoints: Vec<String>,
}

/// The state of a run.
#[derive(Debug, Clone, Default)]
pub(super) struct Scene {
    pub(super) played: Played,
    pub(super) now: Now,
    /// Whether figures are of the warm-up: until something of the window has finished.
    pub(super) is_of_warmup: bool,
    /// All endpoints together.
    pub(super) all: EndpointRow,
    pub(super) endpoints: Vec<EndpointRow>,
    /// The most frequent first.
    pub(super) failures: Vec<FailureRow>,
    /// The last seconds, in order.
    pub(super) seconds: Vec<Point>,
    pub(super) generator: GeneratorRow,
    /// What the target used in the last second, by name.
    pub(super) target: BTreeMap<String, f64>,
}

impl Scene {
    /// The scene before anything has happened.
    pub(super) fn new(played: Played) -> Self {
        let board = Board::new(&played.endpoints);
        let mut scene = Self { played, ..Self::default() };
        scene.take(&board);
        scene
    }

    /// Takes over what a board holds.
    pub(super) fn take(&mut self, board: &Board) {
        self.is_of_warmup = !board.in_window && !self.played.warmup.is_zero();
        self.all = board.all();
        self.endpoints = board.endpoints();
        self.failures = board.failures();
        self.seconds = board.latest().iter().copied().collect();
        self.generator = board.generator();
        self.target.clone_from(&board.target);
    }

    /// Whether what happens now is left out of the figures.
    pub(super) fn is_warming_up(&self) -> bool {
        self.now.elapsed < self.played.warmup
    }

    /// Whether the run has had its time, and waits for what is under way.
    pub(super) fn is_over(&self) -> bool {
        !self.played.total.is_zero() && self.now.elapsed >= self.played.total
    }
}
