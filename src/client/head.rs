//! The head of an answer, scanned for what framing needs; no header map is built.
//!
//! In: bytes from the start of a message. Out: a [`Head`], or that more bytes are needed, or that this is not HTTP.

use std::mem::MaybeUninit;

use super::request::Method;

/// Most header lines an answer may have.
const MAX_HEADERS: usize = 128;

/// Most bytes that the heads of an answer may have, those of its interim answers among them, before it counts as broken.
pub(super) const MAX_HEAD_BYTES: usize = 256 * 1024;

/// Most bytes of empty lines before a status line. Some servers send one behind the answer before.
const MAX_EMPTY_LINES: usize = 8;

/// What framing needs of a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// The status.
    pub status: u16,
    /// Length of the head in bytes, the empty line included.
    pub length: usize,
    /// How the body ends.
    pub body: BodyEnd,
    /// Whether the connection may carry another request.
    pub keep_alive: bool,
    /// Whether it sets a cookie, or says where to go on.
    pub leads_on: bool,
    /// Whether the body is encoded.
    pub is_encoded: bool,
}

/// How the end of a body is told (RFC 9112, section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyEnd {
    /// After so many bytes.
    Length(u64),
    /// By the last chunk.
    Chunked,
    /// By the server closing the connection.
    Close,
}

/// Why bytes are no head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// Scans the head at the start of `bytes`, which may be `room` bytes long; `None` while it is not whole.
pub(super) fn scan(bytes: &[u8], method: Method, room: usize) -> Result<Option<Head>, Malformed> {
    if bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count() > MAX_EMPTY_LINES {
        return Err(Malformed);
    }
    let mut headers = [const { MaybeUninit::<httparse::Header<'_>>::uninit() }; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut []);
    let parsed = httparse::ParserConfig::default()
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .parse_response_with_uninit_headers(&mut response, bytes, &mut headers);
    let length = match parsed {
        Ok(httparse::Status::Complete(length)) if length <= room => length,
        Ok(httparse::Status::Partial) if bytes.len() < room => return Ok(None),
        Ok(_) | Err(_) => return Err(Malformed),
    };
    let status = response.code.filter(|status| *status >= 100).ok_or(Malformed)?;
    let fields = Fields::scan(response.headers)?;
    let http_1_1 = response.version == Some(1);
    let body = if method == Method::Head || matches!(status, 100..=199 | 204 | 304) {
        BodyEnd::Length(0)
    } else {
        fields.body_end()
    };
    Ok(Some(Head {
        status,
        length,
        body,
        keep_alive: fields.keep_connection(http_1_1) && body != BodyEnd::Close,
        leads_on: fields.marks.sets_cookie || (fields.marks.has_location && matches!(status, 300..=399)),
        is_encoded: fields.marks.is_encoded,
    }))
}

/// The header lines that framing reads.
#[derive(Default)]
struct Fields {
    content_length: Option<u64>,
    coding: Coding,
    asks_to_close: bool,
    asks_to_keep: bool,
    marks: Marks,
}

/// What an answer holds for others than framing.
#[derive(Default)]
struct Marks {
    sets_cookie: bool,
    has_location: bool,
    is_encoded: bool,
}

/// What `Transfer-Encoding` makes of a body.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Coding {
    #[default]
    None,
    /// Chunks, and they are the outermost coding.
    Chunked,
    /// A coding that does not tell its end.
    Unknown,
}

impl Fields {
    fn scan(headers: &[httparse::Header<'_>]) -> Result<Self, Malformed> {
        let mut fields = Self::default();
        for header in headers {
            // Lengths first: most header names are told apart without comparing a byte.
            match header.name.len() {
                14 if header.name.eq_ignore_ascii_case("content-length") => fields.length(header.value)?,
                17 if header.name.eq_ignore_ascii_case("transfer-encoding") => fields.encoding(header.value)?,
                10 if header.name.eq_ignore_ascii_case("connection") => fields.connection(header.value),
                10 if header.name.eq_ignore_ascii_case("set-cookie") => fields.marks.sets_cookie = true,
                8 if header.name.eq_ignore_ascii_case("location") => fields.marks.has_location = true,
                16 if header.name.eq_ignore_ascii_case("content-encoding") => fields.marks.is_encoded = true,
                _ => {}
            }
        }
        Ok(fields)
    }

    /// A list of equal lengths is one length; anything else is an attack or a bug (RFC 9112, section 6.3).
    fn length(&mut self, value: &[u8]) -> Result<(), Malformed> {
        for part in elements(value) {
            if part.is_empty() || !part.iter().all(u8::is_ascii_digit) {
                return Err(Malformed);
            }
            let length = std::str::from_utf8(part).ok().and_then(|digits| digits.parse().ok()).ok_or(Malformed)?;
            if self.content_length.is_some_and(|known| known != length) {
                return Err(Malformed);
            }
            self.content_length = Some(length);
        }
        Ok(())
    }

    /// `identity` is of RFC 2616 and means none. A body cannot be chunked twice (RFC 9112, section 6.1).
    fn encoding(&mut self, value: &[u8]) -> Result<(), Malformed> {
        for part in elements(value) {
            self.coding = match self.coding {
                coding if part.is_empty() || part.eq_ignore_ascii_case(b"identity") => coding,
                Coding::Chunked if part.eq_ignore_ascii_case(b"chunked") => return Err(Malformed),
                _ if part.eq_ignore_ascii_case(b"chunked") => Coding::Chunked,
                _ => Coding::Unknown,
            };
        }
        Ok(())
    }

    fn connection(&mut self, value: &[u8]) {
        for option in elements(value) {
            self.asks_to_close |= option.eq_ignore_ascii_case(b"close");
            self.asks_to_keep |= option.eq_ignore_ascii_case(b"keep-alive");
        }
    }

    fn body_end(&self) -> BodyEnd {
        match (self.coding, self.content_length) {
            (Coding::Chunked, _) => BodyEnd::Chunked,
            (Coding::Unknown, _) | (Coding::None, None) => BodyEnd::Close,
            (Coding::None, Some(length)) => BodyEnd::Length(length),
        }
    }

    /// `close` wins over anything said beside it (RFC 9112, section 9.3). A coding beside a length, or from a server
    /// of HTTP/1.0, is read, but what follows on the connection is not to be trusted (sections 6.1 and 6.3).
    fn keep_connection(&self, http_1_1: bool) -> bool {
        let is_faulty = self.coding != Coding::None && (self.content_length.is_some() || !http_1_1);
        !self.asks_to_close && !is_faulty && (http_1_1 || self.asks_to_keep)
    }
}

/// The elements of a list in a header's value, trimmed; line ends are of obsolete folding.
fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(head: &str) -> Result<Option<Head>, Malformed> {
        scan(head.as_bytes(), Method::Get, MAX_HEAD_BYTES)
    }

    fn end(head: &str) -> BodyEnd {
        get(head).unwrap().unwrap().body
    }

    #[test]
    fn a_head_is_whole_only_with_its_empty_line() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
        for cut in 0..head.len() {
            assert_eq!(get(head.get(..cut).unwrap()), Ok(None), "cut at {cut}");
        }
        assert_eq!(get(head).unwrap().unwrap().length, head.len());
    }

    #[test]
    fn the_end_of_a_body_is_told_as_rfc_9112_says() {
        assert_eq!(end("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n"), BodyEnd::Length(7));
        assert_eq!(end("HTTP/1.1 200 OK\r\nContent-Length: 7, 7\r\n\r\n"), BodyEnd::Length(7));
        assert_eq!(end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), BodyEnd::Chunked);
        assert_eq!(
            end("HTTP/1.1 200 OK\r\nContent-Length: 7\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n"),
            BodyEnd::Chunked
        );
        assert_eq!(end("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"), BodyEnd::Close);
        assert_eq!(end("HTTP/1.1 200 OK\r\n\r\n"), BodyEnd::Close);
        assert_eq!(end("HTTP/1.1 204 No Content\r\n\r\n"), BodyEnd::Length(0));
        assert_eq!(end("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"), BodyEnd::Length(0));
        assert_eq!(end("HTTP/1.1 100 Continue\r\n\r\n"), BodyEnd::Length(0));
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n";
        assert_eq!(scan(head, Method::Head, MAX_HEAD_BYTES).unwrap().unwrap().body, BodyEnd::Length(0));
    }

    #[test]
    fn codings_are_read_as_one_list() {
        let with = |lines: &str| get(&format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n"));
        let end = |lines: &str| with(lines).unwrap().unwrap().body;
        assert_eq!(end("Transfer-Encoding: identity\r\nContent-Length: 7"), BodyEnd::Length(7));
        assert_eq!(end("Transfer-Encoding: ,\r\nContent-Length: 7"), BodyEnd::Length(7));
        assert_eq!(end("Transfer-Encoding: gzip,\r\n chunked\r\n "), BodyEnd::Chunked);
        assert_eq!(end("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"), BodyEnd::Chunked);
        assert_eq!(end("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip"), BodyEnd::Close);
        assert_eq!(end("Transfer-Encoding : chunked"), BodyEnd::Chunked);
        assert_eq!(with("Transfer-Encoding: chunked, chunked"), Err(Malformed));
        assert_eq!(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: Chunked"), Err(Malformed));
    }

    #[test]
    fn folded_lengths_are_read_as_one_value() {
        assert_eq!(end("HTTP/1.1 200 OK\r\nContent-Length:\r\n 7\r\n \r\n\r\n"), BodyEnd::Length(7));
        assert_eq!(get("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n 7\r\n\r\n"), Err(Malformed));
        assert_eq!(end("HTTP/1.1 200 OK\r\nA: b\r\n Content-Length: 7\r\n\r\n"), BodyEnd::Close);
    }

    #[test]
    fn lengths_that_contradict_each_other_are_refused() {
        for length in ["-1", "+7", "7x", "", "7, 8", "99999999999999999999"] {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            assert_eq!(get(&head), Err(Malformed), "{length}");
        }
        assert_eq!(get("HTTP/1.1 200 OK\r\nContent-Length: 7\r\nContent-Length: 8\r\n\r\n"), Err(Malformed));
    }

    #[test]
    fn keep_alive_follows_version_and_connection() {
        let keeps = |head: &str| get(head).unwrap().unwrap().keep_alive;
        assert!(keeps("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        assert!(!keeps("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        assert!(!keeps("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
        assert!(keeps("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n"));
        assert!(!keeps("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close, keep-alive\r\n\r\n"));
        assert!(!keeps("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n"));
        assert!(!keeps("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"));
        assert!(!keeps("HTTP/1.1 200 OK\r\n\r\n"), "a body that ends with the connection leaves none");
    }

    #[test]
    fn what_leads_on_from_an_answer_is_seen() {
        let seen = |head: &str| get(head).unwrap().map(|head| (head.leads_on, head.is_encoded)).unwrap();
        assert_eq!(seen("HTTP/1.1 200 OK\r\nLocation: /a\r\nContent-Type: text/html\r\n\r\n"), (false, false));
        assert_eq!(seen("HTTP/1.1 200 OK\r\nset-cookie: a=b\r\n\r\n"), (true, false));
        assert_eq!(seen("HTTP/1.1 302 Found\r\nLOCATION: /a\r\n\r\n"), (true, false));
        assert_eq!(seen("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n"), (false, true));
    }

    #[test]
    fn what_is_not_http_is_malformed_at_once() {
        for other in ["SSH-2.0-OpenSSH_9.2\r\n", "<html>", "HTTP/2 200\r\n", "HTTP/1.1 99 OK\r\n", "PRI * HTTP/2.0\r\n"]
        {
            assert_eq!(get(other), Err(Malformed), "{other:?}");
        }
        assert_eq!(get("HTTP/1.1 000 Nothing\r\n\r\n"), Err(Malformed));
        assert_eq!(get("HTTP/1.1 999\r\n\r\n").unwrap().unwrap().status, 999);
        assert_eq!(scan(&[0; 64], Method::Get, MAX_HEAD_BYTES), Err(Malformed));
    }

    #[test]
    fn one_empty_line_before_an_answer_is_passed_over_and_many_are_not() {
        assert_eq!(end("\r\nHTTP/1.1 204 No Content\r\n\r\n"), BodyEnd::Length(0));
        assert_eq!(get(&"\r\n".repeat(5)), Err(Malformed));
    }

    #[test]
    fn more_header_lines_than_are_read_are_refused() {
        let lines = |count: usize| format!("HTTP/1.1 204 No Content\r\n{}\r\n", "A: b\r\n".repeat(count));
        assert!(get(&lines(MAX_HEADERS)).unwrap().is_some());
        assert_eq!(get(&lines(MAX_HEADERS + 1)), Err(Malformed));
    }

    #[test]
    fn a_head_without_end_is_refused_at_its_size_limit() {
        let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "a".repeat(MAX_HEAD_BYTES));
        assert_eq!(get(&endless), Err(Malformed));
    }
}
