//! Why a verdict is not plain, and what to do about it: the notes below the headline.
//!
//! In: what the verdict rests on, and the cells. Out: sentences. Decides nothing.

use std::collections::BTreeMap;

use super::compare::Ground;
use super::comparison::{Cell, Label};
use crate::baseline::Difference;
use crate::measure::{Duet, REDIRECTED, Run};

/// Jobs from which on a baseline knows its own noise.
pub(super) const ENOUGH_JOBS: usize = 3;

/// The notes of a comparison, the weightiest first.
pub(super) fn reasons(ground: &Ground<'_>, cells: &[Cell]) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(unusable(ground));
    notes.extend(ground.duet.map_or(&ground.summary.reasons, |duet| &duet.reasons).iter().cloned());
    notes.extend(ground.duet.and_then(cut_short));
    notes.extend(ground.duet.and_then(|duet| left_out(duet, cells)));
    notes.extend(uncompared(ground, cells));
    notes.extend(unsteady(ground));
    notes.extend(ground.baseline.and_then(|baseline| few_jobs(baseline.jobs().len())));
    notes
}

fn unusable(ground: &Ground<'_>) -> Option<String> {
    if ground.candidate.is_empty() {
        let missing = if ground.duet.is_some() { "not one block was completed" } else { "there is no run to judge" };
        return Some(missing.to_owned());
    }
    if !ground.anything_succeeded() {
        let who = if ground.duet.is_some() { "one of the builds" } else { "a run" };
        return Some(format!("{who} had no request that succeeded, so it says nothing of how fast the target is"));
    }
    if ground.duet.is_some() {
        return None;
    }
    let invalid = ground.candidate.iter().any(|run| !run.valid);
    (invalid && ground.summary.valid).then(|| "one of the runs is not valid; its own report says why".to_owned())
}

fn uncompared(ground: &Ground<'_>, cells: &[Cell]) -> Option<String> {
    let profile = ground.context.profile;
    if ground.baseline.is_none() {
        let wanted = cells.iter().any(|cell| cell.label == Label::NoBaseline);
        return wanted.then(|| {
            format!("there is no baseline of profile {profile} yet: `loadgate baseline record --profile {profile}` makes one")
        });
    }
    if ground.comparable() {
        return None;
    }
    let listed = ground.differs.iter().map(ToString::to_string).collect::<Vec<String>>().join("; ");
    Some(if ground.differs.iter().any(Difference::is_of_the_load) {
        format!(
            "the baseline was recorded under another load ({listed}): where the change was meant, \
             `loadgate baseline record --profile {profile} --replace` starts over"
        )
    } else {
        format!(
            "the baseline was recorded in another environment ({listed}): gate on the kind of machine it was recorded on, \
             start over here with `loadgate baseline record --profile {profile} --replace`, or set `[baseline] environment = \"any\"` \
             if the machine does not make the target's speed"
        )
    })
}

fn unsteady(ground: &Ground<'_>) -> Option<String> {
    if let Some(duet) = ground.duet {
        return unsteady_blocks(duet);
    }
    let after = ground.candidate.iter().filter_map(|run| run.steady_after_s).max_by(f64::total_cmp)?;
    Some(format!("the run was steady only after {after:.0} s; a `warmup` of that length would leave the start out"))
}

/// Blocks of a duet that were not warm when they were measured.
fn unsteady_blocks(duet: &Duet) -> Option<String> {
    let runs = duet.blocks.iter().flat_map(|block| [&block.baseline, &block.candidate]);
    let after = runs.filter_map(|run| run.steady_after_s).max_by(f64::total_cmp)?;
    Some(format!(
        "a block was steady only after {after:.0} s; a longer warm-up of each block would leave the start out"
    ))
}

/// A duet that ended before its last look.
fn cut_short(duet: &Duet) -> Option<String> {
    let planned = duet.looks.iter().copied().max().filter(|_| duet.interrupted)?;
    Some(format!("stopped after {} of {planned} blocks: only larger changes can be told from noise", duet.blocks.len()))
}

/// Endpoints that a side lacks in some blocks, which say nothing of their change then.
fn left_out(duet: &Duet, cells: &[Cell]) -> Option<String> {
    let blocks = duet.blocks.len();
    let mut lacking: BTreeMap<&str, usize> = BTreeMap::new();
    for cell in cells {
        let compared = cell.basis.as_ref().map_or(blocks, |basis| basis.candidate.len());
        if compared < blocks {
            let most = lacking.entry(&cell.endpoint).or_default();
            *most = (blocks - compared).max(*most);
        }
    }
    let listed: Vec<String> = lacking.iter().map(|(endpoint, lacking)| format!("{endpoint} {lacking}")).collect();
    let text = || format!("of {blocks} blocks, those were left out in which one side lacks it: {}", listed.join(", "));
    (!listed.is_empty()).then(text)
}

/// Endpoints of the profile that neither side measured: a silence that must not look like a pass. Redirects that never
/// came are none.
pub(super) fn unmeasured(ground: &Ground<'_>) -> Vec<String> {
    let stored = ground.baseline.iter().flat_map(|baseline| baseline.runs.iter().map(|stored| &stored.run));
    let known = ground.duet.iter().flat_map(|duet| duet.blocks.iter().map(|block| &block.baseline));
    let runs: Vec<&Run> = ground.candidate.iter().copied().chain(stored).chain(known).collect();
    let has = |run: &&Run, endpoint: &String| run.cells.get(endpoint).is_some_and(|cells| !cells.is_empty());
    let endpoints = ground.context.endpoints.iter().filter(|endpoint| !endpoint.ends_with(REDIRECTED));
    endpoints.filter(|endpoint| !runs.iter().any(|run| has(run, endpoint))).cloned().collect()
}

/// A warning where a baseline rests on too few jobs to know its noise.
pub(super) fn few_jobs(jobs: usize) -> Option<String> {
    let are = if jobs == 1 { "1 job".to_owned() } else { format!("{jobs} jobs") };
    (jobs < ENOUGH_JOBS).then(|| {
        format!(
            "the baseline rests on {are}, so only large changes can be told from noise: run `loadgate baseline record` \
             in {ENOUGH_JOBS} jobs or more (runs of one job share the machine's luck)"
        )
    })
}
