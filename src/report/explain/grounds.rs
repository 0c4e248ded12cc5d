//! What a verdict rests on, in sentences.
//!
//! In: an [`Explanation`] and its cell as a [`Row`]. Out: paragraphs for each heading; none where there is nothing to say.
//! Draws nothing.

use crate::gate::{Explanation, Label, More, Noise, NoiseSource, Prospect};
use crate::measure::Unit;

use super::super::number;
use super::super::row::{Row, word};

/// What moved, and how far it can be told.
pub(super) fn change(row: &Row, explanation: &Explanation) -> Vec<String> {
    let cell = &explanation.cell;
    let or_nothing = |value: &str, there: Option<f64>| there.map_or("nothing".to_owned(), |_| value.to_owned());
    let (base, now) = (or_nothing(&row.base, cell.base), or_nothing(&row.now, cell.candidate));
    let moved = cell.change.map(|_| format!(", {}", row.change)).unwrap_or_default();
    let between = row.interval.as_ref().map(|(low, high)| format!(", between {low} and {high}")).unwrap_or_default();
    let word = if cell.label == Label::OverLimit { "limit" } else { "tolerated" };
    let allowed = cell.tolerance.or(cell.limit).map(|_| format!("; {word} {}", row.allowed)).unwrap_or_default();
    let told = format!("{base} → {now}{moved}{between}{allowed}");
    let sure = row.interval.as_ref().map(|_| sure(explanation));
    [told].into_iter().chain(sure).collect()
}

/// How sure the bounds are.
fn sure(explanation: &Explanation) -> String {
    let wrong = chance(1.0 - explanation.level);
    match &explanation.duet {
        None => format!("Each of these ends is wrong in {wrong} of such gates at most."),
        Some(duet) => format!(
            "Each of these ends is wrong in {wrong} of such duets at most: looking after {} blocks has to be that careful \
             for all looks together to stay at 5%.",
            duet.blocks
        ),
    }
}

/// Why the label is what it is.
pub(super) fn why(row: &Row, explanation: &Explanation) -> Vec<String> {
    let cell = &explanation.cell;
    let (mildest, worst) = ends(row, explanation);
    let allowed = &row.allowed;
    let reason = row.reason.as_deref().map(as_sentence);
    let told = match cell.label {
        Label::Regressed if is_clear(explanation) && is_unlikely(explanation) => format!(
            "Even the mildest change that fits what was measured, {mildest}, is worse than the tolerated {allowed}."
        ),
        Label::Regressed => format!(
            "The measured change is worse than the tolerated {allowed}, and `rule = \"threshold\"` asks for no more; noise \
             could explain it."
        ),
        Label::Suspect if is_clear(explanation) => format!(
            "On its own it would fail: even {mildest} is worse than the tolerated {allowed}. But in company it may be chance."
        ),
        Label::Suspect if row.interval.is_none() => reason.clone().unwrap_or_default(),
        Label::Suspect => format!(
            "The measured change is worse than the tolerated {allowed}, but {mildest} fits what was measured as well, and \
             that is tolerated."
        ),
        Label::Within if cell.basis.is_some() && row.interval.is_some() => {
            format!("Even the worst change that fits what was measured, {worst}, is within the tolerated {allowed}.")
        }
        Label::Faster => format!("Even the worst change that fits what was measured, {worst}, is better than before."),
        Label::NoEvidence if row.interval.is_some() => format!(
            "The measured change is tolerated, but {worst} fits what was measured as well: a change worse than {allowed} \
             could hide in this noise."
        ),
        Label::OverLimit => format!("It measured {}; a limit holds whatever the baseline says.", row.now),
        Label::Shown => "Nothing was asked of it in [gate]: it is shown, and decides nothing.".to_owned(),
        Label::NoBaseline => "There is no baseline to compare with.".to_owned(),
        _ => reason.clone().unwrap_or_else(|| as_sentence(row.word())),
    };
    let lacking = explanation.lacks_basis.then(|| {
        "This comparison.json holds no values of single runs: an earlier loadgate wrote it. `loadgate compare` on the \
         recordings makes it anew, and then there is more to explain."
            .to_owned()
    });
    [told].into_iter().filter(|told| !told.is_empty()).chain(lacking).collect()
}

/// The bounds from the one nearest to "no worse" to the worst.
fn ends(row: &Row, explanation: &Explanation) -> (String, String) {
    let (low, high) = row.interval.clone().unwrap_or_default();
    if explanation.cell.metric.higher_is_worse() { (low, high) } else { (high, low) }
}

/// Whether even the mildest change is beyond the tolerance.
fn is_clear(explanation: &Explanation) -> bool {
    let cell = &explanation.cell;
    let worse = cell.metric.higher_is_worse();
    let mildest = if worse { cell.low } else { cell.high };
    mildest.zip(cell.tolerance).is_some_and(|(bound, allowed)| if worse { bound > allowed } else { bound < allowed })
}

fn is_unlikely(explanation: &Explanation) -> bool {
    explanation.family.as_ref().is_none_or(|family| family.chance <= family.allowed)
}

/// What was taken for noise, and where that comes from.
pub(super) fn noise(explanation: &Explanation) -> Vec<String> {
    let Some(basis) = &explanation.cell.basis else { return Vec::new() };
    if let Some(worth) = &basis.worth {
        let (baseline, candidate) = (number::whole(worth.baseline), number::whole(worth.candidate));
        return vec![format!(
            "Errors come in bursts, so they are not counted one by one: the baseline is worth {baseline} requests that are \
             independent of each other, the candidate {candidate}."
        )];
    }
    if explanation.duet.is_some() {
        return block_noise(explanation);
    }
    let (Some(noise), Some(from)) = (&basis.noise, explanation.noise_from) else { return Vec::new() };
    let jobs = |jobs: usize| number::plural(jobs as u64, "job");
    let (before, now) = (jobs(basis.baseline.len()), jobs(basis.candidate.len()));
    let own = noise.own_sd.map_or_else(
        || {
            format!(
                "This cell's own jobs ({before} in the baseline, {now} now) are too few to tell what jobs differ by."
            )
        },
        |own| format!("This cell's own jobs ({before} in the baseline, {now} now) differ by {}.", percent(own)),
    );
    let pooled = if from == NoiseSource::Default {
        "No gated cell of its kind has seen two jobs of one side yet, which leaves the 10% that a project starts from."
            .to_owned()
    } else {
        let size = percent(noise.pooled_sd);
        format!("All gated cells of its kind, weighed with the 10% that a project starts from: {size}.")
    };
    let inside = format!("Inside a run: {}.{}", percent(noise.within_run_sd), repeats(noise));
    [own, pooled, inside, assumed(noise, from)].into_iter().chain(reach(explanation)).collect()
}

fn repeats(noise: &Noise) -> String {
    if noise.repeat_sd > 0.0 {
        format!(" Between runs of one job: {}.", percent(noise.repeat_sd))
    } else {
        String::new()
    }
}

fn assumed(noise: &Noise, from: NoiseSource) -> String {
    let (size, from) = match from {
        NoiseSource::Default => (noise.assumed_sd, "from that start alone"),
        NoiseSource::Pool => (noise.assumed_sd, "mostly from all gated cells together"),
        NoiseSource::OwnJobs => (noise.assumed_sd, "mostly from this cell's own jobs"),
        NoiseSource::InsideRuns => (noise.within_run_sd, "which is what runs show inside: the least that is assumed"),
    };
    format!("Assumed for one run: {}, {from}.", percent(size))
}

/// How far a service that did not change would stray.
fn reach(explanation: &Explanation) -> Option<String> {
    let (low, high) = explanation.cell.low.zip(explanation.cell.high)?;
    let reach = ((1.0 + high) / (1.0 + low)).sqrt() - 1.0;
    reach.is_finite().then(|| {
        format!("So an unchanged service would read within {} of its baseline in 9 of 10 gates.", percent(reach))
    })
}

fn block_noise(explanation: &Explanation) -> Vec<String> {
    let (changes, unit) = (&explanation.block_changes, explanation.cell.unit);
    let higher = explanation.cell.metric.higher_is_worse();
    let worse = changes.iter().filter(|change| if higher { **change > 0.0 } else { **change < 0.0 }).count();
    let mut sorted = changes.clone();
    sorted.sort_by(f64::total_cmp);
    let quarter = sorted.len() / 4;
    let middle = sorted.get(quarter).zip(sorted.iter().rev().nth(quarter));
    let half = middle.map(|(low, high)| {
        let [low, high] = [low, high].map(|change| number::change(unit, Some(*change)));
        format!(", and the middle half of them from {low} to {high}")
    });
    vec![format!(
        "None is assumed: the blocks show it themselves. The candidate was worse in {worse} of {}{}.",
        number::plural(changes.len() as u64, "block"),
        half.unwrap_or_default()
    )]
}

/// What the cells of the gate say together.
pub(super) fn family(explanation: &Explanation) -> Vec<String> {
    let is_worse = matches!(explanation.cell.label, Label::Regressed | Label::Suspect);
    let Some(family) = explanation.family.as_ref().filter(|_| is_worse) else { return Vec::new() };
    vec![format!(
        "{} judged. Had nothing changed, some cell would look at least this much worse with a chance of {}; a FAIL takes \
         at most {}.",
        if family.cells == 1 {
            "1 cell was".to_owned()
        } else {
            format!("{} cells were", number::count(family.cells as u64))
        },
        chance(family.chance),
        chance(family.allowed)
    )]
}

/// What more evidence would say.
pub(super) fn prospects(explanation: &Explanation) -> Vec<String> {
    let cell = &explanation.cell;
    let Some(_) = explanation.prospects.first() else { return Vec::new() };
    let mut lines =
        vec![format!("If the change stays {}, and the noise what it is:", number::change(cell.unit, cell.change))];
    lines.extend(explanation.prospects.iter().map(|prospect| {
        let takes = takes(prospect, explanation);
        format!(" {:<21}{:<32}{}", takes, between(prospect, cell.unit), word(prospect.label))
    }));
    lines
}

fn takes(prospect: &Prospect, explanation: &Explanation) -> String {
    match prospect.more {
        More::Run => "1 more run now".to_owned(),
        More::BaselineJob => "1 more baseline job".to_owned(),
        More::TenBlocks => match explanation.duet.as_ref().filter(|duet| duet.block_s > 0.0) {
            Some(duet) => format!("10 blocks (+{})", number::seconds(10.0 * duet.block_s)),
            None => "10 more blocks".to_owned(),
        },
    }
}

fn between(prospect: &Prospect, unit: Unit) -> String {
    match (prospect.low, prospect.high) {
        (Some(low), Some(high)) => {
            format!("between {} and {}", number::change(unit, Some(low)), number::change(unit, Some(high)))
        }
        _ => "too few to tell".to_owned(),
    }
}

/// A chance: `5%`, `0.27%`, `0.0054%`.
fn chance(chance: f64) -> String {
    let percent = chance * 100.0;
    if percent < 0.0001 { "less than 0.0001%".to_owned() } else { percent_text(percent) }
}

/// A standard deviation of logarithms, said as a percentage.
fn percent(size: f64) -> String {
    percent_text(size * 100.0)
}

/// Two digits that count: `10%`, `4.3%`, `0.27%`.
fn percent_text(percent: f64) -> String {
    let decimals = match percent {
        ..0.00995 => 4,
        ..0.0995 => 3,
        ..0.995 => 2,
        ..9.95 => 1,
        _ => 0,
    };
    let text = format!("{percent:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}%")
}

/// With a capital letter and an end.
fn as_sentence(text: &str) -> String {
    let mut letters = text.chars();
    let start = letters.next().into_iter().flat_map(char::to_uppercase);
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    start.chain(letters).chain(end.chars()).collect()
}
