//! Rows for templates, from files, handed out to virtual users.
//!
//! In: a `.csv`, `.json` or `.jsonl` file. Out: rows, drawn at random, in turn, or each once over all workers.
//! Parsing is `rows`'s; which row a user holds is its scope's.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::{Rng, RngExt};

use super::fault::Flaw;
use super::rows::Rows;
use super::value::Value;
use crate::config::{Pick, nearest};

/// Rows for templates, from a file; at least one.
#[derive(Debug)]
pub struct DataSet {
    name: String,
    pick: Pick,
    rows: Rows,
    /// How many rows have been handed out, where they are handed out in turn.
    cursor: AtomicUsize,
}

impl DataSet {
    /// Reads `file`, relative to `base`.
    pub(super) fn read(name: &str, file: &Path, base: &Path, pick: Pick) -> Result<Self, Flaw> {
        Ok(Self::new(name, Rows::read(file, base)?, pick))
    }

    pub(super) fn new(name: &str, rows: Rows, pick: Pick) -> Self {
        Self { name: name.to_owned(), pick, rows, cursor: AtomicUsize::new(0) }
    }

    /// The name templates use.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Never: a file without rows is refused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Hands rows out from the first again, for the next run.
    pub(super) fn rewind(&self) {
        self.cursor.store(0, Ordering::Relaxed);
    }

    /// The columns' names.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.rows.columns()
    }

    /// The index of a column that every row has.
    pub(super) fn column(&self, column: &str) -> Result<usize, Flaw> {
        let Some(index) = self.columns().position(|known| known == column) else {
            let known = self.columns().collect::<Vec<_>>();
            let help = match nearest(column, known.iter().copied()) {
                Some(near) => format!("did you mean `{}.{near}`?", self.name),
                None => format!("its columns are {}", known.join(", ")),
            };
            return Err(Flaw::new(format!("data `{}` has no column `{column}`", self.name), help));
        };
        self.rows.whole(index)?;
        Ok(index)
    }

    /// The next row for someone who needs one; none when a `unique` set has run out.
    pub(super) fn draw(&self, rng: &mut impl Rng) -> Result<usize, Exhausted> {
        let len = self.len().max(1);
        match self.pick {
            Pick::Random => Ok(rng.random_range(0..len)),
            Pick::Cycle => Ok(self.cursor.fetch_add(1, Ordering::Relaxed) % len),
            Pick::Unique => {
                let row = self.cursor.fetch_add(1, Ordering::Relaxed);
                if row < len { Ok(row) } else { Err(Exhausted { data: self.name.clone(), rows: len }) }
            }
        }
    }

    /// What a row holds in a column.
    pub(super) fn cell(&self, row: usize, column: usize) -> Option<&Value<'static>> {
        self.rows.cell(row, column)
    }
}

/// A `unique` data set ran out of rows: the run ends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "data `{data}` ran out: each of its {rows} rows has been used once; give it more rows, or write pick = \"cycle\""
)]
pub struct Exhausted {
    /// The name of the data set.
    pub data: String,
    /// How many rows it has.
    pub rows: usize,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    fn three(pick: Pick) -> DataSet {
        DataSet::new("letters", Rows::parse_csv("l.csv", "letter,size\na,1\nb,2\nc,3\n").unwrap(), pick)
    }

    fn draws(set: &DataSet, count: usize) -> Vec<Result<usize, Exhausted>> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        (0..count).map(|_| set.draw(&mut rng)).collect()
    }

    #[test]
    fn cycle_starts_over_after_the_last_row() {
        assert_eq!(draws(&three(Pick::Cycle), 5), [Ok(0), Ok(1), Ok(2), Ok(0), Ok(1)]);
    }

    #[test]
    fn unique_hands_out_each_row_once_and_then_says_so() {
        let set = three(Pick::Unique);
        let drawn = draws(&set, 4);
        assert_eq!(drawn[..3], [Ok(0), Ok(1), Ok(2)]);
        let message = drawn[3].clone().unwrap_err().to_string();
        assert!(message.contains("`letters` ran out") && message.contains("3 rows"), "{message}");
        set.rewind();
        assert_eq!(draws(&set, 1), [Ok(0)]);
    }

    #[test]
    fn unique_rows_are_shared_between_threads_without_repeats() {
        let text =
            std::iter::once("n".to_owned()).chain((0..400).map(|n| n.to_string())).collect::<Vec<_>>().join("\n");
        let set = DataSet::new("numbers", Rows::parse_csv("n.csv", &text).unwrap(), Pick::Unique);
        let drawn = std::thread::scope(|threads| {
            let workers = [(); 4].map(|()| threads.spawn(|| draws(&set, 100)));
            workers.map(|worker| worker.join().unwrap()).concat()
        });
        assert_eq!(drawn.into_iter().map(Result::unwrap).collect::<BTreeSet<_>>().len(), 400);
    }

    #[test]
    fn random_reaches_every_row() {
        let drawn = draws(&three(Pick::Random), 100).into_iter().map(Result::unwrap).collect::<BTreeSet<_>>();
        assert_eq!(drawn, BTreeSet::from([0, 1, 2]));
    }

    #[test]
    fn an_unknown_column_names_the_nearest_one() {
        let flaw = three(Pick::Random).column("leter").unwrap_err();
        assert_eq!(flaw.message, "data `letters` has no column `leter`");
        assert_eq!(flaw.help.unwrap(), "did you mean `letters.letter`?");
    }
}
