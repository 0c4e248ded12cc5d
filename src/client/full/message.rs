//! A compiled request as reqwest takes it, and the head of an answer as the lean engine keeps it.
//!
//! In: a request's parts; an answer. Out: reqwest's request; lines of text. The URL is normalized on the way, as RFC
//! 3986 has it: `.` and `..` in a path are resolved, and what needs it is percent-encoded.

use std::io::Write;

use bytes::Bytes;
use reqwest::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, LOCATION, SET_COOKIE};
use reqwest::{Body, Url, Version};

use super::super::request::Request;
use super::setup::Setup;

/// A request about to be sent.
pub(super) struct Message<'a> {
    pub(super) request: &'a Request,
    pub(super) setup: &'a Setup,
}

impl Message<'_> {
    /// As reqwest takes it; nothing where a part is beyond what can be sent.
    pub(super) fn compile(&self) -> Option<reqwest::Request> {
        let path = std::str::from_utf8(self.request.path()).ok()?;
        let url = Url::parse(&format!("{}{path}", self.setup.origin())).ok()?;
        let method = reqwest::Method::from_bytes(self.request.method().as_str().as_bytes()).ok()?;
        let mut message = reqwest::Request::new(method, url);
        self.headers(message.headers_mut())?;
        let body = self.request.body();
        if self.request.announces_length() {
            message.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        if !body.is_empty() {
            *message.body_mut() = Some(Body::from(Bytes::copy_from_slice(body)));
        }
        Some(message)
    }

    fn headers(&self, headers: &mut HeaderMap) -> Option<()> {
        for line in self.request.headers().split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii) {
            let Some(colon) = memchr::memchr(b':', line) else { continue };
            let (name, value) = line.split_at(colon);
            let value = value.get(1..).unwrap_or_default().trim_ascii();
            if self.setup.is_http2() && self.is_not_of_http2(name, value) {
                continue;
            }
            headers.append(HeaderName::from_bytes(name).ok()?, HeaderValue::from_bytes(value).ok()?);
        }
        Some(())
    }

    /// HTTP/2 has the host in the URL, and no say about connections.
    fn is_not_of_http2(&self, name: &[u8], value: &[u8]) -> bool {
        name.eq_ignore_ascii_case(b"connection")
            || (name.eq_ignore_ascii_case(b"host") && value.eq_ignore_ascii_case(self.setup.host_header().as_bytes()))
    }
}

/// Bytes that [`write_head`] writes.
pub(super) fn head_length(answer: &reqwest::Response) -> u64 {
    let line = version_of(answer).len() + " 200 ".len() + reason_of(answer).len() + "\r\n".len();
    let headers: usize = answer.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    (line + headers + "\r\n".len()) as u64
}

/// Writes the head of an answer as HTTP/1.1 has it.
pub(super) fn write_head(answer: &reqwest::Response, into: &mut Vec<u8>) {
    // Writing to memory cannot fail.
    let _ = write!(into, "{} {} {}\r\n", version_of(answer), answer.status().as_u16(), reason_of(answer));
    for (name, value) in answer.headers() {
        into.extend_from_slice(name.as_str().as_bytes());
        into.extend_from_slice(b": ");
        into.extend_from_slice(value.as_bytes());
        into.extend_from_slice(b"\r\n");
    }
    into.extend_from_slice(b"\r\n");
}

/// Whether an answer sets a cookie, or says where to go on.
pub(super) fn leads_on(answer: &reqwest::Response) -> bool {
    let headers = answer.headers();
    headers.contains_key(SET_COOKIE) || (answer.status().is_redirection() && headers.contains_key(LOCATION))
}

/// Whether an answer's body is encoded.
pub(super) fn is_encoded(answer: &reqwest::Response) -> bool {
    answer.headers().contains_key(CONTENT_ENCODING)
}

fn version_of(answer: &reqwest::Response) -> &'static str {
    match answer.version() {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        _ => "HTTP/1.1",
    }
}

fn reason_of(answer: &reqwest::Response) -> &'static str {
    answer.status().canonical_reason().unwrap_or_default()
}
