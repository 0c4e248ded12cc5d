//! A history in every form, held to whole-file snapshots.

use std::collections::BTreeMap;

use super::{HistoryView, svg};
use crate::history::{History, Terms};
use crate::measure::{ALL, Environment, Estimate, Job, Metric, Origin, Run};
use crate::report::terminal::{self, Style};

const PLAIN: Style = Style { color: false, width: 120, all: false };

/// A step of 18% in `create_order`, small steps in `search`, nothing in the whole.
fn runs(name: &str) -> Vec<Run> {
    let wobble = [0.99, 1.01, 1.0, 1.02, 0.98, 1.005, 0.995];
    let run = |job: u32, wobble: f64| {
        let estimate = |value: f64| Estimate { value, samples: 5_000, effective: 5_000.0, variance: 1e-4 };
        let stepped = if job < 17 { 160_000.0 } else { 189_000.0 };
        let crept = 40_000.0 * 1.08_f64.powi(i32::try_from(job / 5).unwrap());
        let cell = |metric, value: f64| (metric, estimate(value * wobble));
        let cells = BTreeMap::from([
            (ALL.to_owned(), BTreeMap::from([(Metric::ErrorRate, estimate(0.0)), cell(Metric::Rps, 412.0)])),
            (name.to_owned(), BTreeMap::from([cell(Metric::P95, stepped)])),
            ("search".to_owned(), BTreeMap::from([cell(Metric::P50, crept)])),
        ]);
        let origin = Origin {
            loadgate: "0.1.0".into(),
            started_at: format!("2026-03-{:02}T06:00:00Z", job + 1),
            commit: Some(format!("{:07x}0123", 0x004f_2c1e + job * 0x9a_b01c)),
            reference: Some(if job == 3 { "v1.2.0" } else { "main" }.into()),
            job: Job { boot: "b007".into(), run: job.to_string() },
            environment: Environment {
                cpu: "AMD EPYC 7763".into(),
                vcpus: 4,
                memory_gib: 16,
                ..Environment::default()
            },
        };
        Run {
            origin,
            window_s: 30.0,
            valid: true,
            aborted: None,
            steady_after_s: None,
            once_a_user: Vec::new(),
            cells,
            windows: BTreeMap::new(),
        }
    };
    (0..30_u32).zip(wobble.into_iter().cycle()).map(|(job, wobble)| run(job, wobble)).collect()
}

fn on_terminal(history: &History, style: Style) -> String {
    let mut out = Vec::new();
    terminal::history(&HistoryView::of("load", history), style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn found(runs: &[Run]) -> History {
    History::of(runs, Terms::default()).unwrap()
}

#[test]
fn a_history_reads_as_its_snapshots() {
    let history = found(&runs("create_order"));
    insta::assert_snapshot!("history.txt", on_terminal(&history, PLAIN));
    insta::assert_snapshot!("history.svg", svg("load", &history));
}

#[test]
fn a_short_history_says_how_many_jobs_it_takes() {
    let mut short = runs("create_order");
    short.truncate(4);
    short[3].origin.environment.cpu = "AMD EPYC 9V74".into();
    short[2].valid = false;
    insta::assert_snapshot!("short_history.txt", on_terminal(&found(&short), PLAIN));
}

#[test]
fn no_name_is_markup_or_obeyed() {
    let history = found(&runs("</svg><script>alert(1)</script>\u{1b}[31m\"&"));
    let (chart, shown) = (svg("a<b", &history), on_terminal(&history, PLAIN));
    assert!(!chart.contains("<script") && !chart.contains('\u{1b}') && !shown.contains('\u{1b}'), "{chart}{shown}");
    let mut reader = quick_xml::Reader::from_str(&chart);
    while !matches!(reader.read_event().unwrap(), quick_xml::events::Event::Eof) {}
}
