//! Breaks and creep, held to hand-worked values and to simulated histories.

use proptest::prelude::*;
use rand::SeedableRng;
use rand_distr::{Distribution, Normal};
use rand_xoshiro::Xoshiro256PlusPlus;

use std::collections::BTreeMap;

use super::discovery::bar;
use super::energy::{chance, clearest_split};
use super::{FEWEST_JOBS, History, Series, Terms};
use crate::measure::{Environment, Estimate, Job, Metric, Origin, Run};

/// A job's run of one endpoint whose p95 is `value`.
fn run(job: usize, value: f64) -> Run {
    let estimate = Estimate { value, samples: 5_000, effective: 5_000.0, variance: 1e-4 };
    let origin = Origin {
        loadgate: "0.1.0".into(),
        started_at: format!("2026-01-{:02}T{:02}:00:00Z", job / 24 + 1, job % 24),
        commit: Some(format!("{job:07x}")),
        reference: Some("main".into()),
        job: Job { boot: "b007".into(), run: format!("{job:03}") },
        environment: Environment { cpu: "Zen 4".into(), ..Environment::default() },
    };
    let cells = BTreeMap::from([("create_order".to_owned(), BTreeMap::from([(Metric::P95, estimate)]))]);
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
}

fn runs(values: &[f64]) -> Vec<Run> {
    values.iter().enumerate().map(|(job, value)| run(job, *value)).collect()
}

/// Latencies around the levels, with log-normal noise between the jobs.
fn noisy(levels: &[f64], sd: f64, seed: u64) -> Vec<f64> {
    let mut draws = Xoshiro256PlusPlus::seed_from_u64(seed);
    let noise = Normal::new(0.0, sd).unwrap();
    levels.iter().map(|level| level * f64::exp(noise.sample(&mut draws))).collect()
}

fn step(jobs: usize, at: usize, factor: f64) -> Vec<f64> {
    (0..jobs).map(|job| 160_000.0 * if job < at { 1.0 } else { factor }).collect()
}

fn history(values: &[f64]) -> History {
    History::of(&runs(values), Terms::default()).unwrap()
}

fn only(history: &History) -> &Series {
    assert_eq!(history.series.len(), 1);
    &history.series[0]
}

#[test]
fn the_statistic_is_the_papers() {
    // By hand: 2·81/9 - 6/3 - 18/3 = 10, times 3·3/6. scipy.stats.energy_distance([1, 2, 4], [7, 11, 16])**2 is
    // 12.6667: the same with biased means inside the sides, 18 - 12/9 - 36/9.
    let split = clearest_split(&[1.0, 2.0, 4.0, 7.0, 11.0, 16.0]).unwrap();
    assert_eq!(split.at, 3);
    assert!((split.statistic - 15.0).abs() < 1e-12, "{split:?}");
}

#[test]
fn the_chance_is_that_of_the_whole_search() {
    // Of the 720 orders of six distinct values with sides of three, those are as clear that keep the three smallest
    // together on either side: 2/20.
    let values = [1.0, 2.0, 4.0, 7.0, 11.0, 16.0];
    let split = clearest_split(&values).unwrap();
    let found = chance(&values, split, 100_000, 7);
    assert!((found - 0.1).abs() < 0.08, "{found}");
    let long: Vec<f64> = (0..20).map(|job| f64::from(job % 5) + if job < 10 { 0.0 } else { 100.0 }).collect();
    let found = chance(&long, clearest_split(&long).unwrap(), 999, 7);
    assert!((found - 0.001).abs() < 1e-12, "{found}");
}

#[test]
fn the_bar_is_benjamini_and_hochbergs() {
    // scipy.stats.false_discovery_control([.001, .004, .02, .6, .9]) is [.005, .01, .0333, .75, .9]: at .01 the first two.
    assert!((bar(&[0.9, 0.004, 0.6, 0.001, 0.02]).unwrap() - 0.004).abs() < 1e-12);
    assert_eq!(bar(&[0.9, 0.02]), None);
    assert_eq!(bar(&[]), None);
    // A later chance that passes takes the earlier ones along.
    assert!((bar(&[0.008, 0.009]).unwrap() - 0.01).abs() < 1e-12);
}

#[test]
fn a_step_is_found_where_it_was_made_with_the_commits_around_it() {
    let history = history(&noisy(&step(30, 15, 1.18), 0.02, 4));
    let [found] = only(&history).breaks.as_slice() else { panic!("{history:?}") };
    assert_eq!(found.at, 15);
    assert!((found.change - 0.18).abs() < 0.03, "{found:?}");
    assert_eq!(found.from.commit.as_deref(), Some("000000e"));
    assert_eq!(found.to.commit.as_deref(), Some("000000f"));
}

#[test]
fn two_steps_are_two_breaks() {
    let levels: Vec<f64> = (0..36).map(|job| [100.0, 130.0, 90.0][job / 12]).collect();
    let history = history(&noisy(&levels, 0.02, 9));
    let at: Vec<usize> = only(&history).breaks.iter().map(|found| found.at).collect();
    assert_eq!(at, [12, 24]);
}

#[test]
fn unchanged_histories_are_hardly_ever_flagged() {
    let flagged = (0..300).filter(|seed| !only(&history(&noisy(&[100.0; 30], 0.05, *seed))).breaks.is_empty()).count();
    // One in a hundred by design: 3 of 300 expected, 9 has a chance of 0.4%.
    assert!(flagged <= 8, "{flagged} of 300");
}

#[test]
fn unchanged_histories_hardly_ever_creep() {
    let creeping =
        (0..300).filter(|seed| only(&history(&noisy(&[100.0; 30], 0.05, *seed))).since_anchor.as_ref().unwrap().creep);
    assert_eq!(creeping.count(), 0);
}

#[test]
fn a_step_of_three_sds_is_found_next_to_where_it_was_made() {
    // With fewer orders drawn than a history draws: they settle the same bar, in a test's time.
    let found = (0..100).filter(|seed| {
        let values = noisy(&step(30, 15, 1.15), 0.05, 1_000 + seed);
        let places: Vec<f64> = values.into_iter().map(f64::ln).collect();
        let split = clearest_split(&places).unwrap();
        split.at.abs_diff(15) <= 1 && chance(&places, split, 399, *seed) <= 0.01
    });
    let found = found.count();
    assert!(found >= 90, "{found} of 100");
}

#[test]
fn five_small_steps_are_creep() {
    let levels: Vec<f64> = (0..30).map(|job| 100.0 * 1.08_f64.powi(job / 5)).collect();
    for seed in 0..3 {
        let history = history(&noisy(&levels, 0.03, seed));
        let since = only(&history).since_anchor.as_ref().unwrap();
        assert!(since.creep && since.low < 0.47 && 0.47 < since.high, "{since:?}");
        assert_eq!(since.anchor, None);
    }
}

#[test]
fn the_anchor_is_the_last_release_unless_one_is_named() {
    let mut runs = runs(&noisy(&step(20, 10, 1.3), 0.01, 3));
    runs[4].origin.reference = Some("v1.0.0".into());
    runs[14].origin.reference = Some("refs/tags/1.1".into());
    runs[15].origin.reference = Some("version-2".into());
    let since = |anchor| {
        let history = History::of(&runs, Terms { anchor, ..Terms::default() }).unwrap();
        let found = only(&history).since_anchor.clone().unwrap();
        (found.anchor, found.creep)
    };
    assert_eq!(since(None), (Some("refs/tags/1.1".into()), false));
    assert_eq!(since(Some("v1.0.0")), (Some("v1.0.0".into()), true));
    assert_eq!(since(Some("0000004")), (Some("0000004".into()), true));
    assert!(History::of(&runs, Terms { anchor: Some("v9"), ..Terms::default() }).is_err());
}

#[test]
fn runs_of_one_job_make_one_point() {
    let mut runs = runs(&[100.0, 110.0, 400.0]);
    runs[2].origin.job = runs[1].origin.job.clone();
    runs[2].origin.commit = runs[1].origin.commit.clone();
    let history = History::of(&runs, Terms::default()).unwrap();
    let points = &only(&history).points;
    assert_eq!(points.len(), 2);
    assert_eq!(points[1].runs, 2);
    assert!((points[1].value - f64::sqrt(110.0 * 400.0)).abs() < 1e-9, "{points:?}");
}

#[test]
fn too_few_jobs_find_nothing() {
    let found = |jobs: usize| !only(&history(&step(jobs, jobs / 2, 3.0))).breaks.is_empty();
    assert!(!found(FEWEST_JOBS - 1));
    assert!(found(FEWEST_JOBS));
}

#[test]
fn a_constant_series_has_no_break_and_a_change_too_small_for_a_word_is_none() {
    assert!(only(&history(&[5.0; 30])).breaks.is_empty());
    assert!(only(&history(&step(30, 15, 1.01))).breaks.is_empty());
}

#[test]
fn another_machine_or_another_load_starts_another_series() {
    let mut runs = runs(&step(30, 15, 2.0));
    for run in &mut runs[15..] {
        run.origin.environment.cpu = "Zen 5".into();
    }
    let history = History::of(&runs, Terms::default()).unwrap();
    assert_eq!(history.series.iter().map(|series| series.points.len()).collect::<Vec<_>>(), [15, 15]);
    assert!(history.series.iter().all(|series| series.breaks.is_empty()));
    let any = Terms { any_environment: true, ..Terms::default() };
    assert_eq!(only(&History::of(&runs, any).unwrap()).breaks.len(), 1);
    for run in &mut runs[15..] {
        run.origin.environment.profile = "another".into();
    }
    assert_eq!(History::of(&runs, any).unwrap().series.len(), 2);
}

#[test]
fn invalid_runs_are_left_out_and_counted() {
    let mut runs = runs(&[100.0, 101.0]);
    runs[0].valid = false;
    let history = History::of(&runs, Terms::default()).unwrap();
    assert_eq!((history.runs, history.left_out), (1, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn the_order_of_the_runs_and_repeats_of_them_change_nothing(
        shuffled in Just(runs(&noisy(&step(20, 12, 1.2), 0.03, 5))).prop_shuffle(), again in 0_usize..20,
    ) {
        let mut given = shuffled.clone();
        given.push(shuffled[again].clone());
        prop_assert_eq!(
            History::of(&given, Terms::default()).unwrap(),
            history(&noisy(&step(20, 12, 1.2), 0.03, 5))
        );
    }

    #[test]
    fn another_unit_changes_no_finding(factor in 0.001_f64..1_000.0, seed in 0_u64..50) {
        let values = noisy(&step(24, 12, 1.2), 0.05, seed);
        let scaled: Vec<f64> = values.iter().map(|value| value * factor).collect();
        let found = |values: &[f64]| {
            let history = history(values);
            let series = only(&history);
            let creep = series.since_anchor.as_ref().unwrap().creep;
            (series.breaks.iter().map(|found| (found.at, found.chance.to_bits())).collect::<Vec<_>>(), creep)
        };
        prop_assert_eq!(found(&values), found(&scaled));
    }
}
