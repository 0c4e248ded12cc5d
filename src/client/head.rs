//! The head of an answer, scanned for what framing needs; no header map is built.
//!
//! In: bytes from the start of a message. Out: a [`Head`], or that more bytes are needed, or that this is not HTTP.

use std::mem::MaybeUninit;

use super::request::Method;

/// Most header lines an answer may have.
const MAX_HEADERS: usize = 128;

/// Longest head that is read before the answer counts as broken.
pub(super) const MAX_HEAD_BYTES: usize = 256 * 1024;

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

/// Scans the head at the start of `bytes`; `None` while it is not whole.
pub(super) fn scan(bytes: &[u8], method: Method) -> Result<Option<Head>, Malformed> {
    let mut headers = [const { MaybeUninit::<httparse::Header<'_>>::uninit() }; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut []);
    let parsed = httparse::ParserConfig::default()
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .parse_response_with_uninit_headers(&mut response, bytes, &mut headers);
    let length = match parsed {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if bytes.len() < MAX_HEAD_BYTES => return Ok(None),
        Ok(httparse::Status::Partial) | Err(_) => return Err(Malformed),
    };
    let status = response.code.ok_or(Malformed)?;
    let fields = Fields::scan(response.headers, response.version == Some(1))?;
    let body = if method == Method::Head || matches!(status, 100..=199 | 204 | 304) {
        BodyEnd::Length(0)
    } else {
        fields.body_end()
    };
    Ok(Some(Head {
        status,
        length,
        body,
        keep_alive: fields.keep_alive && body != BodyEnd::Close,
        leads_on: fields.marks.sets_cookie || (fields.marks.has_location && matches!(status, 300..=399)),
        is_encoded: fields.marks.is_encoded,
    }))
}

struct Fields {
    content_length: Option<u64>,
    transfer_encoding: bool,
    chunked: bool,
    keep_alive: bool,
    marks: Marks,
}

/// What an answer holds for others than framing.
#[derive(Default)]
struct Marks {
    sets_cookie: bool,
    has_location: bool,
    is_encoded: bool,
}

impl Fields {
    fn scan(headers: &[httparse::Header<'_>], http_1_1: bool) -> Result<Self, Malformed> {
        let mut fields = Self {
            content_length: None,
            transfer_encoding: false,
            chunked: false,
            keep_alive: http_1_1,
            marks: Marks::default(),
        };
        for header in headers {
            // Lengths first: most header names are told apart without comparing a byte.
            match header.name.len() {
                14 if header.name.eq_ignore_ascii_case("content-length") => fields.length(header.value)?,
                17 if header.name.eq_ignore_ascii_case("transfer-encoding") => fields.encoding(header.value),
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
        for part in value.split(|&byte| byte == b',') {
            let part = part.trim_ascii();
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

    fn encoding(&mut self, value: &[u8]) {
        self.transfer_encoding = true;
        let last = value.rsplit(|&byte| byte == b',').next().unwrap_or_default();
        self.chunked = last.trim_ascii().eq_ignore_ascii_case(b"chunked");
    }

    fn connection(&mut self, value: &[u8]) {
        for option in value.split(|&byte| byte == b',') {
            let option = option.trim_ascii();
            if option.eq_ignore_ascii_case(b"close") {
                self.keep_alive = false;
            } else if option.eq_ignore_ascii_case(b"keep-alive") {
                self.keep_alive = true;
            }
        }
    }

    fn body_end(&self) -> BodyEnd {
        match (self.transfer_encoding, self.chunked, self.content_length) {
            (true, true, _) => BodyEnd::Chunked,
            (true, false, _) | (false, _, None) => BodyEnd::Close,
            (false, _, Some(length)) => BodyEnd::Length(length),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(head: &str) -> Result<Option<Head>, Malformed> {
        scan(head.as_bytes(), Method::Get)
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
        let head = scan(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", Method::Head).unwrap().unwrap();
        assert_eq!(head.body, BodyEnd::Length(0));
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
        assert_eq!(get("SSH-2.0-OpenSSH_9.2\r\n"), Err(Malformed));
        assert_eq!(scan(&[0; 64], Method::Get), Err(Malformed));
    }

    #[test]
    fn a_head_without_end_is_refused_at_its_size_limit() {
        let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "a".repeat(MAX_HEAD_BYTES));
        assert_eq!(get(&endless), Err(Malformed));
    }
}
