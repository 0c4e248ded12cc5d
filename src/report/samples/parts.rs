//! What samples are made of: cells, a skeleton, figures.
//!
//! In: endpoints and values. Out: cells and summaries of one imagined shop. Computes no statistics.

use std::collections::BTreeMap;

use crate::gate::{BaselineSide, CandidateSide, Cell, Comparison, EnvironmentMatch, Label, Outcome, Verdict};
use crate::measure::{
    ALL, EndpointSummary, Environment, GeneratorSummary, Metric, PhaseQuantiles, Quantiles, StartLag, Summary, Unit,
};

/// A p95 that regressed beyond doubt.
pub(crate) fn regressed(endpoint: &str) -> Cell {
    Cell {
        endpoint: endpoint.to_owned(),
        metric: Metric::P95,
        unit: Unit::Microseconds,
        base: Some(180_000.0),
        candidate: Some(218_000.0),
        change: Some(0.211),
        low: Some(0.15),
        high: Some(0.27),
        tolerance: Some(0.1),
        limit: None,
        worst: None,
        detectable: Some(0.09),
        gated: true,
        outcome: Outcome::Fail,
        label: Label::Regressed,
        reason: None,
        basis: None,
    }
}

pub(super) fn within(endpoint: &str, metric: Metric, base: f64, candidate: f64) -> Cell {
    let change = candidate / base - 1.0;
    Cell {
        metric,
        base: Some(base),
        candidate: Some(candidate),
        change: Some(change),
        low: Some(change - 0.04),
        high: Some(change + 0.04),
        detectable: Some(0.06),
        outcome: Outcome::Pass,
        label: Label::Within,
        ..regressed(endpoint)
    }
}

pub(super) fn error_rate(endpoint: &str, base: f64, candidate: f64) -> Cell {
    Cell {
        unit: Unit::Share,
        base: Some(base),
        candidate: Some(candidate),
        change: Some(candidate - base),
        low: Some(candidate - base - 0.0003),
        high: Some(candidate - base + 0.0003),
        tolerance: Some(0.001),
        detectable: Some(0.0008),
        ..within(endpoint, Metric::ErrorRate, 1.0, 1.0)
    }
}

pub(super) fn shown(endpoint: &str, metric: Metric, base: f64, candidate: f64) -> Cell {
    Cell {
        unit: if metric == Metric::Rps { Unit::PerSecond } else { Unit::Microseconds },
        low: None,
        high: None,
        tolerance: None,
        detectable: None,
        gated: false,
        outcome: Outcome::Shown,
        label: Label::Shown,
        ..within(endpoint, metric, base, candidate)
    }
}

pub(super) fn other_cells() -> Vec<Cell> {
    let unproven = Cell {
        low: Some(-0.11),
        high: Some(0.17),
        label: Label::NoEvidence,
        detectable: Some(0.18),
        reason: Some("this run could have shown +18% or more".to_owned()),
        ..within("browse_products", Metric::P95, 24_300.0, 25_000.0)
    };
    let faster = Cell { label: Label::Faster, ..within("login", Metric::P95, 41_200.0, 36_000.0) };
    let rate = Cell {
        unit: Unit::PerSecond,
        tolerance: Some(-0.05),
        low: Some(-0.031),
        high: Some(0.004),
        ..within(ALL, Metric::Rps, 412.0, 406.0)
    };
    vec![
        rate,
        within("browse_products", Metric::P50, 9_120.0, 9_050.0),
        unproven,
        within("login", Metric::P50, 18_400.0, 18_100.0),
        faster,
        shown("browse_products", Metric::P99, 52_100.0, 50_900.0),
        shown("login", Metric::P99, 78_000.0, 71_300.0),
        shown(ALL, Metric::P99, 288_000.0, 301_000.0),
        shown(ALL, Metric::Max, 1_250_000.0, 998_000.0),
    ]
}

pub(super) fn skeleton() -> Comparison {
    Comparison {
        format: 1,
        verdict: Verdict::Pass,
        exit: 0,
        headline: String::new(),
        seed: 7,
        profile: "load".to_owned(),
        load: "200 users".to_owned(),
        baseline: BaselineSide {
            path: Some("baselines/load.json".to_owned()),
            runs: 8,
            jobs: 8,
            commit: Some("8a1b2c3d4e5f60718293a4b5c6d7e8f901234567".to_owned()),
            reference: Some("v1.4.0".to_owned()),
            newest: Some("2026-03-01T09:00:00Z".to_owned()),
        },
        unmeasured: Vec::new(),
        course: None,
        search: None,
        candidate: CandidateSide {
            recordings: vec!["loadgate-report/recording.json".into()],
            runs: 1,
            jobs: 1,
            commit: Some("4f2c1e7a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e".to_owned()),
            reference: Some("faster-orders".to_owned()),
            started_at: Some("2026-03-04T10:15:00Z".to_owned()),
        },
        duet: None,
        environment: EnvironmentMatch {
            same: true,
            any: false,
            differs: Vec::new(),
            baseline: Some(machine()),
            candidate: Some(machine()),
        },
        cells: Vec::new(),
        reasons: Vec::new(),
        summary: summary(),
    }
}

pub(super) fn machine() -> Environment {
    Environment {
        arch: "x86_64".to_owned(),
        cpu: "Intel Xeon 8370C".to_owned(),
        vcpus: 2,
        memory_gib: 8,
        virtualization: "kvm".to_owned(),
        os: "ubuntu 24".to_owned(),
        profile: "b1946ac92492".to_owned(),
        format: 1,
    }
}

/// Figures of one run: three endpoints, one of which fails now and then.
pub(crate) fn summary() -> Summary {
    let failing = EndpointSummary {
        error_rate: 0.0021,
        errors: BTreeMap::from([("status 500".to_owned(), 38), ("timeout".to_owned(), 4)]),
        examples: BTreeMap::from([("status 500".to_owned(), r#"{"error":"no stock"}"#.to_owned())]),
        failed_us: spread(12_000),
        ..endpoint(20_112, 37.2, 84_000)
    };
    let whole =
        EndpointSummary { error_rate: 0.0002, errors: failing.errors.clone(), ..endpoint(219_240, 406.0, 9_900) };
    Summary {
        format: 1,
        profile: "load".to_owned(),
        window_s: 540.0,
        warmup_s: 60.0,
        valid: true,
        aborted: None,
        lint: Vec::new(),
        reasons: Vec::new(),
        endpoints: BTreeMap::from([
            (ALL.to_owned(), whole),
            ("browse_products".to_owned(), endpoint(179_016, 331.5, 9_050)),
            ("create_order".to_owned(), failing),
            ("login".to_owned(), endpoint(20_112, 37.2, 18_100)),
        ]),
        ceiling: None,
        model: crate::measure::Model::Closed,
        levels: Vec::new(),
        growth: std::collections::BTreeMap::new(),
        story: None,
        target: None,
        generator: generator(),
    }
}

pub(super) fn generator() -> GeneratorSummary {
    GeneratorSummary {
        workers: 2,
        start_lag_us: StartLag { p50: 31, p99: 90, max: 410 },
        late_starts: 0,
        missed_starts: 0,
        cpu_cores: 0.42,
        run_delay: 0.002,
        wake_delay_us: 35.0,
        busy: 0.0,
        steal: 0.004,
        pressure: 0.03,
        retransmits: 0,
    }
}

fn endpoint(requests: u64, rps: f64, median_us: u64) -> EndpointSummary {
    EndpointSummary {
        requests,
        rps,
        error_rate: 0.0,
        bytes_received: requests * 1_460,
        response_us: spread(median_us),
        service_us: spread(median_us),
        failed_us: Quantiles::default(),
        phases_us: PhaseQuantiles {
            connect: spread(120),
            wait: spread(median_us - median_us / 50),
            receive: spread(median_us / 50),
            ..PhaseQuantiles::default()
        },
        errors: BTreeMap::new(),
        examples: BTreeMap::new(),
    }
}

fn spread(median_us: u64) -> Quantiles {
    Quantiles {
        p50: median_us,
        p90: median_us * 2,
        p95: median_us * 5 / 2,
        p99: median_us * 4,
        p999: median_us * 7,
        max: median_us * 11,
        mean: f64::from(u32::try_from(median_us).unwrap()) * 1.2,
    }
}
