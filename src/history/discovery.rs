//! How small a chance must be before it counts, where many series are looked at.
//!
//! In: one chance a series. Out: the bar below which a series is said to have changed. Knows no series.

/// Share of the series named that may be named wrongly.
const FALSE_DISCOVERIES: f64 = 0.01;

/// The largest chance that still counts: `α k/m` for the largest k such that k chances are at most that (Benjamini and
/// Hochberg, "Controlling the false discovery rate", JRSS B 57, 1995). None where no chance counts.
pub(super) fn bar(chances: &[f64]) -> Option<f64> {
    let mut sorted = chances.to_vec();
    sorted.sort_by(f64::total_cmp);
    let bars = (1_u32..).map(|rank| FALSE_DISCOVERIES * f64::from(rank) / super::energy::float(sorted.len()));
    sorted.iter().zip(bars).filter(|(chance, bar)| *chance <= bar).map(|(_, bar)| bar).last()
}
