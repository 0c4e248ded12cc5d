//! What holds for every duet.

use proptest::prelude::*;

use super::support::{Builder, judge_duet, played, policy, run, tolerance};
use crate::gate::{Comparison, Label, Outcome, Policy, Verdict};
use crate::measure::{ALL, Duet, Metric, Run};

/// Latencies and error rate of two endpoints and the rate of the whole, around 100 ms and 400/s.
fn any_run() -> impl Strategy<Value = Run> {
    let endpoint =
        (0.7f64..1.4, 0.7f64..1.4, prop_oneof![3 => Just(0.0), 1 => 0.0f64..0.2], prop::bool::weighted(0.95));
    (prop::collection::vec(endpoint, 2), 0.7f64..1.4).prop_map(move |(endpoints, rate)| {
        let mut run = run(0).with(ALL, Metric::Rps, 400.0 * rate);
        for (n, (p50, p95, errors, there)) in endpoints.into_iter().enumerate() {
            let name = format!("endpoint {n}");
            if there {
                run = run.endpoint(&name, 100.0 * p50, 300.0 * p95).with(&name, Metric::ErrorRate, errors);
            }
        }
        run
    })
}

/// A duet in which the candidate is slower or faster all over by some factor.
fn any_duet() -> impl Strategy<Value = Duet> {
    let blocks = prop_oneof![9 => 4usize..13, 1 => 17usize..19];
    (blocks.prop_flat_map(|blocks| prop::collection::vec((any_run(), any_run()), blocks)), 0.5f64..2.0, any::<bool>())
        .prop_map(|(blocks, factor, single)| {
            let mut blocks = blocks;
            for (_, candidate) in &mut blocks {
                scale(candidate, factor);
            }
            let looks = if single { vec![] } else { vec![8, 16, 24] };
            Duet { looks, ..played(blocks) }
        })
}

fn scale(run: &mut Run, factor: f64) {
    for (metric, estimate) in run.cells.values_mut().flatten() {
        if *metric != Metric::ErrorRate {
            estimate.value *= factor;
        }
    }
}

fn without_floor(rise: f64) -> Policy {
    let mut policy = policy();
    policy.general.insert(Metric::P50, tolerance(0.1 + rise));
    policy.general.insert(Metric::P95, tolerance(0.1));
    policy.general.insert(Metric::Rps, tolerance(-0.05 - rise / 2.0));
    policy
}

fn outcomes(comparison: &Comparison) -> Vec<(String, Metric, Outcome, Label)> {
    let mut outcomes: Vec<_> =
        comparison.cells.iter().map(|cell| (cell.endpoint.clone(), cell.metric, cell.outcome, cell.label)).collect();
    outcomes.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    outcomes
}

fn json(comparison: &Comparison) -> String {
    serde_json::to_string(comparison).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn loosening_a_tolerance_never_turns_a_pass_into_a_fail(duet in any_duet(), rise in 0.0f64..0.5) {
        let strict = judge_duet(&duet, &without_floor(0.0)).verdict;
        let loose = judge_duet(&duet, &without_floor(rise)).verdict;
        prop_assert!(strict != Verdict::Pass || loose == Verdict::Pass, "{loose:?}");
        prop_assert!(loose != Verdict::Fail || strict == Verdict::Fail, "{strict:?}");
    }

    #[test]
    fn the_order_in_which_blocks_are_listed_never_matters(duet in any_duet()) {
        let mut shuffled = duet.clone();
        shuffled.blocks.reverse();
        shuffled.blocks.rotate_left(1);
        prop_assert_eq!(json(&judge_duet(&duet, &policy())), json(&judge_duet(&shuffled, &policy())));
    }

    #[test]
    fn scaling_both_sides_changes_no_outcome(duet in any_duet(), factor in 0.1f64..10.0) {
        let mut scaled = duet.clone();
        for block in &mut scaled.blocks {
            scale(&mut block.baseline, factor);
            scale(&mut block.candidate, factor);
        }
        let (one, other) = (judge_duet(&duet, &without_floor(0.0)), judge_duet(&scaled, &without_floor(0.0)));
        prop_assert_eq!(outcomes(&one), outcomes(&other));
    }

    #[test]
    fn swapping_the_sides_negates_every_change(duet in any_duet()) {
        let mut swapped = duet.clone();
        for block in &mut swapped.blocks {
            std::mem::swap(&mut block.baseline, &mut block.candidate);
        }
        let (forth, back) = (judge_duet(&duet, &policy()), judge_duet(&swapped, &policy()));
        for cell in &forth.cells {
            let other = back.cells.iter().find(|other| (&other.endpoint, other.metric) == (&cell.endpoint, cell.metric));
            let (Some(change), Some(other)) = (cell.change, other.and_then(|other| other.change)) else { continue };
            let negated = if cell.metric == Metric::ErrorRate { -other } else { 1.0 / (1.0 + other) - 1.0 };
            prop_assert!((change - negated).abs() < 1e-6, "{change} {negated} {cell:?}");
        }
    }

    #[test]
    fn a_build_never_fails_against_itself(duet in any_duet()) {
        let mut same = duet;
        for block in &mut same.blocks {
            block.candidate = block.baseline.clone();
        }
        let found = judge_duet(&same, &policy());
        prop_assert!(found.cells.iter().all(|cell| !matches!(cell.outcome, Outcome::Fail)), "{}", found.headline);
        prop_assert!(found.cells.iter().all(|cell| cell.label != Label::Suspect), "{}", found.headline);
    }

    #[test]
    fn a_comparison_survives_its_json(duet in any_duet()) {
        let found = judge_duet(&duet, &policy());
        prop_assert_eq!(serde_json::from_str::<Comparison>(&json(&found)).unwrap(), found);
    }

    #[test]
    fn bounds_stand_around_the_change_and_the_outcome_does_not_contradict_them(duet in any_duet()) {
        let found = judge_duet(&duet, &policy());
        for cell in &found.cells {
            let (Some(low), Some(change), Some(high)) = (cell.low, cell.change, cell.high) else { continue };
            prop_assert!(low <= change && change <= high, "{cell:?}");
            let tolerance = cell.tolerance.unwrap_or(0.0).abs();
            let (nearest, farthest) = if cell.metric.higher_is_worse() { (low, high) } else { (-high, -low) };
            match cell.label {
                Label::Regressed => prop_assert!(nearest > tolerance, "{cell:?}"),
                Label::Within => prop_assert!(farthest < tolerance, "{cell:?}"),
                Label::Faster => prop_assert!(farthest < 0.0, "{cell:?}"),
                Label::Suspect => prop_assert!(cell.reason.is_some()),
                _ => {}
            }
        }
    }
}
