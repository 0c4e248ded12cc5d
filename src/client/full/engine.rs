//! The client of one virtual user over reqwest, or its share of a worker's one client.
//!
//! In: a compiled [`Request`], made reqwest's own once for each send. Out: an [`Exchange`]. Dropping it in the middle of
//! one ends the request: a connection of HTTP/1.1 is closed, a stream of HTTP/2 reset.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::super::answer::MAX_KEPT_BODY;
use super::super::exchange::{Exchange, Failure, Timings};
use super::super::http1::CROSSING;
use super::super::request::Request;
use super::super::response::{Response, Wants};
use super::failure::failure_of;
use super::message::{Message, head_length, is_encoded, leads_on, write_head};
use super::setup::{Client, Setup};

/// The client of one virtual user over reqwest.
#[derive(Debug)]
pub(in crate::client) struct Full {
    setup: Rc<Setup>,
    client: Client,
    /// When the last answer was whole.
    since: Option<Instant>,
}

impl Full {
    /// A client over the connections that `client` opens.
    pub(super) fn new(setup: Rc<Setup>, client: Client) -> Self {
        Self { setup, client, since: None }
    }

    /// Sends a request `now` and waits for its whole answer, as the lean engine does. Bytes are counted as the head and
    /// the body would have in HTTP/1.1, without chunk sizes or frames.
    pub(in crate::client) async fn exchange(
        &mut self,
        request: &Request,
        wants: Wants,
        (now, timeout): (Instant, Duration),
        response: &mut Response,
    ) -> Exchange {
        let mut exchange = Exchange {
            started_at: now,
            finished_at: now,
            timings: Timings::default(),
            bytes_received: 0,
            outcome: Err(Failure::Timeout),
        };
        let answered = timeout_at(now + timeout, self.answered(request, wants, response, &mut exchange)).await;
        exchange.finished_at = Instant::now();
        exchange.outcome = answered.unwrap_or(Err(Failure::Timeout)).map(|()| response.status);
        self.since = exchange.outcome.is_ok().then_some(exchange.finished_at);
        exchange
    }

    async fn answered(
        &mut self,
        request: &Request,
        wants: Wants,
        response: &mut Response,
        exchange: &mut Exchange,
    ) -> Result<(), Failure> {
        let outcome = self.attempt(request, wants, response, exchange).await;
        match outcome {
            Err(failure) if self.was_idle_closed(failure, exchange) => {
                self.attempt(request, wants, response, exchange).await
            }
            outcome => outcome,
        }
    }

    /// Whether the server had closed the connection of the last request before it saw this one.
    fn was_idle_closed(&self, failure: Failure, exchange: &Exchange) -> bool {
        let used_again = exchange.bytes_received == 0 && !self.client.last_dial.was_made();
        used_again
            && match failure {
                Failure::ClosedEarly => self.since.is_some(),
                Failure::Reset => self.since.is_some_and(|since| since.elapsed() < CROSSING),
                _ => false,
            }
    }

    async fn attempt(
        &mut self,
        request: &Request,
        wants: Wants,
        response: &mut Response,
        exchange: &mut Exchange,
    ) -> Result<(), Failure> {
        response.clear();
        let message = Message { request, setup: &self.setup }.compile().ok_or(Failure::Protocol)?;
        self.client.last_dial.forget();
        let answer = self.client.reqwest.execute(message).await;
        let sent_at = self.client.last_dial.note(&mut exchange.timings).unwrap_or(exchange.started_at);
        let mut answer = answer.map_err(|error| failure_of(&error))?;
        let head_at = Instant::now();
        exchange.timings.wait = Some(head_at.saturating_duration_since(sent_at));
        exchange.bytes_received = head_length(&answer);
        response.status = answer.status().as_u16();
        if wants.head || leads_on(&answer) || (wants.body && is_encoded(&answer)) {
            write_head(&answer, &mut response.head);
        }
        while let Some(chunk) = answer.chunk().await.map_err(|error| failure_of(&error))? {
            exchange.bytes_received += chunk.len() as u64;
            if wants.body {
                if chunk.len() > MAX_KEPT_BODY.saturating_sub(response.body.len()) {
                    return Err(Failure::TooLarge);
                }
                response.body.extend_from_slice(&chunk);
            }
        }
        exchange.timings.receive = Some(head_at.elapsed());
        Ok(())
    }
}
