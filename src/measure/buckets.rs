//! The buckets of a histogram, packed.
//!
//! In: latencies in ascending order. Out: bytes, two or three a bucket, and the buckets back. The bounds of buckets
//! are those of `HdrHistogram` at 3 significant digits. Computes no figure.

use std::iter::Peekable;

use super::numbers::real;

/// Bits of a latency that choose its bucket: 2 x 10^3 (3 significant digits), rounded up to a power of two, is 2^11.
const BUCKET_BITS: u32 = 11;

/// Bytes that there is room for while buckets are packed; most need less.
const ROOM: usize = 2 * 1024;

/// Latencies the histogram does not tell apart, and how many there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Lowest latency of the bucket in microseconds.
    pub low_us: u64,
    /// Latencies recorded in it; never 0.
    pub count: u64,
}

/// Buckets in ascending order, packed: for each its distance from the one before, then its count, both as LEB128.
/// The same latencies always pack to the same bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Buckets {
    count: u64,
    packed: Vec<u8>,
}

impl Bucket {
    /// Highest latency of the bucket in microseconds: what a quantile that falls into it reads.
    #[must_use]
    pub fn high_us(self) -> u64 {
        self.low_us + self.width_us() - 1
    }

    /// How many microseconds wide it is: 1 below 2,048, at most 0.1% of its latencies above.
    #[must_use]
    pub fn width_us(self) -> u64 {
        1 << shift(self.low_us)
    }

    /// What each of its latencies counts as in a sum.
    pub(super) fn middle_us(self) -> f64 {
        real(self.low_us + self.width_us() / 2)
    }
}

impl Buckets {
    /// How many latencies are in them.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Memory they take.
    pub(super) fn bytes(&self) -> usize {
        self.packed.len()
    }

    /// The buckets, unpacked one by one.
    pub(super) fn iter(&self) -> impl Iterator<Item = Bucket> + '_ {
        Unpack { packed: &self.packed, low_us: 0 }
    }

    /// What is in these and in others.
    pub(super) fn merged(&self, other: &Self) -> Self {
        let both = Merge(self.iter().peekable(), other.iter().peekable());
        both.map(|bucket| (bucket.low_us, bucket.count)).collect()
    }
}

/// From latencies in microseconds, ascending, and how many there were of each.
impl FromIterator<(u64, u64)> for Buckets {
    fn from_iter<I: IntoIterator<Item = (u64, u64)>>(latencies: I) -> Self {
        // Packed in one place and kept in another, of its own size: what grows would lie where it began, between what other
        // threads gave up, and what shrinks would leave a gap.
        let (mut count_of_all, mut packed) = (0, Vec::with_capacity(ROOM));
        let mut latencies = latencies.into_iter().map(|(latency_us, count)| (floor(latency_us), count)).peekable();
        let mut last_us = 0;
        while let Some((low_us, mut count)) = latencies.next() {
            while let Some((_, more)) = latencies.next_if(|(next_us, _)| *next_us == low_us) {
                count += more;
            }
            push_leb128(&mut packed, low_us - last_us);
            push_leb128(&mut packed, count);
            count_of_all += count;
            last_us = low_us;
        }
        Self { count: count_of_all, packed: packed.as_slice().into() }
    }
}

/// The lowest latency of the bucket that holds this one.
pub(super) fn floor(latency_us: u64) -> u64 {
    let shift = shift(latency_us);
    latency_us >> shift << shift
}

/// How many of its lowest bits a latency's bucket does not tell apart.
fn shift(latency_us: u64) -> u32 {
    (u64::BITS - latency_us.leading_zeros()).saturating_sub(BUCKET_BITS)
}

/// Unpacks buckets.
struct Unpack<'a> {
    packed: &'a [u8],
    low_us: u64,
}

impl Iterator for Unpack<'_> {
    type Item = Bucket;

    fn next(&mut self) -> Option<Bucket> {
        self.low_us += take_leb128(&mut self.packed)?;
        let count = take_leb128(&mut self.packed)?;
        Some(Bucket { low_us: self.low_us, count })
    }
}

/// Two ascending runs of buckets as one. A bucket that is in both comes twice, side by side.
struct Merge<L: Iterator<Item = Bucket>, R: Iterator<Item = Bucket>>(Peekable<L>, Peekable<R>);

impl<L: Iterator<Item = Bucket>, R: Iterator<Item = Bucket>> Iterator for Merge<L, R> {
    type Item = Bucket;

    fn next(&mut self) -> Option<Bucket> {
        match (self.0.peek(), self.1.peek()) {
            (Some(left), Some(right)) if right.low_us < left.low_us => self.1.next(),
            (None, _) => self.1.next(),
            _ => self.0.next(),
        }
    }
}

fn push_leb128(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push((value & 0x7f) as u8);
}

fn take_leb128(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    let mut shift = 0;
    loop {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn buckets_have_the_bounds_of_hdr_histogram(latency in 0..=u64::from(u32::MAX)) {
            let hdr = hdrhistogram::Histogram::<u64>::new(3).unwrap();
            let bucket = Bucket { low_us: floor(latency), count: 1 };
            prop_assert_eq!(bucket.low_us, hdr.lowest_equivalent(latency));
            prop_assert_eq!(bucket.high_us(), hdr.highest_equivalent(latency));
            prop_assert_eq!(bucket.width_us(), hdr.equivalent_range(latency));
        }

        #[test]
        fn what_is_packed_is_unpacked(mut latencies: Vec<u32>) {
            latencies.sort_unstable();
            let buckets: Buckets = latencies.iter().map(|latency| (u64::from(*latency), 1)).collect();
            let unpacked: Vec<_> =
                buckets.iter().flat_map(|bucket| (0..bucket.count).map(move |_| bucket.low_us)).collect();
            let expected: Vec<_> = latencies.iter().map(|latency| floor(u64::from(*latency))).collect();
            prop_assert_eq!(unpacked, expected);
            prop_assert_eq!(buckets.count(), latencies.len() as u64);
        }
    }

    #[test]
    fn a_bucket_is_at_most_a_thousandth_of_its_latencies_wide() {
        for latency in [2_048_u64, 5_000, 1_000_000, 3_600_000_000] {
            let bucket = Bucket { low_us: floor(latency), count: 1 };
            assert!(bucket.width_us() * 1_000 <= bucket.low_us, "{bucket:?}");
        }
    }

    #[test]
    fn a_typical_bucket_takes_three_bytes_at_most() {
        let buckets: Buckets = (0..1_000).map(|step| (10_000 + 16 * step, 100)).collect();
        assert!(buckets.packed.len() <= 3_000, "{} bytes", buckets.packed.len());
    }
}
