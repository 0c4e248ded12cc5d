//! Explanations of comparisons that a gate made, held to whole snapshots.

use std::collections::BTreeMap;

use super::{choices, render};
use crate::baseline::{Acceptance, Baseline, StoredRun};
use crate::gate::{Comparison, Context, Explanation, Label, MetricRule, Policy, compare, duet};
use crate::measure::{ALL, Block, Build, Duet, Estimate, Job, Metric, Model, Origin, Run, Side};
use crate::report::samples;
use crate::report::terminal::Style;
use crate::units::Tolerance;

const PLAIN: Style = Style { color: false, width: 120, all: false };

const CONTEXT: Context<'_> =
    Context { seed: 7, profile: "load", load: "200 users", baseline_path: None, recordings: &[], endpoints: &[] };

/// A run of a job: `search` p95 in ms, its share of errors, and the whole run's rate.
fn run(job: &str, p95: f64, errors: f64, rps: f64) -> Run {
    let origin = Origin { job: Job { boot: job.to_owned(), run: String::new() }, ..Origin::default() };
    let of = |value: f64, effective: f64| Estimate { value, samples: 10_000, effective, variance: 1e-5 };
    let search = BTreeMap::from([(Metric::P95, of(p95 * 1e3, 9_000.0)), (Metric::ErrorRate, of(errors, 4_000.0))]);
    let all = BTreeMap::from([(Metric::Rps, of(rps, 9_000.0)), (Metric::ErrorRate, of(errors, 4_000.0))]);
    let cells = BTreeMap::from([("search".to_owned(), search), (ALL.to_owned(), all)]);
    Run {
        origin,
        window_s: 60.0,
        valid: true,
        aborted: None,
        steady_after_s: None,
        once_a_user: Vec::new(),
        cells,
        windows: BTreeMap::new(),
    }
}

fn policy() -> Policy {
    let rule = |tolerance: Tolerance| MetricRule { tolerance: Some(tolerance), ..MetricRule::default() };
    let general = BTreeMap::from([
        (Metric::P95, rule(Tolerance::Relative(0.10))),
        (Metric::ErrorRate, rule(Tolerance::Points(0.001))),
        (Metric::Rps, rule(Tolerance::Relative(-0.05))),
    ]);
    Policy { general, pass_without_baseline: false, any_environment: false, ..Policy::shown() }
}

/// Jobs of a baseline: five, with a little noise of their own.
fn five_jobs() -> Vec<Run> {
    let noise = [("a", 100.6), ("b", 98.6), ("c", 102.2), ("d", 99.2), ("e", 99.6)];
    noise.map(|(job, ms)| run(job, ms, 0.001, 400.0 * 100.0 / ms)).into()
}

fn against(baseline: Vec<Run>, candidate: &[Run]) -> Comparison {
    let terms = Acceptance { keep: 100, any_environment: true, replace: false };
    let runs = baseline.into_iter().map(|run| StoredRun { run, histograms: BTreeMap::new() }).collect();
    let baseline = Baseline::accept(None, "load", runs, terms).unwrap();
    compare(candidate, &samples::summary(), Some(&baseline), &policy(), &CONTEXT)
}

/// A duet whose candidate is slower by these factors, block by block.
fn played(factors: &[f64], looks: &[u32]) -> Comparison {
    let noise = [1.0, 1.04, 0.97, 1.02, 0.95, 1.01, 0.99, 1.03];
    let blocks = (1..).zip(factors).zip(noise.iter().cycle()).map(|((number, factor), noise)| Block {
        number,
        order: vec![Side::Baseline, Side::Candidate],
        baseline: run("a", 100.0 * noise, 0.0, 200.0),
        candidate: run("a", 100.0 * noise * factor, 0.0, 200.0),
    });
    let build = |name: &str| Build { name: name.to_owned(), ..Build::default() };
    let duet_played = Duet {
        format: Duet::FORMAT,
        profile: "load".to_owned(),
        load: "200/s".to_owned(),
        model: Model::Open,
        seed: 7,
        baseline: build("old"),
        candidate: build("new"),
        restarted: true,
        warmup_s: 5.0,
        slot_s: 5.0,
        pairs: 3,
        block_s: 48.0,
        looks: looks.to_vec(),
        blocks: blocks.collect(),
        valid: true,
        reasons: Vec::new(),
        interrupted: false,
        summary: samples::summary(),
    };
    duet(&duet_played, &policy(), &CONTEXT)
}

fn explained(comparison: &Comparison, endpoint: &str, metric: Metric, label: Label) -> String {
    let cell = comparison.cell(endpoint, Some(metric)).unwrap();
    assert_eq!(cell.label, label, "{cell:?}");
    let mut out = Vec::new();
    render(&Explanation::of(comparison, cell), PLAIN, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn p95(ms: f64) -> Comparison {
    against(five_jobs(), &[run("z", ms, 0.001, 400.0)])
}

/// Every kind of cell there is to explain.
fn all() -> Vec<(&'static str, String)> {
    let changes = [1.24, 1.17, 1.21, 1.19, 1.26, 1.22, 1.15, 1.2, 1.23, 1.18, 1.25, 1.16, 1.21, 1.28, 1.2, 1.19];
    let unsure = [1.2, 0.93, 1.04, 0.85, 1.18, 0.99, 1.07, 0.91];
    let doubtful = [1.3, 1.02, 1.14, 1.05, 1.24, 1.09, 1.17, 1.01, 1.22, 1.16, 1.04, 1.2];
    let looks = [8, 16, 24, 32];
    let search = |comparison: &Comparison, label: Label| explained(comparison, "search", Metric::P95, label);
    let twice = [run("z", 112.0, 0.001, 400.0), run("z", 114.5, 0.001, 400.0)];
    let more_errors = against(five_jobs(), &[run("z", 100.0, 0.012, 400.0)]);
    let less = against(five_jobs(), &[run("z", 100.0, 0.001, 376.0)]);
    vec![
        ("fail", search(&p95(150.0), Label::Regressed)),
        ("suspect", search(&p95(113.0), Label::Suspect)),
        ("suspect_repeated", search(&against(five_jobs(), &twice), Label::Suspect)),
        ("within", search(&p95(97.0), Label::Within)),
        ("faster", search(&p95(70.0), Label::Faster)),
        ("no_evidence", search(&p95(104.0), Label::NoEvidence)),
        (
            "one_job_only",
            search(&against(five_jobs()[..1].to_vec(), &[run("z", 104.0, 0.0, 400.0)]), Label::NoEvidence),
        ),
        ("error_rate", explained(&more_errors, "search", Metric::ErrorRate, Label::Regressed)),
        ("rps", explained(&less, ALL, Metric::Rps, Label::Suspect)),
        ("duet_fail", search(&played(&changes, &looks), Label::Regressed)),
        ("duet_suspect", search(&played(&doubtful, &looks), Label::Suspect)),
        ("duet_no_evidence", search(&played(&unsure, &looks), Label::NoEvidence)),
        ("missing", explained(&samples::all_of("missing"), "checkout", Metric::P95, Label::Missing)),
        ("over_limit", explained(&samples::all_of("over_limit"), "create_order", Metric::P99, Label::OverLimit)),
        ("earlier_version", explained(&samples::fail(), "create_order", Metric::P95, Label::Regressed)),
    ]
}

#[test]
fn every_kind_of_cell_is_explained_as_its_snapshot() {
    for (name, text) in all() {
        insta::assert_snapshot!(format!("{name}.txt"), text);
    }
}

#[test]
fn no_explanation_is_wider_than_a_page_or_takes_a_course_in_statistics() {
    for (name, text) in all() {
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "{name}: {line}");
            assert!(line.trim_end() == line, "{name}: {line:?}");
        }
        for term in ["one-sided", "p-value", "confidence", "significan", "standard", "NaN", "inf%"] {
            assert!(!text.contains(term), "{name} says {term}");
        }
    }
}

#[test]
fn after_a_pass_the_cells_are_listed_with_the_command_that_explains_each() {
    let mut out = Vec::new();
    choices(&p95(97.0), "my reports/comparison.json", PLAIN, &mut out).unwrap();
    insta::assert_snapshot!("choices.txt", String::from_utf8(out).unwrap());
}
