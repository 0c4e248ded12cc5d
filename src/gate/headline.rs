//! One sentence to act on.
//!
//! In: the verdict, its cells, worst first, and its reasons. Out: the headline of every report. Decides nothing.

use super::cell::Key;
use super::compare::Ground;
use super::comparison::{Cell, Label, Outcome, Verdict};
use super::duet::outlook;
use super::wording;
use crate::measure::{ALL, Metric, Unit};

/// The headline of a comparison.
pub(super) fn headline(verdict: Verdict, cells: &[Cell], reasons: &[String], ground: &Ground<'_>) -> String {
    if let Some(abort) = ground.aborted() {
        return abort.to_string();
    }
    let with = |outcome: Outcome| cells.iter().filter(|cell| cell.outcome == outcome).collect::<Vec<&Cell>>();
    match verdict {
        Verdict::Fail => troubled(&with(Outcome::Fail), failing),
        Verdict::Inconclusive => inconclusive(&with(Outcome::Inconclusive), ground),
        Verdict::Pass => pass(&with(Outcome::Pass)),
        Verdict::Recorded => recorded(ground),
        Verdict::Invalid => invalid(reasons, ground),
    }
}

/// The worst cell in full, its endpoint's others by name, and how many there are besides.
fn troubled(cells: &[&Cell], describe: impl Fn(&Cell) -> String) -> String {
    let Some((worst, others)) = cells.split_first() else {
        return String::new();
    };
    let mut text = describe(worst);
    if worst.label == Label::Missing {
        let elsewhere = others.iter().filter(|cell| cell.endpoint != worst.endpoint).count();
        return text + &besides(elsewhere);
    }
    let (here, elsewhere): (Vec<&Cell>, Vec<&Cell>) =
        others.iter().copied().partition(|cell| cell.endpoint == worst.endpoint);
    if !here.is_empty() {
        let names: Vec<String> = here.iter().map(|cell| cell.metric.to_string()).collect();
        text.extend([" (also ", &names.join(", "), ")"]);
    }
    text + &besides(elsewhere.len())
}

fn besides(more: usize) -> String {
    if more == 0 { String::new() } else { format!("; and {more} more") }
}

fn failing(cell: &Cell) -> String {
    match cell.label {
        Label::Missing => {
            format!("{} is missing: {}", missing_name(cell), cell.reason.as_deref().unwrap_or("the baseline has it"))
        }
        Label::OverLimit => over_limit(cell),
        _ => format!("{}; tolerated {}", moved(cell), tolerated(cell)),
    }
}

fn missing_name(cell: &Cell) -> String {
    if cell.endpoint == ALL { cell.metric.to_string() } else { cell.endpoint.clone() }
}

fn over_limit(cell: &Cell) -> String {
    let (Some(value), Some(limit)) = (cell.candidate, cell.limit) else {
        return format!("{} broke its limit", name(cell));
    };
    let side = if cell.metric.higher_is_worse() { "over" } else { "under" };
    let value =
        cell.worst.map_or_else(|| wording::value(cell.metric, value), |worst| wording::worst(cell.metric, &worst));
    let limit = wording::value(cell.metric, limit);
    format!("{} is {side} its limit: {value}, limit {limit}", name(cell))
}

/// `create_order p95 is 21% slower: 180 ms -> 218 ms, between +15% and +27%`.
fn moved(cell: &Cell) -> String {
    let (Some(base), Some(now), Some(change)) = (cell.base, cell.candidate, cell.change) else {
        return format!("{} can't be compared", name(cell));
    };
    let direction = match cell.metric.unit() {
        Unit::Microseconds => "slower",
        Unit::Share | Unit::Cores | Unit::Bytes | Unit::Count | Unit::PerHour => "higher",
        Unit::PerSecond => "lower",
    };
    let metric = cell.metric;
    let (name, size) = (name(cell), wording::size(metric, change));
    let (base, now) = (wording::value(metric, base), wording::value(metric, now));
    let between = cell.low.zip(cell.high).map_or_else(String::new, |(low, high)| {
        format!(", between {} and {}", wording::change(metric, low), wording::change(metric, high))
    });
    format!("{name} is {size} {direction}: {base} -> {now}{between}")
}

fn tolerated(cell: &Cell) -> String {
    cell.tolerance.map_or_else(|| "nothing".to_owned(), |tolerance| wording::change(cell.metric, tolerance))
}

fn inconclusive(cells: &[&Cell], ground: &Ground<'_>) -> String {
    let profile = ground.context.profile;
    let has = |label: Label| cells.iter().any(|cell| cell.label == label);
    if has(Label::NoBaseline) {
        return format!(
            "nothing to compare with: record a baseline with `loadgate baseline record --profile {profile}`"
        );
    }
    if has(Label::Environment) {
        let differs = ground.differs.iter().map(ToString::to_string).collect::<Vec<String>>().join("; ");
        return format!(
            "not comparable with the baseline ({differs}): `loadgate baseline record --profile {profile} --replace` starts over here"
        );
    }
    troubled(cells, |cell| undecided(cell, ground))
}

fn undecided(cell: &Cell, ground: &Ground<'_>) -> String {
    let reason = cell.reason.as_deref().unwrap_or("it could not be decided");
    match cell.label {
        Label::Suspect => {
            let settle = ground.duet.map_or_else(|| settle(ground).to_owned(), |duet| outlook(cell, duet));
            format!("{}; tolerated {}, and noise could explain it: {settle}", moved(cell), tolerated(cell))
        }
        _ => format!("{} is undecided: {reason}", name(cell)),
    }
}

/// What would settle a suspect cell: repeats, where the gate had some left; more jobs in the baseline otherwise.
fn settle(ground: &Ground<'_>) -> &'static str {
    let runs = u32::try_from(ground.candidate.len()).unwrap_or(u32::MAX);
    if runs < ground.policy.max_runs {
        "repeating the run may settle it"
    } else {
        "run the job again, or accept runs of more jobs into the baseline"
    }
}

fn pass(cells: &[&Cell]) -> String {
    let count = if cells.len() == 1 { "1 cell".to_owned() } else { format!("{} cells", cells.len()) };
    let told = cells
        .iter()
        .filter(|cell| cell.metric.unit() == Unit::Microseconds)
        .filter_map(|cell| cell.detectable)
        .max_by(f64::total_cmp);
    let proof = told.map_or_else(String::new, |told| {
        format!(" (a latency change of {} or more would stand out from noise)", wording::change(Metric::P50, told))
    });
    format!("no regression: {count} within tolerance{proof}")
}

fn recorded(ground: &Ground<'_>) -> String {
    if ground.duet.is_some() {
        "measured: no cell decides, by `[gate]` or for want of anything in common".to_owned()
    } else if ground.baseline.is_none() {
        let profile = ground.context.profile;
        format!(
            "recorded, with nothing to compare with: `loadgate baseline record --profile {profile}` makes a baseline"
        )
    } else {
        "recorded: no cell decides, by `[gate]` or for want of anything in common with the baseline".to_owned()
    }
}

fn invalid(reasons: &[String], ground: &Ground<'_>) -> String {
    let why = reasons.first().map_or("it could not be made as planned", String::as_str);
    let what = if ground.duet.is_some() { "duet" } else { "run" };
    format!("the {what} is not valid: {why}")
}

fn name(cell: &Cell) -> String {
    wording::name(&Key { endpoint: cell.endpoint.clone(), metric: cell.metric })
}
