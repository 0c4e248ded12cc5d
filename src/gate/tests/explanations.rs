//! Explanations of comparisons that a gate made.

use super::support::{Builder, baseline, cell, judge, policy, run, shop, shop_baseline};
use crate::gate::{Comparison, Explanation, Label, More, NoiseSource, Policy, Prospect};
use crate::measure::{ALL, Metric, Run};

fn explain(comparison: &Comparison, endpoint: &str, metric: Metric) -> Explanation {
    Explanation::of(comparison, cell(comparison, endpoint, metric))
}

fn of(explanation: &Explanation, more: More) -> &Prospect {
    explanation.prospects.iter().find(|prospect| prospect.more == more).unwrap()
}

fn assert_close(found: Option<f64>, expected: f64) {
    assert!((found.unwrap() - expected).abs() < 1e-6, "{found:?} is not {expected}");
}

fn orders(job: u32, p95: f64) -> Run {
    run(job).with("create_order", Metric::P95, p95 * 1e3)
}

/// Worked by hand: one job a side has SE = 10% sqrt(2) with 4 degrees of freedom. A baseline job more has
/// SE = 10% sqrt(1 + 1/2) with 7: `ln 1.2 -+ scipy.stats.t.ppf(.95, 7) * .1 * sqrt(1.5)`.
#[test]
fn a_baseline_job_more_gives_the_bounds_worked_by_hand() {
    let found = judge(&[orders(6, 120.0)], Some(&baseline(vec![orders(0, 100.0)])), &policy());
    let explained = explain(&found, "create_order", Metric::P95);
    assert_eq!(explained.noise_from, Some(NoiseSource::Default));
    let prospect = of(&explained, More::BaselineJob);
    assert_close(prospect.low, -0.048_500_374_856);
    assert_close(prospect.high, 0.513_400_491_127);
    assert_eq!(prospect.label, Label::Suspect);
}

/// The same by the gate itself, where the baseline job that comes strays just as far as was assumed.
#[test]
fn a_baseline_job_that_strays_as_assumed_gives_the_bounds_that_were_foreseen() {
    let before = [100.0, 104.0, 98.0];
    let found = judge(
        &[orders(6, 130.0)],
        Some(&baseline((0..3).zip(before).map(|(n, ms)| orders(n, ms)).collect())),
        &policy(),
    );
    let explained = explain(&found, "create_order", Metric::P95);
    let foreseen = of(&explained, More::BaselineJob);
    let noise = explained.cell.basis.as_ref().unwrap().noise.as_ref().unwrap();
    // SE^2 = s^2 (1 + 1/4), 6 + 3 degrees of freedom: `scipy.stats.t.ppf(.95, 9)` = 1.833112933.
    let reach = 1.833_112_933 * noise.assumed_sd * 1.25f64.sqrt();
    let change = explained.cell.change.unwrap().ln_1p();
    assert_close(foreseen.low, (change - reach).exp_m1());
    assert_close(foreseen.high, (change + reach).exp_m1());
}

#[test]
fn a_run_more_foresees_what_the_gate_says_of_it() {
    let before = shop_baseline();
    let twice = [shop(6), shop(6).repeat(1).endpoint("create_order", 80.5, 180.5)];
    let found = judge(&twice, Some(&before), &policy());
    let foreseen = explain(&found, "create_order", Metric::P95);
    let foreseen = of(&foreseen, More::Run).clone();
    let thrice = [twice.as_slice(), &[shop(6).repeat(2).endpoint("create_order", 80.2, 180.2)]].concat();
    let then = judge(&thrice, Some(&before), &policy());
    let then = cell(&then, "create_order", Metric::P95);
    assert!((foreseen.low.unwrap() - then.low.unwrap()).abs() < 0.004, "{foreseen:?} {then:?}");
    assert!((foreseen.high.unwrap() - then.high.unwrap()).abs() < 0.004, "{foreseen:?} {then:?}");
    assert_eq!(foreseen.label, then.label);
}

#[test]
fn more_never_widens_what_can_be_told() {
    for factor in [0.7, 1.0, 1.13, 1.5] {
        let now = shop(6).endpoint("create_order", 80.0, 180.0 * factor).with("create_order", Metric::ErrorRate, 0.002);
        let found = judge(&[now], Some(&shop_baseline()), &policy());
        for told in &found.cells {
            let explained = Explanation::of(&found, told);
            for prospect in &explained.prospects {
                let (low, high) = (prospect.low.unwrap(), prospect.high.unwrap());
                let name = format!("{} {} {prospect:?} {:?}-{:?}", told.endpoint, told.metric, told.low, told.high);
                assert!(low >= told.low.unwrap() - 1e-9 && high <= told.high.unwrap() + 1e-9, "{name}");
            }
        }
    }
}

#[test]
fn throughput_is_foreseen_in_its_own_direction() {
    let found = judge(&[shop(6).with(ALL, Metric::Rps, 372.0)], Some(&shop_baseline()), &policy());
    let explained = explain(&found, ALL, Metric::Rps);
    let prospect = of(&explained, More::BaselineJob);
    let change = explained.cell.change.unwrap();
    assert!(prospect.low.unwrap() < change && change < prospect.high.unwrap() && change < -0.05, "{prospect:?}");
}

#[test]
fn errors_are_explained_by_what_their_requests_are_worth() {
    let found = judge(&[shop(6).with("search", Metric::ErrorRate, 0.002)], Some(&shop_baseline()), &policy());
    let explained = explain(&found, "search", Metric::ErrorRate);
    let worth = explained.cell.basis.as_ref().unwrap().worth.unwrap();
    assert_eq!((worth.baseline, worth.candidate), (50_000.0, 10_000.0));
    assert!(of(&explained, More::Run).high < explained.cell.high);
}

#[test]
fn the_family_is_what_was_weighed_and_a_threshold_stays_one() {
    let threshold = Policy { confident: false, ..policy() };
    let now = [shop(6).endpoint("create_order", 80.0, 203.0)];
    let found = judge(&now, Some(&shop_baseline()), &threshold);
    let explained = explain(&found, "create_order", Metric::P95);
    let family = explained.family.as_ref().unwrap();
    assert_eq!((family.cells, family.allowed), (8, 0.003));
    assert!(family.chance > 0.003, "{family:?}");
    assert!(explained.prospects.iter().all(|prospect| prospect.label == Label::Regressed), "{explained:?}");
    let confident = judge(&now, Some(&shop_baseline()), &policy());
    let explained = explain(&confident, "create_order", Metric::P95);
    assert_eq!((explained.cell.label, of(&explained, More::Run).label), (Label::Suspect, Label::Suspect));
}

#[test]
fn the_headlines_cell_is_explained_and_after_a_pass_none() {
    let failing = judge(&[shop(6).endpoint("search", 20.0, 90.0)], Some(&shop_baseline()), &policy());
    assert_eq!(
        failing.headline_cell().map(|cell| (cell.endpoint.as_str(), cell.metric)),
        Some(("search", Metric::P95))
    );
    let passing = judge(&[shop(6)], Some(&shop_baseline()), &policy());
    assert_eq!(passing.headline_cell(), None);
}

#[test]
fn what_was_not_weighed_has_no_prospects_and_says_what_it_lacks() {
    let mut found = judge(&[shop(6).without("search")], Some(&shop_baseline()), &policy());
    let missing = explain(&found, "search", Metric::P95);
    assert_eq!((missing.cell.label, missing.prospects.len(), missing.lacks_basis), (Label::Missing, 0, false));
    for cell in &mut found.cells {
        cell.basis = None;
    }
    assert!(explain(&found, "create_order", Metric::P95).lacks_basis);
}
