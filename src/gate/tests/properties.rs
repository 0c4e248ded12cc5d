//! What holds for every comparison.

use proptest::prelude::*;

use super::support::{Builder, baseline, judge, policy, run, tolerance};
use crate::baseline::Baseline;
use crate::gate::{Comparison, Label, Outcome, Policy, Verdict};
use crate::measure::{ALL, Metric, Run};

/// Latencies and error rate of three endpoints and the rate of the whole, around 100 ms and 400/s.
fn any_run(job: u32) -> impl Strategy<Value = Run> {
    let endpoint = (0.5f64..2.0, 0.5f64..2.0, prop_oneof![Just(0.0), 0.0f64..0.2]);
    (prop::collection::vec(endpoint, 3), 0.5f64..2.0, 0u32..3).prop_map(move |(endpoints, rate, repeat)| {
        let mut run = run(job).repeat(repeat).with(ALL, Metric::Rps, 400.0 * rate);
        for (n, (p50, p95, errors)) in endpoints.into_iter().enumerate() {
            let name = format!("endpoint {n}");
            run = run.endpoint(&name, 100.0 * p50, 300.0 * p95).with(&name, Metric::ErrorRate, errors);
        }
        run
    })
}

fn any_runs(first_job: u32, most: u32) -> impl Strategy<Value = Vec<Run>> {
    (1..=most).prop_flat_map(move |jobs| (0..jobs).map(|job| any_run(first_job + job)).collect::<Vec<_>>())
}

fn without_floor() -> Policy {
    let mut policy = policy();
    policy.general.insert(Metric::P50, tolerance(0.1));
    policy.general.insert(Metric::P95, tolerance(0.1));
    policy
}

fn looser(rise: f64) -> Policy {
    let mut policy = without_floor();
    policy.general.insert(Metric::P50, tolerance(0.1 + rise));
    policy.general.insert(Metric::Rps, tolerance(-0.05 - rise / 2.0));
    policy
}

fn scaled(runs: &[Run], factor: f64) -> Vec<Run> {
    let mut runs = runs.to_vec();
    for cells in runs.iter_mut().flat_map(|run| run.cells.values_mut()) {
        for (metric, estimate) in cells {
            if *metric != Metric::ErrorRate {
                estimate.value *= factor;
            }
        }
    }
    runs
}

fn outcomes(comparison: &Comparison) -> Vec<(String, Metric, Outcome, Label)> {
    let mut outcomes: Vec<_> =
        comparison.cells.iter().map(|cell| (cell.endpoint.clone(), cell.metric, cell.outcome, cell.label)).collect();
    outcomes.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    outcomes
}

proptest! {
    #[test]
    fn loosening_a_tolerance_never_turns_a_pass_into_a_fail(now in any_runs(20, 2), before in any_runs(0, 6), rise in 0.0f64..0.5) {
        let before = baseline(before);
        let strict = judge(&now, Some(&before), &without_floor()).verdict;
        let loose = judge(&now, Some(&before), &looser(rise)).verdict;
        prop_assert!(strict != Verdict::Pass || loose == Verdict::Pass, "{loose:?}");
        prop_assert!(loose != Verdict::Fail || strict == Verdict::Fail, "{strict:?}");
    }

    #[test]
    fn the_order_of_runs_never_matters(now in any_runs(20, 3).prop_shuffle(), before in any_runs(0, 6)) {
        let mut shuffled = now.clone();
        shuffled.reverse();
        let (forth, mut back) = (baseline(before.clone()), baseline(before));
        back.runs.reverse();
        let one = serde_json::to_string(&judge(&now, Some(&forth), &policy())).unwrap();
        let other = serde_json::to_string(&judge(&shuffled, Some(&back), &policy())).unwrap();
        prop_assert_eq!(one, other);
    }

    #[test]
    fn scaling_both_sides_changes_no_outcome(now in any_runs(20, 2), before in any_runs(0, 6), factor in 0.1f64..10.0) {
        let one = judge(&now, Some(&baseline(before.clone())), &without_floor());
        let other = judge(&scaled(&now, factor), Some(&baseline(scaled(&before, factor))), &without_floor());
        prop_assert_eq!(outcomes(&one), outcomes(&other));
    }

    #[test]
    fn a_service_never_fails_against_itself(runs in any_runs(0, 6)) {
        let before = baseline(runs);
        let same: Vec<Run> = before.runs.iter().map(|stored| stored.run.clone()).collect();
        let found = judge(&same, Some(&before), &policy());
        prop_assert_eq!(found.verdict, Verdict::Pass, "{}", found.headline);
    }

    #[test]
    fn removing_an_endpoint_never_makes_a_pass(now in any_run(20), before in any_runs(0, 6), gone in 0usize..3) {
        let found = judge(&[now.without(&format!("endpoint {gone}"))], Some(&baseline(before)), &policy());
        prop_assert_eq!(found.verdict, Verdict::Fail);
    }

    #[test]
    fn no_samples_are_never_a_pass(before in any_runs(0, 6), with_baseline: bool) {
        let before: Option<Baseline> = with_baseline.then(|| baseline(before));
        let mut empty = run(20);
        empty.cells.clear();
        let found = judge(&[empty], before.as_ref(), &Policy { pass_without_baseline: true, ..policy() });
        prop_assert!(matches!(found.verdict, Verdict::Fail | Verdict::Invalid), "{:?}", found.verdict);
        prop_assert!(found.exit != 0);
    }

    #[test]
    fn a_comparison_survives_its_json(now in any_runs(20, 2), before in any_runs(0, 6)) {
        let found = judge(&now, Some(&baseline(before)), &policy());
        let json = serde_json::to_string(&found).unwrap();
        prop_assert_eq!(serde_json::to_string(&serde_json::from_str::<Comparison>(&json).unwrap()).unwrap(), json);
    }

    #[test]
    fn bounds_stand_around_the_change_and_the_outcome_does_not_contradict_them(now in any_runs(20, 2), before in any_runs(0, 6)) {
        let found = judge(&now, Some(&baseline(before)), &policy());
        for cell in &found.cells {
            let (Some(low), Some(change), Some(high)) = (cell.low, cell.change, cell.high) else { continue };
            prop_assert!(low <= change && change <= high, "{cell:?}");
            let tolerance = cell.tolerance.unwrap_or(0.0);
            let (nearest, farthest) = if cell.metric.higher_is_worse() { (low, high) } else { (-high, -low) };
            match cell.label {
                Label::Regressed => prop_assert!(nearest > tolerance.abs(), "{cell:?}"),
                Label::Within => prop_assert!(farthest < tolerance.abs(), "{cell:?}"),
                Label::Faster => prop_assert!(farthest < 0.0, "{cell:?}"),
                Label::Suspect => prop_assert!(cell.reason.is_some()),
                _ => {}
            }
        }
    }
}
