//! Duets tried like an instrument: how often they cry wolf, and how often they see one.
//!
//! The blocks of a cell differ by a standard deviation of 12%, half of its variance shared by all cells of a block.

use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::support::{Builder, judge_duet, played, policy, run};
use crate::gate::{Comparison, Label, Outcome, Verdict};
use crate::measure::{Duet, Metric, Run};

const SD: f64 = 0.12;

struct Service {
    cells: usize,
    random: Xoshiro256PlusPlus,
}

impl Service {
    fn new(cells: usize) -> Self {
        Self { cells, random: Xoshiro256PlusPlus::seed_from_u64(20_260_101) }
    }

    fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.random)
    }

    /// A block in which the candidate's first p95 is slower by the factor `slower`.
    fn block(&mut self, slower: f64) -> (Run, Run) {
        let (mut before, mut now) = (run(0), run(0));
        // What both builds share cancels: the machine's minute.
        let minute = (0.3 * self.normal()).exp();
        let shared = self.normal();
        for cell in 0..self.cells {
            let difference = SD * 0.5f64.sqrt() * (shared + self.normal());
            let factor = if cell == 1 { slower } else { 1.0 };
            let metric = if cell % 2 == 0 { Metric::P50 } else { Metric::P95 };
            let name = format!("endpoint {}", cell / 2);
            before = before.with(&name, metric, 100_000.0 * minute);
            now = now.with(&name, metric, 100_000.0 * minute * factor * difference.exp());
        }
        (before, now)
    }

    fn duet(&mut self, blocks: usize, slower: f64) -> Duet {
        Duet { looks: vec![8, 16, 24], ..played((0..blocks).map(|_| self.block(slower)).collect()) }
    }

    /// What is told after the first look that settles it, or after the last.
    fn told(&mut self, slower: f64) -> Comparison {
        let whole = self.duet(24, slower);
        let looks = [8, 16, 24].map(|made| Duet { blocks: whole.blocks[..made].to_vec(), ..whole.clone() });
        let mut found = looks.iter().map(|duet| judge_duet(duet, &policy()));
        let early = found.by_ref().take(2).find(|found| found.duet.as_ref().unwrap().settled);
        early.or_else(|| found.next()).unwrap()
    }
}

fn regressed(found: &Comparison) -> Vec<(&str, Metric)> {
    let cells = found.cells.iter().filter(|cell| cell.label == Label::Regressed);
    cells.map(|cell| (cell.endpoint.as_str(), cell.metric)).collect()
}

#[test]
fn an_unchanged_service_of_24_cells_never_fails() {
    let mut service = Service::new(24);
    for _ in 0..100 {
        let found = service.told(1.0);
        assert_ne!(found.verdict, Verdict::Fail, "{}", found.headline);
    }
}

#[test]
fn a_p95_of_24_cells_that_is_20_percent_slower_is_found_and_named_alone() {
    let mut service = Service::new(24);
    let mut failed = 0;
    for _ in 0..30 {
        let found = service.told(1.2);
        if found.verdict == Verdict::Fail {
            failed += 1;
            assert_eq!(regressed(&found), [("endpoint 0", Metric::P95)], "{}", found.headline);
        }
    }
    assert!(failed >= 27, "{failed} of 30");
}

#[test]
fn a_change_of_exactly_what_is_tolerated_rarely_fails_over_all_looks() {
    let mut service = Service::new(2);
    let failed = (0..200).filter(|_| service.told(1.1).verdict == Verdict::Fail).count();
    // 5% are 10, with a standard deviation of 3.
    assert!((3..=16).contains(&failed), "{failed} of 200");
}

#[test]
fn the_bounds_of_a_duet_hold_the_change_as_often_as_they_say() {
    let mut service = Service::new(2);
    let (mut below, mut above) = (0, 0);
    for _ in 0..400 {
        let single = Duet { looks: vec![12], ..service.duet(12, 1.2) };
        let found = judge_duet(&single, &policy());
        let cell = found.cells.iter().find(|cell| cell.metric == Metric::P95).unwrap();
        below += u32::from(cell.low.unwrap() > 0.2);
        above += u32::from(cell.high.unwrap() < 0.2);
    }
    // 5% of 400 either way; the exact test allows a little less.
    assert!((8..=32).contains(&below) && (8..=32).contains(&above), "{below} {above}");
}

#[test]
fn a_service_that_is_much_slower_is_told_before_the_end() {
    let found = Service::new(24).told(1.6);
    assert_eq!((found.verdict, found.cells[0].outcome), (Verdict::Fail, Outcome::Fail));
    assert_eq!(found.duet.unwrap().blocks, 16);
}
