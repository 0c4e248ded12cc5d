//! The lean HTTP/1.1 engine: the one connection of one virtual user.
//!
//! In: a compiled [`Request`]. Out: an [`Exchange`], and the parts of the answer that someone wants. On a kept-alive
//! connection a request costs one write and one read; nothing is allocated, and bodies nobody wants are dropped as
//! they come. It follows no redirects, keeps no cookies and decodes no content encoding.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::io::ReadBuf;
use tokio::time::{Instant, timeout_at};

use super::answer::{Answer, Unreadable};
use super::deadline::Deadline;
use super::dial::{Dialer, Stream};
use super::exchange::{Exchange, Failure, Timings};
use super::handshake::Handshake;
use super::request::Request;
use super::response::{Response, Wants};

/// Where all connections of a worker read to, so that an idle connection holds no buffer.
#[derive(Debug)]
pub(super) struct ReadBuffer(RefCell<Box<[u8]>>);

impl Default for ReadBuffer {
    fn default() -> Self {
        Self(RefCell::new(vec![0; 64 * 1024].into_boxed_slice()))
    }
}

/// The HTTP/1.1 client of one virtual user.
#[derive(Debug)]
pub(super) struct Http1 {
    dialer: Rc<Dialer>,
    buffer: Rc<ReadBuffer>,
    kept: Option<Kept>,
    answer: Answer,
    deadline: Deadline,
}

/// A connection kept for the next request.
#[derive(Debug)]
struct Kept {
    stream: Stream,
    /// When its last answer was whole.
    since: Instant,
}

/// A server that closes right behind an answer resets a request that crosses the close on its way. Nothing tells
/// such a reset from a fault but that it follows the answer at once.
pub(super) const CROSSING: Duration = Duration::from_millis(5);

/// Why an attempt gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Broken {
    /// The server had closed the kept-alive connection before it saw the request.
    IdleClosed,
    /// A failure to report.
    Failed(Failure),
}

impl Http1 {
    /// A client that has no connection yet.
    #[must_use]
    pub(super) fn new(dialer: Rc<Dialer>, buffer: Rc<ReadBuffer>) -> Self {
        Self { dialer, buffer, kept: None, answer: Answer::default(), deadline: Deadline::default() }
    }

    /// Sends a request `now` and waits for its whole answer, `timeout` at most. `response` is cleared first and
    /// then holds the status and the parts that `wants` names.
    ///
    /// A kept-alive connection that the server closed between two requests is replaced by a new one: that is
    /// no failure.
    pub(super) async fn exchange(
        &mut self,
        request: &Request,
        wants: Wants,
        (now, timeout): (Instant, Duration),
        response: &mut Response,
    ) -> Exchange {
        self.deadline.set(now + timeout);
        let mut exchange = Exchange {
            started_at: now,
            finished_at: now,
            timings: Timings::default(),
            bytes_received: 0,
            outcome: Err(Failure::ClosedEarly),
        };
        let mut outcome = self.attempt(request, wants, response, &mut exchange).await;
        if outcome == Err(Broken::IdleClosed) {
            outcome = self.attempt(request, wants, response, &mut exchange).await;
        }
        exchange.outcome = outcome.map(|()| response.status).map_err(|broken| {
            exchange.finished_at = Instant::now();
            match broken {
                Broken::Failed(failure) => failure,
                Broken::IdleClosed => Failure::ClosedEarly,
            }
        });
        exchange
    }

    async fn attempt(
        &mut self,
        request: &Request,
        wants: Wants,
        response: &mut Response,
        exchange: &mut Exchange,
    ) -> Result<(), Broken> {
        response.clear();
        self.answer.expect(request.method(), wants);
        let kept = self.take_healthy_connection();
        let kept_since = kept.as_ref().map(|kept| kept.since);
        let (mut stream, sent_at) = match kept {
            Some(kept) => (kept.stream, exchange.started_at),
            None => (self.dial(exchange).await.map_err(Broken::Failed)?, Instant::now()),
        };
        match self.converse(&mut stream, request.wire(), response, exchange, sent_at).await {
            Ok(may_keep) => {
                if may_keep && self.answer.keeps_connection() && self.dialer.target().keep_alive {
                    self.kept = Some(Kept { stream, since: exchange.finished_at });
                }
                Ok(())
            }
            Err(failure) => {
                // What came of the answer is of no use, and may be large.
                self.answer = Answer::default();
                Err(match (failure, kept_since) {
                    (_, Some(_)) if exchange.bytes_received > 0 => Broken::Failed(failure),
                    (Failure::ClosedEarly, Some(_)) => Broken::IdleClosed,
                    (Failure::Reset, Some(since)) if since.elapsed() < CROSSING => Broken::IdleClosed,
                    _ => Broken::Failed(failure),
                })
            }
        }
    }

    /// Writes a request and reads its answer; gives whether the server took all of the request. One that answers and
    /// closes before it has read a large request (a `413`) has answered.
    async fn converse(
        &mut self,
        stream: &mut Stream,
        wire: &[u8],
        response: &mut Response,
        exchange: &mut Exchange,
        sent_at: Instant,
    ) -> Result<bool, Failure> {
        let written = self.write(stream, wire).await;
        if let Err(Failure::Timeout) = written {
            return Err(Failure::Timeout);
        }
        match (written, self.receive(stream, response, exchange, sent_at).await) {
            (Err(failure), Err(_)) | (Ok(()), Err(failure)) => Err(failure),
            (written, Ok(())) => Ok(written.is_ok()),
        }
    }

    /// The kept connection, if nothing has come on it since the last answer: an end, an error or bytes nobody asked
    /// for (a `408` before closing) all mean that it is of no use. Costs no system call on a healthy connection.
    fn take_healthy_connection(&mut self) -> Option<Kept> {
        let mut kept = self.kept.take()?;
        let mut buffer = self.buffer.0.borrow_mut();
        let mut peek = ReadBuf::new(&mut buffer);
        let mut nobody = Context::from_waker(Waker::noop());
        kept.stream.poll_read(&mut nobody, &mut peek).is_pending().then_some(kept)
    }

    async fn dial(&mut self, exchange: &mut Exchange) -> Result<Stream, Failure> {
        match timeout_at(self.deadline.at(), self.dialer.dial(&mut exchange.timings)).await {
            Ok(dialled) => dialled,
            Err(_elapsed) => Err(Failure::Timeout),
        }
    }

    async fn write(&mut self, stream: &mut Stream, mut bytes: &[u8]) -> Result<(), Failure> {
        poll_fn(|cx| {
            while !bytes.is_empty() {
                match stream.poll_write(cx, bytes) {
                    Poll::Ready(Ok(0)) => return Poll::Ready(Err(Failure::ClosedEarly)),
                    Poll::Ready(Ok(written)) => bytes = bytes.get(written..).unwrap_or_default(),
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(stream_failure(&error))),
                    Poll::Pending => return self.deadline.poll(cx).map(|()| Err(Failure::Timeout)),
                }
            }
            match stream.poll_flush(cx) {
                Poll::Ready(flushed) => Poll::Ready(flushed.map_err(|error| stream_failure(&error))),
                Poll::Pending => self.deadline.poll(cx).map(|()| Err(Failure::Timeout)),
            }
        })
        .await
    }

    async fn receive(
        &mut self,
        stream: &mut Stream,
        response: &mut Response,
        exchange: &mut Exchange,
        sent_at: Instant,
    ) -> Result<(), Failure> {
        let mut first_byte_at = None;
        while !self.answer.is_whole() {
            let read = self.read(stream, response).await?;
            exchange.finished_at = Instant::now();
            exchange.bytes_received += read as u64;
            if read == 0 {
                self.answer.connection_ended().map_err(unreadable_failure)?;
            }
            first_byte_at.get_or_insert(exchange.finished_at);
            // Where bytes always wait to be read, nobody waits for the deadline's timer.
            if exchange.finished_at >= self.deadline.at() && !self.answer.is_whole() {
                return Err(Failure::Timeout);
            }
        }
        let first_byte_at = first_byte_at.unwrap_or(exchange.finished_at);
        exchange.timings.wait = Some(first_byte_at.duration_since(sent_at));
        exchange.timings.receive = Some(exchange.finished_at.duration_since(first_byte_at));
        Ok(())
    }

    /// Reads what has come into the answer; gives how many bytes that were, none at the connection's end.
    async fn read(&mut self, stream: &mut Stream, response: &mut Response) -> Result<usize, Failure> {
        poll_fn(|cx| {
            let mut buffer = self.buffer.0.borrow_mut();
            let mut into = ReadBuf::new(&mut buffer);
            match stream.poll_read(cx, &mut into) {
                Poll::Ready(Ok(())) => {
                    let bytes = into.filled();
                    let fed = self.answer.feed(bytes, response);
                    Poll::Ready(fed.map(|()| bytes.len()).map_err(unreadable_failure))
                }
                Poll::Ready(Err(error)) => Poll::Ready(Err(stream_failure(&error))),
                Poll::Pending => self.deadline.poll(cx).map(|()| Err(Failure::Timeout)),
            }
        })
        .await
    }
}

/// A kernel that has seen the server's FIN answers a late write with EPIPE, and one that has seen none with
/// ECONNRESET: so a connection closed while idle and one reset under a request can be told apart.
fn stream_failure(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof | io::ErrorKind::WriteZero => Failure::ClosedEarly,
        io::ErrorKind::TimedOut => Failure::Timeout,
        io::ErrorKind::InvalidData => Failure::Tls(Handshake::Other),
        _ => Failure::Reset,
    }
}

fn unreadable_failure(unreadable: Unreadable) -> Failure {
    match unreadable {
        Unreadable::Malformed => Failure::Protocol,
        Unreadable::TooLarge => Failure::TooLarge,
        Unreadable::ClosedEarly => Failure::ClosedEarly,
    }
}
