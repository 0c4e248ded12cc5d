//! The text form of a histogram, read: `HdrHistogram` V2 with DEFLATE, in base64, from whoever wrote it.
//!
//! In: text. Out: latencies and how many there were of each, or why it is none. The library's own reader trusts what a
//! text says of itself: sixty bytes make it take four gigabytes. This one inflates no further than the values that are
//! taken can reach, and makes room for no more than is there. Writes nothing: that is [`Histogram`](super::Histogram)'s.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::read::ZlibDecoder;

use super::numbers::MOST_COUNT;

/// Significant decimal digits that are kept of a latency.
pub(super) const DIGITS: u8 = 3;

/// The first bytes of the compressed form, and of what is inside.
const COMPRESSED: u32 = 0x1c84_9314;
const PLAIN: u32 = 0x1c84_9313;

/// Bytes before the counts: cookie, length, offset, digits, lowest and highest value, ratio.
const HEAD: usize = 40;

/// Values of one bucket of sub-buckets that are told apart: 2 x 10^3, rounded up to a power of two.
const SUB_BUCKETS: u64 = 2_048;

/// Index behind the last one that is taken: that of `u32::MAX` microseconds, in the last half of 21 doublings.
const INDEXES: u64 = SUB_BUCKETS / 2 * 23;

/// Most bytes inflated: a count takes nine at most.
const MOST_BYTES: usize = HEAD + 9 * 1_024 * 23;

/// What the text of every histogram starts with.
const START: &str = "HISTFAAA";

/// How many bytes a text inflates to, where it is a histogram's; 0 otherwise. What a histogram takes in memory is less
/// than three times as many.
pub(super) fn weight(text: &str) -> usize {
    if text.starts_with(START) { inflated(text).map_or(MOST_BYTES, |plain| plain.len()) } else { 0 }
}

/// The latencies that a text tells, ascending, each with how many there were.
pub(super) fn decode(text: &str) -> Result<Vec<(u64, u64)>, String> {
    let plain = inflated(text)?;
    let (digits, mut rest) = counts_of(&plain).ok_or_else(|| NO_HISTOGRAM.to_owned())?;
    if digits != u32::from(DIGITS) {
        return Err(format!("a histogram has {digits} significant digits, not {DIGITS}"));
    }
    let (mut latencies, mut index, mut sum) = (Vec::new(), 0_u64, 0_u64);
    while !rest.is_empty() {
        let count = take_zigzag(&mut rest).ok_or_else(|| NO_HISTOGRAM.to_owned())?;
        if count < 0 {
            index = index.saturating_add(count.unsigned_abs());
            continue;
        }
        if index >= INDEXES {
            return Err("a histogram holds latencies beyond 71 minutes".to_owned());
        }
        if count > 0 {
            let count = count.unsigned_abs();
            sum = sum.saturating_add(count);
            latencies.push((value(index), count));
        }
        index += 1;
    }
    if sum > MOST_COUNT {
        return Err("a histogram holds more requests than any run makes".to_owned());
    }
    Ok(latencies)
}

const NO_HISTOGRAM: &str = "a histogram is not in HdrHistogram's V2 form";

fn inflated(text: &str) -> Result<Vec<u8>, String> {
    let bytes = BASE64.decode(text).map_err(|error| format!("a histogram is not base64: {error}"))?;
    let mut rest = bytes.as_slice();
    let (cookie, length) = (take_u32(&mut rest), take_u32(&mut rest));
    let length = length.filter(|_| cookie == Some(COMPRESSED)).and_then(|length| usize::try_from(length).ok());
    let deflated = length.and_then(|length| rest.get(..length)).ok_or_else(|| NO_HISTOGRAM.to_owned())?;
    let mut plain = Vec::new();
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
    ZlibDecoder::new(deflated)
        .take(most + 1)
        .read_to_end(&mut plain)
        .map_err(|error| format!("{NO_HISTOGRAM}: {error}"))?;
    if plain.len() > MOST_BYTES { Err("a histogram inflates to more than any holds".to_owned()) } else { Ok(plain) }
}

/// Significant digits, and the bytes of the counts.
fn counts_of(plain: &[u8]) -> Option<(u32, &[u8])> {
    let mut rest = plain;
    let cookie = take_u32(&mut rest)?;
    let length = usize::try_from(take_u32(&mut rest)?).ok()?;
    let (offset, digits) = (take_u32(&mut rest)?, take_u32(&mut rest)?);
    // Lowest and highest value say how the writer saw its room; counts are where they are all the same.
    let (lowest, _highest) = (take_u64(&mut rest)?, take_u64(&mut rest)?);
    let ratio = f64::from_bits(take_u64(&mut rest)?);
    let is_ours = cookie == PLAIN && offset == 0 && lowest == 1 && ratio.to_bits() == 1.0_f64.to_bits();
    is_ours.then_some((digits, rest.get(..length)?))
}

/// The lowest latency counted at an index.
fn value(index: u64) -> u64 {
    let doublings = (index / (SUB_BUCKETS / 2)).saturating_sub(1);
    (index - doublings * (SUB_BUCKETS / 2)) << doublings
}

fn take_u32(bytes: &mut &[u8]) -> Option<u32> {
    let (first, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    Some(u32::from_be_bytes(*first))
}

fn take_u64(bytes: &mut &[u8]) -> Option<u64> {
    let (first, rest) = bytes.split_first_chunk::<8>()?;
    *bytes = rest;
    Some(u64::from_be_bytes(*first))
}

/// A count, or less than 0 for as many empty places: zigzag LEB128 of nine bytes at most, the ninth whole.
fn take_zigzag(bytes: &mut &[u8]) -> Option<i64> {
    let mut value = 0_u64;
    for place in 0..9 {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        if place == 8 || byte < 0x80 {
            value |= u64::from(byte) << (7 * place);
            break;
        }
        value |= u64::from(byte & 0x7f) << (7 * place);
    }
    Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};
    use proptest::prelude::*;

    use super::*;

    /// The text of counts, whatever they are.
    fn text(digits: u32, length: usize, counts: &[u8]) -> String {
        let mut plain = Vec::new();
        for word in [PLAIN, u32::try_from(length).unwrap(), 0, digits] {
            plain.extend(word.to_be_bytes());
        }
        plain.extend([1_u64, u64::MAX, 1.0_f64.to_bits()].into_iter().flat_map(u64::to_be_bytes));
        plain.extend(counts);
        let mut deflated = ZlibEncoder::new(Vec::new(), Compression::best());
        deflated.write_all(&plain).unwrap();
        let deflated = deflated.finish().unwrap();
        let length = u32::try_from(deflated.len()).unwrap();
        BASE64.encode([&COMPRESSED.to_be_bytes()[..], &length.to_be_bytes()[..], &deflated].concat())
    }

    fn refused(text: &str) -> String {
        decode(text).unwrap_err()
    }

    proptest! {
        #[test]
        fn what_hdr_histogram_writes_is_read_as_it_reads_it(
            latencies in prop::collection::vec((any::<u32>(), 0..25_u32, 1..1_000_000_u64), 0..200),
        ) {
            let mut hdr = hdrhistogram::Histogram::<u64>::new_with_max(u64::from(u32::MAX), DIGITS).unwrap();
            for (latency, shift, count) in latencies {
                hdr.record_n(u64::from(latency >> shift), count).unwrap();
            }
            let mut bytes = Vec::new();
            V2DeflateSerializer::new().serialize(&hdr, &mut bytes).unwrap();
            let expected: Vec<_> = hdr
                .iter_recorded()
                .map(|step| (hdr.lowest_equivalent(step.value_iterated_to()), step.count_at_value()))
                .collect();
            prop_assert_eq!(decode(&BASE64.encode(bytes)), Ok(expected));
        }

        #[test]
        fn any_counts_are_read_or_refused(counts: Vec<u8>) {
            let text = text(3, counts.len(), &counts);
            prop_assert!(text.starts_with(START));
            prop_assert_eq!(weight(&text), HEAD + counts.len());
            if let Ok(latencies) = decode(&text) {
                prop_assert!(latencies.is_sorted_by(|one, next| one.0 < next.0));
                prop_assert!(latencies.iter().all(|(latency, _)| u32::try_from(*latency).is_ok()));
            }
        }
    }

    #[test]
    fn the_highest_latency_is_the_last_that_is_taken() {
        let highest = text(3, 4, &[0xfd, 0xef, 0x02, 2]);
        assert_eq!(decode(&highest), Ok(vec![(value(INDEXES - 1), 1)]));
        assert_eq!(value(INDEXES - 1), u64::from(u32::MAX) >> 21 << 21);
        assert!(refused(&text(3, 4, &[0xff, 0xef, 0x02, 2])).contains("71 minutes"));
    }

    #[test]
    fn a_histogram_that_says_more_than_it_holds_is_refused_without_making_room() {
        assert!(refused(&text(3, 0xffff_fff0, &[2])).contains("V2 form"));
        assert!(refused(&text(5, 1, &[2])).contains("5 significant digits"));
    }

    #[test]
    fn a_histogram_that_inflates_without_end_is_refused() {
        let bomb = text(3, 40_000_000, &vec![0; 40_000_000]);
        assert!(bomb.len() < 60_000, "{}", bomb.len());
        assert!(refused(&bomb).contains("inflates to more"));
        assert_eq!(weight(&bomb), MOST_BYTES);
    }

    #[test]
    fn counts_that_no_run_makes_are_refused() {
        let most = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        assert!(refused(&text(3, 18, &[most, most].concat())).contains("more requests"));
        assert!(decode(&text(3, 9, &[0xff; 9])).unwrap().is_empty(), "only empty places");
    }
}
