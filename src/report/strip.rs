//! The strip: a cell's interval drawn against its tolerance, `─────┃─━●━━──`.
//!
//! In: change, bounds and tolerance. Out: thirteen characters. To the right is worse, and the bar stands in the same
//! column of every strip, so a column of strips reads at a glance. Decides nothing.

/// Column of the tolerance's bar.
const BAR: i32 = 5;

/// Column of no change.
const ZERO: f64 = 2.0;

/// Columns to one tolerance.
const SCALE: f64 = 3.0;

/// The last column.
const LAST: i32 = 12;

/// An interval against its tolerance, as shares of a drawing from left to right. To the right is worse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// The lower bound, or where the drawing ends.
    pub low: f64,
    /// The estimate.
    pub middle: f64,
    /// The upper bound, or where the drawing ends.
    pub high: f64,
}

impl Bar {
    /// Where no change lies.
    pub const ZERO: f64 = ZERO / LAST as f64;
    /// Where the tolerance lies.
    pub const TOLERANCE: f64 = BAR as f64 / LAST as f64;

    pub(super) fn of(change: Option<f64>, low: Option<f64>, high: Option<f64>, tolerance: Option<f64>) -> Option<Self> {
        let Placed { middle, left, right } = Placed::of(change, low, high, tolerance)?;
        let [low, middle, high] = [left, middle, right].map(|column| (column / f64::from(LAST)).clamp(0.0, 1.0));
        Some(Self { low, middle, high })
    }
}

/// An interval in columns.
struct Placed {
    middle: f64,
    left: f64,
    right: f64,
}

impl Placed {
    fn of(change: Option<f64>, low: Option<f64>, high: Option<f64>, tolerance: Option<f64>) -> Option<Self> {
        let tolerance = tolerance.filter(|tolerance| tolerance.is_finite() && *tolerance != 0.0)?;
        let place = |change: f64| change.is_finite().then(|| ZERO + SCALE * (change / tolerance));
        let middle = place(change?)?;
        let (one, other) = (low.and_then(place).unwrap_or(middle), high.and_then(place).unwrap_or(middle));
        Some(Self { middle, left: one.min(other), right: one.max(other) })
    }
}

/// Draws an interval; `None` where there is no estimate or no tolerance to draw it against.
pub(super) fn draw(change: Option<f64>, low: Option<f64>, high: Option<f64>, tolerance: Option<f64>) -> Option<String> {
    let Placed { middle, left, right } = Placed::of(change, low, high, tolerance)?;
    let dot = dot_column(middle);
    Some((0..=LAST).map(|column| glyph(column, dot, left, right)).collect())
}

/// The estimate's column. Rounding never carries it onto or over the bar: the strip must not contradict the verdict.
fn dot_column(middle: f64) -> i32 {
    let nearest = (0..=LAST).find(|column| middle < f64::from(*column) + 0.5).unwrap_or(LAST + 1);
    let nearest = if middle < -0.5 { -1 } else { nearest };
    if middle > f64::from(BAR) { nearest.max(BAR + 1) } else { nearest.min(BAR - 1) }
}

fn glyph(column: i32, dot: i32, left: f64, right: f64) -> char {
    let at = f64::from(column);
    match column {
        _ if column == dot => '●',
        0 if dot < 0 => '◀',
        LAST if dot > LAST => '▶',
        BAR => '┃',
        _ if left <= at + 0.5 && at - 0.5 <= right => '━',
        _ => '─',
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_regression_lies_right_of_the_bar() {
        let strip = draw(Some(0.21), Some(0.15), Some(0.27), Some(0.1)).unwrap();
        assert_eq!(strip, "─────┃━━●━━──");
    }

    #[test]
    fn fewer_requests_per_second_lie_right_as_well() {
        let strip = draw(Some(-0.15), Some(-0.2), Some(-0.12), Some(-0.05)).unwrap();
        assert_eq!(strip, "─────┃───━━●━");
    }

    #[test]
    fn no_change_lies_left_of_the_bar() {
        let strip = draw(Some(0.0), Some(-0.04), Some(0.04), Some(0.1)).unwrap();
        assert_eq!(strip, "─━●━─┃───────");
    }

    #[test]
    fn what_is_off_the_strip_is_an_arrow() {
        assert_eq!(draw(Some(9.0), Some(8.0), Some(10.0), Some(0.1)).unwrap(), "─────┃──────▶");
        assert_eq!(draw(Some(-0.5), Some(-0.6), Some(-0.4), Some(0.1)).unwrap(), "◀────┃───────");
    }

    #[test]
    fn there_is_no_strip_without_a_tolerance() {
        assert_eq!(draw(Some(0.1), None, None, None), None);
        assert_eq!(draw(None, None, None, Some(0.1)), None);
        assert_eq!(draw(Some(f64::INFINITY), None, None, Some(0.1)), None);
    }

    proptest! {
        #[test]
        fn the_dot_is_right_of_the_bar_exactly_when_the_change_exceeds_the_tolerance(
            change in -2.0f64..2.0, tolerance in prop_oneof![-0.5f64..-0.01, 0.01f64..0.5],
        ) {
            let strip = draw(Some(change), None, None, Some(tolerance)).unwrap();
            prop_assert_eq!(strip.chars().count(), 13);
            let at = |wanted: &[char]| strip.chars().position(|c| wanted.contains(&c)).unwrap();
            let beyond = at(&['●', '◀', '▶']) > at(&['┃']);
            // At the tolerance itself either side is within rounding of the division.
            prop_assume!((change / tolerance - 1.0).abs() > 1e-9);
            prop_assert_eq!(beyond, change / tolerance > 1.0);
        }
    }
}
