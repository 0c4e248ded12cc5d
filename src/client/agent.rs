//! The HTTP client of one virtual user, whichever engine is behind it.
//!
//! In: a compiled [`Request`]. Out: an [`Exchange`], and the parts of the answer that someone wants.

use std::time::Duration;

use tokio::time::Instant;

use super::exchange::Exchange;
use super::http1::Http1;
use super::request::Request;
use super::response::{Response, Wants};

/// The HTTP client of one virtual user.
#[derive(Debug)]
pub struct Agent {
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    Http1(Http1),
}

impl Agent {
    pub(super) fn new(http1: Http1) -> Self {
        Self { engine: Engine::Http1(http1) }
    }

    /// Sends a request `now` and waits for its whole answer, `timeout` at most. `response` is cleared first and
    /// then holds the status and the parts that `wants` names.
    pub async fn exchange(
        &mut self,
        request: &Request,
        wants: Wants,
        when: (Instant, Duration),
        response: &mut Response,
    ) -> Exchange {
        match &mut self.engine {
            Engine::Http1(http1) => http1.exchange(request, wants, when, response).await,
        }
    }
}
