//! Runs over time: a gate's, a search's, a soak's.

use std::collections::BTreeMap;

use super::whole::pass;
use crate::gate::Comparison;
use crate::measure::{ALL, Ceiling, Course, EndpointCourse, GrowthSummary, Hold, Metric, SearchEnd, Trend};

/// A run of so many steps with these endpoints, that had no answer for a while.
pub(crate) fn course(endpoints: &[&str], steps: u32) -> Course {
    let step = |step: u32| f64::from(step);
    let rises = |start: u64| -> Vec<Option<u64>> {
        (0..steps).map(|at| (at != steps / 3).then(|| start + u64::from(at * 37 % 19) * start / 50)).collect()
    };
    let endpoint = EndpointCourse {
        rps: (0..steps).map(|at| 200.0 + step(at * 31 % 17)).collect(),
        failures_per_s: (0..steps).map(|at| f64::from(at == steps / 3) * 4.0).collect(),
        p50_us: rises(81_000),
        p95_us: rises(180_000),
        p99_us: rises(240_000),
        distribution_us: vec![(0.0, 20_000), (0.5, 81_000), (0.9, 160_000), (0.99, 240_000), (1.0, 998_000)],
    };
    let names = endpoints.iter().copied().chain([ALL]);
    Course {
        step_s: 1,
        warmup_s: step(steps) / 6.0,
        window_s: step(steps) * 5.0 / 6.0,
        users: vec![200; steps as usize],
        endpoints: names.map(|name| (name.to_owned(), endpoint.clone())).collect(),
        target: BTreeMap::from([
            ("cpu_cores".to_owned(), (0..steps).map(|at| (at > 0).then_some(1.5 + step(at % 3) / 10.0)).collect()),
            ("processes".to_owned(), vec![Some(1.0); steps as usize]),
        ]),
    }
}

/// A search that found its ceiling.
pub(crate) fn ceiling() -> Comparison {
    let hold = |offered: f64, p95_us: u64, why: Option<&str>| Hold {
        offered,
        achieved: offered * 0.997,
        window_s: 10.0,
        requests: 4_000,
        p50_us: p95_us / 2,
        p90_us: p95_us * 9 / 10,
        p95_us,
        p99_us: p95_us * 2,
        error_rate: 0.0,
        users: 40,
        held: why.is_none(),
        why: why.map(str::to_owned),
    };
    let mut comparison = pass();
    comparison.summary.ceiling = Some(842.0);
    comparison.search = Some(Ceiling {
        capacity: Some(842.0),
        breaks_at: Some(890.0),
        end: SearchEnd::Found,
        objective: "p95 < 500ms".to_owned(),
        precision: 0.05,
        curve: vec![
            hold(400.0, 61_000, None),
            hold(842.0, 410_000, None),
            hold(890.0, 1_200_000, Some("p95 was 1.2 s, over 500 ms")),
        ],
    });
    comparison
}

/// A long run of a target that keeps what it was given.
pub(crate) fn soak() -> Comparison {
    let mut comparison = pass();
    let trend = Trend { level: 312e6, growth: 0.31, low: 0.27, high: 0.36 };
    comparison.summary.growth =
        BTreeMap::from([(Metric::MemoryGrowth, GrowthSummary { trend: Some(trend), limit: 0.05 })]);
    comparison
}
