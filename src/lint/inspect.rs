//! All checks, one after the other.
//!
//! In: a loadgate.toml, its plan, and what was measured. Out: what is not allowed by `[lint] allow`, in the order of the file.

use super::finding::Finding;
use super::ground::Ground;
use super::{journeys, loads, requests};
use crate::config::{Config, Source};
use crate::measure::{Recording, Summary};
use crate::plan::Plan;

/// The classic mistakes of a loadgate.toml as `plan` plays it, in the order of the file. `summary` is what was measured, where
/// it was played to its end.
#[must_use]
pub fn inspect(config: &Config, source: &Source, plan: &Plan, summary: Option<&Summary>) -> Vec<Finding> {
    let ground = Ground { config, source, plan, summary };
    let mut findings = Vec::new();
    findings.extend(loads::no_warmup(&ground));
    findings.extend(loads::few_users(&ground));
    findings.extend(loads::few_rows(&ground));
    findings.extend(requests::few_requests(&ground));
    findings.extend(journeys::no_think_time(&ground));
    findings.extend(journeys::same_row(&ground));
    findings.extend(journeys::one_row(&ground));
    findings.extend(journeys::happy_path(&ground));
    findings.extend(journeys::one_account(&ground));
    findings.retain(|finding| !config.lint.allow.contains(&finding.id));
    findings.sort_by_key(|finding| (finding.line, finding.column, finding.id));
    findings
}

/// The same in a line each, for reports of a run.
#[must_use]
pub fn notes(config: &Config, source: &Source, plan: &Plan, recording: &Recording) -> Vec<String> {
    let is_whole = recording.facts.valid && !recording.facts.interrupted;
    let summary = is_whole.then(|| recording.summary());
    inspect(config, source, plan, summary.as_ref()).iter().map(ToString::to_string).collect()
}
