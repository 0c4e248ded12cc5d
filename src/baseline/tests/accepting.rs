//! Which runs a baseline takes, and which it keeps.

use super::support::{TERMS, baseline, run};
use crate::baseline::{Acceptance, Baseline, Error, StoredRun};
use crate::measure::{ALL, Metric};

fn accept(current: Option<Baseline>, runs: Vec<StoredRun>, terms: Acceptance) -> Result<Baseline, Error> {
    Baseline::accept(current, "load", runs, terms)
}

#[test]
fn runs_are_kept_oldest_first_whatever_order_they_come_in() {
    let found = accept(Some(baseline(2)), vec![run(4), run(3)], TERMS).unwrap();
    let jobs: Vec<&str> = found.runs.iter().map(|stored| stored.run.origin.job.run.as_str()).collect();
    assert_eq!(jobs, ["0", "1", "3", "4"]);
    assert_eq!(found.newest(), Some(&run(4).run));
    assert_eq!(found.jobs().len(), 4);
}

#[test]
fn only_the_newest_are_kept() {
    let found = accept(Some(baseline(5)), vec![run(5)], Acceptance { keep: 3, ..TERMS }).unwrap();
    assert_eq!(found.runs, vec![run(3), run(4), run(5)]);
    let mut pruned = found;
    assert_eq!(pruned.prune(1), 2);
    assert_eq!(pruned.runs, vec![run(5)]);
    assert_eq!(pruned.prune(0), 0);
}

#[test]
fn accepting_a_run_twice_keeps_it_once() {
    assert_eq!(accept(Some(baseline(3)), vec![run(1)], TERMS).unwrap(), baseline(3));
}

#[test]
fn replacing_starts_over() {
    let found = accept(Some(baseline(3)), vec![run(7)], Acceptance { replace: true, ..TERMS }).unwrap();
    assert_eq!(found.runs, vec![run(7)]);
}

#[test]
fn a_run_that_is_not_valid_is_refused() {
    let mut broken = run(1);
    broken.run.valid = false;
    let error = accept(None, vec![broken], TERMS).unwrap_err().to_string();
    assert!(error.contains("2026-01-01T12:01:00Z is not valid"), "{error}");
}

#[test]
fn a_run_in_which_nothing_succeeded_is_refused() {
    let mut failed = run(1);
    failed.run.cells.get_mut(ALL).unwrap().get_mut(&Metric::ErrorRate).unwrap().value = 1.0;
    let mut empty = run(1);
    empty.run.cells.clear();
    for nothing in [failed, empty] {
        assert!(matches!(accept(None, vec![nothing], TERMS), Err(Error::NothingSucceeded { .. })));
    }
}

#[test]
fn another_machine_is_refused_unless_any_will_do() {
    let mut elsewhere = run(7);
    elsewhere.run.origin.environment.cpu = "Apple M3".into();
    let error = accept(Some(baseline(3)), vec![elsewhere.clone()], TERMS).unwrap_err().to_string();
    assert!(error.contains("(cpu: AMD EPYC 7763 -> Apple M3)") && error.contains("--replace"), "{error}");
    let any = Acceptance { any_environment: true, ..TERMS };
    assert_eq!(accept(Some(baseline(3)), vec![elsewhere.clone()], any).unwrap().runs.len(), 4);
    assert!(accept(None, vec![run(1), elsewhere], TERMS).is_err(), "two machines in one baseline");
}

#[test]
fn another_load_is_refused_on_any_machine() {
    let mut heavier = run(7);
    heavier.run.origin.environment.profile = "ffff".into();
    let any = Acceptance { any_environment: true, ..TERMS };
    let error = accept(Some(baseline(3)), vec![heavier.clone()], any).unwrap_err().to_string();
    assert!(error.contains("did not play the load of the baseline of profile \"load\""), "{error}");
    let over = Acceptance { replace: true, ..TERMS };
    assert_eq!(accept(Some(baseline(3)), vec![heavier.clone()], over).unwrap().runs, vec![heavier]);
}

#[test]
fn the_newest_runs_that_can_be_read_again_are_kept() {
    // Each run has four estimates.
    let kept = baseline(5);
    assert_eq!([3, 4, 11, 12, 20, 100].map(|most| kept.fitting(most)), [0, 1, 2, 3, 5, 5]);
}

#[test]
fn no_run_makes_no_baseline() {
    let error = accept(None, Vec::new(), TERMS).unwrap_err().to_string();
    assert!(error.contains("loadgate baseline record --profile load"), "{error}");
}
