//! Memory for a long run, taken at its start.
//!
//! In: how much a recording may come to take. Out: nothing: the allocator has it at hand from then on, so that a machine that has
//! no more says so at once, and not after an hour of load. Measured with glibc; another allocator may give pieces back.

use std::hint::black_box;
use std::time::Duration;

/// Memory that stays with this process.
#[derive(Debug)]
pub struct Room {
    /// What lies behind it: a heap gives back only what is at its end.
    _end: Vec<u8>,
}

/// A run that lasts longer takes its memory at its start.
const LONG: Duration = Duration::from_secs(300);

/// Bytes asked for at once: more than what is kept apart for reuse, less than what the system is asked for by itself.
const PIECE: usize = 32 * 1024;

impl Room {
    /// For the thread that asks, at least so many bytes if its run is a long one.
    #[must_use]
    pub fn for_a_run_of(length: Duration, bytes: usize) -> Option<Self> {
        (length > LONG).then(|| Self::take(bytes))
    }

    /// Memory is this process's own only once it is written to.
    fn take(bytes: usize) -> Self {
        let pieces: Vec<Vec<u8>> = (0..bytes.div_ceil(PIECE)).map(|_| black_box(vec![1; PIECE])).collect();
        let end = black_box(vec![1; PIECE]);
        drop(pieces);
        Self { _end: end }
    }
}
