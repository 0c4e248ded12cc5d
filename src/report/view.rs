//! What every report says, formatted once.
//!
//! In: a [`Comparison`]. Out: a [`View`] of finished, cleaned text in the order to show it. Holds no markup and no
//! colour: those are each format's own.

use std::path::Path;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::gate::{BaselineSide, Comparison, EnvironmentMatch, Label, Outcome, Verdict};

use super::advice::{self, Advice};
use super::ceiling::CeilingView;
use super::chart::Pictures;
use super::figures::Figures;
use super::number;
use super::row::Row;
use super::text::{self, Names};

/// Hexadecimal digits that name a commit.
const COMMIT_DIGITS: usize = 7;

/// Reasons shown; a run has a handful.
const REASONS_SHOWN: usize = 10;

/// Differences between two environments that are told.
const DIFFERENCES_SHOWN: usize = 6;

/// A comparison in words.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The verdict.
    pub verdict: Verdict,
    /// The exit status.
    pub exit: u8,
    /// One sentence to act on.
    pub headline: String,
    /// The profile that was played.
    pub profile: String,
    /// Profile, load and length: `load · 200 users · 9m measured (1m warm-up left out)`.
    pub what: String,
    /// The two sides: `4f2c1e7 against a baseline of 8 runs (v1.4.0, 3 days old)`, of a duet
    /// `4f2c1e7 beside main (8a1b2c3), 16 blocks`.
    pub sides: String,
    /// That baseline and candidate come from different environments, and what differs.
    pub environment: Option<String>,
    /// Why the verdict is not plain, and what to keep in mind.
    pub reasons: Vec<String>,
    /// Every cell: failing first, then inconclusive, passing, shown.
    pub rows: Vec<Row>,
    /// What was measured.
    pub figures: Figures,
    /// The same in charts.
    pub pictures: Pictures,
    /// The search that the run is the answer of.
    pub search: Option<CeilingView>,
    /// How far the verdict can be trusted.
    pub how_sure: Vec<Advice>,
    /// What to do next.
    pub what_to_do: Vec<Advice>,
    /// When the candidate's first run started, where known.
    pub started: Option<OffsetDateTime>,
}

impl View {
    /// Puts a comparison into words, wherever it may be stored.
    #[must_use]
    pub fn of(comparison: &Comparison) -> Self {
        Self::of_file(comparison, Path::new("loadgate-report/comparison.json"))
    }

    /// Puts a comparison into words that is stored in `file`, which advice names.
    #[must_use]
    pub fn of_file(comparison: &Comparison, file: &Path) -> Self {
        let cells = comparison.cells.iter().map(|cell| cell.endpoint.as_str());
        let endpoints = comparison.summary.endpoints.keys().map(String::as_str);
        let names = Names::of(cells.chain(endpoints));
        let figures = Figures::named(&comparison.summary, &names);
        let mut rows: Vec<Row> = comparison.cells.iter().map(|cell| Row::of(cell, &names)).collect();
        rows.sort_by_key(|row| row.outcome);
        let profile = text::name(&comparison.profile);
        Self {
            verdict: comparison.verdict,
            exit: comparison.exit,
            headline: text::sentence(&comparison.headline),
            what: [profile.as_str(), &text::name(&comparison.load), &figures.window].join(" · "),
            profile,
            sides: sides(comparison),
            environment: environment(&comparison.environment),
            reasons: reasons(comparison, &figures),
            rows,
            figures,
            pictures: Pictures::of(comparison, &names),
            search: comparison.search.as_ref().map(CeilingView::of),
            how_sure: advice::how_sure(comparison, &names),
            what_to_do: advice::what_to_do(comparison, file),
            started: moment(comparison.candidate.started_at.as_deref()),
        }
    }

    /// The verdict in a word: `FAIL`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.verdict {
            Verdict::Pass => "PASS",
            Verdict::Fail => "FAIL",
            Verdict::Inconclusive => "INCONCLUSIVE",
            Verdict::Recorded => "RECORDED",
            Verdict::Invalid => "INVALID",
        }
    }

    /// The rows that decided against a pass, or might have.
    pub fn decisive(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| matches!(row.outcome, Outcome::Fail | Outcome::Inconclusive))
    }
}

/// Rows in a few words, for where they are folded: `23 within tolerance, 40 not gated`.
pub(super) fn tally<'a>(rows: impl IntoIterator<Item = &'a Row>) -> String {
    const GROUPS: [&str; 7] =
        ["failing", "inconclusive", "faster", "within tolerance", "without evidence of a change", "new", "not gated"];
    let mut counts = [0_u64; GROUPS.len()];
    for row in rows {
        let group = match (row.outcome, row.label) {
            (Outcome::Fail, _) => 0,
            (Outcome::Inconclusive, _) => 1,
            (Outcome::Pass, Label::Faster) => 2,
            (Outcome::Pass, Label::NoEvidence) => 4,
            (Outcome::Pass, _) => 3,
            (Outcome::Shown, Label::New) => 5,
            (Outcome::Shown, _) => 6,
        };
        if let Some(count) = counts.get_mut(group) {
            *count += 1;
        }
    }
    let groups = counts.iter().zip(GROUPS).filter(|(count, _)| **count > 0);
    let parts: Vec<String> = groups.map(|(count, group)| format!("{} {group}", number::count(*count))).collect();
    parts.join(", ")
}

fn sides(comparison: &Comparison) -> String {
    let candidate = commit(comparison.candidate.commit.as_deref())
        .or_else(|| comparison.candidate.reference.as_deref().map(text::name))
        .unwrap_or_else(|| "this run".to_owned());
    let baseline = &comparison.baseline;
    if let Some(duet) = &comparison.duet {
        return format!(
            "{candidate} beside {}, {}",
            known_build(baseline),
            number::plural(duet.blocks.into(), "block")
        );
    }
    if baseline.runs == 0 {
        return format!("{candidate}, no baseline");
    }
    let name = baseline.reference.as_deref().map(text::name).or_else(|| commit(baseline.commit.as_deref()));
    let details: Vec<String> = name.into_iter().chain(age(comparison)).collect();
    let details = if details.is_empty() { String::new() } else { format!(" ({})", details.join(", ")) };
    format!("{candidate} against a baseline of {}{details}", number::plural(baseline.runs.into(), "run"))
}

/// The build of a duet that is known: `main (8a1b2c3)`.
fn known_build(baseline: &BaselineSide) -> String {
    let reference = baseline.reference.as_deref().map(text::name);
    match (reference, commit(baseline.commit.as_deref())) {
        (Some(reference), Some(commit)) => format!("{reference} ({commit})"),
        (one, other) => one.or(other).unwrap_or_else(|| "the known build".to_owned()),
    }
}

fn commit(commit: Option<&str>) -> Option<String> {
    let commit = commit?;
    let hash = commit.len() >= COMMIT_DIGITS && commit.chars().all(|c| c.is_ascii_hexdigit());
    Some(if hash { commit.chars().take(COMMIT_DIGITS).collect() } else { text::name(commit) })
}

/// How old the baseline was when the candidate ran.
fn age(comparison: &Comparison) -> Option<String> {
    let newest = moment(comparison.baseline.newest.as_deref())?;
    let started = moment(comparison.candidate.started_at.as_deref())?;
    let hours = u64::try_from((started - newest).whole_hours()).ok()?;
    Some(match hours {
        0 => "less than an hour old".to_owned(),
        1..48 => format!("{} old", number::plural(hours, "hour")),
        _ => format!("{} old", number::plural(hours / 24, "day")),
    })
}

fn moment(text: Option<&str>) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text?, &Rfc3339).ok()
}

fn environment(environment: &EnvironmentMatch) -> Option<String> {
    if environment.same || environment.baseline.is_none() {
        return None;
    }
    let mut differs: Vec<String> =
        environment.differs.iter().take(DIFFERENCES_SHOWN).map(|field| text::sentence(field)).collect();
    let left_out = environment.differs.len().saturating_sub(DIFFERENCES_SHOWN);
    if left_out > 0 {
        differs.push(format!("{left_out} more in comparison.json"));
    }
    let differs = if differs.is_empty() { "unknown fields".to_owned() } else { differs.join("; ") };
    Some(if environment.any {
        format!(
            "Baseline and candidate ran in different environments ({differs}); loadgate.toml says to compare anyway."
        )
    } else {
        format!("Baseline and candidate ran in different environments, so their figures can't be compared: {differs}.")
    })
}

/// The comparison's reasons, then the run's own, each once.
fn reasons(comparison: &Comparison, figures: &Figures) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    let all = comparison.reasons.iter().map(|reason| text::sentence(reason)).chain(figures.reasons.iter().cloned());
    for reason in all {
        if !reasons.contains(&reason) && reason != comparison.headline {
            reasons.push(reason);
        }
    }
    let left_out = reasons.len().saturating_sub(REASONS_SHOWN);
    if left_out > 0 {
        reasons.truncate(REASONS_SHOWN);
        reasons.push(format!("{left_out} more in comparison.json"));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn failing_rows_come_first_whatever_the_order_of_the_cells() {
        let mut comparison = samples::fail();
        comparison.cells.reverse();
        let outcomes: Vec<Outcome> = View::of(&comparison).rows.iter().map(|row| row.outcome).collect();
        assert_eq!(outcomes.first(), Some(&Outcome::Fail));
        assert!(outcomes.is_sorted());
    }

    #[test]
    fn the_sides_say_commit_and_age() {
        assert_eq!(View::of(&samples::fail()).sides, "4f2c1e7 against a baseline of 8 runs (v1.4.0, 3 days old)");
        assert_eq!(View::of(&samples::no_baseline()).sides, "4f2c1e7, no baseline");
        assert_eq!(View::of(&samples::duet_fail()).sides, "4f2c1e7 beside main (8a1b2c3), 16 blocks");
    }

    #[test]
    fn different_environments_are_announced_unless_there_is_nothing_to_compare() {
        assert_eq!(View::of(&samples::pass()).environment, None);
        assert_eq!(View::of(&samples::no_baseline()).environment, None);
        let banner = View::of(&samples::other_environment()).environment.unwrap();
        assert!(banner.contains("cpu: AMD EPYC 7763 -> Intel Xeon 8370C"), "{banner}");
    }

    #[test]
    fn a_reason_is_told_once() {
        let mut comparison = samples::invalid();
        comparison.summary.reasons = comparison.reasons.clone();
        assert_eq!(View::of(&comparison).reasons.len(), 1);
    }

    #[test]
    fn folded_rows_are_counted_by_what_became_of_them() {
        let view = View::of(&samples::fail());
        assert_eq!(
            tally(&view.rows),
            "1 failing, 1 faster, 5 within tolerance, 1 without evidence of a change, 5 not gated"
        );
    }
}
