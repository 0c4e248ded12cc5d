//! Comparisons as duets could have made them.
//!
//! In: nothing. Out: one for every kind of verdict. Not what a gate would compute, only what it could say.

use crate::gate::{BaselineSide, Basis, CandidateSide, Cell, Comparison, DuetFacts, Label, Outcome, Verdict};
use crate::measure::{ALL, Metric};

use super::parts::{error_rate, regressed, shown, skeleton, within};

/// Sixteen blocks settled it: nothing is worse.
pub(crate) fn duet_pass() -> Comparison {
    Comparison {
        headline:
            "no regression: 6 cells within tolerance (a latency change of +7.4% or more would stand out from noise)"
                .to_owned(),
        cells: [&[within("create_order", Metric::P95, 181_000.0, 183_000.0)], others().as_slice()].concat(),
        ..played(16, 0.985, true)
    }
}

/// Sixteen blocks settled it: one endpoint is slower.
pub(crate) fn duet_fail() -> Comparison {
    let slower = Cell {
        base: Some(181_000.0),
        candidate: Some(219_000.0),
        change: Some(0.208),
        low: Some(0.168),
        high: Some(0.243),
        detectable: Some(0.04),
        basis: Some(Basis { chance: Some(0.000_05), ..blocks() }),
        ..regressed("create_order")
    };
    Comparison {
        verdict: Verdict::Fail,
        exit: 1,
        headline: "create_order p95 is 21% slower: 181 ms -> 219 ms, between +17% and +24%; tolerated +10%".to_owned(),
        cells: [&[slower], others().as_slice()].concat(),
        ..played(16, 0.985, true)
    }
}

/// Twelve blocks of two servers that could not be restarted, and noise could explain what they show.
pub(crate) fn duet_suspect() -> Comparison {
    let slower = Cell {
        base: Some(45_200.0),
        candidate: Some(51_300.0),
        change: Some(0.135),
        low: Some(0.061),
        high: Some(0.212),
        detectable: Some(0.07),
        outcome: Outcome::Inconclusive,
        label: Label::Suspect,
        reason: Some("worse than tolerated as measured, but noise could explain it".to_owned()),
        ..regressed("search")
    };
    let comparison = Comparison {
        verdict: Verdict::Inconclusive,
        headline:
            "search p95 is 14% slower: 45.2 ms -> 51.3 ms, between +6.1% and +21%; tolerated +10%, and noise could \
                   explain it: about 14 more blocks (12 min) may settle it; give the duet time for them"
                .to_owned(),
        cells: [&[slower], others().as_slice()].concat(),
        ..played(12, 0.9966, false)
    };
    let duet = comparison.duet.map(|duet| DuetFacts { restarted: false, ..duet });
    Comparison { duet, ..comparison }
}

fn played(blocks: u32, level: f64, settled: bool) -> Comparison {
    Comparison {
        load: "200/s".to_owned(),
        baseline: BaselineSide {
            path: None,
            runs: blocks,
            jobs: 1,
            commit: Some("8a1b2c3d4e5f60718293a4b5c6d7e8f901234567".to_owned()),
            reference: Some("main".to_owned()),
            newest: None,
        },
        candidate: CandidateSide {
            runs: blocks,
            recordings: vec!["loadgate-report/duet.json".into()],
            ..skeleton().candidate
        },
        duet: Some(DuetFacts {
            blocks,
            looks: vec![8, 16, 24, 32],
            level,
            settled,
            restarted: true,
            pairs: 3,
            slot_s: 5.0,
            warmup_s: 5.0,
            block_s: 48.0,
        }),
        ..skeleton()
    }
}

fn others() -> Vec<Cell> {
    vec![
        within("create_order", Metric::P50, 81_000.0, 81_900.0),
        error_rate("create_order", 0.0004, 0.0005),
        within("browse_products", Metric::P50, 9_120.0, 9_050.0),
        within("browse_products", Metric::P95, 24_300.0, 24_100.0),
        error_rate("browse_products", 0.0, 0.0),
        shown("create_order", Metric::P99, 320_000.0, 331_000.0),
        shown(ALL, Metric::Max, 1_250_000.0, 998_000.0),
    ]
}

fn blocks() -> Basis {
    let baseline = [
        181.0, 176.0, 190.0, 183.0, 179.0, 171.0, 186.0, 181.0, 178.0, 192.0, 180.0, 184.0, 175.0, 181.0, 188.0, 177.0,
    ];
    let change = [1.24, 1.17, 1.21, 1.19, 1.26, 1.22, 1.15, 1.2, 1.23, 1.18, 1.25, 1.16, 1.21, 1.28, 1.2, 1.19];
    Basis {
        baseline: baseline.iter().map(|ms| vec![ms * 1e3]).collect(),
        candidate: baseline.iter().zip(change).map(|(ms, change)| vec![(ms * change * 1e3_f64).round()]).collect(),
        ..Basis::default()
    }
}
