//! A program that competes for the machine: threads that compute for a while and rest for a while, at random.
//!
//! A steady competitor would only make everything slower; one that comes and goes makes one minute unlike the next, which is
//! what gates on shared machines meet. Ends when it is dropped.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// The spans of work and of rest, in milliseconds: as long as slots, blocks and runs.
const SPANS: [u64; 4] = [100, 500, 2_000, 8_000];
/// How often a thread looks whether it is to end.
const BREATH: Duration = Duration::from_millis(20);

/// Threads that compete until they are dropped.
#[derive(Debug)]
pub(super) struct Busy {
    ended: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Busy {
    /// Starts so many.
    pub(super) fn start(threads: u32, seed: u64) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let compete = |number: u32| {
            let (ended, random) = (Arc::clone(&ended), Xoshiro256PlusPlus::seed_from_u64(seed ^ u64::from(number)));
            thread::spawn(move || compete(&ended, random))
        };
        let threads = (0..threads).map(compete).collect();
        Self { ended, threads }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // It only counts: nothing in it can panic.
            let _ended = thread.join();
        }
    }
}

fn compete(ended: &AtomicBool, mut random: Xoshiro256PlusPlus) {
    let mut works = random.random();
    while !ended.load(Ordering::Relaxed) {
        let scale = SPANS.get(random.random_range(0..SPANS.len())).copied().unwrap_or(BREATH.as_secs());
        let until = Instant::now() + Duration::from_millis(random.random_range(1..=scale));
        while Instant::now() < until && !ended.load(Ordering::Relaxed) {
            if works {
                black_box((0..100_000_u64).fold(0_u64, |sum, number| black_box(sum.wrapping_mul(31) ^ number)));
            } else {
                thread::sleep(BREATH.min(until.saturating_duration_since(Instant::now())));
            }
        }
        works = !works;
    }
}
