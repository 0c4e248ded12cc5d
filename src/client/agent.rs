//! The HTTP client of one virtual user, whichever engine is behind it.
//!
//! In: a compiled [`Request`]. Out: an [`Exchange`], and the parts of the answer that someone wants. Cookies and the way
//! along redirects are kept here, above the engines. Whether a redirect is followed, the user decides.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use super::cookies::{Jar, Place};
use super::engine::Engine;
use super::exchange::{Exchange, Failure};
use super::origins::{Origin, Origins};
use super::redirect::Hop;
use super::request::Request;
use super::response::{Response, Wants};

/// Most origins beside the target to which a user keeps a connection: the oldest makes room.
const MOST_ABROAD: usize = 8;

/// The HTTP client of one virtual user.
#[derive(Debug)]
pub struct Agent {
    engine: Engine,
    origins: Rc<Origins>,
    /// Made by the first `Set-Cookie`.
    jar: Option<Box<Jar>>,
    /// Made by the first redirect.
    journey: Option<Box<Journey>>,
}

/// Where redirects have led a user.
#[derive(Debug, Default)]
struct Journey {
    hop: Hop,
    abroad: Vec<(Origin, Engine)>,
}

impl Agent {
    pub(super) fn new(engine: Engine, origins: Rc<Origins>) -> Self {
        Self { engine, origins, jar: None, journey: None }
    }

    /// The values of the cookies that the user holds, whomever they are for.
    pub fn cookie_values(&self) -> impl Iterator<Item = &str> {
        self.jar.iter().flat_map(|jar| jar.values())
    }

    /// Sends a request to the target `now` and waits for its whole answer, `timeout` at most. `response` is cleared first
    /// and then holds the status and the parts that `wants` names.
    pub async fn exchange(
        &mut self,
        request: &Request,
        wants: Wants,
        when: (Instant, Duration),
        response: &mut Response,
    ) -> Exchange {
        if let Some(journey) = &mut self.journey {
            journey.hop.reset();
        }
        let Self { engine, origins, jar, .. } = self;
        send(engine, (origins.home(), request), jar, wants, when, response, origins.keeps_cookies()).await
    }

    /// Sends the request that `response` asks for, like [`exchange`](Self::exchange). `response` is the answer to the
    /// last request of this user, which was `first`, or a redirect of it.
    pub async fn follow(
        &mut self,
        first: &Request,
        wants: Wants,
        when: (Instant, Duration),
        response: &mut Response,
    ) -> Exchange {
        let Self { engine, origins, jar, journey } = self;
        let Journey { hop, abroad } = &mut **journey.get_or_insert_default();
        let location = response.location().unwrap_or_default();
        let went_on = hop.go_on((origins.home(), first), response.status, location);
        response.clear();
        if let Err(failure) = went_on {
            return Exchange::unsent(when.0, failure);
        }
        let Some((to, request)) = hop.made() else { return Exchange::unsent(when.0, Failure::BadRedirect) };
        let engine = if to == origins.home() { Ok(engine) } else { engine_to(to, abroad, origins) };
        match engine {
            Ok(engine) => send(engine, (to, request), jar, wants, when, response, origins.keeps_cookies()).await,
            Err(failure) => Exchange::unsent(when.0, failure),
        }
    }
}

/// The user's client for another origin, with the connection it has kept.
fn engine_to<'a>(
    to: &Origin,
    abroad: &'a mut Vec<(Origin, Engine)>,
    origins: &Origins,
) -> Result<&'a mut Engine, Failure> {
    if let Some(known) = abroad.iter().position(|(origin, _)| origin == to) {
        let known = abroad.remove(known);
        abroad.push(known);
    } else {
        let engine = origins.engine(to)?;
        if abroad.len() >= MOST_ABROAD {
            abroad.remove(0);
        }
        abroad.push((to.clone(), engine));
    }
    abroad.last_mut().map(|(_, engine)| engine).ok_or(Failure::BadRedirect)
}

/// Sends a request with the cookies that belong to it, and keeps those of the answer.
async fn send(
    engine: &mut Engine,
    (to, request): (&Origin, &Request),
    jar: &mut Option<Box<Jar>>,
    wants: Wants,
    when: (Instant, Duration),
    response: &mut Response,
    keeps_cookies: bool,
) -> Exchange {
    let place = Place { https: to.https, host: &to.host, path: request.path() };
    let dressed = jar.as_mut().and_then(|jar| jar.dress(request, place, when.0)).unwrap_or(request);
    let exchange = engine.exchange(dressed, wants, when, response).await;
    if keeps_cookies && !response.head.is_empty() {
        for line in response.header("set-cookie") {
            jar.get_or_insert_default().set(line, place, exchange.finished_at);
        }
    }
    exchange
}
