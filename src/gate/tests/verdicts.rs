//! The outcomes, one by one.

use super::support::{
    Builder, baseline, cell, judge, limit, policy, repeating, run, shop, shop_baseline, summary, tolerance,
};
use crate::gate::{Context, Label, MetricRule, Outcome, Policy, Verdict, compare};
use crate::measure::{ALL, Metric, Run};
use crate::units::Tolerance;

fn slower_orders(factor: f64) -> Run {
    shop(6).endpoint("create_order", 80.0, 180.0 * factor)
}

fn with_rule(endpoint: &str, metric: Metric, rule: MetricRule) -> Policy {
    let mut policy = policy();
    policy.endpoints.entry(endpoint.to_owned()).or_default().insert(metric, rule);
    policy
}

#[test]
fn a_regression_fails_and_the_headline_says_what_to_look_at() {
    let found = judge(&[slower_orders(1.5)], Some(&shop_baseline()), &policy());
    assert_eq!((found.verdict, found.exit), (Verdict::Fail, 1));
    let orders = cell(&found, "create_order", Metric::P95);
    assert_eq!((orders.outcome, orders.label, orders.gated), (Outcome::Fail, Label::Regressed, true));
    assert_eq!(orders.tolerance, Some(0.1));
    assert!(orders.low.unwrap() > 0.1 && orders.low < orders.change && orders.change < orders.high, "{orders:?}");
    insta::assert_snapshot!(
        found.headline,
        @"create_order p95 is 50% slower: 180 ms -> 270 ms, between +39% and +61%; tolerated +10%"
    );
    assert_eq!(found.cells.iter().filter(|cell| cell.outcome == Outcome::Fail).count(), 1);
    assert_eq!(found.cells[0], *orders);
}

#[test]
fn several_failing_cells_are_named_with_the_worst_first() {
    let now = shop(6).endpoint("create_order", 160.0, 400.0).endpoint("search", 40.0, 90.0);
    let found = judge(&[now], Some(&shop_baseline()), &policy());
    let (first, rest) = found.headline.split_once("; tolerated").unwrap();
    assert!(first.starts_with("create_order p95 is 122% slower"), "{first}");
    assert_eq!(rest, " +10% (also p50); and 2 more");
}

#[test]
fn an_unchanged_service_passes_and_says_what_it_could_have_seen() {
    let found = judge(&[shop(6)], Some(&shop_baseline()), &policy());
    assert_eq!((found.verdict, found.exit), (Verdict::Pass, 0));
    assert!(
        found.headline.starts_with("no regression: 8 cells within tolerance (a latency change of +"),
        "{}",
        found.headline
    );
    assert_eq!(cell(&found, "search", Metric::P50).label, Label::Within);
}

#[test]
fn what_noise_could_explain_is_suspect_and_worth_a_repeat() {
    let found = judge(&[slower_orders(1.13)], Some(&shop_baseline()), &repeating());
    assert_eq!((found.verdict, found.exit), (Verdict::Inconclusive, 0));
    assert_eq!(cell(&found, "create_order", Metric::P95).label, Label::Suspect);
    assert!(found.suspect());
    assert!(found.headline.contains("noise could explain it: repeating the run may settle it"), "{}", found.headline);
    let strict = Policy { fail_on_inconclusive: true, ..policy() };
    assert_eq!(judge(&[slower_orders(1.13)], Some(&shop_baseline()), &strict).exit, 4);
}

#[test]
fn the_threshold_rule_fails_on_the_measured_change() {
    let threshold = Policy { confident: false, ..policy() };
    assert_eq!(judge(&[slower_orders(1.13)], Some(&shop_baseline()), &threshold).verdict, Verdict::Fail);
    assert_eq!(judge(&[slower_orders(1.09)], Some(&shop_baseline()), &threshold).verdict, Verdict::Pass);
}

#[test]
fn a_change_of_exactly_the_tolerance_is_tolerated() {
    let exact = |job: u32, ms: f64| run(job).with("search", Metric::P95, ms * 1e3);
    let threshold = Policy { confident: false, ..policy() };
    for base in [50.0, 77.0, 100.0, 300.0, 1_234.5] {
        let found = judge(&[exact(6, base * 1.1)], Some(&baseline(vec![exact(0, base)])), &threshold);
        assert_eq!(found.verdict, Verdict::Pass, "{}", found.headline);
    }
}

#[test]
fn a_faster_service_is_called_faster() {
    let found = judge(&[slower_orders(0.6)], Some(&shop_baseline()), &policy());
    assert_eq!(cell(&found, "create_order", Metric::P95).label, Label::Faster);
    assert_eq!(found.verdict, Verdict::Pass);
}

#[test]
fn a_baseline_of_one_run_gives_no_evidence_and_proof_can_be_required() {
    let one = baseline(vec![shop(0)]);
    let found = judge(&[shop(6)], Some(&one), &policy());
    let orders = cell(&found, "create_order", Metric::P95);
    assert_eq!((found.verdict, orders.label), (Verdict::Pass, Label::NoEvidence));
    assert!(orders.reason.as_deref().unwrap().contains("only +35% and beyond"), "{orders:?}");
    assert!(
        found.reasons.iter().any(|reason| reason.starts_with("the baseline rests on 1 job,")),
        "{:?}",
        found.reasons
    );
    let strict = Policy { require_proof: true, ..policy() };
    assert_eq!(judge(&[shop(6)], Some(&one), &strict).verdict, Verdict::Inconclusive);
}

#[test]
fn a_floor_keeps_small_changes_of_fast_endpoints_from_counting() {
    let fast = |job: u32| run(job).endpoint("ping", 1.0, 2.0);
    let before = baseline((0..5).map(fast).collect());
    let now = run(6).endpoint("ping", 2.5, 3.9);
    let found = judge(&[now], Some(&before), &policy());
    assert_eq!(found.verdict, Verdict::Pass);
    assert_eq!(cell(&found, "ping", Metric::P95).tolerance, Some(1.0));
}

#[test]
fn throughput_that_falls_fails_in_its_own_direction() {
    let found = judge(&[shop(6).with(ALL, Metric::Rps, 300.0)], Some(&shop_baseline()), &policy());
    let rps = cell(&found, ALL, Metric::Rps);
    assert_eq!((found.verdict, rps.label, rps.tolerance), (Verdict::Fail, Label::Regressed, Some(-0.05)));
    assert!((rps.change.unwrap() + 0.25).abs() < 1e-9);
    assert!(rps.low < rps.change && rps.change < rps.high && rps.high.unwrap() < -0.05, "{rps:?}");
    assert!(found.headline.starts_with("rps is 25% lower: 400/s -> 300/s, between -"), "{}", found.headline);
    let more = judge(&[shop(6).with(ALL, Metric::Rps, 600.0)], Some(&shop_baseline()), &policy());
    assert_eq!(cell(&more, ALL, Metric::Rps).label, Label::Faster);
}

#[test]
fn errors_that_rise_fail_by_points() {
    let now = shop(6).with("create_order", Metric::ErrorRate, 0.05);
    let found = judge(&[now], Some(&shop_baseline()), &policy());
    let errors = cell(&found, "create_order", Metric::ErrorRate);
    assert_eq!((found.verdict, errors.label, errors.change), (Verdict::Fail, Label::Regressed, Some(0.05)));
    insta::assert_snapshot!(
        found.headline,
        @"create_order error_rate is 5pp higher: 0% -> 5%, between +4.7pp and +5.4pp; tolerated +0.1pp"
    );
}

#[test]
fn one_error_of_few_requests_is_no_failure() {
    let now = shop(6).with_requests("create_order", Metric::ErrorRate, 1.0 / 300.0, 300);
    let found = judge(&[now], Some(&shop_baseline()), &policy());
    assert_eq!(cell(&found, "create_order", Metric::ErrorRate).label, Label::Suspect);
}

#[test]
fn a_broken_limit_fails_with_and_without_a_baseline() {
    let policy = with_rule("create_order", Metric::P99, limit(500_000.0));
    let now = shop(6).with("create_order", Metric::P99, 612_000.0);
    for before in [None, Some(&shop_baseline())] {
        let found = judge(std::slice::from_ref(&now), before, &policy);
        assert_eq!((found.verdict, found.exit), (Verdict::Fail, 1));
        assert_eq!(cell(&found, "create_order", Metric::P99).label, Label::OverLimit);
        assert_eq!(found.headline, "create_order p99 is over its limit: 612 ms, limit 500 ms");
    }
    let held = judge(&[shop(6).with("create_order", Metric::P99, 412_000.0)], Some(&shop_baseline()), &policy);
    assert_eq!(cell(&held, "create_order", Metric::P99).outcome, Outcome::Pass);
}

#[test]
fn a_limit_on_throughput_is_a_minimum() {
    let mut policy = policy();
    policy.general.insert(Metric::Rps, limit(450.0));
    let found = judge(&[shop(6)], Some(&shop_baseline()), &policy);
    assert_eq!(found.headline, "rps is under its limit: 400/s, limit 450/s");
    assert_eq!(cell(&found, ALL, Metric::Rps).label, Label::OverLimit);
}

#[test]
fn limits_alone_need_no_baseline() {
    let policy = Policy { general: [(Metric::P95, limit(500_000.0))].into(), ..policy() };
    let found = judge(&[shop(6)], None, &policy);
    assert_eq!((found.verdict, found.exit), (Verdict::Pass, 0));
}

#[test]
fn a_limit_on_an_endpoint_without_requests_is_not_held() {
    let policy = with_rule("refund", Metric::P95, limit(500_000.0));
    for before in [None, Some(&shop_baseline())] {
        let found = judge(&[shop(6)], before, &policy);
        let refund = cell(&found, "refund", Metric::P95);
        assert_eq!((refund.outcome, refund.label), (Outcome::Inconclusive, Label::TooFew));
        assert_ne!(found.verdict, Verdict::Pass);
    }
}

#[test]
fn an_endpoint_that_is_gone_fails() {
    let found = judge(&[shop(6).without("search")], Some(&shop_baseline()), &policy());
    assert_eq!((found.verdict, found.exit), (Verdict::Fail, 1));
    assert_eq!(cell(&found, "search", Metric::P50).label, Label::Missing);
    assert!(
        found.headline.starts_with("search is missing: the baseline has 10000 requests a run of it"),
        "{}",
        found.headline
    );
}

#[test]
fn an_endpoint_missing_from_one_of_several_runs_fails_too() {
    let found = judge(&[shop(6), shop(6).repeat(1).without("search")], Some(&shop_baseline()), &policy());
    assert_eq!(cell(&found, "search", Metric::P50).label, Label::Missing);
}

#[test]
fn an_endpoint_that_only_fails_is_missing_its_latencies() {
    let mut now = shop(6).with("search", Metric::ErrorRate, 1.0);
    now.cells.get_mut("search").unwrap().retain(|metric, _| *metric == Metric::ErrorRate);
    let found = judge(&[now], Some(&shop_baseline()), &policy());
    assert_eq!(found.verdict, Verdict::Fail);
    let p95 = cell(&found, "search", Metric::P95);
    assert_eq!(p95.label, Label::Missing);
    assert!(p95.reason.as_deref().unwrap().starts_with("not one of its requests succeeded"), "{p95:?}");
}

#[test]
fn a_new_endpoint_is_shown_and_does_not_decide() {
    let found = judge(&[shop(6).endpoint("refund", 10.0, 9_000.0)], Some(&shop_baseline()), &policy());
    let refund = cell(&found, "refund", Metric::P95);
    assert_eq!((refund.outcome, refund.label, refund.gated), (Outcome::Shown, Label::New, false));
    assert_eq!(found.verdict, Verdict::Pass);
}

#[test]
fn a_rare_endpoints_high_percentile_is_shown_only() {
    let rare = |run: Run, p95: f64| {
        run.with_requests("login", Metric::P50, 9e3, 100).with_requests("login", Metric::P95, p95, 100)
    };
    let before = baseline((0..5).map(|job| rare(shop(job), 2e4)).collect());
    let found = judge(&[rare(shop(6), 9e4)], Some(&before), &policy());
    assert_eq!(found.verdict, Verdict::Pass);
    assert_eq!(cell(&found, "login", Metric::P50).outcome, Outcome::Pass);
    let p95 = cell(&found, "login", Metric::P95);
    assert_eq!((p95.outcome, p95.label, p95.gated), (Outcome::Shown, Label::TooFew, false));
    assert_eq!(p95.reason.as_deref(), Some("100 requests a run; p95 is judged from 400 on"));

    let named = with_rule("login", Metric::P95, tolerance(0.1));
    assert_eq!(judge(&[rare(shop(6), 9e4)], Some(&before), &named).verdict, Verdict::Inconclusive);
}

#[test]
fn traffic_that_breaks_down_is_not_excused_as_rare() {
    let now = shop(6).with_requests("search", Metric::P95, 45e3, 300);
    let found = judge(&[now], Some(&shop_baseline()), &policy());
    assert_eq!(cell(&found, "search", Metric::P95).outcome, Outcome::Inconclusive);
}

#[test]
fn a_run_too_short_to_judge_any_latency_is_inconclusive() {
    let short = |job: u32| run(job).with_requests("search", Metric::P50, 9e3, 20);
    let found = judge(&[short(6)], Some(&baseline((0..5).map(short).collect())), &policy());
    assert_eq!(found.verdict, Verdict::Inconclusive);
}

#[test]
fn a_missing_baseline_never_passes_silently() {
    let found = judge(&[shop(6)], None, &policy());
    assert_eq!((found.verdict, found.exit), (Verdict::Inconclusive, 4));
    assert!(found.headline.contains("loadgate baseline record --profile load"), "{}", found.headline);
    let lenient = Policy { pass_without_baseline: true, ..policy() };
    let found = judge(&[shop(6)], None, &lenient);
    assert_eq!((found.verdict, found.exit), (Verdict::Recorded, 0));
}

#[test]
fn what_was_not_read_of_the_target_is_no_pass_and_no_missing_baseline() {
    let mut lenient = Policy { pass_without_baseline: true, ..policy() };
    let tolerance = Some(crate::units::Tolerance::Relative(0.1));
    lenient.general.insert(Metric::Cpu, MetricRule { tolerance, ..MetricRule::default() });
    let found = judge(&[shop(6)], None, &lenient);
    assert_eq!((found.verdict, found.exit), (Verdict::Inconclusive, 0));
    let strict = Policy { fail_on_inconclusive: true, ..lenient };
    assert_eq!(judge(&[shop(6)], None, &strict).exit, 4);
    let cell = found.cells.iter().find(|cell| cell.metric == Metric::Cpu).unwrap();
    assert!(cell.endpoint == "(target)" && cell.reason.as_ref().unwrap().contains("[target] resources"), "{cell:?}");
}

#[test]
fn another_environment_is_inconclusive_unless_any_will_do() {
    let mut now = slower_orders(1.5);
    now.origin.environment.cpu = "Zen 5".into();
    let found = judge(std::slice::from_ref(&now), Some(&shop_baseline()), &policy());
    assert_eq!((found.verdict, found.exit), (Verdict::Inconclusive, 4));
    assert_eq!(found.environment.differs, ["cpu: Zen 4 -> Zen 5"]);
    assert!(!found.environment.same && !found.suspect());
    let any = Policy { any_environment: true, ..policy() };
    assert_eq!(judge(&[now], Some(&shop_baseline()), &any).verdict, Verdict::Fail);
}

#[test]
fn another_load_never_compares() {
    let mut now = slower_orders(1.5);
    now.origin.environment.profile = "xyz".into();
    let any = Policy { any_environment: true, ..policy() };
    let found = judge(&[now], Some(&shop_baseline()), &any);
    assert_eq!((found.verdict, found.exit), (Verdict::Inconclusive, 4));
    assert!(found.reasons[0].starts_with("the baseline was recorded under another load"), "{:?}", found.reasons);
}

#[test]
fn an_unsteady_run_is_reported_and_decides_nothing_where_steadiness_is_required() {
    let now = Run { steady_after_s: Some(14.0), ..slower_orders(1.5) };
    let found = judge(std::slice::from_ref(&now), Some(&shop_baseline()), &policy());
    assert_eq!(found.verdict, Verdict::Fail);
    assert!(found.reasons[0].contains("steady only after 14 s"), "{:?}", found.reasons);
    let strict = Policy { require_steady: true, ..policy() };
    let found = judge(&[now], Some(&shop_baseline()), &strict);
    assert_eq!(found.verdict, Verdict::Inconclusive);
    assert_eq!(cell(&found, "create_order", Metric::P95).label, Label::NotSteady);
}

#[test]
fn an_invalid_run_exits_3_and_judges_nothing() {
    let now = Run { valid: false, ..slower_orders(3.0) };
    let found = judge(&[now], Some(&shop_baseline()), &policy());
    assert_eq!((found.verdict, found.exit), (Verdict::Invalid, 3));
    assert!(found.cells.iter().all(|cell| cell.outcome == Outcome::Shown));
    assert_eq!(judge(&[], Some(&shop_baseline()), &policy()).exit, 3);
}

#[test]
fn a_run_in_which_everything_failed_never_exits_0() {
    let failed = |job: u32| run(job).with(ALL, Metric::ErrorRate, 1.0).with("search", Metric::ErrorRate, 1.0);
    let broken_before = baseline(vec![shop(0)]).runs.into_iter().map(|mut stored| {
        stored.run = failed(0);
        stored
    });
    let broken = crate::baseline::Baseline { runs: broken_before.collect(), ..shop_baseline() };
    let lenient = Policy { pass_without_baseline: true, ..policy() };
    assert_eq!(judge(&[failed(6)], Some(&shop_baseline()), &policy()).exit, 1);
    assert_eq!(judge(&[failed(6)], Some(&broken), &policy()).exit, 3);
    assert_eq!(judge(&[failed(6)], None, &lenient).exit, 3);
}

#[test]
fn repeats_count_as_more_runs_of_one_job() {
    let runs = [slower_orders(1.2), slower_orders(1.22).repeat(1), slower_orders(1.18).repeat(2)];
    let found = judge(&runs, Some(&shop_baseline()), &policy());
    assert_eq!((found.candidate.runs, found.candidate.jobs), (3, 1));
    assert_eq!((found.baseline.runs, found.baseline.jobs), (5, 5));
}

#[test]
fn the_latency_of_the_whole_run_names_no_one_and_is_gated_only_by_name() {
    let whole = |run: Run, p95: f64| run.with(ALL, Metric::P95, p95);
    let before = baseline((0..5).map(|job| whole(shop(job), 1e5)).collect());
    let found = judge(&[whole(shop(6), 3e5)], Some(&before), &policy());
    assert_eq!((found.verdict, cell(&found, ALL, Metric::P95).label), (Verdict::Pass, Label::Shown));
    let named = with_rule(ALL, Metric::P95, tolerance(0.1));
    assert_eq!(judge(&[whole(shop(6), 3e5)], Some(&before), &named).verdict, Verdict::Fail);
}

#[test]
fn an_absolute_tolerance_is_a_latency() {
    let rule = MetricRule {
        tolerance: Some(Tolerance::Absolute(std::time::Duration::from_millis(90))),
        ..MetricRule::default()
    };
    let policy = with_rule("create_order", Metric::P95, rule);
    let found = judge(&[slower_orders(1.4)], Some(&shop_baseline()), &policy);
    assert_eq!(found.verdict, Verdict::Pass);
    assert!((cell(&found, "create_order", Metric::P95).tolerance.unwrap() - 0.5).abs() < 0.01);
}

#[test]
fn endpoints_of_the_profile_without_a_request_are_named_but_for_redirects_that_never_came() {
    let endpoints = ["search", "login", "login (redirected)"].map(str::to_owned);
    let context = Context {
        seed: 7,
        profile: "load",
        load: "200 users",
        baseline_path: None,
        recordings: &[],
        endpoints: &endpoints,
    };
    let found = compare(&[shop(6)], &summary(), Some(&shop_baseline()), &policy(), &context);
    assert_eq!(found.unmeasured, ["login"]);
}

#[test]
fn values_that_are_no_numbers_never_pass_and_never_reach_the_json() {
    for nonsense in [f64::NAN, f64::INFINITY, -1.0] {
        let now = shop(6).with("search", Metric::P95, nonsense);
        let found = judge(&[now], Some(&shop_baseline()), &policy());
        assert_eq!(cell(&found, "search", Metric::P95).label, Label::Missing);
        assert_eq!(found.verdict, Verdict::Fail);
    }
    let found = judge(&[shop(6).with("search", Metric::P95, 0.0)], Some(&shop_baseline()), &policy());
    assert!(cell(&found, "search", Metric::P95).change.unwrap().is_finite());
}

#[test]
fn what_users_ask_for_once_may_be_absent_where_none_came() {
    let before = shop_baseline();
    let none_came = Run { once_a_user: vec!["search".to_owned()], ..shop(7).without("search") };
    let found = judge(&[none_came], Some(&before), &policy());
    assert_eq!(found.verdict, Verdict::Pass, "{}", found.headline);
    let gone = cell(&found, "search", Metric::P95);
    assert_eq!((gone.outcome, gone.label), (Outcome::Shown, Label::TooFew));
}

#[test]
fn what_users_ask_for_once_fails_all_the_same_where_none_succeeded() {
    let failing = shop(7).without("search").with("search", Metric::ErrorRate, 1.0);
    let failing = Run { once_a_user: vec!["search".to_owned()], ..failing };
    assert_eq!(judge(&[failing], Some(&shop_baseline()), &policy()).verdict, Verdict::Fail);
}

#[test]
fn an_endpoint_that_some_run_of_the_baseline_lacks_is_not_missed() {
    let before = baseline((0..5).map(|job| if job == 2 { shop(job).without("search") } else { shop(job) }).collect());
    let found = judge(&[shop(7).without("search")], Some(&before), &policy());
    assert_eq!(found.verdict, Verdict::Inconclusive, "{}", found.headline);
}

#[test]
fn a_run_with_repeats_to_come_has_to_be_surer_than_the_last() {
    let now = [slower_orders(1.5)];
    assert_eq!(judge(&now, Some(&shop_baseline()), &policy()).verdict, Verdict::Fail);
    let early = judge(&now, Some(&shop_baseline()), &repeating());
    assert_eq!(early.verdict, Verdict::Inconclusive, "{}", early.headline);
    assert!(early.suspect(), "the repeats decide");
    let repeats: Vec<Run> = (0..3).map(|repeat| slower_orders(1.5).repeat(repeat)).collect();
    assert_eq!(judge(&repeats, Some(&shop_baseline()), &repeating()).verdict, Verdict::Fail);
}
