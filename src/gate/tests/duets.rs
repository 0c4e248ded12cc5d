//! The outcomes of a duet, one by one.

use super::support::{Builder, cell, judge_duet, limit, played, policy, run, tolerance};
use crate::gate::{Comparison, Label, MetricRule, Outcome, Policy, Verdict};
use crate::measure::{ALL, Duet, Metric, Run};

/// Noise of a block: a few percent, and different in each.
fn noise(block: usize) -> f64 {
    let wave = (f64::from(u32::try_from(block).unwrap()) * 12.989_8).sin() * 43_758.545_3;
    1.0 + 0.06 * (wave - wave.floor() - 0.5)
}

/// The shop in one block.
fn shop(block: usize, slower: f64) -> Run {
    run(0).endpoint("create_order", 80.0 * noise(block), 180.0 * slower * noise(block + 40)).endpoint(
        "search",
        20.0 * noise(block + 80),
        45.0 / noise(block + 20),
    )
}

/// A duet of so many blocks in which the orders' p95 is slower by the factor.
fn duet(blocks: usize, slower: f64) -> Duet {
    played((0..blocks).map(|block| (shop(block, 1.0), shop(block + 500, slower))).collect())
}

fn with(played: Duet, change: impl Fn(usize, Run, Run) -> (Run, Run)) -> Duet {
    let mut played = played;
    for (place, block) in played.blocks.iter_mut().enumerate() {
        (block.baseline, block.candidate) = change(place, block.baseline.clone(), block.candidate.clone());
    }
    played
}

fn settled(found: &Comparison) -> bool {
    found.duet.as_ref().unwrap().settled
}

fn with_rule(endpoint: &str, metric: Metric, rule: MetricRule) -> Policy {
    let mut policy = policy();
    policy.endpoints.entry(endpoint.to_owned()).or_default().insert(metric, rule);
    policy
}

#[test]
fn a_regression_fails_with_its_bounds_and_what_they_rest_on() {
    let found = judge_duet(&duet(16, 1.25), &policy());
    assert_eq!((found.verdict, found.exit), (Verdict::Fail, 1));
    insta::assert_snapshot!(found.headline, @"create_order p95 is 25% slower: 180 ms -> 225 ms, between +23% and +27%; tolerated +10%");
    let orders = cell(&found, "create_order", Metric::P95);
    assert_eq!((orders.outcome, orders.label, orders.gated), (Outcome::Fail, Label::Regressed, true));
    assert!(orders.low.unwrap() > 0.1 && orders.low < orders.change && orders.change < orders.high, "{orders:?}");
    let basis = orders.basis.as_ref().unwrap();
    assert_eq!((basis.baseline.len(), basis.candidate.len()), (16, 16));
    // All 16 blocks are worse by nearly the same: of 65,536 flips only the one that was played looks so bad.
    assert!((basis.chance.unwrap() - 1.0 / 65_536.0).abs() < 1e-9, "{basis:?}");
    assert_eq!(found.cells.iter().filter(|cell| cell.outcome == Outcome::Fail).count(), 1);
    assert!(settled(&found));
}

#[test]
fn a_duet_says_who_was_compared_and_how() {
    let found = judge_duet(&duet(16, 1.0), &policy());
    assert_eq!(found.baseline.commit.as_deref(), Some("old commit"));
    assert_eq!(found.candidate.commit.as_deref(), Some("new commit"));
    assert!(found.environment.same && found.environment.differs.is_empty());
    let facts = found.duet.unwrap();
    assert_eq!((facts.blocks, facts.looks.len(), facts.pairs), (16, 4, 2));
    // scipy.stats.norm.cdf(1.733 * 2 ** 0.5)
    assert!((facts.level - 0.992_873_7).abs() < 1e-6, "{}", facts.level);
}

#[test]
fn an_unchanged_service_is_proven_and_settled_before_the_end() {
    let found = judge_duet(&duet(16, 1.0), &policy());
    assert_eq!((found.verdict, found.exit), (Verdict::Pass, 0));
    assert_eq!(cell(&found, "create_order", Metric::P95).label, Label::Within);
    assert!(settled(&found), "{:#?}", found.cells);
}

#[test]
fn eight_blocks_of_32_can_tell_nothing_and_say_how_many_could() {
    let found = judge_duet(&duet(8, 1.0), &policy());
    let orders = cell(&found, "create_order", Metric::P95);
    assert_eq!((found.verdict, orders.label, orders.low, orders.high), (Verdict::Pass, Label::NoEvidence, None, None));
    assert_eq!(orders.detectable, None);
    insta::assert_snapshot!(orders.reason.as_ref().unwrap(), @"not worse than tolerated as measured; 8 blocks can't tell any change from noise; it takes 11");
    assert!(!settled(&found));
    let slower = judge_duet(&duet(8, 1.5), &policy());
    assert_eq!(slower.verdict, Verdict::Inconclusive);
    insta::assert_snapshot!(cell(&slower, "create_order", Metric::P95).reason.as_ref().unwrap(), @"worse than tolerated as measured, but 8 blocks can't tell any change from noise; it takes 11");
    insta::assert_snapshot!(slower.headline, @"create_order p95 is 48% slower: 181 ms -> 268 ms; tolerated +10%, and noise could explain it: about 3 more blocks (1 min) may settle it; give the duet time for them");
}

#[test]
fn fewer_than_five_blocks_show_no_change_and_decide_nothing() {
    let found = judge_duet(&duet(4, 1.5), &policy());
    let orders = cell(&found, "create_order", Metric::P95);
    assert_eq!((found.verdict, orders.label, orders.change), (Verdict::Inconclusive, Label::TooFew, None));
    insta::assert_snapshot!(orders.reason.as_ref().unwrap(), @"compared in 4 blocks; a duet is judged from 5 on: give it more time");
}

#[test]
fn a_duet_without_a_block_is_not_valid() {
    let found = judge_duet(&duet(0, 1.0), &policy());
    assert_eq!((found.verdict, found.exit), (Verdict::Invalid, 3));
    insta::assert_snapshot!(found.headline, @"the duet is not valid: not one block was completed");
}

#[test]
fn a_duet_that_is_not_valid_judges_nothing() {
    let broken = Duet { valid: false, reasons: vec!["the new build never became ready".into()], ..duet(16, 1.5) };
    let found = judge_duet(&broken, &policy());
    assert_eq!((found.verdict, found.exit, found.reasons.len()), (Verdict::Invalid, 3, 1));
    assert!(found.cells.iter().all(|cell| cell.outcome == Outcome::Shown));
    insta::assert_snapshot!(found.headline, @"the duet is not valid: the new build never became ready");
}

#[test]
fn a_suspect_duet_says_what_would_settle_it() {
    let found = judge_duet(&duet(16, 1.115), &policy());
    assert_eq!(cell(&found, "create_order", Metric::P95).label, Label::Suspect, "{}", found.headline);
    assert!(found.suspect() && !settled(&found));
    insta::assert_snapshot!(found.headline, @"create_order p95 is 11% slower: 180 ms -> 200 ms, between +9.7% and +13%; tolerated +10%, and noise could explain it: about 5 more blocks (2 min) may settle it; give the duet time for them");
    assert!(found.reasons.is_empty(), "{:?}", found.reasons);
}

#[test]
fn one_bad_reading_among_many_cells_needs_more_than_its_own_bound() {
    // Five blocks looked at once: the bound of a single cell is clear, but 1 flip in 32 is no proof at 1%.
    let few = Duet { looks: vec![5], ..duet(5, 1.5) };
    let found = judge_duet(&few, &policy());
    let orders = cell(&found, "create_order", Metric::P95);
    assert!(orders.low.unwrap() > 0.1 && orders.label == Label::Suspect, "{orders:?}");
    assert!(orders.reason.as_ref().unwrap().contains("among this many cells"), "{orders:?}");
}

#[test]
fn a_faster_build_is_called_faster() {
    let found = judge_duet(&duet(16, 0.7), &policy());
    assert_eq!(cell(&found, "create_order", Metric::P95).label, Label::Faster);
    assert_eq!(found.verdict, Verdict::Pass);
}

#[test]
fn throughput_that_falls_fails_in_its_own_direction() {
    let slow = with(duet(24, 1.0), |place, before, now| (before, now.with(ALL, Metric::Rps, 340.0 * noise(place))));
    let found = judge_duet(&slow, &policy());
    let rps = cell(&found, ALL, Metric::Rps);
    assert_eq!((rps.label, found.verdict), (Label::Regressed, Verdict::Fail));
    assert!(rps.change.unwrap() < -0.1 && rps.low < rps.change && rps.change < rps.high, "{rps:?}");
}

#[test]
fn errors_that_rise_fail_and_a_single_burst_does_not() {
    let errors = |share: f64, burst: bool| {
        with(duet(24, 1.0), move |place, before, now| {
            let share = if burst && place > 0 { 0.0 } else { share };
            (before, now.with("search", Metric::ErrorRate, share).with(ALL, Metric::ErrorRate, share))
        })
    };
    let risen = judge_duet(&errors(0.01, false), &policy());
    assert_eq!(cell(&risen, "search", Metric::ErrorRate).label, Label::Regressed);
    assert!(risen.headline.starts_with("search error_rate is 1pp higher"), "{}", risen.headline);
    let burst = judge_duet(&errors(0.3, true), &policy());
    assert_eq!(cell(&burst, "search", Metric::ErrorRate).label, Label::Suspect, "{}", burst.headline);
}

#[test]
fn an_endpoint_that_is_gone_fails_and_no_block_could_change_that() {
    let gone = with(duet(8, 1.0), |_, before, now| (before, now.without("search")));
    let found = judge_duet(&gone, &policy());
    assert_eq!(found.verdict, Verdict::Fail);
    assert_eq!(cell(&found, "search", Metric::P50).label, Label::Missing);
    insta::assert_snapshot!(found.headline, @"search is missing: the baseline has 10000 requests a block of it, now there is none; if it was renamed or removed, drop it from the profile");
    assert!(settled(&found));
}

#[test]
fn an_endpoint_gone_in_half_of_the_blocks_fails_and_one_gone_in_a_few_is_left_out_of_those() {
    let gone_in = |blocks: usize| {
        with(duet(16, 1.0), move |place, before, now| {
            (before, if place < blocks { now.without("search") } else { now })
        })
    };
    let half = judge_duet(&gone_in(8), &policy());
    let search = cell(&half, "search", Metric::P50);
    assert_eq!((search.label, half.verdict), (Label::Missing, Verdict::Fail));
    insta::assert_snapshot!(search.reason.as_ref().unwrap(), @"in 8 of 16 blocks none of its requests succeeded; of the baseline 10000 a block did");
    let few = judge_duet(&gone_in(2), &policy());
    let search = cell(&few, "search", Metric::P50);
    assert_eq!((search.label, few.verdict), (Label::Within, Verdict::Pass), "{search:?}");
    assert_eq!(search.basis.as_ref().unwrap().candidate.len(), 14);
    insta::assert_snapshot!(few.reasons.join("\n"), @"of 16 blocks, those were left out in which one side lacks it: search 2");
}

#[test]
fn a_new_endpoint_is_shown() {
    let new = with(duet(8, 1.0), |_, before, now| (before.without("search"), now));
    let found = judge_duet(&new, &policy());
    let search = cell(&found, "search", Metric::P95);
    assert_eq!((search.label, search.outcome), (Label::New, Outcome::Shown));
}

#[test]
fn a_quantile_of_blocks_with_too_few_requests_is_not_judged() {
    let requests = |requests: u64| {
        with(duet(16, 1.0), move |place, before, now| {
            let (old, new) = (45e3 * noise(place), 45e3 * noise(place + 9));
            (
                before.with_requests("search", Metric::P95, old, requests),
                now.with_requests("search", Metric::P95, new, requests),
            )
        })
    };
    let strict = with_rule("search", Metric::P95, tolerance(0.2));
    // 19 a block are too few for a p95, 25 in all more than 400; 24 would do, were there enough blocks.
    let thin = judge_duet(&requests(19), &strict);
    let search = cell(&thin, "search", Metric::P95);
    assert_eq!((search.label, search.outcome), (Label::TooFew, Outcome::Inconclusive));
    insta::assert_snapshot!(search.reason.as_ref().unwrap(), @"19 requests a block and 304 in all; p95 is judged from 20 a block and 400 in all: play longer slots or more of them a block, or judge a lower percentile");
    assert_eq!(cell(&judge_duet(&requests(19), &policy()), "search", Metric::P95).outcome, Outcome::Shown);
    let few = judge_duet(&requests(24), &strict);
    insta::assert_snapshot!(cell(&few, "search", Metric::P95).reason.as_ref().unwrap(), @"24 requests a block and 384 in all; p95 is judged from 20 a block and 400 in all: play more blocks, or judge a lower percentile");
    assert_eq!(cell(&judge_duet(&requests(25), &strict), "search", Metric::P95).label, Label::Within);
    assert!(settled(&thin) && !settled(&few));
}

#[test]
fn a_broken_limit_fails() {
    let found = judge_duet(&duet(16, 1.0), &with_rule("create_order", Metric::P95, limit(150_000.0)));
    assert_eq!(cell(&found, "create_order", Metric::P95).label, Label::OverLimit);
    assert_eq!(found.verdict, Verdict::Fail);
}

#[test]
fn the_threshold_rule_fails_on_the_measured_change() {
    let threshold = Policy { confident: false, ..policy() };
    assert_eq!(judge_duet(&duet(8, 1.15), &threshold).verdict, Verdict::Fail);
    assert_eq!(judge_duet(&duet(8, 1.05), &threshold).verdict, Verdict::Pass);
}

#[test]
fn proof_is_asked_for_where_it_is_required() {
    let strict = Policy { require_proof: true, ..policy() };
    let found = judge_duet(&duet(8, 1.0), &strict);
    assert_eq!((found.verdict, settled(&found)), (Verdict::Inconclusive, false));
}

#[test]
fn a_build_of_which_nothing_succeeds_never_exits_0() {
    let broken = with(duet(8, 1.0), |_, before, _| (before, run(0).with(ALL, Metric::ErrorRate, 1.0)));
    assert_eq!(judge_duet(&broken, &policy()).exit, 1);
    let both = with(duet(8, 1.0), |_, _, _| {
        let dead = run(0).with(ALL, Metric::ErrorRate, 1.0);
        (dead.clone(), dead)
    });
    let found = judge_duet(&both, &policy());
    assert_eq!((found.verdict, found.exit), (Verdict::Invalid, 3));
}

#[test]
fn a_duet_that_was_stopped_says_how_far_it_came() {
    let stopped = Duet { interrupted: true, ..duet(11, 1.0) };
    insta::assert_snapshot!(judge_duet(&stopped, &policy()).reasons.join("\n"), @"stopped after 11 of 32 blocks: only larger changes can be told from noise");
}

#[test]
fn numbers_that_are_none_never_pass_and_never_reach_the_json() {
    for value in [f64::NAN, f64::INFINITY, -1.0] {
        let odd = with(duet(8, 1.0), |_, before, now| (before, now.with("search", Metric::P95, value)));
        let found = judge_duet(&odd, &policy());
        assert_eq!(found.verdict, Verdict::Fail, "{value}");
        let json = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Comparison>(&json).unwrap(), found);
    }
}

#[test]
fn a_duet_is_settled_at_its_looks_alone() {
    // 20 blocks are between the looks after 16 and 24: what is sure by then is so at the next look.
    for slower in [1.0, 1.4] {
        assert!(!settled(&judge_duet(&duet(20, slower), &policy())), "{slower}");
        assert!(settled(&judge_duet(&duet(24, slower), &policy())), "{slower}");
    }
}
