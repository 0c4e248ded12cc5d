//! Every connection that reqwest opens: permitted, timed, bounded, and held to the protocol that was asked for.
//!
//! In: reqwest's own connector. Out: the same, with the guard before it and its failure as ours. Opens nothing itself.

use std::error::Error;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::client::legacy::connect::Connection;
use tokio::time::{Instant, timeout};
use tower_layer::Layer;
use tower_service::Service;

use super::super::exchange::{Failure, Timings};
use super::super::lookup::Host;
use super::failure::connect_failure_of;

type BoxError = Box<dyn Error + Send + Sync>;

/// What the last dial of a client took. Where users share a connection, those who wait for it share what it took.
#[derive(Debug, Default)]
pub(super) struct LastDial {
    made: AtomicBool,
    took: Mutex<Took>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Took {
    dns: Option<Duration>,
    connect: Option<Duration>,
    ready_at: Option<Instant>,
}

impl LastDial {
    /// Starts over, before a request that may dial or not.
    pub(super) fn forget(&self) {
        self.made.store(false, Ordering::Relaxed);
    }

    /// Whether there was a dial since.
    pub(super) fn was_made(&self) -> bool {
        self.made.load(Ordering::Relaxed)
    }

    /// Writes what it took, and gives when the connection was there; nothing where there was no dial.
    pub(super) fn note(&self, timings: &mut Timings) -> Option<Instant> {
        if !self.was_made() {
            return None;
        }
        let took = *self.took.lock().unwrap_or_else(PoisonError::into_inner);
        (timings.dns, timings.connect) = (took.dns, took.connect);
        took.ready_at
    }

    /// Keeps what looking a name up took.
    pub(super) fn resolved(&self, dns: Option<Duration>) {
        self.took.lock().unwrap_or_else(PoisonError::into_inner).dns = dns;
    }

    fn begin(&self) {
        *self.took.lock().unwrap_or_else(PoisonError::into_inner) = Took::default();
        self.made.store(true, Ordering::Relaxed);
    }

    fn end(&self, begun: Instant, is_plain: bool) {
        let mut took = self.took.lock().unwrap_or_else(PoisonError::into_inner);
        took.ready_at = Some(Instant::now());
        took.connect = is_plain.then(|| begun.elapsed().saturating_sub(took.dns.unwrap_or_default()));
    }
}

/// What every connection of a client is held to.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    /// The target, where someone else looks its name up.
    pub(super) behind_proxy: Option<Host>,
    /// Whom connections are opened to: the proxy, or the target.
    pub(super) dialled: Host,
    /// Longest wait for a connection, all handshakes included.
    pub(super) connect_timeout: Duration,
    /// HTTP/2 must have been agreed on in the TLS handshake.
    pub(super) agrees_on_http2: bool,
    /// There is nothing but TCP, so that its time is known.
    pub(super) is_plain: bool,
    /// Where to tell of it.
    pub(super) last_dial: Arc<LastDial>,
}

impl<S> Layer<S> for Terms {
    type Service = Connector<S>;

    fn layer(&self, inner: S) -> Connector<S> {
        Connector { inner, terms: self.clone() }
    }
}

/// reqwest's connector, on our terms.
#[derive(Debug, Clone)]
pub(super) struct Connector<S> {
    inner: S,
    terms: Terms,
}

impl<S, R> Service<R> for Connector<S>
where
    S: Service<R, Error = BoxError>,
    S::Response: Connection,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, to: R) -> Self::Future {
        let connecting = self.inner.call(to);
        let terms = self.terms.clone();
        Box::pin(async move {
            terms.last_dial.begin();
            let dialled = timeout(terms.connect_timeout, terms.dial(connecting)).await;
            Ok(dialled.unwrap_or(Err(Failure::ConnectTimeout))?)
        })
    }
}

impl Terms {
    async fn dial<C: Connection>(&self, connecting: impl Future<Output = Result<C, BoxError>>) -> Result<C, Failure> {
        if let Some(target) = &self.behind_proxy {
            target.permit_behind_proxy().await?;
        }
        // reqwest asks the resolver for names only, so that an address is held to the guard here.
        self.dialled.permit_address()?;
        let begun = Instant::now();
        let connected = connecting.await.map_err(|error| connect_failure_of(&*error, self.behind_proxy.is_some()))?;
        self.last_dial.end(begun, self.is_plain);
        if self.agrees_on_http2 && !connected.connected().is_negotiated_h2() {
            return Err(Failure::NoHttp2);
        }
        Ok(connected)
    }
}
