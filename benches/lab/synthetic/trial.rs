//! One gate of a scenario, under every rule that fits it.

use std::error::Error;

use loadgate::gate::{Cell, Comparison, Policy, compare, duet};
use loadgate::measure::Run;

use super::blocks::{Blocks, LOOKS, PAIRS};
use super::draw::Draw;
use super::jobs::{Jobs, Logs};
use super::judge::told;
use super::samples;
use super::scenario::{Kind, Scenario};
use super::tally::{Rule, Tally, Told};
use super::{rivals, world};

/// Most runs of a gate that repeats.
const RUNS: u32 = 3;

/// Plays gate `number` of a scenario.
pub(super) fn play(scenario: Scenario, number: u32) -> Result<Tally, Box<dyn Error + Send + Sync>> {
    let mut draw = Draw::of(&scenario.key(), u64::from(number));
    match scenario.kind {
        Kind::Stored => stored(scenario, &mut draw),
        Kind::Duet => played_duet(scenario, &mut draw),
        Kind::Samples => samples::play(scenario, &mut draw),
    }
}

fn stored(scenario: Scenario, draw: &mut Draw) -> Result<Tally, Box<dyn Error + Send + Sync>> {
    let mut service = Jobs::new(scenario, draw);
    let before: Vec<Logs> = (0..scenario.jobs).flat_map(|_| service.next(1, false, draw)).collect();
    let now = service.next(RUNS, true, draw);
    let (Some(last), Some(first)) = (before.last(), now.first()) else {
        return Err("a scenario needs jobs".into());
    };
    let changed = scenario.change > 0;
    let mut tally = Tally::default();
    for (rule, failing) in [
        (Rule::LastTwice, rivals::percent(last, first, 1.0)),
        (Rule::Percent20, rivals::percent(last, first, 0.2)),
        (Rule::Percent10, rivals::percent(last, first, 0.1)),
        (Rule::MannWhitney, rivals::mann_whitney(last, first, draw)),
    ] {
        tally.tell(rule, Told::of_cells(&failing, changed), 1);
    }
    let bound = if before.len() < 2 { Told::Unsure } else { Told::of_cells(&rivals::t_bound(&before, first), changed) };
    tally.tell(Rule::TBound, bound, 1);
    repeat(scenario, &before, &now, &mut tally)?;
    Ok(tally)
}

/// loadgate with one run, and with more where that is suspect.
fn repeat(
    scenario: Scenario,
    before: &[Logs],
    now: &[Logs],
    tally: &mut Tally,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let runs = (0..).zip(before).map(|(job, logs)| world::run(job, 0, logs)).collect();
    let (baseline, policy) = (world::baseline(runs)?, world::policy(RUNS)?);
    let mut candidate: Vec<Run> = Vec::new();
    for (repeat, logs) in (0..).zip(now) {
        candidate.push(world::run(scenario.jobs, repeat, logs));
        let found = compare(&candidate, &world::summary(), Some(&baseline), &policy, &world::context());
        let right = |cell: &Cell| scenario.change > 0 && world::is_changed(cell);
        let said = told(&found, right);
        if repeat == 0 {
            let alone = compare(&candidate, &world::summary(), Some(&baseline), &world::policy(1)?, &world::context());
            tally.tell(Rule::Stored, told(&alone, right), 1);
            cover(tally, &alone, scenario);
        }
        if repeat + 1 == RUNS || !found.suspect() {
            tally.tell(Rule::Repeated, said, repeat + 1);
            break;
        }
    }
    Ok(())
}

fn played_duet(scenario: Scenario, draw: &mut Draw) -> Result<Tally, Box<dyn Error + Send + Sync>> {
    let policy = world::policy(1)?;
    let mut tally = Tally::default();
    let mut blocks = Blocks::new(scenario, draw);
    let mut measured = world::duet(&LOOKS, PAIRS);
    for look in LOOKS {
        while measured.blocks.len() < usize::try_from(look)? {
            measured.blocks.push(blocks.next(draw));
        }
        let found = judge(&measured, &policy);
        let settled = found.duet.as_ref().is_some_and(|facts| facts.settled);
        if settled || LOOKS.last() == Some(&look) {
            tally.tell(Rule::Duet, told(&found, |cell| scenario.change > 0 && world::is_changed(cell)), look);
            cover(&mut tally, &found, scenario);
            break;
        }
    }
    Ok(tally)
}

fn judge(measured: &loadgate::measure::Duet, policy: &Policy) -> Comparison {
    duet(measured, policy, &world::context())
}

/// Whether the bounds of the deciding latencies hold the truth.
fn cover(tally: &mut Tally, found: &Comparison, scenario: Scenario) {
    for cell in found.cells.iter().filter(|cell| cell.gated && cell.endpoint != loadgate::measure::ALL) {
        let truth = if world::is_changed(cell) { f64::from(scenario.change) / 100.0 } else { 0.0 };
        if let (Some(low), Some(high)) = (cell.low, cell.high) {
            tally.cover(low, high, truth);
        }
    }
}
