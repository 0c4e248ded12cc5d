//! Marks on an axis: where single values lie, one character each.
//!
//! In: values with their marks. Out: lines of one width; marks that fall on one another are stacked. Knows no units.

/// A stretch of numbers and the columns it is drawn over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    last: usize,
}

impl Axis {
    /// The axis from the least to the greatest of `values`, `width` columns wide; none for no finite value.
    pub(super) fn over(values: impl IntoIterator<Item = f64>, width: usize) -> Option<Self> {
        let finite: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        let low = finite.iter().copied().reduce(f64::min)?;
        let high = finite.iter().copied().reduce(f64::max)?;
        Some(Self { low, high, last: width.saturating_sub(1) })
    }

    /// Both ends.
    pub(super) fn ends(self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// The nearest column; those beyond an end count as the end. One point alone lies in the middle.
    fn column(self, value: f64) -> usize {
        if self.high <= self.low {
            return self.last / 2;
        }
        let share = (value - self.low) / (self.high - self.low);
        let at = share * f64::from(u32::try_from(self.last).unwrap_or(u32::MAX));
        (0..self.last)
            .find(|column| at < f64::from(u32::try_from(*column).unwrap_or(u32::MAX)) + 0.5)
            .unwrap_or(self.last)
    }

    /// Lines of marks, the first nearest to the axis.
    pub(super) fn stack(self, marks: &[(f64, char)]) -> Vec<String> {
        let mut lines: Vec<Vec<char>> = Vec::new();
        for (value, mark) in marks.iter().filter(|(value, _)| value.is_finite()) {
            let column = self.column(*value);
            let free = lines.iter().position(|line| line.get(column) == Some(&' '));
            let line = free.unwrap_or_else(|| {
                lines.push(vec![' '; self.last + 1]);
                lines.len() - 1
            });
            if let Some(place) = lines.get_mut(line).and_then(|line| line.get_mut(column)) {
                *place = *mark;
            }
        }
        lines.into_iter().map(|line| line.into_iter().collect::<String>().trim_end().to_owned()).collect()
    }

    /// The axis itself, with marks of its own: of several in one column the last.
    pub(super) fn line(self, marks: &[(f64, char)]) -> String {
        let mut line = vec!['─'; self.last + 1];
        for (value, mark) in marks.iter().filter(|(value, _)| value.is_finite()) {
            if let Some(place) = line.get_mut(self.column(*value)) {
                *place = *mark;
            }
        }
        line.into_iter().collect()
    }

    /// What the ends are, written below them.
    pub(super) fn captions(self, low: &str, high: &str) -> String {
        if self.high <= self.low {
            return format!("{}{low}", " ".repeat((self.last / 2).saturating_sub(low.chars().count() / 2)));
        }
        let room = (self.last + 1).saturating_sub(low.chars().count() + high.chars().count()).max(1);
        format!("{low}{}{high}", " ".repeat(room))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_lie_where_they_belong_and_stack_where_they_meet() {
        let axis = Axis::over([0.0, 10.0], 11).unwrap();
        assert_eq!(axis.stack(&[(0.0, 'a'), (5.0, 'b'), (5.2, 'c'), (10.0, 'd')]), ["a    b    d", "     c"]);
        assert_eq!(axis.line(&[(0.0, '┼'), (3.0, '╂')]), "┼──╂───────");
        assert_eq!(axis.captions("0", "10"), "0        10");
    }

    #[test]
    fn one_value_alone_lies_in_the_middle() {
        let axis = Axis::over([7.0, 7.0, f64::NAN], 9).unwrap();
        assert_eq!(axis.stack(&[(7.0, 'a')]), ["    a"]);
        assert_eq!(Axis::over([f64::INFINITY], 9), None);
    }

    proptest! {
        #[test]
        fn no_mark_is_lost(values in prop::collection::vec(-1e6f64..1e6, 1..40), width in 1usize..80) {
            let axis = Axis::over(values.iter().copied(), width).unwrap();
            let marks: Vec<(f64, char)> = values.iter().map(|value| (*value, 'x')).collect();
            let lines = axis.stack(&marks);
            prop_assert_eq!(lines.concat().matches('x').count(), values.len());
            prop_assert!(lines.iter().all(|line| line.chars().count() <= width));
        }
    }
}
