//! The verdict of a duet.
//!
//! In: a [`Duet`] and a [`Policy`]. Out: a [`Comparison`], as of a stored baseline. The only draw, of the flips that a
//! p-value is counted over, is seeded by the differences: the same inputs give the same bytes, in whatever order the
//! blocks come.

use super::super::cell::Facts;
use super::super::compare::{Context, Ground, Sides, conclude, total};
use super::super::comparison::{BaselineSide, CandidateSide, Comparison, DuetFacts, EnvironmentMatch, Label, Outcome};
use super::super::looks::{Plan, Standing};
use super::super::policy::Policy;
use super::pairs::facts;
use crate::measure::{Block, Duet};

/// Compares the builds of a duet by the rules of `policy`: every bound and every FAIL allows for the looks that were
/// planned, so that it may be asked after each of them.
#[must_use]
pub fn duet(duet: &Duet, policy: &Policy, context: &Context<'_>) -> Comparison {
    let mut blocks: Vec<&Block> = duet.blocks.iter().collect();
    blocks.sort_by_key(|block| block.number);
    let played = total(blocks.len());
    let standing = Plan::new(&duet.looks, played).standing(played);
    let facts = facts(&blocks, policy, standing.look);
    let candidate = blocks.iter().map(|block| &block.candidate).collect();
    let ground = Ground {
        policy,
        context,
        candidate,
        baseline: None,
        duet: Some(duet),
        summary: &duet.summary,
        differs: Vec::new(),
    };
    let sides = sides(duet, &blocks, context);
    let found = conclude(&ground, &facts, Some(standing), sides);
    let settled = settled(duet, &found, &facts, policy);
    Comparison { duet: Some(played_as(duet, standing, settled)), ..found }
}

fn sides(duet: &Duet, blocks: &[&Block], context: &Context<'_>) -> Sides {
    let runs = total(blocks.len());
    let first = blocks.first();
    Sides {
        baseline: BaselineSide {
            path: None,
            runs,
            jobs: 1,
            commit: duet.baseline.commit.clone(),
            reference: duet.baseline.reference.clone(),
            newest: None,
        },
        candidate: CandidateSide {
            runs,
            jobs: 1,
            commit: duet.candidate.commit.clone(),
            reference: duet.candidate.reference.clone(),
            started_at: first.map(|block| block.candidate.origin.started_at.clone()),
            recordings: context.recordings.iter().map(|path| path.display().to_string()).collect(),
        },
        environment: EnvironmentMatch {
            same: true,
            any: false,
            differs: Vec::new(),
            baseline: first.map(|block| block.baseline.origin.environment.clone()),
            candidate: first.map(|block| block.candidate.origin.environment.clone()),
        },
    }
}

fn played_as(duet: &Duet, standing: Standing, settled: bool) -> DuetFacts {
    DuetFacts {
        blocks: total(duet.blocks.len()),
        looks: duet.looks.clone(),
        level: super::super::cell::to_nine_digits(1.0 - standing.look.tail),
        settled,
        restarted: duet.restarted,
        pairs: duet.pairs,
        slot_s: duet.slot_s,
        warmup_s: duet.warmup_s,
        block_s: duet.block_s,
    }
}

/// Whether more blocks would change nothing: this is a planned look, and a cell failed, or each cell that decides is proven
/// or beyond what blocks can tell.
fn settled(duet: &Duet, found: &Comparison, facts: &[Facts], policy: &Policy) -> bool {
    let at_a_look = duet.looks.contains(&total(duet.blocks.len()));
    let failed = found.cells.iter().any(|cell| cell.outcome == Outcome::Fail);
    let mut deciding = found.cells.iter().filter(|cell| cell.gated).peekable();
    let decided = deciding.peek().is_some()
        && deciding.all(|cell| {
            let facts =
                facts.iter().find(|facts| facts.key.endpoint == cell.endpoint && facts.key.metric == cell.metric);
            match cell.label {
                Label::Suspect | Label::Regressed => false,
                // Without a single failure there is nothing to wait for but one.
                Label::NoEvidence => cell.candidate == Some(0.0) && !policy.require_proof,
                Label::TooFew => facts.is_some_and(Facts::has_thin_blocks),
                _ => true,
            }
        });
    at_a_look && (failed || decided)
}
