//! The tables of docs/trust.md.
//!
//! In: what the scenarios came to. Out: sections in Markdown. Draws and computes nothing but shares.

use std::fmt::Write as _;

use super::scenario::{Kind, Noise, Scenario, standard};
use super::tally::{Rule, Tally, Verdicts};
use super::targets;
use crate::document::percent;

/// The rules in the order they are shown in.
const RULES: [Rule; 8] = [
    Rule::LastTwice,
    Rule::Percent20,
    Rule::Percent10,
    Rule::MannWhitney,
    Rule::TBound,
    Rule::Stored,
    Rule::Repeated,
    Rule::Duet,
];

type Found = [(Scenario, Tally)];

/// Every section, by the name of its markers.
pub(super) fn sections(found: &Found) -> [(&'static str, String); 6] {
    [
        ("targets", targets::text(&targets::all(found))),
        ("rules", rules(found)),
        ("stored", stored(found)),
        ("noises", noises(found)),
        ("duets", duets(found)),
        ("samples", samples(found)),
    ]
}

/// What a scenario like this came to.
fn like(found: &Found, scenario: Scenario) -> Option<&Tally> {
    found.iter().find(|(other, _)| other.key() == scenario.key()).map(|(_, tally)| tally)
}

fn verdicts(found: &Found, scenario: Scenario, rule: Rule) -> Option<Verdicts> {
    like(found, scenario)?.rules.get(&rule).copied()
}

/// A cell of a table, empty where it was not simulated.
fn shown(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), percent)
}

/// All rules side by side.
fn rules(found: &Found) -> String {
    let mut text = "| rule | unchanged: FAIL | unchanged: can't tell | +10% on one: FAIL | +20%: FAIL, right cell alone | +30%: FAIL, right cell alone | +30%: can't tell | runs or blocks it took, unchanged |\n| --- | --: | --: | --: | --: | --: | --: | --: |\n".to_owned();
    for rule in RULES {
        let kind = if rule == Rule::Duet { Kind::Duet } else { Kind::Stored };
        let of = |change| verdicts(found, standard(kind, change, 0), rule);
        let _infallible = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {:.1} |",
            rule.words(),
            shown(of(0).map(Verdicts::failing)),
            shown(of(0).map(Verdicts::undecided)),
            shown(of(10).map(Verdicts::failing)),
            shown(of(20).map(Verdicts::rightly)),
            shown(of(30).map(Verdicts::rightly)),
            shown(of(30).map(Verdicts::undecided)),
            of(0).map_or(0.0, Verdicts::effort),
        );
    }
    text
}

/// loadgate with a stored baseline, by noise and size of the baseline.
fn stored(found: &Found) -> String {
    let mut text = "| noise between jobs | jobs in the baseline | unchanged: FAIL | can't tell | +10%: FAIL | +30%: FAIL | can't tell | range holds the truth | range too high |\n| --: | --: | --: | --: | --: | --: | --: | --: | --: |\n".to_owned();
    for (sd, jobs) in [3, 6, 12].into_iter().flat_map(|sd| [1, 3, 10, 20].map(|jobs| (sd, jobs))) {
        let at = |change| Scenario { sd, jobs, ..standard(Kind::Stored, change, 0) };
        text.push_str(&row(found, &[format!("{sd}%"), jobs.to_string()], at, [10, 30], Rule::Repeated));
    }
    text
}

/// loadgate with a stored baseline, by where the noise comes from.
fn noises(found: &Found) -> String {
    let mut text = "| noise of 6%, 10 jobs | unchanged: FAIL | can't tell | +10%: FAIL | +30%: FAIL | can't tell | range holds the truth | range too high |\n| --- | --: | --: | --: | --: | --: | --: | --: |\n".to_owned();
    for noise in [Noise::Independent, Noise::Shared, Noise::Drifting, Noise::Bursts] {
        let at = |change| Scenario { noise, ..standard(Kind::Stored, change, 0) };
        text.push_str(&row(found, &[words(Kind::Stored, noise).to_owned()], at, [10, 30], Rule::Repeated));
    }
    let at = |change| Scenario { within: 100, ..standard(Kind::Stored, change, 0) };
    text.push_str(&row(found, &["all of it between runs, none between jobs".to_owned()], at, [10, 30], Rule::Repeated));
    text
}

/// Duets, by noise.
fn duets(found: &Found) -> String {
    let mut text = "| noise between blocks | of what kind | unchanged: FAIL | can't tell | +10%: FAIL | +20%: FAIL | can't tell | range holds the truth | range too high |\n| --: | --- | --: | --: | --: | --: | --: | --: | --: |\n".to_owned();
    let shared = [6, 12, 17].map(|sd| (sd, Noise::Shared));
    let others =
        [Noise::Independent, Noise::Drifting, Noise::Bursts, Noise::Trend, Noise::Step].map(|noise| (12, noise));
    for (sd, noise) in shared.into_iter().chain(others) {
        let at = |change| Scenario { noise, sd, ..standard(Kind::Duet, change, 0) };
        let first = [format!("{sd}%"), words(Kind::Duet, noise).to_owned()];
        text.push_str(&row(found, &first, at, [10, 20], Rule::Duet));
    }
    text
}

/// Runs from samples.
fn samples(found: &Found) -> String {
    let mut text = "| inside the run | other rule, unchanged: FAIL | loadgate, unchanged: FAIL | can't tell | not steady | other rule, changed: FAIL | loadgate, changed: FAIL | can't tell | range holds the truth |\n| --- | --: | --: | --: | --: | --: | --: | --: | --: |\n".to_owned();
    for noise in Noise::INSIDE {
        let at = |change| Scenario { noise, ..standard(Kind::Samples, change, 0) };
        let rival = if noise == Noise::Errors { Rule::Counts } else { Rule::Percent10 };
        let of = |change, rule| verdicts(found, at(change), rule);
        let tally = like(found, at(0));
        let gates = of(0, Rule::Stored).map_or(1, |verdicts| verdicts.gates.max(1));
        let _infallible = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            words(Kind::Samples, noise),
            shown(of(0, rival).map(Verdicts::failing)),
            shown(of(0, Rule::Stored).map(Verdicts::failing)),
            shown(of(0, Rule::Stored).map(Verdicts::undecided)),
            shown(tally.map(|tally| f64::from(tally.unsteady) / f64::from(gates))),
            shown(of(30, rival).map(Verdicts::failing)),
            shown(of(30, Rule::Stored).map(Verdicts::failing)),
            shown(of(30, Rule::Stored).map(Verdicts::undecided)),
            shown(tally.map(|tally| tally.coverage.share())),
        );
    }
    text
}

/// A row: what it is about, then the verdicts at no change, at what is tolerated, and at a real change.
fn row(found: &Found, about: &[String], at: impl Fn(u32) -> Scenario, changes: [u32; 2], rule: Rule) -> String {
    let of = |change| verdicts(found, at(change), rule);
    let [tolerated, real] = changes;
    let coverage = like(found, at(0)).map(|tally| tally.coverage);
    format!(
        "| {} | {} | {} | {} | {} | {} | {} | {} |\n",
        about.join(" | "),
        shown(of(0).map(Verdicts::failing)),
        shown(of(0).map(Verdicts::undecided)),
        shown(of(tolerated).map(Verdicts::failing)),
        shown(of(real).map(Verdicts::rightly)),
        shown(of(real).map(Verdicts::undecided)),
        shown(coverage.map(super::tally::Coverage::share)),
        shown(coverage.map(super::tally::Coverage::too_high)),
    )
}

fn words(kind: Kind, noise: Noise) -> &'static str {
    match (kind, noise) {
        (_, Noise::Independent) => "each cell has luck of its own",
        (_, Noise::Shared) => "half of the luck is shared by all cells",
        (Kind::Stored, Noise::Drifting) => "the machine drifts from job to job",
        (Kind::Duet, Noise::Drifting) => "the machine drifts from slot to slot",
        (Kind::Samples, Noise::Drifting) => "the machine drifts from second to second",
        (Kind::Stored, Noise::Bursts) => "one job in ten is slow throughout",
        (Kind::Duet, Noise::Bursts) => "one slot in ten is slow throughout",
        (Kind::Samples, Noise::Bursts) => "one second in twenty takes twice as long",
        (_, Noise::Trend) => "everything becomes 20% slower, little by little",
        (_, Noise::Step) => "everything becomes 20% slower, at one moment",
        (_, Noise::Errors) => "errors come in bursts",
    }
}
