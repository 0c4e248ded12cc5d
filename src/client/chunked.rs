//! Chunked bodies (RFC 9112, section 7.1), decoded as they come, however they are split.
//!
//! In: bytes of a body, piece by piece. Out: the chunks' data and the end. Extensions and trailers are passed over.

use super::head::{MAX_HEAD_BYTES, Malformed};

/// A chunked body under way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Chunked {
    state: State,
    /// Bytes of size lines and trailers since the last data: bounded, so that no answer is endless framing.
    framing: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In the digits of a chunk's size.
    Size { size: u64, digits: u8 },
    /// Behind the digits, in the blanks with which some servers fill the line.
    Padding { size: u64 },
    /// Behind the `;`, before the line's end.
    Extension { size: u64 },
    /// Behind the CR of a chunk's size line.
    SizeEnd { size: u64 },
    /// In a chunk's data.
    Data { left: u64 },
    /// Behind a chunk's data, before its line end.
    DataEnd,
    /// Behind the CR of a chunk's data.
    DataLineEnd,
    /// Behind the last chunk: trailer lines up to an empty one.
    Trailer { line_is_empty: bool },
    /// Behind the CR of a trailer line.
    TrailerEnd { line_is_empty: bool },
    /// Behind everything.
    Done,
}

impl Default for State {
    fn default() -> Self {
        Self::Size { size: 0, digits: 0 }
    }
}

impl Chunked {
    /// Takes bytes as they come, hands data to `data`, and gives how many bytes belong to the body.
    /// Fewer than all of them only when the body is done.
    pub(super) fn feed(&mut self, bytes: &[u8], mut data: impl FnMut(&[u8])) -> Result<usize, Malformed> {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if let State::Data { left } = self.state {
                let take = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                data(rest.get(..take).unwrap_or_default());
                at += take;
                let left = left - take as u64;
                self.framing = 0;
                self.state = if left == 0 { State::DataEnd } else { State::Data { left } };
            } else if self.state == State::Done {
                break;
            } else {
                let Some(&byte) = rest.first() else { break };
                self.state = self.step(byte)?;
                at += 1;
            }
        }
        Ok(at)
    }

    /// Whether the last byte of the body has been taken.
    pub(super) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    fn step(&mut self, byte: u8) -> Result<State, Malformed> {
        self.framing += 1;
        if self.framing > MAX_HEAD_BYTES {
            return Err(Malformed);
        }
        // A bare LF ends a line, as in a head. A CR that no LF follows is refused: servers and proxies disagree on it.
        Ok(match (self.state, byte) {
            (State::Size { size, digits }, _) if byte.is_ascii_hexdigit() => {
                let digit = char::from(byte).to_digit(16).map_or(0, u64::from);
                let size = size.checked_mul(16).and_then(|size| size.checked_add(digit)).ok_or(Malformed)?;
                State::Size { size, digits: digits.saturating_add(1) }
            }
            (State::Size { digits: 0, .. }, _) => return Err(Malformed),
            (
                State::Size { size, .. }
                | State::Padding { size }
                | State::Extension { size }
                | State::SizeEnd { size },
                b'\n',
            ) => match size {
                0 => State::Trailer { line_is_empty: true },
                left => State::Data { left },
            },
            (State::Size { size, .. } | State::Padding { size } | State::Extension { size }, b'\r') => {
                State::SizeEnd { size }
            }
            (State::Size { size, .. } | State::Padding { size }, b' ' | b'\t') => State::Padding { size },
            (State::Size { size, .. } | State::Padding { size }, b';') | (State::Extension { size }, _) => {
                State::Extension { size }
            }
            (State::DataEnd, b'\r') => State::DataLineEnd,
            (State::DataEnd | State::DataLineEnd, b'\n') => State::default(),
            (State::Trailer { line_is_empty: true } | State::TrailerEnd { line_is_empty: true }, b'\n') => State::Done,
            (State::Trailer { .. } | State::TrailerEnd { .. }, b'\n') => State::Trailer { line_is_empty: true },
            (State::Trailer { line_is_empty }, b'\r') => State::TrailerEnd { line_is_empty },
            (State::Trailer { .. }, _) => State::Trailer { line_is_empty: false },
            (state @ (State::Data { .. } | State::Done), _) => state,
            _ => return Err(Malformed),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(bytes: &[u8], split: usize) -> Result<(Vec<u8>, usize, bool), Malformed> {
        let (mut chunked, mut data, mut taken) = (Chunked::default(), Vec::new(), 0);
        for piece in bytes.chunks(split.max(1)) {
            taken += chunked.feed(piece, |chunk| data.extend_from_slice(chunk))?;
        }
        Ok((data, taken, chunked.is_done()))
    }

    #[test]
    fn extensions_and_trailers_are_passed_over() {
        let body = b"4;name=value\r\nWiki\r\n5 ; x\r\npedia\r\n0\r\nExpires: never\r\nA: b\r\n\r\n";
        assert_eq!(decode(body, 1).unwrap(), (b"Wikipedia".to_vec(), body.len(), true));
        assert_eq!(decode(b"2\nok\n0\n\n", 3).unwrap(), (b"ok".to_vec(), 8, true), "bare LF is understood");
    }

    #[test]
    fn bytes_behind_the_end_are_not_taken() {
        assert_eq!(decode(b"0\r\n\r\nHTTP/1.1 200 OK", 100).unwrap(), (vec![], 5, true));
    }

    #[test]
    fn broken_framing_is_refused() {
        let sizes = ["\r\n", "x\r\n", ";a\r\n", " 2\r\n", "-1\r\n", "0x2\r\n", "2 2\r\n", "fffffffffffffffff\r\n"];
        let line_ends = ["2\r\nokay\r\n", "2\rok", "2;a\rb\r\nok", "2\r\nok\r\r\n", "0\r\n\rA: b\r\n\r\n"];
        for bad in sizes.into_iter().chain(line_ends) {
            assert_eq!(decode(bad.as_bytes(), 100), Err(Malformed), "{bad:?}");
        }
    }

    #[test]
    fn padded_sizes_are_understood() {
        assert_eq!(decode(b"0002 \t \r\nok\r\n0  ;last\r\n\r\n", 1).unwrap().0, b"ok");
    }

    #[test]
    fn framing_without_end_is_refused_at_its_size_limit() {
        for endless in ["0", "1;", "0\r\nA: "] {
            let wire = format!("{endless}{}", "0".repeat(MAX_HEAD_BYTES));
            assert_eq!(decode(wire.as_bytes(), 1000), Err(Malformed), "{endless:?}");
        }
    }

    proptest! {
        #[test]
        fn any_split_of_any_body_decodes_to_the_body(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..50), 0..8), split in 1usize..64,
        ) {
            let mut wire = Vec::new();
            for chunk in &chunks {
                wire.extend_from_slice(format!("{:X}\r\n", chunk.len()).as_bytes());
                wire.extend_from_slice(chunk);
                wire.extend_from_slice(b"\r\n");
            }
            wire.extend_from_slice(b"0\r\n\r\n");
            prop_assert_eq!(decode(&wire, split).unwrap(), (chunks.concat(), wire.len(), true));
        }
    }
}
