//! The two engines behind one seam, and what the users of a worker share of each.
//!
//! In: where to. Out: an [`Engine`] for each virtual user. HTTP/1.1 without a proxy is the lean engine's, all else the
//! full one's. Keeps no cookies, follows no redirects, decodes nothing.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use super::dial::Dialer;
use super::exchange::Exchange;
use super::full::{Client, Full, Setup};
use super::http1::{Http1, ReadBuffer};
use super::request::Request;
use super::response::{Response, Wants};
use super::target::{Route, Target, Version};

/// What speaks with one origin, for one virtual user.
#[derive(Debug)]
pub(super) enum Engine {
    Http1(Http1),
    /// Boxed, so that a user of the lean engine pays nothing for it.
    Full(Box<Full>),
}

impl Engine {
    /// Sends a request `now` and waits for its whole answer, as [`super::Agent::exchange`] does.
    pub(super) async fn exchange(
        &mut self,
        request: &Request,
        wants: Wants,
        when: (Instant, Duration),
        response: &mut Response,
    ) -> Exchange {
        match self {
            Self::Http1(http1) => http1.exchange(request, wants, when, response).await,
            // Boxed, so that the future of a lean exchange is no larger for it.
            Self::Full(full) => Box::pin(full.exchange(request, wants, when, response)).await,
        }
    }
}

/// The way to one origin, for the users of one worker.
#[derive(Debug)]
pub(super) enum Way {
    Http1 { dialer: Rc<Dialer>, buffer: Rc<ReadBuffer> },
    Full { setup: Rc<Setup>, first: Client },
}

impl Way {
    /// The way to a target. Nothing is dialled yet.
    ///
    /// # Errors
    /// The full engine cannot be set up.
    pub(super) fn new(target: Target, buffer: &Rc<ReadBuffer>) -> io::Result<Self> {
        match (target.version, &target.route) {
            (Version::Http1, Route::Lookup | Route::Address(_) | Route::UnixSocket(_)) => {
                Ok(Self::Http1 { dialer: Rc::new(Dialer::new(target)), buffer: Rc::clone(buffer) })
            }
            (Version::Http2(_), _) | (_, Route::Proxy(_)) => {
                let setup = Rc::new(Setup::new(target)?);
                let first = setup.client()?;
                Ok(Self::Full { setup, first })
            }
        }
    }

    /// The engine of one more virtual user.
    pub(super) fn engine(&self) -> Engine {
        match self {
            Self::Http1 { dialer, buffer } => Engine::Http1(Http1::new(Rc::clone(dialer), Rc::clone(buffer))),
            Self::Full { setup, first } => {
                let client = if setup.is_shared() { Ok(first.clone()) } else { setup.client() };
                // What could be set up once can be set up again.
                Engine::Full(Box::new(setup.full(client.unwrap_or_else(|_impossible| first.clone()))))
            }
        }
    }
}
