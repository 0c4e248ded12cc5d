//! What holds for any run, however its samples were spread over workers, shards and time.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::numbers::real;
use super::series::{MOST_SLICES, add_tally};
use super::{
    ALL, Collector, Failure, Job, Metric, Model, Origin, Phase, Recorder, Recording, RunFacts, Sample, Timings,
};

const ENDPOINTS: [&str; 3] = ["create_order", "login", "view_product"];
const WARMUP_S: u64 = 5;
const WINDOW_S: u64 = 30;

/// Facts of a run of [`WARMUP_S`] and [`WINDOW_S`].
pub(crate) fn facts() -> RunFacts {
    RunFacts {
        profile: "load".to_owned(),
        load: "20 users".to_owned(),
        model: Model::Closed,
        seed: 7,
        origin: Origin {
            loadgate: "0.1.0".to_owned(),
            started_at: "2026-01-02T03:04:05Z".to_owned(),
            job: Job { boot: "boot".to_owned(), run: "run".to_owned() },
            ..Origin::default()
        },
        window_s: 30.0,
        warmup_s: 5.0,
        valid: true,
        reasons: Vec::new(),
        interrupted: false,
        aborted: None,
        lint: Vec::new(),
        once_a_user: Vec::new(),
        stages: Vec::new(),
        workers: 1,
        leak: std::collections::BTreeMap::new(),
    }
}

/// A request that succeeded, due `due_ms` after the start.
pub(super) fn success(endpoint: u32, due_ms: u64, response_us: u64) -> Sample {
    let response = Duration::from_micros(response_us);
    Sample {
        endpoint,
        phase: if due_ms < WARMUP_S * 1_000 { Phase::Warmup } else { Phase::Window },
        finished_at: Duration::from_millis(due_ms) + response,
        response,
        service: response * 3 / 4,
        timings: Timings { wait: Some(response / 2), receive: Some(response / 4), ..Timings::default() },
        bytes_received: response_us / 10,
        failure: None,
    }
}

/// What a worker that saw these samples recorded, merged into a collector.
pub(super) fn record(collector: &mut Collector, samples: &[Sample]) {
    let mut recorder = Recorder::new(ENDPOINTS.len());
    for sample in samples {
        if let Some(slice) = recorder.record(sample) {
            collector.absorb(slice);
        }
        recorder.start(sample.phase, sample.response / 100);
    }
    if let Some(slice) = recorder.finish() {
        collector.absorb(slice);
    }
}

/// A collector for [`ENDPOINTS`].
pub(super) fn collector() -> Collector {
    Collector::new(ENDPOINTS.map(str::to_owned).to_vec(), vec!["expect json $.id".to_owned()])
}

/// The recording of these samples, seen by one worker.
pub(super) fn recording(samples: &[Sample]) -> Recording {
    let mut collector = collector();
    record(&mut collector, samples);
    collector.recording(facts())
}

fn failure() -> impl Strategy<Value = Option<Failure>> {
    prop_oneof![
        8 => Just(None),
        1 => Just(Some(Failure::Transport("timeout"))),
        1 => (500..504_u16).prop_map(|status| Some(Failure::Status(status))),
        1 => Just(Some(Failure::Expectation(0))),
    ]
}

fn sample() -> impl Strategy<Value = Sample> {
    (0..3_u32, 0..(WARMUP_S + WINDOW_S) * 1_000, 1..2_000_000_u64, failure()).prop_map(
        |(endpoint, due_ms, response_us, failure)| Sample { failure, ..success(endpoint, due_ms, response_us) },
    )
}

fn samples() -> impl Strategy<Value = Vec<Sample>> {
    prop::collection::vec(sample(), 0..100)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn how_samples_spread_over_workers_changes_nothing(samples in samples(), workers in 2..5_usize) {
        let mut collector = collector();
        for worker in 0..workers {
            let share: Vec<_> = samples.iter().skip(worker).step_by(workers).copied().collect();
            record(&mut collector, &share);
        }
        prop_assert_eq!(collector.recording(facts()), recording(&samples));
    }

    #[test]
    fn added_up_the_pulses_are_the_run(samples in samples(), workers in 1..4_usize, tellings in vec(0..40_u64, 0..6)) {
        let mut collector = collector().telling_pulses();
        let mut pulses = Vec::new();
        let mut tellings = tellings.into_iter();
        for worker in 0..workers {
            let share: Vec<_> = samples.iter().skip(worker).step_by(workers).copied().collect();
            record(&mut collector, &share);
            if let Some(end) = tellings.next() {
                pulses.extend(std::iter::from_fn(|| collector.take_pulse(end)));
            }
        }
        pulses.extend(collector.take_last_pulse());
        prop_assert!(pulses.windows(2).all(|pair| pair[0].second < pair[1].second), "told in order");
        for phase in [Phase::Warmup, Phase::Window] {
            let mut told = BTreeMap::new();
            for pulse in &pulses {
                let tallies = if phase == Phase::Warmup { &pulse.warmup } else { &pulse.window };
                for (endpoint, tally) in tallies {
                    add_tally(&mut told, endpoint, tally);
                }
            }
            prop_assert_eq!(told, recording(&samples).series().totals(phase));
        }
        let starts: u64 = pulses.iter().map(|pulse| pulse.generator.lag_us.count()).sum();
        prop_assert_eq!(starts, recording(&samples).generator().starts().due);
    }

    #[test]
    fn merged_shards_are_one_recording_of_both(one in samples(), other in samples()) {
        let merged = Recording::merge(&[recording(&one), recording(&other)]).unwrap();
        let both = recording(&[one, other].concat());
        prop_assert_eq!(merged.summary().endpoints, both.summary().endpoints);
        prop_assert_eq!(merged.run().cells, both.run().cells);
        prop_assert_eq!(merged.warmup(), both.warmup());
        prop_assert_eq!(merged.series(), both.series());
    }

    #[test]
    fn the_warm_up_changes_no_figure(samples in samples()) {
        let window: Vec<_> = samples.iter().filter(|sample| sample.phase == Phase::Window).copied().collect();
        let (with, without) = (recording(&samples), recording(&window));
        prop_assert_eq!(with.summary(), without.summary());
        prop_assert_eq!(with.run().cells, without.run().cells);
        prop_assert_eq!(with.warmup().requests, (samples.len() - window.len()) as u64);
    }

    #[test]
    fn a_file_holds_the_whole_recording(samples in samples()) {
        let recording = recording(&samples);
        let bytes = recording.to_json().unwrap();
        let read = Recording::from_json(&bytes, "recording.json".as_ref()).unwrap();
        prop_assert_eq!(read.to_json().unwrap(), bytes);
        prop_assert_eq!(read, recording);
    }

    #[test]
    fn the_whole_run_is_the_union_of_its_endpoints(samples in samples()) {
        let summary = recording(&samples).summary();
        let (all, each): (Vec<_>, Vec<_>) = summary.endpoints.iter().partition(|(name, _)| *name == ALL);
        let all = all[0].1;
        prop_assert_eq!(all.requests, each.iter().map(|(_, endpoint)| endpoint.requests).sum::<u64>());
        prop_assert_eq!(all.response_us.max, each.iter().map(|(_, endpoint)| endpoint.response_us.max).max().unwrap());
        prop_assert_eq!(all.bytes_received, each.iter().map(|(_, endpoint)| endpoint.bytes_received).sum::<u64>());
        let errors = |of: &super::EndpointSummary| of.errors.values().sum::<u64>();
        prop_assert_eq!(errors(all), each.iter().map(|(_, endpoint)| errors(endpoint)).sum::<u64>());
    }

    #[test]
    fn figures_of_the_run_are_those_of_the_summary(samples in samples()) {
        let recording = recording(&samples);
        let (summary, run) = (recording.summary(), recording.run());
        for (name, endpoint) in &summary.endpoints {
            prop_assert_eq!(run.cells.contains_key(name), endpoint.requests > 0);
            let Some(cells) = run.cells.get(name) else { continue };
            prop_assert_eq!(cells[&Metric::Rps].value.to_bits(), endpoint.rps.to_bits());
            prop_assert_eq!(cells[&Metric::ErrorRate].value.to_bits(), endpoint.error_rate.to_bits());
            if let Some(p95) = cells.get(&Metric::P95) {
                prop_assert_eq!(p95.value.to_bits(), real(endpoint.response_us.p95).to_bits());
            }
        }
    }

    #[test]
    fn every_estimate_is_a_finite_number_and_worth_no_more_than_its_samples(samples in samples()) {
        for estimate in recording(&samples).run().cells.values().flat_map(|cells| cells.values()) {
            prop_assert!(estimate.value.is_finite() && estimate.variance.is_finite(), "{:?}", estimate);
            prop_assert!(estimate.variance >= 0.0, "{:?}", estimate);
            prop_assert!(0.0 < estimate.effective && estimate.effective <= real(estimate.samples), "{:?}", estimate);
        }
    }
}

#[test]
fn a_run_of_any_length_keeps_a_bounded_number_of_slices_and_all_its_samples() {
    let mut collector = collector();
    let mut short = Vec::new();
    for second in 0..5_000 {
        let sample = success(0, second * 1_000, 100 + second % 700);
        record(&mut collector, &[sample]);
        short.push(Sample { finished_at: sample.finished_at / 100, ..sample });
        if second % 50 == 0 {
            assert!(collector.recording(facts()).series().slices().len() <= MOST_SLICES);
        }
    }
    let long = collector.recording(facts());
    assert_eq!(long.series().slice_s(), 16);
    assert_eq!(long.summary().endpoints, recording(&short).summary().endpoints);
}

#[test]
fn a_run_with_hundreds_of_endpoints_keeps_bounded_memory_and_all_its_samples() {
    let names: Vec<_> = (0..2_000).map(|endpoint| format!("endpoint {endpoint}")).collect();
    let mut collector = Collector::new(names.clone(), Vec::new());
    let mut recorder = Recorder::new(names.len());
    for second in 5..105 {
        for endpoint in 0..2_000 {
            let sample = success(endpoint, second * 1_000, 500 + u64::from(endpoint % 100));
            recorder.record(&sample).into_iter().for_each(|slice| collector.absorb(slice));
        }
    }
    recorder.finish().into_iter().for_each(|slice| collector.absorb(slice));
    let recording = collector.recording(facts());
    assert!((32..=64).contains(&recording.series().slices().len()), "{} slices", recording.series().slices().len());
    assert_eq!(recording.summary().endpoints[ALL].requests, 200_000);
}

#[test]
fn shards_of_unequal_slice_length_merge_in_the_longer() {
    let long: Vec<_> = (0..1_000).map(|second| success(0, second * 1_000, 500)).collect();
    let brief = [success(1, 6_000, 900)];
    for shards in [[recording(&long), recording(&brief)], [recording(&brief), recording(&long)]] {
        let merged = Recording::merge(&shards).unwrap();
        assert_eq!(merged.series(), recording(&[long.as_slice(), &brief].concat()).series());
        assert_eq!(merged.series().slice_s(), 2);
    }
}
