//! `report.md`: good as a pull-request comment, and as a step summary.
//!
//! In: a [`View`] and a budget. Out: GitHub-flavoured Markdown within the budget. What decides stands open, the rest is
//! folded. Posts nothing.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::gate::{Label, Outcome, Verdict};

use super::escape::{code, prose};
use super::figures::{EXACTNESS, Figures};
use super::number;
use super::view::tally;
use super::{Advice, LevelFigures, Row, StoryFigures, View};

/// GitHub's limit for a comment. It counts characters; counting bytes keeps below it in any script.
pub const COMMENT_BUDGET: usize = 65_536;

/// GitHub's limit for a step summary.
pub const STEP_SUMMARY_BUDGET: usize = 1 << 20;

/// Room for the headings of tables and the line that says what was left out.
const HEADINGS: usize = 2_048;

/// What a view is put in without its rows and parts takes less: below this budget nothing can be said.
pub const LEAST_BUDGET: usize = 16 << 10;

/// Writes the view in at most `budget` bytes, of which there are at least [`LEAST_BUDGET`]. What is too much goes:
/// first the rows at the end, which pass, then parts, the least telling first.
///
/// # Errors
/// When writing fails.
pub fn render(view: &View, budget: usize, out: &mut impl Write) -> io::Result<()> {
    let opening = opening(view);
    let (parts, gone) = parts_within(budget.saturating_sub(opening.len() + HEADINGS), parts(view));
    let taken: usize = parts.iter().map(|part| part.text.len()).sum();
    let room = budget.saturating_sub(opening.len() + HEADINGS + taken);
    let sizes = view.rows.iter().scan(0, |total, row| {
        *total += table_row(row).len();
        Some(*total)
    });
    let kept = sizes.take_while(|total| *total <= room).count();
    let (kept, left_out) = view.rows.split_at_checked(kept).unwrap_or((&view.rows, &[]));
    let (before, after): (Vec<&Part>, Vec<&Part>) = parts.iter().partition(|part| part.place == Place::BeforeRows);
    let joined = |parts: Vec<&Part>| parts.into_iter().map(|part| part.text.as_str()).collect::<String>();
    let text = opening + &joined(before) + &rows(kept) + &left_out_line(left_out, &gone) + &joined(after);
    out.write_all(text.as_bytes())
}

/// A part of the report besides its opening and its rows.
struct Part {
    name: &'static str,
    text: String,
    place: Place,
    /// The part with the lowest goes first where there is no room for all.
    weight: u8,
}

#[derive(PartialEq, Eq)]
enum Place {
    BeforeRows,
    AfterRows,
}

/// Every part, in the order of reading.
fn parts(view: &View) -> Vec<Part> {
    let sure = advice(&view.how_sure) + &advice(&view.what_to_do) + &machines(&view.figures);
    let sure = details("How sure, and what to do", &sure);
    let after = |name, weight, text| Part { name, text, place: Place::AfterRows, weight };
    vec![
        Part { name: "the reasons", text: reasons(view), place: Place::BeforeRows, weight: 4 },
        after("the levels", 1, story(&view.figures)),
        after("the errors", 2, errors(&view.figures)),
        after("how sure it is", 3, sure),
        after("the lint", 0, lint(&view.figures)),
    ]
}

/// The parts that there is room for, and the names of those that went.
fn parts_within(room: usize, mut parts: Vec<Part>) -> (Vec<Part>, Vec<&'static str>) {
    let mut gone = Vec::new();
    while parts.iter().map(|part| part.text.len()).sum::<usize>() > room {
        let lightest = (0..parts.len()).min_by_key(|at| parts.get(*at).map(|part| part.weight));
        let Some(lightest) = lightest else { break };
        gone.push(parts.remove(lightest).name);
    }
    (parts, gone)
}

fn rows(kept: &[Row]) -> String {
    let mut text = String::new();
    let of = |wanted: fn(Outcome) -> bool| kept.iter().filter(|row| wanted(row.outcome)).collect::<Vec<_>>();
    let decisive = of(|outcome| matches!(outcome, Outcome::Fail | Outcome::Inconclusive));
    if !decisive.is_empty() {
        text += &table(&decisive);
        text.push('\n');
    }
    for folded in [of(|outcome| outcome == Outcome::Pass), of(|outcome| outcome == Outcome::Shown)] {
        if !folded.is_empty() {
            text += &details(&tally(folded.iter().copied()), &table(&folded));
        }
    }
    text
}

fn left_out_line(rows: &[Row], parts: &[&str]) -> String {
    let rows = (!rows.is_empty()).then(|| tally(rows));
    let all: Vec<&str> = rows.as_deref().into_iter().chain(parts.iter().copied()).collect();
    if all.is_empty() {
        return String::new();
    }
    format!("Left out for length: {}. All of them are in `comparison.json`.\n\n", all.join(", "))
}

/// The classic mistakes that the run was made with.
fn lint(figures: &Figures) -> String {
    if figures.lint.is_empty() {
        return String::new();
    }
    let notes = figures.lint.iter().fold(String::new(), |text, note| format!("{text}- {}\n", prose(note)));
    details(&format!("Lint: {}", number::plural(figures.lint.len() as u64, "classic mistake")), &notes)
}

fn opening(view: &View) -> String {
    let mut text = format!("{}\n", marker(&view.profile));
    let _ = writeln!(text, "### {} loadgate: {}\n", verdict_sign(view.verdict), prose(&view.headline));
    let _ = writeln!(text, "{} · {}\n", prose(&view.what), prose(&view.sides));
    if let Some(environment) = &view.environment {
        let _ = writeln!(text, "> [!WARNING]\n> {}\n", prose(environment));
    }
    text
}

fn reasons(view: &View) -> String {
    let lines = view.reasons.iter().fold(String::new(), |text, reason| text + "- " + &prose(reason) + "\n");
    if lines.is_empty() { lines } else { lines + "\n" }
}

/// The first line of a report: a comment that nobody sees, by which a profile's report is found again. What could end
/// it is written as `%` and the byte in hexadecimal, so that each profile has a marker of its own.
#[must_use]
pub fn marker(profile: &str) -> String {
    let encoded = profile.bytes().fold(String::new(), |text, byte| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'.' | b'-' => {
            text + char::from(byte).encode_utf8(&mut [0; 4])
        }
        other => format!("{text}%{other:02X}"),
    });
    format!("<!-- loadgate:{encoded} -->")
}

fn table(rows: &[&Row]) -> String {
    let head = "| endpoint | metric | base | now | change | tolerance | |\n|---|---|--:|--:|--:|--:|---|\n";
    rows.iter().fold(head.to_owned(), |text, row| text + &table_row(row))
}

fn table_row(row: &Row) -> String {
    let decisive = matches!(row.outcome, Outcome::Fail | Outcome::Inconclusive);
    let change = if decisive { format!("**{}**", row.change) } else { row.change.clone() };
    let interval = row.interval.as_ref().map(|(low, high)| format!(" ({low} … {high})")).unwrap_or_default();
    let reason = row.reason.as_deref().filter(|_| decisive);
    let reason = reason.map(|reason| format!(": {}", prose(reason))).unwrap_or_default();
    format!(
        "| {} | {} | {} | {} | {change}{interval} | {} | {} {}{reason} |\n",
        code(&row.endpoint),
        row.metric,
        row.base,
        row.now,
        row.allowed,
        row_sign(row),
        row.word(),
    )
}

fn story(figures: &Figures) -> String {
    let Some(StoryFigures { load, levels, told }) = &figures.story else { return String::new() };
    let mut text = format!("| {load} | rate | p50 | p95 | errors | target cpu |\n|--:|--:|--:|--:|--:|--:|\n");
    for level in levels {
        let LevelFigures { level, rate, p50, p95, error_rate, cpu } = level;
        let _ = writeln!(text, "| {level} | {rate} | {p50} | {p95} | {error_rate} | {cpu} |");
    }
    for sentence in told {
        let _ = write!(text, "\n{}\n", prose(sentence));
    }
    details("Level by level", &text)
}

fn errors(figures: &Figures) -> String {
    if figures.errors.is_empty() {
        return String::new();
    }
    let mut text = "| endpoint | error | requests | share |\n|---|---|--:|--:|\n".to_owned();
    for error in &figures.errors {
        let (endpoint, kind) = (code(&error.endpoint), code(&error.kind));
        let _ = writeln!(text, "| {endpoint} | {kind} | {} | {} |", error.count, error.share);
    }
    for (at, error) in figures.errors.iter().filter(|error| error.example.is_some()).enumerate() {
        let example = code(error.example.as_deref().unwrap_or_default());
        let gap = if at == 0 { "\nThe first of each:\n\n" } else { "" };
        let _ = writeln!(text, "{gap}- {}, {}: {example}", code(&error.endpoint), code(&error.kind));
    }
    if figures.errors_left_out > 0 {
        let _ = writeln!(text, "\nAnd {} more in `comparison.json`.", figures.errors_left_out);
    }
    details("Errors", &text)
}

fn advice(advice: &[Advice]) -> String {
    advice.iter().fold(String::new(), |text, advice| match &advice.command {
        Some(command) => format!("{text}- {}: {}\n", prose(&advice.text), code(command)),
        None => format!("{text}- {}\n", prose(&advice.text)),
    })
}

fn machines(figures: &Figures) -> String {
    let target = figures.target.as_ref().map(|target| format!("- Target: {}\n", prose(target))).unwrap_or_default();
    let growth = figures.growth.iter().fold(String::new(), |text, growth| text + "- Growth: " + &prose(growth) + "\n");
    format!("{target}{growth}- Generator {}\n- Quantiles {EXACTNESS}\n", prose(&figures.generator))
}

/// A folded part. The blank lines make GitHub read Markdown inside of it.
fn details(summary: &str, body: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n{body}\n</details>\n\n")
}

fn verdict_sign(verdict: Verdict) -> char {
    match verdict {
        Verdict::Pass => '✅',
        Verdict::Fail => '❌',
        Verdict::Inconclusive => '❔',
        Verdict::Recorded => '📝',
        Verdict::Invalid => '🚫',
    }
}

fn row_sign(row: &Row) -> char {
    match (row.outcome, row.label) {
        (Outcome::Fail, _) => '❌',
        (Outcome::Inconclusive, _) => '❔',
        (Outcome::Pass, Label::NoEvidence) => '⚪',
        (Outcome::Pass, _) => '✅',
        (Outcome::Shown, Label::New) => '🆕',
        (Outcome::Shown, _) => '➖',
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::gate::Comparison;

    fn rendered(comparison: &Comparison, budget: usize) -> String {
        let mut out = Vec::new();
        render(&View::of(comparison), budget, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_fits_is_complete() {
        for (name, comparison) in samples::all().into_iter().filter(|(name, _)| *name != "many_endpoints") {
            let text = rendered(&comparison, COMMENT_BUDGET);
            assert!(!text.contains("Left out"), "{name}");
            assert!(text.len() <= COMMENT_BUDGET, "{name}");
        }
    }

    #[test]
    fn over_budget_the_failing_rows_stay_and_a_line_says_what_went() {
        let comparison = samples::many_endpoints(400);
        let text = rendered(&comparison, COMMENT_BUDGET);
        assert!(text.len() <= COMMENT_BUDGET, "{}", text.len());
        assert_eq!(text.matches("❌ regressed").count(), 134);
        assert!(text.contains("Left out for length: "), "{text}");
        let summary = rendered(&comparison, STEP_SUMMARY_BUDGET);
        assert!(!summary.contains("Left out") && summary.len() <= STEP_SUMMARY_BUDGET);
    }

    #[test]
    fn no_budget_is_exceeded_even_by_failing_rows_alone() {
        let text = rendered(&samples::many_endpoints(4_000), COMMENT_BUDGET);
        assert!(text.len() <= COMMENT_BUDGET);
        assert!(text.contains(" failing, "), "{text}");
    }

    #[test]
    fn a_flood_of_words_leaves_the_verdict_and_says_what_went() {
        let mut comparison = samples::many_endpoints(400);
        let flood = |what: &str| (0..4_000).map(|n| format!("{what} {n} {}", "@<&#1".repeat(80))).collect::<Vec<_>>();
        comparison.headline = flood("headline").join("");
        comparison.summary.lint = flood("lint");
        comparison.reasons = flood("reason");
        comparison.environment = samples::other_environment().environment;
        comparison.environment.differs = flood("difference");
        comparison.candidate.commit = Some("@".repeat(9_000));
        for budget in [COMMENT_BUDGET, LEAST_BUDGET] {
            let text = rendered(&comparison, budget);
            assert!(text.len() <= budget, "{} of {budget}", text.len());
            assert!(text.contains("\n### ❌ loadgate: headline 0"), "{text}");
            assert!(text.contains(", the lint"), "{text}");
        }
    }

    #[test]
    fn profiles_have_markers_of_their_own() {
        let names = ["load", "a b", "a_b", "a%20b", "a-->b", "a--b", "ä", ""];
        let markers: std::collections::BTreeSet<String> = names.into_iter().map(marker).collect();
        assert_eq!(markers.len(), names.len(), "{markers:?}");
        assert!(markers.iter().all(|marker| marker.find("-->") == Some(marker.len() - 3)), "{markers:?}");
    }

    #[test]
    fn hostile_names_stay_inside_their_cells() {
        let text = rendered(&samples::hostile_names(), COMMENT_BUDGET);
        let rows: Vec<&str> = text.lines().filter(|line| line.contains("❌ regressed")).collect();
        assert_eq!(rows.len(), samples::HOSTILE_NAMES.len() + 1);
        for row in rows {
            let bars = row.replace("\\|", "").matches('|').count();
            assert_eq!(bars, 8, "{row}");
        }
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }

    #[test]
    fn outside_of_code_the_only_tags_are_its_own() {
        let text = rendered(&samples::hostile_names(), COMMENT_BUDGET);
        for line in text.lines().skip(1).filter(|line| !line.starts_with("| `") && !line.contains(": `")) {
            let own = ["<details>", "</details>", "<summary>", "</summary>"];
            let rest = own.iter().fold(line.to_owned(), |line, tag| line.replace(tag, ""));
            assert!(!rest.contains('<'), "{line}");
        }
        assert!(text.starts_with("<!-- loadgate:load%20--%3E%20%3Cb%3E -->\n"), "{text}");
    }
}
