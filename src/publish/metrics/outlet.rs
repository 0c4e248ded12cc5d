//! The ways out of a run that are open: each a task of its own, so that none holds up the run or another.
//!
//! In: the seconds of a run. Out: deliveries, and what could not be delivered. What is dropped for want of time is a moment,
//! never a count: sums are made here, before anything is sent.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use url::Url;

use super::destination::{Destination, Unusable};
use super::files::{self, Out};
use super::post::Receiver;
use super::scrape::{self, Scraped};
use super::totals::Totals;
use super::{otlp, remote_write};
use crate::measure::Pulse;

/// Seconds that go into one delivery.
const BATCH: usize = 5;

/// Seconds that wait for a receiver at most; beyond, the oldest are given up.
const WAITING: usize = 300;

/// How long deliveries may take once the run is over.
const ENDING: Duration = Duration::from_secs(5);

/// Messages on their way to a task, which takes each at once.
const ON_THE_WAY: usize = 64;

const REMOTE_WRITE: &[(&str, &str)] = &[
    ("content-encoding", "snappy"),
    ("content-type", "application/x-protobuf"),
    ("x-prometheus-remote-write-version", "0.1.0"),
];

const OTLP: &[(&str, &str)] = &[("content-type", "application/x-protobuf")];

/// A run so far, and when that was.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    /// Milliseconds since 1970.
    pub(super) at_ms: i64,
    pub(super) totals: Totals,
}

/// What is told of a run.
#[derive(Debug, Clone)]
pub struct Told {
    /// The profile that is played.
    pub profile: String,
    /// Which run of the command it is, from 0.
    pub run: u32,
}

/// The ways out of one run.
#[derive(Debug)]
pub struct Metrics {
    totals: Totals,
    scraped: watch::Sender<Totals>,
    moments: Vec<mpsc::Sender<Moment>>,
    seconds: Vec<mpsc::Sender<Arc<Pulse>>>,
    servers: Vec<JoinHandle<()>>,
    /// What is going out, and its end: the warning that is left of it.
    going: Vec<(String, JoinHandle<Option<String>>)>,
}

impl Metrics {
    /// Opens every way out. `authorization` is the value of that header, for receivers whose URL holds no credentials.
    ///
    /// # Errors
    /// An address that can't be listened on, a file that can't be written.
    pub async fn open(ways: &[Destination], told: &Told, authorization: Option<&str>) -> Result<Self, Unusable> {
        let mut metrics = Self {
            totals: Totals::default(),
            scraped: watch::Sender::new(Totals::default()),
            moments: Vec::new(),
            seconds: Vec::new(),
            servers: Vec::new(),
            going: Vec::new(),
        };
        for way in ways {
            let opened = metrics.add(way, told, authorization).await;
            opened.map_err(|why| Unusable { typed: way.to_string(), why })?;
        }
        Ok(metrics)
    }

    async fn add(&mut self, way: &Destination, told: &Told, authorization: Option<&str>) -> Result<(), String> {
        let receiver = |url: &Url, headers| Receiver::new(url, headers, authorization);
        match way {
            Destination::Prometheus(address) => {
                let taken = |error| format!("can't be listened on ({error}); name another port");
                let listener = TcpListener::bind(address).await.map_err(taken)?;
                let scraped = Scraped { profile: told.profile.clone(), totals: self.scraped.subscribe() };
                self.servers.push(tokio::spawn(scrape::serve(listener, scraped)));
            }
            Destination::RemoteWrite(url) => self.push(way, told, receiver(url, REMOTE_WRITE)?, Protocol::RemoteWrite),
            Destination::Otlp(url) => self.push(way, told, receiver(url, OTLP)?, Protocol::Otlp { began_ms: now_ms() }),
            Destination::JsonLines(_) | Destination::Csv(_) => {
                let unwritable = |error| format!("can't be written ({error}); name another file");
                if let Some(out) = files::open(way, told.run).map_err(unwritable)? {
                    let (sender, seconds) = mpsc::channel(ON_THE_WAY);
                    let run = told.run;
                    let task = tokio::task::spawn_blocking(move || write(out, run, seconds));
                    self.seconds.push(sender);
                    self.going.push((way.to_string(), task));
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, way: &Destination, told: &Told, receiver: Receiver, protocol: Protocol) {
        let (sender, moments) = mpsc::channel(ON_THE_WAY);
        let pusher = Pusher { receiver, protocol, profile: told.profile.clone() };
        self.moments.push(sender);
        self.going.push((way.to_string(), tokio::spawn(pusher.push(moments))));
    }

    /// A second of the run has passed.
    pub fn second(&mut self, pulse: &Pulse) {
        self.totals.add(pulse);
        if self.scraped.receiver_count() > 0 {
            self.scraped.send_replace(self.totals.clone());
        }
        // A task that is so far behind misses a moment; the next one holds its counts.
        for sender in &self.moments {
            let _missed = sender.try_send(Moment { at_ms: now_ms(), totals: self.totals.clone() });
        }
        if !self.seconds.is_empty() {
            let pulse = Arc::new(pulse.clone());
            for sender in &self.seconds {
                let _missed = sender.try_send(Arc::clone(&pulse));
            }
        }
    }

    /// The run is over: delivers what is left, within a few seconds. Gives a warning for each way that did not work.
    pub async fn close(self) -> Vec<String> {
        let Self { moments, seconds, servers, going, .. } = self;
        drop((moments, seconds));
        let mut warnings = Vec::new();
        for (way, task) in going {
            let warning = match timeout(ENDING, task).await {
                Ok(Ok(warning)) => warning,
                Ok(Err(_ended)) => Some("delivery ended in a bug of loadgate; please report it".to_owned()),
                Err(_late) => Some(format!("the last seconds were not taken within {} s", ENDING.as_secs())),
            };
            warnings.extend(warning.map(|warning| format!("metrics to {way}: {warning}")));
        }
        servers.iter().for_each(JoinHandle::abort);
        warnings
    }
}

/// Writes seconds into a file until there are no more.
fn write(mut out: Out, run: u32, mut seconds: mpsc::Receiver<Arc<Pulse>>) -> Option<String> {
    while let Some(pulse) = seconds.blocking_recv() {
        let at = OffsetDateTime::now_utc();
        let at = at.replace_millisecond(at.millisecond()).unwrap_or(at).format(&Rfc3339).unwrap_or_default();
        if let Err(error) = out.write(run, &at, &pulse) {
            return Some(format!("second {} and those after it were not written: {error}", pulse.second));
        }
    }
    None
}

enum Protocol {
    RemoteWrite,
    Otlp { began_ms: i64 },
}

struct Pusher {
    receiver: Receiver,
    protocol: Protocol,
    profile: String,
}

/// What became of deliveries.
#[derive(Default)]
struct Deliveries {
    tried: u64,
    failed: u64,
    first: Option<String>,
    /// Moments that were given up while a receiver did not answer.
    given_up: u64,
}

impl Pusher {
    /// Delivers moments until there are no more.
    async fn push(self, mut moments: mpsc::Receiver<Moment>) -> Option<String> {
        let (mut waiting, mut deliveries, mut last) = (VecDeque::new(), Deliveries::default(), None);
        let mut is_open = true;
        while is_open || !waiting.is_empty() {
            while is_open && waiting.len() < BATCH {
                match moments.recv().await {
                    Some(moment) => waiting.push_back(moment),
                    None => is_open = false,
                }
            }
            let batch: Vec<Moment> = waiting.drain(..).collect();
            let Some(newest) = batch.last() else { break };
            let mut delivered = std::pin::pin!(self.receiver.deliver(self.body(&batch, newest)));
            let result = loop {
                tokio::select! {
                    result = &mut delivered => break result,
                    moment = moments.recv(), if is_open => match moment {
                        Some(moment) => deliveries.keep(&mut waiting, moment),
                        None => is_open = false,
                    },
                }
            };
            deliveries.note(result);
            last = batch.into_iter().last();
        }
        if let (Protocol::RemoteWrite, Some(last)) = (&self.protocol, last) {
            deliveries.note(self.receiver.deliver(remote_write::end(&self.profile, &last)).await);
        }
        deliveries.warning()
    }

    fn body(&self, batch: &[Moment], newest: &Moment) -> Vec<u8> {
        match self.protocol {
            Protocol::RemoteWrite => remote_write::body(&self.profile, batch),
            Protocol::Otlp { began_ms } => otlp::body(&self.profile, newest, began_ms),
        }
    }
}

impl Deliveries {
    /// Keeps a moment for later, in place of the oldest where too many wait.
    fn keep(&mut self, waiting: &mut VecDeque<Moment>, moment: Moment) {
        waiting.push_back(moment);
        if waiting.len() > WAITING {
            waiting.pop_front();
            self.given_up += 1;
        }
    }

    fn note(&mut self, result: Result<(), String>) {
        self.tried += 1;
        if let Err(why) = result {
            self.failed += 1;
            self.first.get_or_insert(why);
        }
    }

    fn warning(self) -> Option<String> {
        let Self { tried, failed, first, given_up } = self;
        let failures = first.map(|first| format!("{failed} of {tried} deliveries failed: {first}"));
        let given_up = (given_up > 0).then(|| format!("{given_up} seconds were given up while it did not answer"));
        let all: Vec<String> = failures.into_iter().chain(given_up).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
