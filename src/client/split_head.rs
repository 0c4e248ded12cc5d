//! The start of a head that came in pieces, kept until the rest is there.
//!
//! In: the pieces. Out: their bytes in a row, and whether scanning them can tell anything new. Reads no field.

/// The start of a head. Empty, and without memory, but while a split head is under way.
#[derive(Debug, Default)]
pub(super) struct SplitHead {
    bytes: Vec<u8>,
    /// How many bytes there were when a scan was last worth its while.
    scanned: usize,
}

impl SplitHead {
    /// What has come.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Adds a piece, and tells whether to scan: where an empty line may have ended the head, or where there is twice
    /// as much as at the last scan, so that what is no HTTP is known soon. A head that comes byte by byte is so
    /// scanned in linear time.
    pub(super) fn push(&mut self, piece: &[u8]) -> bool {
        let news = self.bytes.len().saturating_sub(2);
        self.bytes.extend_from_slice(piece);
        let worthwhile =
            self.bytes.len() >= 2 * self.scanned || holds_empty_line(self.bytes.get(news..).unwrap_or_default());
        if worthwhile {
            self.scanned = self.bytes.len();
        }
        worthwhile
    }
}

/// Whether a line end is followed by another, with CR or without.
fn holds_empty_line(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'\n', bytes).any(|at| {
        let behind = bytes.get(at + 1..).unwrap_or_default();
        behind.starts_with(b"\n") || behind.starts_with(b"\r\n")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scans(wire: &[u8], split: usize) -> Vec<usize> {
        let mut head = SplitHead::default();
        let mut at = 0;
        let worthwhile = wire.chunks(split).filter_map(|piece| {
            at += piece.len();
            head.push(piece).then_some(at)
        });
        worthwhile.collect()
    }

    #[test]
    fn an_empty_line_is_noticed_wherever_it_is_split() {
        for end in ["\r\n\r\n", "\n\n", "\n\r\n", "\r\n\n"] {
            let wire = format!("HTTP/1.1 200 OK\r\nServer: one that answers in pieces{end}");
            for split in 1..wire.len() {
                assert_eq!(scans(wire.as_bytes(), split).last(), Some(&wire.len()), "{end:?} in pieces of {split}");
            }
        }
    }

    #[test]
    fn a_head_that_comes_byte_by_byte_is_scanned_in_linear_time() {
        let wire = format!("HTTP/1.1 200 OK\r\n{}", "X: y\r\n".repeat(10_000));
        let scanned: usize = scans(wire.as_bytes(), 1).iter().sum();
        assert!(scanned <= 2 * wire.len(), "{scanned} bytes scanned of a head of {}", wire.len());
    }
}
