//! Whole comparisons, as a gate could have made them.
//!
//! In: nothing. Out: one comparison for every kind of verdict. Not what a gate would compute, only what it could say.

use std::collections::BTreeMap;

use crate::gate::{BaselineSide, CandidateSide, Cell, Comparison, EnvironmentMatch, Label, Outcome, Verdict};
use crate::measure::{EndpointSummary, Environment, GeneratorSummary, Metric};

use super::courses::{ceiling, course, soak};
use super::duets::{duet_fail, duet_pass, duet_suspect};
use super::parts::{error_rate, generator, machine, other_cells, regressed, shown, skeleton, summary, within};
use super::stages::stress;

/// Endpoint names that try to get out of every format.
pub(crate) const HOSTILE_NAMES: [&str; 9] = [
    "<script>alert(1)</script>",
    "a|b | c",
    "`code` ``` fence",
    "@octocat closes #1",
    "\u{1b}[31mred\u{1b}[0m\u{9b}2J",
    "abc\u{202e}cba\u{2066}",
    "two\r\n::error::lines",
    "::set-output name=verdict::pass",
    "]]> &amp; \"quoted\" 'too' </testcase> <!-- -->",
];

/// Every sample by name, as the snapshots are called.
pub(crate) fn all() -> Vec<(&'static str, Comparison)> {
    vec![
        ("pass", pass()),
        ("fail", fail()),
        ("faster", faster()),
        ("suspect", suspect()),
        ("new", new_endpoint()),
        ("missing", missing()),
        ("zero_baseline", zero_baseline()),
        ("over_limit", over_limit()),
        ("no_baseline", no_baseline()),
        ("other_environment", other_environment()),
        ("recorded", recorded()),
        ("invalid", invalid()),
        ("stress", stress()),
        ("ceiling", ceiling()),
        ("soak", soak()),
        ("duet_pass", duet_pass()),
        ("duet_fail", duet_fail()),
        ("duet_suspect", duet_suspect()),
        ("many_endpoints", many_endpoints(200)),
        ("hostile_names", hostile_names()),
    ]
}

/// A sample by its name.
pub(crate) fn all_of(wanted: &str) -> Comparison {
    all().into_iter().find(|(name, _)| *name == wanted).unwrap().1
}

/// Everything within tolerance.
pub(crate) fn pass() -> Comparison {
    let create_order = [
        within("create_order", Metric::P50, 81_000.0, 82_100.0),
        within("create_order", Metric::P95, 180_000.0, 183_000.0),
        error_rate("create_order", 0.0004, 0.0005),
        shown("create_order", Metric::P99, 320_000.0, 331_000.0),
    ];
    Comparison {
        verdict: Verdict::Pass,
        exit: 0,
        headline: "no regression: 8 of 8 gated cells are within tolerance".to_owned(),
        cells: [&create_order, other_cells().as_slice()].concat(),
        ..skeleton()
    }
}

/// One endpoint regressed.
pub(crate) fn fail() -> Comparison {
    let create_order = [
        regressed("create_order"),
        within("create_order", Metric::P50, 81_000.0, 84_000.0),
        error_rate("create_order", 0.0004, 0.0005),
        shown("create_order", Metric::P99, 320_000.0, 402_000.0),
    ];
    Comparison {
        verdict: Verdict::Fail,
        exit: 1,
        headline: "create_order p95 is 21% slower: 180 ms -> 218 ms, between +15% and +27%; tolerated +10%".to_owned(),
        cells: [&create_order, other_cells().as_slice()].concat(),
        course: Some(course(&["create_order"], 12)),
        ..skeleton()
    }
}

fn faster() -> Comparison {
    let mut cell = within("create_order", Metric::P95, 180_000.0, 121_000.0);
    cell.label = Label::Faster;
    Comparison {
        headline: "create_order p95 is 33% faster: 180 ms -> 121 ms".to_owned(),
        cells: [&[cell], other_cells().as_slice()].concat(),
        ..pass()
    }
}

/// Noise could explain what was seen.
pub(crate) fn suspect() -> Comparison {
    let cell = Cell {
        change: Some(0.14),
        low: Some(-0.04),
        high: Some(0.34),
        candidate: Some(205_000.0),
        outcome: Outcome::Inconclusive,
        label: Label::Suspect,
        detectable: Some(0.31),
        reason: Some("2 repeats did not settle it; more jobs in the baseline would".to_owned()),
        ..regressed("search")
    };
    Comparison {
        verdict: Verdict::Inconclusive,
        exit: 0,
        headline: "search p95 reads +14%, but noise (±18%) could explain it".to_owned(),
        candidate: CandidateSide { runs: 3, ..skeleton().candidate },
        cells: [&[cell], other_cells().as_slice()].concat(),
        ..skeleton()
    }
}

fn new_endpoint() -> Comparison {
    let mut cell = shown("refund_order", Metric::P95, 0.0, 92_000.0);
    cell.base = None;
    cell.change = None;
    cell.label = Label::New;
    let mut comparison = pass();
    comparison.cells.push(cell);
    comparison
}

fn missing() -> Comparison {
    let cell = Cell {
        candidate: None,
        change: None,
        low: None,
        high: None,
        label: Label::Missing,
        reason: Some("the baseline has it and this run did not: was the task removed from loadgate.toml?".to_owned()),
        ..regressed("checkout")
    };
    Comparison {
        headline: "checkout is missing: the baseline has it, this run does not".to_owned(),
        cells: [&[cell], other_cells().as_slice()].concat(),
        ..fail()
    }
}

fn zero_baseline() -> Comparison {
    let errors = Cell {
        candidate: Some(0.031),
        base: Some(0.0),
        change: Some(0.031),
        low: Some(0.024),
        high: Some(0.038),
        outcome: Outcome::Fail,
        label: Label::Regressed,
        ..error_rate("create_order", 0.0, 0.031)
    };
    let rate = Cell {
        base: Some(0.0),
        candidate: Some(12.0),
        change: Some(f64::MAX),
        low: None,
        high: None,
        ..shown("login", Metric::Rps, 0.0, 12.0)
    };
    Comparison {
        headline: "create_order error_rate rose from 0% to 3.10%; tolerated +0.1 pp".to_owned(),
        cells: vec![errors, rate],
        ..fail()
    }
}

fn over_limit() -> Comparison {
    let cell = Cell {
        tolerance: None,
        limit: Some(2_000_000.0),
        candidate: Some(2_310_000.0),
        base: Some(2_280_000.0),
        change: Some(0.013),
        low: Some(-0.05),
        high: Some(0.08),
        metric: Metric::P99,
        label: Label::OverLimit,
        ..regressed("create_order")
    };
    Comparison {
        headline: "create_order p99 is over its limit: 2.31 s, allowed 2 s".to_owned(),
        cells: [&[cell], other_cells().as_slice()].concat(),
        ..fail()
    }
}

/// Nothing to compare with.
pub(crate) fn no_baseline() -> Comparison {
    let mut cells = other_cells();
    for cell in &mut cells {
        (cell.base, cell.change, cell.low, cell.high, cell.detectable) = (None, None, None, None, None);
        if cell.gated {
            cell.outcome = Outcome::Inconclusive;
            cell.label = Label::NoBaseline;
        }
    }
    Comparison {
        verdict: Verdict::Inconclusive,
        exit: 4,
        headline: "no baseline to compare with: baselines/load.json does not exist".to_owned(),
        baseline: BaselineSide { path: Some("baselines/load.json".to_owned()), ..BaselineSide::default() },
        environment: EnvironmentMatch::default(),
        cells,
        ..skeleton()
    }
}

/// Another machine than the baseline's.
pub(crate) fn other_environment() -> Comparison {
    let mut cells = other_cells();
    for cell in cells.iter_mut().filter(|cell| cell.gated) {
        cell.outcome = Outcome::Inconclusive;
        cell.label = Label::Environment;
    }
    let theirs = Environment { cpu: "AMD EPYC 7763".to_owned(), ..machine() };
    Comparison {
        verdict: Verdict::Inconclusive,
        exit: 4,
        headline: "no verdict: the baseline was made in another environment".to_owned(),
        environment: EnvironmentMatch {
            same: false,
            any: false,
            differs: vec!["cpu: AMD EPYC 7763 -> Intel Xeon 8370C".to_owned()],
            baseline: Some(theirs),
            candidate: Some(machine()),
        },
        cells,
        ..skeleton()
    }
}

fn recorded() -> Comparison {
    let mut comparison = no_baseline();
    for cell in &mut comparison.cells {
        cell.outcome = Outcome::Shown;
        cell.label = Label::Shown;
    }
    Comparison {
        verdict: Verdict::Recorded,
        exit: 0,
        headline: "recorded: nothing was compared".to_owned(),
        ..comparison
    }
}

/// The generator could not keep up.
pub(crate) fn invalid() -> Comparison {
    let reason = "the generator could not keep up: 1,204 starts were missed; use more workers or a lower rate";
    let mut comparison = pass();
    for cell in &mut comparison.cells {
        cell.outcome = Outcome::Shown;
        cell.label = Label::Shown;
    }
    comparison.summary.valid = false;
    comparison.summary.generator =
        GeneratorSummary { late_starts: 9_120, missed_starts: 1_204, cpu_cores: 1.98, ..generator() };
    Comparison {
        verdict: Verdict::Invalid,
        exit: 3,
        headline: "the run is not valid: the generator was the bottleneck".to_owned(),
        reasons: vec![reason.to_owned()],
        ..comparison
    }
}

/// More than fits into a comment: every third endpoint failing, every cell with its own numbers.
pub(crate) fn many_endpoints(count: u32) -> Comparison {
    let cells = (0..count).flat_map(|index| {
        let name = format!("GET /api/v2/catalogue/section-{index:03}/products/{{id}}");
        let base = 10_000.0 + f64::from(index) * 137.0;
        let first = if index % 3 == 0 {
            Cell { base: Some(base), candidate: Some(base * 1.21), ..regressed(&name) }
        } else {
            within(&name, Metric::P95, base, base * 1.02)
        };
        [
            first,
            within(&name, Metric::P50, base / 2.0, base / 2.0),
            error_rate(&name, 0.0, 0.0),
            shown(&name, Metric::P99, base * 2.0, base * 2.1),
        ]
    });
    let failing = count.div_ceil(3);
    Comparison {
        headline: format!(
            "{failing} endpoints are slower, GET /api/v2/catalogue/section-000/products/{{id}} p95 by 21%"
        ),
        cells: cells.collect(),
        ..fail()
    }
}

/// Names that try to be markup, commands and escape sequences, one of them 10 kB long.
pub(crate) fn hostile_names() -> Comparison {
    let long = "x".repeat(10_000);
    let names = HOSTILE_NAMES.into_iter().chain([long.as_str()]);
    let mut summary = summary();
    for name in HOSTILE_NAMES {
        let errors = BTreeMap::from([(format!("expect body {name}"), 7)]);
        let endpoint = EndpointSummary { requests: 100, error_rate: 0.07, errors, ..EndpointSummary::default() };
        summary.endpoints.insert(name.to_owned(), endpoint);
    }
    let hostile = HOSTILE_NAMES.join(" ");
    Comparison {
        headline: format!("{hostile} p95 is 21% slower"),
        reasons: vec![hostile.clone()],
        cells: names.map(|name| Cell { reason: Some(hostile.clone()), ..regressed(name) }).collect(),
        profile: "load --> <b>".to_owned(),
        candidate: CandidateSide {
            commit: Some("<i>@you</i>".to_owned()),
            reference: Some(hostile.clone()),
            ..skeleton().candidate
        },
        baseline: BaselineSide { reference: Some(hostile), ..skeleton().baseline },
        summary,
        ..fail()
    }
}
