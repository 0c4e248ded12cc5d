//! The page as a command holds it: opened, fed, asked for orders.
//!
//! In: how the run stands. Out: orders, in the sequence they were given. Knows no HTTP.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::guard::{Guard, Refused};
use super::server::{self, Shared};
use super::state::{About, Ending, Phase, State};
use crate::live::{Board, Now};
use crate::measure::Pulse;

/// Orders that may wait for one that is carried out.
const WAITING: usize = 8;

/// Something to be done, as it was ordered on the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Order {
    /// Start a run.
    Start,
    /// Stop it; a second time, at once.
    Stop,
    /// Change its level.
    Level(f64),
}

/// An order that waits for its answer.
#[derive(Debug)]
pub struct Asked {
    /// What is to be done.
    pub order: Order,
    answer: oneshot::Sender<Result<(), String>>,
}

impl Asked {
    pub(super) fn new(order: Order) -> (Self, oneshot::Receiver<Result<(), String>>) {
        let (answer, answered) = oneshot::channel();
        (Self { order, answer }, answered)
    }

    /// It was carried out, or not and why.
    pub fn answer(self, answer: Result<(), String>) {
        // Whoever asked may have left.
        let _left = self.answer.send(answer);
    }
}

/// A file that can be had on the page.
#[derive(Debug)]
pub struct Download {
    /// Its name.
    pub name: &'static str,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A page that is open as long as this is held.
#[derive(Debug)]
pub struct Page {
    show: Show,
    address: SocketAddr,
    orders: mpsc::Receiver<Asked>,
    server: JoinHandle<()>,
}

impl Page {
    /// Opens the page at a loopback address; port 0 is any that is free.
    ///
    /// # Errors
    /// Why it can't be there.
    pub async fn open(address: SocketAddr, about: About) -> Result<Self, Refused> {
        if !address.ip().is_loopback() {
            return Err(Refused::NotLoopback(address));
        }
        let taken = |error| Refused::Taken(address, error);
        let listener = TcpListener::bind(address).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        let (sender, orders) = mpsc::channel(WAITING);
        let shared = Arc::new(Shared {
            guard: Guard::new(address.port()),
            state: watch::Sender::new(State::new(about)),
            orders: sender,
            files: watch::Sender::new(Vec::new()),
        });
        let server = tokio::spawn(server::serve(listener, Arc::clone(&shared)));
        Ok(Self { show: Show(shared), address, orders, server })
    }

    /// Where it is, with the token that opens it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/#token={}", self.address, self.show.0.guard.token())
    }

    /// What feeds it.
    #[must_use]
    pub fn show(&self) -> Show {
        self.show.clone()
    }

    /// The next order.
    pub async fn asked(&mut self) -> Asked {
        match self.orders.recv().await {
            Some(asked) => asked,
            // The server holds a sender as long as the page is open.
            None => std::future::pending().await,
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// What feeds a page.
#[derive(Debug, Clone)]
pub struct Show(Arc<Shared>);

impl Show {
    /// A run is about to begin.
    pub fn starting(&self) {
        self.0.files.send_replace(Vec::new());
        self.0.state.send_modify(|state| {
            state.phase = Phase::Starting;
            state.run += 1;
            state.elapsed_s = 0.0;
            state.ending = None;
            state.board = Board::new(&state.about.endpoints);
        });
    }

    /// A few times a second: how it stands. Readers are told with the next second, or where its phase has changed.
    pub fn now(&self, now: &Now) {
        self.0.state.send_if_modified(|state| {
            state.elapsed_s = now.elapsed.as_secs_f64();
            let phase = if now.stopping { Phase::Stopping } else { Phase::Running };
            std::mem::replace(&mut state.phase, phase) != phase
        });
    }

    /// A second of it has passed.
    pub fn second(&self, pulse: &Pulse) {
        self.0.state.send_modify(|state| state.board.add(pulse));
    }

    /// Its level was changed.
    pub fn level(&self, level: f64) {
        self.0.state.send_modify(|state| state.about.load.level = level);
    }

    /// It is over; these files can be had from now on.
    pub fn over(&self, ending: Ending, files: Vec<Download>) {
        self.0.files.send_replace(files);
        self.0.state.send_modify(|state| {
            state.phase = ending.phase;
            state.ending = Some(ending);
        });
    }
}
