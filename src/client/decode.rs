//! Content encodings, undone: gzip, br and zstd.
//!
//! In: a whole body as it came. Out: what was encoded, into bounded memory. Runs after the exchange is over, and only
//! on bodies that someone reads: it is in no latency.

use std::io::Read;

use brotli_decompressor::Decompressor;
use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;

use super::answer::MAX_KEPT_BODY;
use super::exchange::Failure;

/// Most encodings around each other in one body.
const MOST_LAYERS: usize = 4;

/// Largest zstd window an answer may ask for (RFC 9659).
const MAX_WINDOW: u64 = 8 * 1024 * 1024;

/// An encoding that can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Gzip,
    Brotli,
    Zstd,
}

impl Encoding {
    /// The encoding of a name; none for one that is not known.
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        let known: [(&[u8], Self); 6] = [
            (b"", Self::Identity),
            (b"identity", Self::Identity),
            (b"gzip", Self::Gzip),
            (b"x-gzip", Self::Gzip),
            (b"br", Self::Brotli),
            (b"zstd", Self::Zstd),
        ];
        known.into_iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, encoding)| encoding)
    }
}

/// Undoes encodings, named in the order in which they were applied.
pub(super) fn undo(encodings: &[Encoding], body: &mut Vec<u8>) -> Result<(), Failure> {
    if encodings.len() > MOST_LAYERS {
        return Err(Failure::Undecodable);
    }
    for encoding in encodings.iter().rev() {
        let decoded = match encoding {
            Encoding::Identity => continue,
            Encoding::Gzip => read_all(MultiGzDecoder::new(body.as_slice()), MAX_KEPT_BODY)?,
            Encoding::Brotli => read_all(Decompressor::new(body.as_slice(), 4096), MAX_KEPT_BODY)?,
            Encoding::Zstd => frames(body)?,
        };
        *body = decoded;
    }
    Ok(())
}

/// A zstd body is one frame after the other.
fn frames(mut body: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut all = Vec::new();
    while !body.is_empty() {
        let frame = StreamingDecoder::new_with_max_window_size(&mut body, MAX_WINDOW);
        let frame = read_all(frame.map_err(|_broken| Failure::Undecodable)?, MAX_KEPT_BODY - all.len())?;
        if all.is_empty() {
            all = frame;
        } else {
            all.extend_from_slice(&frame);
        }
    }
    Ok(all)
}

/// Everything a decoder gives, up to `most` bytes: what is larger is not decoded further.
fn read_all(decoder: impl Read, most: usize) -> Result<Vec<u8>, Failure> {
    let mut plain = Vec::new();
    let read = decoder.take(most as u64 + 1).read_to_end(&mut plain);
    read.map_err(|_broken| Failure::Undecodable)?;
    if plain.len() > most { Err(Failure::TooLarge) } else { Ok(plain) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;
    use crate::client::Response;

    /// `{"id":7}`, as brotli stores what it does not compress: one such block, and the last one, which is empty.
    const BROTLI: &[u8] = b"\x8b\x03\x80{\"id\":7}\x03";

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(data: &[u8]) -> Vec<u8> {
        compress_to_vec(data, CompressionLevel::Fastest)
    }

    fn decoded(encodings: &str, body: &[u8]) -> Result<Vec<u8>, Failure> {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {encodings}\r\n\r\n");
        let mut response = Response { status: 200, head: head.into(), body: body.to_vec() };
        response.decode().map(|()| response.body)
    }

    #[test]
    fn each_encoding_is_undone() {
        let plain = br#"{"id":7}"#;
        assert_eq!(decoded("gzip", &gzip(plain)).unwrap(), plain);
        assert_eq!(decoded("X-GZIP", &gzip(plain)).unwrap(), plain);
        assert_eq!(decoded("br", BROTLI).unwrap(), plain);
        assert_eq!(decoded("zstd", &zstd(plain)).unwrap(), plain);
        assert_eq!(decoded("identity", plain).unwrap(), plain);
    }

    #[test]
    fn encodings_around_each_other_are_undone_from_the_outermost() {
        assert_eq!(decoded("gzip, zstd", &zstd(&gzip(b"deep"))).unwrap(), b"deep");
        assert_eq!(decoded("gzip, identity\r\nContent-Encoding: zstd", &zstd(&gzip(b"deep"))).unwrap(), b"deep");
        assert_eq!(decoded("gzip, gzip, gzip, gzip, gzip", &gzip(b"deep")), Err(Failure::Undecodable));
    }

    #[test]
    fn members_and_frames_follow_each_other() {
        assert_eq!(decoded("gzip", &[gzip(b"one "), gzip(b"two")].concat()).unwrap(), b"one two");
        assert_eq!(decoded("zstd", &[zstd(b"one "), zstd(b"two")].concat()).unwrap(), b"one two");
    }

    #[test]
    fn an_unknown_encoding_is_left_as_it_is() {
        assert_eq!(decoded("compress", b"as it came").unwrap(), b"as it came");
        assert_eq!(decoded("gzip, sdch", b"as it came").unwrap(), b"as it came");
    }

    #[test]
    fn an_empty_body_is_an_empty_body() {
        assert_eq!(decoded("gzip", b"").unwrap(), b"");
    }

    #[test]
    fn what_is_cut_off_or_not_encoded_at_all_is_undecodable() {
        for (name, whole) in [("gzip", gzip(b"some text")), ("br", BROTLI.to_vec()), ("zstd", zstd(b"some text"))] {
            let cut = whole.get(..whole.len() - 2).unwrap();
            assert_eq!(decoded(name, cut), Err(Failure::Undecodable), "{name}");
            assert_eq!(decoded(name, b"plain text"), Err(Failure::Undecodable), "{name}");
        }
    }

    #[test]
    fn a_bomb_is_not_decoded_beyond_what_is_kept() {
        let large = vec![0; MAX_KEPT_BODY + 1];
        assert_eq!(decoded("gzip", &gzip(&large)), Err(Failure::TooLarge));
        assert_eq!(decoded("zstd", &zstd(&large)), Err(Failure::TooLarge));
        let half = zstd(&large[..=MAX_KEPT_BODY / 2]);
        assert_eq!(decoded("zstd", &[half.clone(), half].concat()), Err(Failure::TooLarge));
        assert_eq!(decoded("gzip", &gzip(&large[..MAX_KEPT_BODY])).map(|body| body.len()), Ok(MAX_KEPT_BODY));
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(data in prop::collection::vec(any::<u8>(), 1..2000)) {
            prop_assert_eq!(&decoded("gzip", &gzip(&data)).unwrap(), &data);
            prop_assert_eq!(&decoded("zstd", &zstd(&data)).unwrap(), &data);
        }

        #[test]
        fn no_bytes_bring_a_decoder_down(data in prop::collection::vec(any::<u8>(), 0..300), at: prop::sample::Index) {
            let mut broken = zstd(&data);
            if let Some(byte) = broken.get_mut(at.index(data.len() + 1)) {
                *byte ^= 0x41;
            }
            for (name, body) in [("gzip", &data), ("br", &data), ("zstd", &data), ("zstd", &broken)] {
                let _either = decoded(name, body);
            }
        }
    }
}
