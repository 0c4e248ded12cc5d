//! Slots of a duet put together: what one build was measured at, a slice of time here and a slice there.
//!
//! In: the recordings of slots that one build was played in, in order. Out: a [`Run`] or a [`Recording`] of all of them.
//! Windows are set end to end; what lay between them (the other build's slots, restarts, the lead of each slot) is left
//! out. Shards, which happen at the same time, are [`Recording::merge`]'s.

use std::collections::BTreeMap;

use super::estimate;
use super::recording::Recording;
use super::run::Run;
use super::sample::Phase;
use super::series::{Series, Tally};
use super::summary::ALL;

impl Run {
    /// The run that slots make together: each is a batch, so that errors which come in bursts are worth less. None without
    /// a slot. Origin and steadiness are the first slot's.
    #[must_use]
    pub fn of_slots(slots: &[Recording]) -> Option<Self> {
        let first = slots.first()?;
        let tallies: Vec<BTreeMap<String, Tally>> = slots.iter().map(tallies).collect();
        let mut batches: BTreeMap<&str, Vec<Tally>> = BTreeMap::new();
        for endpoint in tallies.iter().flat_map(BTreeMap::keys) {
            batches.entry(endpoint).or_insert_with(|| {
                tallies.iter().map(|slot| slot.get(endpoint).cloned().unwrap_or_default()).collect()
            });
        }
        let window_s = slots.iter().map(|slot| slot.facts.window_s).sum();
        let cells = batches.into_iter().map(|(endpoint, batches)| {
            let mut total = Tally::default();
            for batch in &batches {
                total.add(batch);
            }
            (endpoint.to_owned(), estimate::estimates(&total, &batches, window_s))
        });
        Some(Self {
            origin: first.facts.origin.clone(),
            window_s,
            aborted: None,
            valid: slots.iter().all(|slot| slot.facts.valid),
            steady_after_s: None,
            once_a_user: first.facts.once_a_user.clone(),
            cells: cells.collect(),
            windows: BTreeMap::new(),
        })
    }
}

impl Recording {
    /// The recording of slots, one after the other: their windows end to end, without warm-up. None without a slot.
    /// Provenance and seed are the first slot's.
    #[must_use]
    pub fn of_slots(slots: &[Self]) -> Option<Self> {
        let mut all = slots.first()?.clone();
        all.series = Series::default();
        all.generator = super::Generator::default();
        all.resources = super::Resources::default();
        for details in all.endpoints.values_mut() {
            *details = super::EndpointDetails::default();
        }
        (all.facts.window_s, all.facts.warmup_s) = (0.0, 0.0);
        all.facts.stages.clear();
        let mut start_s = 0;
        for slot in slots {
            start_s += all.series.append(&slot.series, start_s);
            for (endpoint, details) in &slot.endpoints {
                all.endpoints.entry(endpoint.clone()).or_default().window.add(&details.window);
            }
            all.generator.append(&slot.generator, &slot.facts, start_s);
            all.facts.window_s += slot.facts.window_s;
            all.facts.valid &= slot.facts.valid;
            all.facts.interrupted |= slot.facts.interrupted;
            let new = slot.facts.reasons.iter().filter(|reason| !all.facts.reasons.contains(reason));
            let new: Vec<String> = new.cloned().collect();
            all.facts.reasons.extend(new);
        }
        Some(all)
    }
}

/// What finished of requests that were due in the window, by endpoint and of all together.
fn tallies(slot: &Recording) -> BTreeMap<String, Tally> {
    let mut tallies = slot.series.totals(Phase::Window);
    let mut all = Tally::default();
    for tally in tallies.values() {
        all.add(tally);
    }
    tallies.insert(ALL.to_owned(), all);
    tallies.retain(|_, tally| tally.requests > 0);
    tallies
}

#[cfg(test)]
mod tests {
    use super::super::properties::{facts, recording, success};
    use super::*;
    use crate::measure::{Failure, Metric, RunFacts, Sample};

    /// A slot with a lead of 5 s and a window of 2 s.
    fn slot(samples: &[Sample]) -> Recording {
        Recording { facts: RunFacts { window_s: 2.0, ..facts() }, ..recording(samples) }
    }

    fn at(ms: u64, response_us: u64) -> Sample {
        success(0, ms, response_us)
    }

    #[test]
    fn slots_are_one_run_of_their_windows_alone() {
        let slots = [slot(&[at(1_000, 9_999), at(5_500, 100)]), slot(&[at(5_100, 300), at(6_900, 200)])];
        let run = Run::of_slots(&slots).unwrap();
        assert_eq!((run.window_s, run.valid), (4.0, true));
        let cells = &run.cells[ALL];
        assert_eq!(cells[&Metric::Rps].value.to_bits(), 0.75f64.to_bits());
        assert_eq!(cells[&Metric::P50].value.to_bits(), 200f64.to_bits());
        assert_eq!(cells[&Metric::Max].value.to_bits(), 300f64.to_bits());
    }

    #[test]
    fn a_recording_of_slots_says_what_their_run_says() {
        let slots = [slot(&[at(1_000, 9_999), at(5_500, 100)]), slot(&[at(5_100, 300), at(6_900, 200)])];
        let all = Recording::of_slots(&slots).unwrap();
        assert_eq!((all.facts.window_s, all.facts.warmup_s), (4.0, 0.0));
        let summary = all.summary();
        assert_eq!(summary.endpoints[ALL].requests, 3);
        assert_eq!(summary.endpoints[ALL].response_us.max, 300);
        let run = Run::of_slots(&slots).unwrap();
        assert_eq!(all.run().cells[ALL][&Metric::P95].value.to_bits(), run.cells[ALL][&Metric::P95].value.to_bits());
    }

    #[test]
    fn errors_of_one_slot_alone_are_worth_as_many_slots_as_requests() {
        let failing = |ms: u64| Sample { failure: Some(Failure::Status(500)), ..at(ms, 50) };
        let good: Vec<Sample> = (0..100).map(|n| at(5_000 + n, 100)).collect();
        let bad: Vec<Sample> = (0..100).map(|n| failing(5_000 + n)).collect();
        let run = Run::of_slots(&[slot(&good), slot(&bad), slot(&good), slot(&good)]).unwrap();
        let errors = run.cells[ALL][&Metric::ErrorRate];
        assert!((errors.value - 0.25).abs() < 1e-9 && errors.effective < 5.0, "{errors:?}");
    }

    #[test]
    fn one_slot_that_may_not_be_used_spoils_the_run() {
        let mut bad = slot(&[at(5_500, 100)]);
        bad.facts.valid = false;
        let run = Run::of_slots(&[slot(&[at(5_500, 100)]), bad]).unwrap();
        assert!(!run.valid);
        assert_eq!(Run::of_slots(&[]), None);
    }
}
