//! An answer, as far as someone wants to read it. Its memory is reused from one exchange to the next.

/// Which parts of an answer someone reads; the others are dropped as they come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wants {
    /// The header lines.
    pub head: bool,
    /// The body.
    pub body: bool,
}

/// An answer. `head` and `body` are empty unless they were wanted.
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
            key.eq_ignore_ascii_case(name.as_bytes()).then(|| value.get(1..).unwrap_or_default().trim_ascii())
        })
    }

    /// Forgets everything, keeping the memory.
    pub fn clear(&mut self) {
        self.status = 0;
        self.head.clear();
        self.body.clear();
    }
}
