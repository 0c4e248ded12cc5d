//! An answer, as far as someone wants to read it. Its memory is reused from one exchange to the next.

use super::decode::{self, Encoding};
use super::exchange::Failure;

/// Memory that a part keeps for the next answer. What a large one needed beyond it is given back.
const KEPT_CAPACITY: usize = 16 * 1024;

/// Which parts of an answer someone reads; the others are dropped as they come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wants {
    /// The header lines.
    pub head: bool,
    /// The body.
    pub body: bool,
}

/// An answer. `head` and `body` are empty unless they were wanted; the head is also there where it sets a cookie, says
/// where to go on, or says how a wanted body is encoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Status line and header lines as they came.
    pub head: Vec<u8>,
    /// The body, framing removed.
    pub body: Vec<u8>,
}

impl Response {
    /// Values of a header, in order, trimmed. Names compare without case.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.head.split(|&byte| byte == b'\n').skip(1).filter_map(move |line| {
            let colon = memchr::memchr(b':', line)?;
            let (key, value) = line.split_at(colon);
            key.trim_ascii_end()
                .eq_ignore_ascii_case(name.as_bytes())
                .then(|| value.get(1..).unwrap_or_default().trim_ascii())
        })
    }

    /// Whether it sends the request on to another place.
    #[must_use]
    pub fn is_redirect(&self) -> bool {
        matches!(self.status, 301 | 302 | 303 | 307 | 308) && self.location().is_some()
    }

    /// Where it sends the request on to, as it came.
    pub(super) fn location(&self) -> Option<&[u8]> {
        self.header("location").next().filter(|location| !location.is_empty())
    }

    /// Decodes the body as `Content-Encoding` says: gzip, br, zstd, or several of them. One of any other encoding is
    /// left as it is.
    ///
    /// # Errors
    /// [`Failure::Undecodable`], or [`Failure::TooLarge`] where more comes out than is kept in memory.
    pub fn decode(&mut self) -> Result<(), Failure> {
        let mut encodings: Vec<Encoding> = Vec::new();
        for name in self.header("content-encoding").flat_map(|list| list.split(|&byte| byte == b',')) {
            match Encoding::named(name.trim_ascii()) {
                Some(encoding) => encodings.push(encoding),
                None => return Ok(()),
            }
        }
        if !self.body.is_empty() {
            decode::undo(&encodings, &mut self.body)?;
        }
        Ok(())
    }

    /// Forgets everything, keeping memory for answers of a usual size.
    pub fn clear(&mut self) {
        self.status = 0;
        for part in [&mut self.head, &mut self.body] {
            part.clear();
            part.shrink_to(KEPT_CAPACITY);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_for_usual_answers_is_kept_and_the_rest_given_back() {
        let mut response = Response { status: 200, head: vec![b'h'; 1000], body: vec![b'b'; 1_000_000] };
        let usual = response.head.as_ptr();
        response.clear();
        assert_eq!((response.head.as_ptr(), response.head.capacity()), (usual, 1000));
        assert!(response.body.capacity() < 100_000);
    }
}
