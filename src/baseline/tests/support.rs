//! Runs to store.

use std::collections::BTreeMap;

use crate::baseline::{Acceptance, Baseline, StoredRun};
use crate::measure::{ALL, Environment, Estimate, Job, Metric, Origin, Run};

pub(super) const TERMS: Acceptance = Acceptance { keep: 20, any_environment: false, replace: false };

/// The run of job `job`, two endpoints, half a minute.
pub(super) fn run(job: u32) -> StoredRun {
    let estimate = |value: f64| Estimate { value, samples: 12_345, effective: 2_000.0 / 3.0, variance: 1.0 / 3_000.0 };
    let shown = f64::from(job);
    let cells = BTreeMap::from([
        (ALL.to_owned(), BTreeMap::from([(Metric::ErrorRate, estimate(0.001)), (Metric::Rps, estimate(411.5))])),
        (
            "create_order".to_owned(),
            BTreeMap::from([(Metric::P50, estimate(80_123.0 + shown)), (Metric::P999, estimate(912_345.678))]),
        ),
    ]);
    let origin = Origin {
        loadgate: "0.1.0".into(),
        started_at: format!("2026-01-01T12:{job:02}:00Z"),
        commit: Some("4f2c1e7".into()),
        reference: Some("main".into()),
        job: Job { boot: "b007".into(), run: job.to_string() },
        environment: environment(),
    };
    let run = Run {
        origin,
        window_s: 25.0,
        valid: true,
        aborted: None,
        steady_after_s: None,
        once_a_user: Vec::new(),
        cells,
        windows: BTreeMap::new(),
    };
    StoredRun { run, histograms: BTreeMap::from([("create_order".to_owned(), "HISTFAAAAB".to_owned())]) }
}

pub(super) fn environment() -> Environment {
    Environment {
        arch: "x86_64".into(),
        cpu: "AMD EPYC 7763".into(),
        vcpus: 4,
        memory_gib: 16,
        virtualization: "hyper-v".into(),
        os: "ubuntu 24".into(),
        profile: "3b1f".into(),
        format: 1,
    }
}

pub(super) fn baseline(jobs: u32) -> Baseline {
    Baseline::accept(None, "load", (0..jobs).map(run).collect(), TERMS).unwrap()
}
