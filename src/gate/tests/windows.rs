//! Limits that are held over windows, and runs that were ended as hopeless.

use std::collections::BTreeMap;

use super::support::{Builder, judge, limit, policy, shop, shop_baseline};
use crate::gate::{Comparison, Label, MetricRule, Outcome, Policy, Verdict};
use crate::measure::{ALL, Abort, Metric, Run, WorstWindow};

fn over_10_s(most: f64) -> MetricRule {
    MetricRule { window_s: Some(10), ..limit(most) }
}

fn ruled(rule: MetricRule) -> Policy {
    let rules = BTreeMap::from([(Metric::P95, rule)]);
    Policy { endpoints: BTreeMap::from([("create_order".to_owned(), rules)]), ..policy() }
}

/// The shop, whose orders have a p95 of about 180 ms, and of `worst_ms` in their worst 10 s.
fn with_worst(worst_ms: f64) -> Run {
    let worst = WorstWindow { value: worst_ms * 1e3, start_s: 70, length_s: 10 };
    let windows = BTreeMap::from([(Metric::P95, worst)]);
    Run { windows: BTreeMap::from([("create_order".to_owned(), windows)]), ..shop(7) }
}

fn judged(run: Run, rule: MetricRule) -> Comparison {
    judge(&[run], Some(&shop_baseline()), &ruled(rule))
}

#[test]
fn a_limit_over_a_window_is_broken_by_the_worst_one_alone() {
    let comparison = judged(with_worst(520.0), over_10_s(500_000.0));
    assert_eq!(comparison.verdict, Verdict::Fail);
    assert_eq!(comparison.headline, "create_order p95 is over its limit: 520 ms in the worst 10s, limit 500 ms");
    let cell = comparison.cells.first().unwrap();
    assert_eq!(
        (cell.label, cell.reason.as_deref()),
        (Label::OverLimit, Some("520 ms in the worst 10s (1m10s into the run); its limit is at most 500 ms"))
    );
    assert_eq!(judged(with_worst(499.0), over_10_s(500_000.0)).verdict, Verdict::Pass);
    assert_eq!(judged(with_worst(520.0), limit(500_000.0)).cells.first().unwrap().label, Label::Within);
}

#[test]
fn of_several_runs_the_worst_window_counts() {
    let runs = [with_worst(200.0), with_worst(520.0).repeat(1), with_worst(300.0).repeat(2)];
    let comparison = judge(&runs, Some(&shop_baseline()), &ruled(over_10_s(500_000.0)));
    assert!(comparison.headline.contains("520 ms in the worst 10s"), "{}", comparison.headline);
}

#[test]
fn a_limit_whose_windows_have_too_little_in_them_is_not_passed() {
    let comparison = judged(shop(7), over_10_s(500_000.0));
    let cell = comparison.cells.first().unwrap();
    assert_eq!((cell.outcome, cell.label), (Outcome::Inconclusive, Label::TooFew));
    assert!(cell.reason.as_deref().unwrap().starts_with("no 10s of the run has 20 requests"), "{:?}", cell.reason);
}

#[test]
fn windows_are_looked_at_for_every_endpoint_that_such_a_rule_is_for() {
    let general =
        BTreeMap::from([(Metric::P95, over_10_s(5e5)), (Metric::Rps, over_10_s(10.0)), (Metric::P50, limit(1.0))]);
    let policy = Policy { general, ..policy() };
    let asked = policy.window_limits(&["login".to_owned(), "search".to_owned()]);
    let asked: Vec<_> = asked.iter().map(|asked| (asked.endpoint.as_str(), asked.metric, asked.window_s)).collect();
    assert_eq!(asked, [("login", Metric::P95, 10), ("search", Metric::P95, 10), (ALL, Metric::Rps, 10)]);
}

fn aborted() -> Run {
    let abort = Abort {
        after_s: 34,
        endpoint: ALL.to_owned(),
        metric: Metric::ErrorRate,
        value: 0.43,
        window_s: 10,
        limit: 0.2,
    };
    Run { valid: false, aborted: Some(abort), ..shop(7) }
}

#[test]
fn a_run_that_was_ended_as_hopeless_has_failed_with_a_baseline_or_without() {
    let baseline = shop_baseline();
    for baseline in [Some(&baseline), None] {
        let comparison = judge(&[shop(6), aborted()], baseline, &policy());
        assert_eq!((comparison.verdict, comparison.exit), (Verdict::Fail, 1));
        assert_eq!(comparison.headline, "aborted 34 s into the run: error_rate was 43% over 10s (limit 20%)");
        assert!(!comparison.suspect());
        // Half a run compares with nothing.
        assert!(comparison.cells.iter().all(|cell| cell.outcome == Outcome::Shown));
    }
}

#[test]
fn a_run_that_cannot_be_used_for_another_reason_is_no_failure_of_the_target() {
    let unfit = Run { valid: false, ..shop(5) };
    assert_eq!(judge(&[unfit, aborted()], None, &policy()).verdict, Verdict::Invalid);
}
