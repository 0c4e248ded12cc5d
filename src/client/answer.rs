//! An answer being read: head, interim answers, body framing, whole or not yet.
//!
//! In: bytes as they come, split anywhere. Out: the status and the wanted parts in a [`Response`]. Does no I/O.

use super::chunked::Chunked;
use super::head::{self, BodyEnd, Head, Malformed};
use super::request::Method;
use super::response::{Response, Wants};

/// Largest body that is kept for someone to read.
pub(super) const MAX_KEPT_BODY: usize = 32 * 1024 * 1024;

/// An answer being read. Its memory serves one answer after the other.
#[derive(Debug, Default)]
pub struct Answer {
    method: Method,
    wants: Wants,
    stage: Stage,
    /// The start of a head that came in pieces; empty but for split messages.
    split_head: Vec<u8>,
    keep_alive: bool,
}

#[derive(Debug, Clone, Copy, Default)]
enum Stage {
    #[default]
    Head,
    Length(u64),
    Chunked(Chunked),
    UntilClose,
    Whole,
}

/// Why bytes are no answer that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// Not HTTP/1.1 as it can be understood.
    Malformed,
    /// A wanted body beyond [`MAX_KEPT_BODY`].
    TooLarge,
    /// The connection ended before the answer did.
    ClosedEarly,
}

impl From<Malformed> for Unreadable {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl Answer {
    /// Starts over for the answer to a request.
    pub fn expect(&mut self, method: Method, wants: Wants) {
        self.method = method;
        self.wants = wants;
        self.stage = Stage::Head;
        self.split_head.clear();
        self.keep_alive = false;
    }

    /// Whether the last byte has come.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(self.stage, Stage::Whole)
    }

    /// Whether the connection may carry another request.
    #[must_use]
    pub fn keeps_connection(&self) -> bool {
        self.is_whole() && self.keep_alive
    }

    /// Takes the connection's end: right for an answer that ends with it, too early for any other.
    ///
    /// # Errors
    /// [`Unreadable::ClosedEarly`] where the answer is not whole.
    pub fn connection_ended(&mut self) -> Result<(), Unreadable> {
        match self.stage {
            Stage::UntilClose | Stage::Whole => {
                self.stage = Stage::Whole;
                Ok(())
            }
            Stage::Head | Stage::Length(_) | Stage::Chunked(_) => Err(Unreadable::ClosedEarly),
        }
    }

    /// Takes bytes as they come.
    ///
    /// # Errors
    /// They are no answer, or more than is kept of one.
    pub fn feed(&mut self, bytes: &[u8], response: &mut Response) -> Result<(), Unreadable> {
        let mut rest = bytes;
        while matches!(self.stage, Stage::Head) && !rest.is_empty() {
            rest = self.feed_head(rest, response)?;
        }
        self.feed_body(rest, response)
    }

    /// Takes the bytes of a head, and gives what is left behind it.
    fn feed_head<'a>(&mut self, bytes: &'a [u8], response: &mut Response) -> Result<&'a [u8], Unreadable> {
        if self.split_head.is_empty() {
            let Some(head) = head::scan(bytes, self.method)? else {
                self.split_head.extend_from_slice(bytes);
                return Ok(&[]);
            };
            let (head_bytes, rest) = bytes.split_at_checked(head.length).unwrap_or((bytes, &[]));
            self.begin_body(head, head_bytes, response);
            return Ok(rest);
        }
        let before = self.split_head.len();
        self.split_head.extend_from_slice(bytes);
        let Some(head) = head::scan(&self.split_head, self.method)? else { return Ok(&[]) };
        let mut joined = std::mem::take(&mut self.split_head);
        joined.truncate(head.length);
        self.begin_body(head, &joined, response);
        joined.clear();
        self.split_head = joined;
        Ok(bytes.get(head.length.saturating_sub(before)..).unwrap_or_default())
    }

    fn begin_body(&mut self, head: Head, bytes: &[u8], response: &mut Response) {
        let is_interim = matches!(head.status, 100 | 102..=199);
        if is_interim {
            return;
        }
        response.status = head.status;
        if self.wants.head || head.leads_on || (self.wants.body && head.is_encoded) {
            response.head.extend_from_slice(bytes);
        }
        // 101 hands the connection to another protocol: it carries no further request of this one.
        self.keep_alive = head.keep_alive && head.status != 101;
        self.stage = match head.body {
            BodyEnd::Length(0) => Stage::Whole,
            BodyEnd::Length(length) => Stage::Length(length),
            BodyEnd::Chunked => Stage::Chunked(Chunked::default()),
            BodyEnd::Close => Stage::UntilClose,
        };
    }

    fn feed_body(&mut self, bytes: &[u8], response: &mut Response) -> Result<(), Unreadable> {
        let keep = self.wants.body;
        let room = MAX_KEPT_BODY.saturating_sub(response.body.len());
        if keep && bytes.len() > room {
            return Err(Unreadable::TooLarge);
        }
        let mut take = |data: &[u8]| {
            if keep {
                response.body.extend_from_slice(data);
            }
        };
        let taken = match &mut self.stage {
            Stage::Head => return Ok(()),
            Stage::Whole => 0,
            Stage::UntilClose => {
                take(bytes);
                bytes.len()
            }
            Stage::Length(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                take(bytes.get(..taken).unwrap_or_default());
                *left -= taken as u64;
                if *left == 0 {
                    self.stage = Stage::Whole;
                }
                taken
            }
            Stage::Chunked(chunked) => {
                let taken = chunked.feed(bytes, take)?;
                if chunked.is_done() {
                    self.stage = Stage::Whole;
                }
                taken
            }
        };
        // Bytes behind the answer answer nothing that was asked: the connection is not to be trusted further.
        if taken < bytes.len() {
            self.keep_alive = false;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: Wants = Wants { head: true, body: true };

    fn read(wire: &[u8], method: Method, split: usize) -> Result<(Answer, Response), Unreadable> {
        let (mut answer, mut response) = (Answer::default(), Response::default());
        answer.expect(method, ALL);
        for piece in wire.chunks(split) {
            answer.feed(piece, &mut response)?;
        }
        Ok((answer, response))
    }

    #[test]
    fn interim_answers_are_passed_over() {
        let wire = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\
            HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok";
        let (answer, response) = read(wire, Method::Post, 1000).unwrap();
        assert!(answer.is_whole());
        assert_eq!((response.status, response.body.as_slice()), (201, b"ok".as_slice()));
        assert_eq!(response.header("content-length").collect::<Vec<_>>(), [b"2"]);
    }

    #[test]
    fn an_answer_without_length_ends_with_the_connection() {
        let (mut answer, response) = read(b"HTTP/1.1 200 OK\r\n\r\nall of it", Method::Get, 4).unwrap();
        assert!(!answer.is_whole());
        assert_eq!(answer.connection_ended(), Ok(()));
        assert!(answer.is_whole() && !answer.keeps_connection());
        assert_eq!(response.body, b"all of it");
    }

    #[test]
    fn a_connection_that_ends_inside_an_answer_ended_too_early() {
        for wire in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok"] {
            let (mut answer, _) = read(wire.as_bytes(), Method::Get, 7).unwrap();
            assert_eq!(answer.connection_ended(), Err(Unreadable::ClosedEarly), "{wire:?}");
        }
    }

    #[test]
    fn bytes_behind_an_answer_end_the_connection() {
        let clean = read(b"HTTP/1.1 204 No Content\r\n\r\n", Method::Get, 100).unwrap().0;
        assert!(clean.keeps_connection());
        let junk = read(b"HTTP/1.1 204 No Content\r\n\r\njunk", Method::Get, 100).unwrap().0;
        assert!(junk.is_whole() && !junk.keeps_connection());
    }

    proptest! {
        #[test]
        fn splitting_an_answer_anywhere_changes_nothing(
            body in prop::collection::vec(any::<u8>(), 0..200), chunked: bool, split in 1usize..120,
        ) {
            let mut wire = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-Name: value\r\n".to_vec();
            if chunked {
                wire.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
                for chunk in body.chunks(37) {
                    wire.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                    wire.extend_from_slice(chunk);
                    wire.extend_from_slice(b"\r\n");
                }
                wire.extend_from_slice(b"0\r\n\r\n");
            } else {
                wire.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
                wire.extend_from_slice(&body);
            }
            let (answer, response) = read(&wire, Method::Get, split).unwrap();
            prop_assert!(answer.keeps_connection());
            prop_assert_eq!(response.status, 200);
            prop_assert_eq!(&response.body, &body);
            prop_assert_eq!(response.header("x-name").collect::<Vec<_>>(), [b"value"]);
        }
    }
}
