//! What a scripted server receives, and what it does about it.
//!
//! An [`Answer`] is a list of acts on the connection, so a test can be as wrong as a real server.

use std::time::Duration;

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Received {
    /// Which request of the server this is, from 0.
    pub(crate) number: u64,
    /// Which request of its connection this is, from 0.
    pub(crate) on_connection: u64,
    /// `GET`, `POST`, ….
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    /// Header lines without their line ends.
    pub(crate) headers: Vec<String>,
    /// As many bytes as `Content-Length` announced.
    pub(crate) body: String,
    /// The same, where it is no text.
    pub(crate) bytes: Vec<u8>,
}

impl Received {
    /// The first value of a header, trimmed.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// One thing a server does on a connection.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Write these bytes at once.
    Send(Vec<u8>),
    /// Write these bytes one at a time.
    Drip(Vec<u8>),
    /// Take this long, as a slow handler would.
    Take(Duration),
    /// Do these so many times, or until the client leaves.
    Repeat(usize, Vec<Act>),
    /// Close in order (FIN).
    Close,
    /// Close in order (FIN), and read on until the client leaves: what it still sends is not answered with an RST.
    HalfClose,
    /// Close without order (RST).
    Reset,
    /// Say nothing until the client leaves.
    Silence,
}

/// What a server does about one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) acts: Vec<Act>,
}

impl Answer {
    /// These bytes, whatever they are.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { acts: vec![Act::Send(bytes.into())] }
    }

    /// A whole answer with its length announced.
    pub(crate) fn status(status: u16, body: &str) -> Self {
        Self::raw(format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
    }

    /// A whole 200.
    pub(crate) fn ok(body: &str) -> Self {
        Self::status(200, body)
    }

    /// No byte until the client leaves.
    pub(crate) fn silence() -> Self {
        Self { acts: vec![Act::Silence] }
    }

    /// Not a byte, and the connection closed in order.
    pub(crate) fn hang_up() -> Self {
        Self { acts: vec![Act::Close] }
    }

    /// Not a byte, and the connection reset.
    pub(crate) fn reset() -> Self {
        Self { acts: vec![Act::Reset] }
    }

    /// The same, one byte a write.
    pub(crate) fn dripped(mut self) -> Self {
        for act in &mut self.acts {
            if let Act::Send(bytes) = act {
                *act = Act::Drip(std::mem::take(bytes));
            }
        }
        self
    }

    /// The same, after the handler took this long.
    pub(crate) fn taking(mut self, time: Duration) -> Self {
        self.acts.insert(0, Act::Take(time));
        self
    }

    /// The same, then the acts given.
    pub(crate) fn then(mut self, acts: impl IntoIterator<Item = Act>) -> Self {
        self.acts.extend(acts);
        self
    }

    /// The same, then these bytes over and over until the client leaves.
    pub(crate) fn then_endlessly(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.then([Act::Repeat(usize::MAX, vec![Act::Send(bytes.into())])])
    }

    /// The same, then the connection closed.
    pub(crate) fn then_close(self) -> Self {
        self.then([Act::Close])
    }
}
