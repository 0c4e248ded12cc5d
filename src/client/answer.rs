//! An answer being read: head, interim answers, body framing, whole or not yet.
//!
//! In: bytes as they come, split anywhere. Out: the status and the wanted parts in a [`Response`]. Does no I/O.

use super::chunked::Chunked;
use super::head::{self, BodyEnd, Head, MAX_HEAD_BYTES, Malformed};
use super::request::Method;
use super::response::{Response, Wants};
use super::split_head::SplitHead;

/// Largest body that is kept for someone to read.
pub(super) const MAX_KEPT_BODY: usize = 32 * 1024 * 1024;

/// An answer being read.
#[derive(Debug, Default)]
pub struct Answer {
    method: Method,
    wants: Wants,
    stage: Stage,
    split_head: SplitHead,
    /// Bytes of the interim answers before it.
    interim: usize,
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
    /// A wanted body that is larger than is kept in memory.
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
        self.split_head = SplitHead::default();
        self.interim = 0;
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
    /// The answer is not whole, or what came of it is none.
    pub fn connection_ended(&mut self) -> Result<(), Unreadable> {
        match self.stage {
            Stage::UntilClose | Stage::Whole => {
                self.stage = Stage::Whole;
                Ok(())
            }
            Stage::Head if !self.split_head.bytes().is_empty() => {
                self.scan(self.split_head.bytes())?;
                Err(Unreadable::ClosedEarly)
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
        let before = self.split_head.bytes().len();
        if before == 0 {
            let Some(head) = self.scan(bytes)? else {
                self.split_head.push(bytes);
                return Ok(&[]);
            };
            let (head_bytes, rest) = bytes.split_at_checked(head.length).unwrap_or((bytes, &[]));
            self.begin_body(head, head_bytes, response)?;
            return Ok(rest);
        }
        if !self.split_head.push(bytes) {
            return Ok(&[]);
        }
        let Some(head) = self.scan(self.split_head.bytes())? else { return Ok(&[]) };
        let joined = std::mem::take(&mut self.split_head);
        self.begin_body(head, joined.bytes().get(..head.length).unwrap_or_default(), response)?;
        Ok(bytes.get(head.length.saturating_sub(before)..).unwrap_or_default())
    }

    fn scan(&self, bytes: &[u8]) -> Result<Option<Head>, Malformed> {
        head::scan(bytes, self.method, MAX_HEAD_BYTES.saturating_sub(self.interim))
    }

    fn begin_body(&mut self, head: Head, bytes: &[u8], response: &mut Response) -> Result<(), Unreadable> {
        let is_interim = matches!(head.status, 100 | 102..=199);
        if is_interim {
            self.interim += bytes.len();
            return Ok(());
        }
        response.status = head.status;
        if self.wants.head || head.leads_on || (self.wants.body && head.is_encoded) {
            keep_head(bytes, &mut response.head);
        }
        // 101 hands the connection to another protocol: it carries no further request of this one.
        self.keep_alive = head.keep_alive && head.status != 101;
        self.stage = match head.body {
            BodyEnd::Length(0) => Stage::Whole,
            BodyEnd::Length(length) if self.wants.body && length > MAX_KEPT_BODY as u64 => {
                return Err(Unreadable::TooLarge);
            }
            BodyEnd::Length(length) => Stage::Length(length),
            BodyEnd::Chunked => Stage::Chunked(Chunked::default()),
            BodyEnd::Close => Stage::UntilClose,
        };
        Ok(())
    }

    fn feed_body(&mut self, bytes: &[u8], response: &mut Response) -> Result<(), Unreadable> {
        let keep = self.wants.body;
        let mut too_large = false;
        let mut take = |data: &[u8]| {
            too_large |= keep && data.len() > MAX_KEPT_BODY.saturating_sub(response.body.len());
            if keep && !too_large {
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
        if too_large {
            return Err(Unreadable::TooLarge);
        }
        // Bytes behind the answer answer nothing that was asked: the connection is not to be trusted further.
        if taken < bytes.len() {
            self.keep_alive = false;
        }
        Ok(())
    }
}

/// Keeps a head, each header in a line of its own: what is folded is unfolded (RFC 9112, section 5.2).
fn keep_head(bytes: &[u8], kept: &mut Vec<u8>) {
    let bytes = bytes.trim_ascii_start();
    let mut from = 0;
    for at in memchr::memchr_iter(b'\n', bytes) {
        if let Some(b' ' | b'\t') = bytes.get(at + 1) {
            kept.extend_from_slice(bytes.get(from..at).unwrap_or_default().trim_ascii_end());
            from = at + 1;
        }
    }
    kept.extend_from_slice(bytes.get(from..).unwrap_or_default());
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

    #[test]
    fn a_folded_header_is_kept_as_one_line() {
        let wire = b"\r\nHTTP/1.1 200 OK\r\nSet-Cookie: id=7; \r\n\tPath=/\r\nLast : one\r\nContent-Length:\n 0\n\n";
        for split in [1, 7, 1000] {
            let (answer, response) = read(wire, Method::Get, split).unwrap();
            assert!(answer.keeps_connection());
            assert_eq!(response.header("set-cookie").collect::<Vec<_>>(), [b"id=7;\tPath=/"]);
            assert_eq!(response.header("last").collect::<Vec<_>>(), [b"one"]);
            assert_eq!(response.header("content-length").collect::<Vec<_>>(), [b"0"]);
        }
    }

    #[test]
    fn interim_answers_without_end_are_refused() {
        let train = b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(MAX_HEAD_BYTES / 20);
        for split in [1, 64 * 1024] {
            assert_eq!(read(&train, Method::Get, split).unwrap_err(), Unreadable::Malformed, "in pieces of {split}");
        }
    }

    #[test]
    fn a_head_that_is_none_is_told_from_one_that_was_cut_off() {
        let (mut answer, _) = read(b"HTTP/1.1 200 OK\r\nno header\r\n", Method::Get, 1).unwrap();
        assert_eq!(answer.connection_ended(), Err(Unreadable::Malformed));
    }

    #[test]
    fn a_wanted_body_is_refused_where_it_becomes_too_large() {
        let announced = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", MAX_KEPT_BODY + 1);
        assert_eq!(read(announced.as_bytes(), Method::Get, 1000).unwrap_err(), Unreadable::TooLarge);
        let (mut answer, mut response) = read(b"HTTP/1.1 200 OK\r\n\r\n", Method::Get, 1000).unwrap();
        answer.feed(&vec![0; MAX_KEPT_BODY], &mut response).unwrap();
        assert_eq!(answer.feed(b"1", &mut response), Err(Unreadable::TooLarge));
        let behind = [vec![b'x'; MAX_KEPT_BODY], b"junk".to_vec()].concat();
        let (mut answer, mut response) = (Answer::default(), Response::default());
        answer.expect(Method::Get, ALL);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {MAX_KEPT_BODY}\r\n\r\n");
        answer.feed(head.as_bytes(), &mut response).unwrap();
        assert_eq!(answer.feed(&behind, &mut response), Ok(()), "only the body counts");
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
