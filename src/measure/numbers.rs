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
