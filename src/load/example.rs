//! Examples of failures: what came instead, once for each endpoint and kind of failure that a worker meets.
//!
//! In: an answer that failed. Out: an example in the worker's recorder. Costs nothing where nothing fails.

use super::worker::Worker;
use crate::client::{Agent, Exchange, Request, Response};
use crate::measure::{Example, Failure, Instead};
use crate::plan::{Broken, Scope, Step};

/// Keeps what came instead, unless this worker has an example of the failure already.
#[cold]
pub(super) fn keep(
    worker: &Worker,
    step: &Step,
    (endpoint, failure): (u32, Failure),
    (exchange, request, response): (&Exchange, &Request, &Response),
    agent: &Agent,
    scope: &mut Scope,
) {
    let broken = match failure {
        Failure::Transport(_) => return,
        Failure::Status(status) => Broken::Status(status),
        Failure::Expectation(label) => Broken::Expectation(label),
    };
    if !worker.recorder.borrow_mut().lacks_example(endpoint, failure) {
        return;
    }
    let service = exchange.finished_at.saturating_duration_since(exchange.started_at);
    let Some(text) = step.instead(&worker.plan, (request, response), agent.cookie_values(), service, scope, broken)
    else {
        return;
    };
    let finished_at = exchange.finished_at.saturating_duration_since(worker.epoch);
    let finished_us = u64::try_from(finished_at.as_micros()).unwrap_or(u64::MAX);
    let example = Example { endpoint, failure, instead: Instead { finished_us, text } };
    worker.recorder.borrow_mut().example(example);
}
