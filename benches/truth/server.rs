//! The loop of the server: one thread that never sleeps, so that no wake-up of its own delays an answer.
//!
//! In: `GET /NUMBER` on kept-alive connections. Out: an answer when it is due, and a log of when each request was
//! there and when its answer was written. It understands no other HTTP than what load generators send it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::mem;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use socket2::SockRef;

use super::delays::Model;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// The listener's place in epoll; connections have their index.
const LISTENER: u64 = u64::MAX;

/// Requests read between two looks at what is due.
const READ_AT_ONCE: usize = 32;

/// Serves until `/done` is asked for, then writes the log.
pub(crate) fn serve(model: Model, log: &Path) -> io::Result<()> {
    let mut server = Server::new(model)?;
    writeln!(io::stdout(), "{}", server.listener.local_addr()?)?;
    while !server.is_done {
        server.turn()?;
    }
    server.write_log(log)
}

struct Server {
    model: Model,
    start: Instant,
    listener: TcpListener,
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
    connections: Vec<Connection>,
    /// Connections that hold something to read, the first to have had it first.
    readable: Vec<usize>,
    due: BinaryHeap<Reverse<Answer>>,
    log: Vec<Entry>,
    paused_since: Option<Duration>,
    pauses: Vec<(Duration, Duration)>,
    is_done: bool,
}

struct Connection {
    /// None once the client has closed it.
    stream: Option<TcpStream>,
    request: Vec<u8>,
    readable_at: Option<Duration>,
}

/// An answer that is held back, in the order of due times.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Answer {
    due_at: Duration,
    connection: usize,
    number: Option<u64>,
    readable_at: Duration,
}

/// What became of a request. Times are since the server's start.
struct Entry {
    number: u64,
    readable_at: Duration,
    answered_at: Duration,
}

impl Server {
    fn new(model: Model) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        // std's backlog of 128 is too short for a pause: thousands of connections may be opened in one.
        SockRef::from(&listener).listen(65_535)?;
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, &listener, epoll::EventData::new_u64(LISTENER), epoll::EventFlags::IN)?;
        Ok(Self {
            model,
            start: Instant::now(),
            listener,
            epoll,
            events: Vec::with_capacity(1_024),
            connections: Vec::new(),
            readable: Vec::new(),
            due: BinaryHeap::new(),
            log: Vec::with_capacity(1 << 20),
            paused_since: None,
            pauses: Vec::new(),
            is_done: false,
        })
    }

    /// Notes what has become readable, even in a pause; reads and answers outside of one.
    fn turn(&mut self) -> io::Result<()> {
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        let mut events = mem::take(&mut self.events);
        epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&at_once))?;
        let now = self.start.elapsed();
        for event in events.drain(..) {
            match event.data.u64() {
                LISTENER => self.accept()?,
                index => self.note_readable(usize::try_from(index).map_err(io::Error::other)?, now),
            }
        }
        self.events = events;
        if self.model.is_paused(now) {
            self.paused_since.get_or_insert(now);
            return Ok(());
        }
        if let Some(since) = self.paused_since.take() {
            self.pauses.push((since, now));
        }
        let count = self.readable.len().min(READ_AT_ONCE);
        let first: Vec<_> = self.readable.drain(..count).collect();
        for index in first {
            self.read(index)?;
        }
        self.answer_what_is_due()
    }

    /// Takes new connections. A pause does not keep them out: the kernel's queue would not either.
    fn accept(&mut self) -> io::Result<()> {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _peer)) => stream,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            let place = epoll::EventData::new_u64(self.connections.len() as u64);
            epoll::add(&self.epoll, &stream, place, epoll::EventFlags::IN | epoll::EventFlags::ET)?;
            self.connections.push(Connection { stream: Some(stream), request: Vec::new(), readable_at: None });
        }
    }

    fn note_readable(&mut self, index: usize, now: Duration) {
        let Some(connection) = self.connections.get_mut(index) else { return };
        if connection.readable_at.is_none() {
            connection.readable_at = Some(now);
            self.readable.push(index);
        }
    }

    fn read(&mut self, index: usize) -> io::Result<()> {
        let Some(connection) = self.connections.get_mut(index) else { return Ok(()) };
        let readable_at = connection.readable_at.take().unwrap_or_default();
        let Some(stream) = &mut connection.stream else { return Ok(()) };
        let mut bytes = [0; 4_096];
        match stream.read(&mut bytes) {
            Ok(0) => connection.stream = None,
            Ok(count) => connection.request.extend(bytes.iter().take(count)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_reset) => connection.stream = None,
        }
        if !connection.request.ends_with(b"\r\n\r\n") {
            return Ok(());
        }
        let request = mem::take(&mut connection.request);
        let path = request.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        self.is_done = path == b"/done";
        let number = str::from_utf8(path).map_err(io::Error::other)?.trim_start_matches('/').parse().ok();
        let delay = if self.is_done { Duration::ZERO } else { self.model.delay(number.unwrap_or_default()) };
        let due_at = self.start.elapsed() + delay;
        self.due.push(Reverse(Answer { due_at, connection: index, number, readable_at }));
        Ok(())
    }

    fn answer_what_is_due(&mut self) -> io::Result<()> {
        while let Some(Reverse(next)) = self.due.peek() {
            let now = self.start.elapsed();
            if next.due_at > now && !self.is_done || self.model.is_paused(now) {
                return Ok(());
            }
            let Some(Reverse(answer)) = self.due.pop() else { return Ok(()) };
            let stream = self.connections.get_mut(answer.connection).and_then(|connection| connection.stream.as_mut());
            let Some(stream) = stream else { continue };
            match stream.write(ANSWER) {
                Ok(written) if written == ANSWER.len() => {}
                Ok(_part) => return Err(io::Error::other("an answer did not fit into an empty socket")),
                // A client that has gone needs no answer.
                Err(_gone) => continue,
            }
            if let Some(number) = answer.number {
                let answered_at = self.start.elapsed();
                self.log.push(Entry { number, readable_at: answer.readable_at, answered_at });
            }
        }
        Ok(())
    }

    /// One line for each answer and pause, in nanoseconds since the server's start.
    fn write_log(&self, path: &Path) -> io::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        for (begin, end) in &self.pauses {
            writeln!(file, "pause,{},{}", begin.as_nanos(), end.as_nanos())?;
        }
        for Entry { number, readable_at, answered_at } in &self.log {
            writeln!(file, "{number},{},{}", readable_at.as_nanos(), answered_at.as_nanos())?;
        }
        file.flush()
    }
}
