//! From totals that only grow to rates.
//!
//! In: totals by name, each time they are read. Out: how fast each has grown since the last time. One that has shrunk has begun
//! anew, and has no rate yet.

use std::collections::BTreeMap;
use std::time::Instant;

/// Totals as they were last.
#[derive(Debug, Default)]
pub(super) struct Pace {
    last: Option<(Instant, BTreeMap<String, f64>)>,
}

impl Pace {
    /// Growth a second since the last totals; nothing at first.
    pub(super) fn rates(&mut self, totals: BTreeMap<String, f64>) -> BTreeMap<String, f64> {
        let now = Instant::now();
        let Some((then, before)) = self.last.replace((now, totals.clone())) else { return BTreeMap::new() };
        let elapsed_s = now.duration_since(then).as_secs_f64();
        let grown = totals.into_iter().filter_map(|(name, total)| {
            let growth = total - before.get(&name)?;
            (growth >= 0.0 && elapsed_s > 0.0).then(|| (name, growth / elapsed_s))
        });
        grown.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(total: f64) -> BTreeMap<String, f64> {
        BTreeMap::from([("bytes".to_owned(), total)])
    }

    #[test]
    fn a_total_that_grows_has_a_rate_and_one_that_begins_anew_has_none() {
        let mut pace = Pace::default();
        assert!(pace.rates(totals(5.0)).is_empty());
        assert!(pace.rates(totals(9.0))["bytes"] > 0.0);
        assert!(pace.rates(totals(1.0)).is_empty());
        assert!(pace.rates(totals(1.0))["bytes"].abs() < 1e-9);
    }
}
