//! Shards of a run: merging them and comparing is comparing the run.

use std::time::Duration;

use proptest::prelude::*;

use super::support::{judge, policy};
use crate::baseline::{Acceptance, Baseline, StoredRun};
use crate::measure::properties::facts;
use crate::measure::{Collector, Failure, Job, Origin, Phase, Recorder, Recording, RunFacts, Sample, Timings};

const ENDPOINTS: [&str; 2] = ["create_order", "search"];
const WINDOW_S: u32 = 20;

fn facts_of(job: &str) -> RunFacts {
    let origin = Origin { job: Job { boot: job.to_owned(), run: String::new() }, ..Origin::default() };
    RunFacts { origin, window_s: f64::from(WINDOW_S), warmup_s: 0.0, ..facts() }
}

fn recording(job: &str, samples: &[Sample]) -> Recording {
    let mut collector = Collector::new(ENDPOINTS.map(str::to_owned).to_vec(), Vec::new());
    let mut recorder = Recorder::new(ENDPOINTS.len());
    for sample in samples {
        if let Some(slice) = recorder.record(sample) {
            collector.absorb(slice);
        }
    }
    if let Some(slice) = recorder.finish() {
        collector.absorb(slice);
    }
    collector.recording(facts_of(job))
}

fn any_sample() -> impl Strategy<Value = Sample> {
    let failed = prop_oneof![9 => Just(None), 1 => Just(Some(Failure::Status(503)))];
    (0..2u32, 0..WINDOW_S * 1_000, 1_000..200_000u32, failed).prop_map(|(endpoint, due_ms, response_us, failure)| {
        let response = Duration::from_micros(response_us.into());
        Sample {
            endpoint,
            phase: Phase::Window,
            finished_at: Duration::from_millis(due_ms.into()) + response,
            response,
            service: response,
            timings: Timings::default(),
            bytes_received: 0,
            failure,
        }
    })
}

fn any_samples() -> impl Strategy<Value = Vec<Sample>> {
    prop::collection::vec(any_sample(), 100..600)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn merging_shards_then_comparing_is_comparing_the_whole(before in any_samples(), now in any_samples(), shards in 2..5usize) {
        let split: Vec<Recording> = (0..shards)
            .map(|shard| recording("now", &now.iter().skip(shard).step_by(shards).copied().collect::<Vec<_>>()))
            .collect();
        let merged = Recording::merge(&split).unwrap().run();
        let terms = Acceptance { keep: 20, any_environment: true, replace: false };
        let stored = StoredRun { run: recording("before", &before).run(), histograms: [].into() };
        let baseline = Baseline::accept(None, "load", vec![stored], terms).unwrap();
        let (of_shards, of_whole) = (
            judge(&[merged], Some(&baseline), &policy()),
            judge(&[recording("now", &now).run()], Some(&baseline), &policy()),
        );
        prop_assert_eq!(serde_json::to_string(&of_shards).unwrap(), serde_json::to_string(&of_whole).unwrap());
    }
}
