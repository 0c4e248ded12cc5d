//! What came instead of an answer that held: the first example of each kind of failure.
//!
//! In: examples of workers. Out: one for each endpoint and kind, the earliest. Makes no text: `plan` does.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sample::Failure;

/// What came instead, of one endpoint and kind of failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Index into the run's endpoints.
    pub endpoint: u32,
    /// Why the request failed.
    pub failure: Failure,
    /// What came.
    pub instead: Instead,
}

/// What came instead, and when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Instead {
    /// When it had come, in microseconds since the start of the run.
    pub finished_us: u64,
    /// What came, in a line without secrets.
    pub text: String,
}

/// Keeps an example of a kind unless there is an earlier one.
pub(super) fn keep(examples: &mut BTreeMap<String, Instead>, kind: String, instead: Instead) {
    match examples.entry(kind) {
        Entry::Vacant(place) => {
            place.insert(instead);
        }
        Entry::Occupied(mut kept) => {
            if instead < *kept.get() {
                kept.insert(instead);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_example_is_kept_in_whatever_order_they_come() {
        let [early, late] = [3, 7].map(|finished_us| Instead { finished_us, text: format!("{finished_us}") });
        for order in [[early.clone(), late.clone()], [late, early]] {
            let mut examples = BTreeMap::new();
            for instead in order {
                keep(&mut examples, "status 500".to_owned(), instead);
            }
            assert_eq!(examples["status 500"].text, "3");
        }
    }
}
