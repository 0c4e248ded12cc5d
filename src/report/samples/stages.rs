//! A gate of a load by stages.

use crate::gate::Comparison;
use crate::measure::{Knee, LevelSummary, Story, Usl};

use super::whole::pass;

/// A stress test that passed: the knee, and the levels around it.
pub(crate) fn stress() -> Comparison {
    let mut comparison = pass();
    comparison.summary.levels = vec![
        level(150.0, 65_000, 1_050.0, 0.0),
        level(300.0, 66_000, 2_090.0, 0.0),
        level(600.0, 140_000, 2_560.0, 0.034),
    ];
    comparison.summary.story = Some(Story {
        inflection: Some(Knee { load: 371.0, plateau: 65_300.0 }),
        plateau: Some(Knee { load: 384.2, plateau: 2_561.0 }),
        usl: Some(Usl {
            lambda: 7.0,
            sigma: 0.0001,
            kappa: 1e-6,
            r_squared: 0.973,
            peak_load: Some(912.0),
            peak_rps: Some(2_703.0),
        }),
        recovery: None,
    });
    comparison
}

/// What a level amounted to.
pub(crate) fn level(level: f64, p95_us: u64, rps: f64, error_rate: f64) -> LevelSummary {
    LevelSummary {
        level,
        from_s: 0.0,
        to_s: 10.0,
        requests: 1_000,
        rps,
        p50_us: Some(p95_us / 2),
        p95_us: Some(p95_us),
        error_rate,
        cpu_cores: (rps > 2_000.0).then_some(rps / 1_500.0),
    }
}
