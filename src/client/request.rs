//! A request, compiled: the bytes that go on the wire, with marks that tell its parts apart.
//!
//! The lean engine writes the bytes as they are; an engine with a request type of its own reads the parts.
//! A static request is made once and sent for ever; a templated one is rewritten in place, keeping its memory.

use std::ops::Range;
use std::str::FromStr;

/// The method of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Method {
    /// GET
    #[default]
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// PATCH
    Patch,
    /// DELETE
    Delete,
    /// HEAD
    Head,
    /// OPTIONS
    Options,
}

impl Method {
    /// The method as it stands on the request line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
        }
    }
}

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete, Self::Head, Self::Options];
        let known = all.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(text));
        known.ok_or_else(|| UnknownMethod(text.to_owned()))
    }
}

/// A text that names no method.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown method `{0}`: write GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS")]
pub struct UnknownMethod(String);

/// A request, compiled for the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    method: Method,
    wire: Vec<u8>,
    path: Range<usize>,
    headers: Range<usize>,
    body: Range<usize>,
    announces_length: bool,
}

impl Request {
    /// Compiles a request anew into this one's memory.
    ///
    /// `path` writes the path and query, starting with `/`. `headers` writes whole header lines, each ended by
    /// CRLF (`Host` among them, `Content-Length` not). The body is copied, and its length announced where there
    /// is one or the method usually has one.
    ///
    /// # Errors
    /// Those of `path` and `headers`; the request must not be sent then.
    pub fn compile<E>(
        &mut self,
        method: Method,
        path: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
        headers: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
        body: &[u8],
    ) -> Result<(), E> {
        let wire = &mut self.wire;
        wire.clear();
        self.method = method;
        wire.extend_from_slice(method.as_str().as_bytes());
        wire.push(b' ');
        let start = wire.len();
        path(wire)?;
        self.path = start..wire.len();
        wire.extend_from_slice(b" HTTP/1.1\r\n");
        let start = wire.len();
        headers(wire)?;
        self.headers = start..wire.len();
        self.announces_length = !body.is_empty() || matches!(method, Method::Post | Method::Put | Method::Patch);
        if self.announces_length {
            wire.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
        }
        wire.extend_from_slice(b"\r\n");
        let start = wire.len();
        wire.extend_from_slice(body);
        self.body = start..wire.len();
        Ok(())
    }

    /// Writes another request into this one's memory, with `bytes` put in at a place among its headers.
    pub(super) fn splice(&mut self, other: &Self, at: usize, bytes: &[u8]) {
        let (before, behind) = other.wire.split_at_checked(at).unwrap_or((&other.wire, &[]));
        self.wire.clear();
        self.wire.extend_from_slice(before);
        self.wire.extend_from_slice(bytes);
        self.wire.extend_from_slice(behind);
        self.method = other.method;
        self.path = other.path.clone();
        self.headers = other.headers.start..other.headers.end + bytes.len();
        self.body = other.body.start + bytes.len()..other.body.end + bytes.len();
    }

    /// Where the value of a header stands in [`wire`](Self::wire). The name compares without case.
    pub(super) fn header(&self, name: &str) -> Option<Range<usize>> {
        let mut start = self.headers.start;
        for line in self.headers().split_inclusive(|&byte| byte == b'\n') {
            let value = line.get(..name.len()).filter(|key| key.eq_ignore_ascii_case(name.as_bytes()));
            if value.is_some() && line.get(name.len()) == Some(&b':') {
                return Some(start + name.len() + 1..start + line.trim_ascii_end().len());
            }
            start += line.len();
        }
        None
    }

    /// Where the last header line ends in [`wire`](Self::wire).
    pub(super) fn end_of_headers(&self) -> usize {
        self.headers.end
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// Everything, as HTTP/1.1 wants it.
    #[must_use]
    pub fn wire(&self) -> &[u8] {
        &self.wire
    }

    /// Path and query.
    #[must_use]
    pub fn path(&self) -> &[u8] {
        self.part(&self.path)
    }

    /// Header lines, each ended by CRLF.
    #[must_use]
    pub fn headers(&self) -> &[u8] {
        self.part(&self.headers)
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.part(&self.body)
    }

    /// Whether the body's length is announced, be it 0.
    #[must_use]
    pub fn announces_length(&self) -> bool {
        self.announces_length
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.wire.get(range.clone()).unwrap_or_default()
    }
}
