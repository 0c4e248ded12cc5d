//! Between counts and reals, each way with the reason why nothing that matters is lost.
//!
//! In: counts. Out: reals, and back. Knows nothing of what is counted.

/// A count as a real, exact below 2^53.
#[expect(clippy::cast_precision_loss, reason = "no run makes 2^53 requests")]
pub(super) fn real(count: u64) -> f64 {
    count as f64
}

/// A length as a real, exact below 2^53.
pub(super) fn length<T>(items: &[T]) -> f64 {
    real(items.len() as u64)
}

/// The whole part of a real; 0 for what is negative or no number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, which is what is asked for"
)]
pub(super) fn whole(value: f64) -> u64 {
    value as u64
}

/// A part as a share of its whole; 0 where there is no whole.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { real(part) / real(whole) }
}

/// Most that a recording counts of anything: requests, bytes, starts. A run of 30 days at 100 Gbit/s counts less.
pub(super) const MOST_COUNT: u64 = 1 << 56;

/// Most that a figure is: bytes of memory, requests per second. What is computed of some millions of them is finite.
pub(super) const MOST_FIGURE: f64 = 1e30;

/// No run is longer than 30 days: a file that says so is wrong.
pub(super) const LONGEST_S: f64 = 30.0 * 86_400.0;

/// What is wrong with counts that were read, if anything: together they are more than a run can count. Later sums of
/// them can't overflow then.
pub(super) fn check_counts(what: &str, counts: impl IntoIterator<Item = u64>) -> Result<(), String> {
    let sum = counts.into_iter().fold(0, u64::saturating_add);
    if sum > MOST_COUNT { Err(format!("{what} add up to more than any run counts")) } else { Ok(()) }
}

/// What is wrong with a figure that was read, if anything: it is outside `range`.
pub(super) fn check_figure(what: &str, value: f64, range: std::ops::RangeInclusive<f64>) -> Result<(), String> {
    if range.contains(&value) { Ok(()) } else { Err(format!("{what} is {value}")) }
}

/// What is wrong with the slices of time that were read, if anything: their length, their number, or when they start.
pub(super) fn check_slices(what: &str, slice_s: u64, starts: impl ExactSizeIterator<Item = u64>) -> Result<(), String> {
    if !slice_s.is_power_of_two() || real(slice_s) > 2.0 * LONGEST_S {
        return Err(format!("{what} of {slice_s} s"));
    }
    if starts.len() > MOST_SLICES_READ {
        return Err(format!("more than {MOST_SLICES_READ} {what}"));
    }
    for start_s in starts {
        if start_s % slice_s != 0 {
            return Err(format!("{what} that do not start at multiples of {slice_s} s"));
        }
        if real(start_s) > 2.0 * LONGEST_S {
            return Err(format!("{what} that start after {start_s} s"));
        }
    }
    Ok(())
}

/// Most slices that are read; fewer than this are written.
const MOST_SLICES_READ: usize = 10_000;
