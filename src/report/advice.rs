//! "How sure, and what to do": the sentences under every verdict.
//!
//! In: a [`Comparison`]. Out: [`Advice`] with the command to type. Gives no statistics terms: a reader knows
//! percentiles and pipelines.

use std::path::Path;

use crate::gate::{Cell, Comparison, DuetFacts, Label, Outcome, Verdict};
use crate::measure::Unit;

use super::duets;
use super::number;
use super::text::{Names, shell_word, shorten};

/// Fewer jobs than this tell little of the noise between jobs.
const JOBS_TO_TRUST: u32 = 3;

/// Longest endpoint name within a sentence.
const NAME_CHARS: usize = 60;

/// One sentence, and the command that follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// The sentence, without its command.
    pub text: String,
    /// What to type.
    pub command: Option<String>,
}

impl Advice {
    fn say(text: impl Into<String>) -> Self {
        Self { text: text.into(), command: None }
    }

    fn run(text: impl Into<String>, command: impl Into<String>) -> Self {
        Self { text: text.into(), command: Some(command.into()) }
    }
}

/// How far the verdict can be trusted.
pub(super) fn how_sure(comparison: &Comparison, names: &Names) -> Vec<Advice> {
    let mut advice = Vec::new();
    let environment = &comparison.environment;
    let comparable = environment.same || environment.any;
    if !comparison.unmeasured.is_empty() {
        let unmeasured: Vec<String> = comparison.unmeasured.iter().map(|name| names.shown(name)).collect();
        let unmeasured = shorten(&unmeasured.join(", "), NAME_CHARS);
        advice.push(Advice::say(format!("No request in the measured window, so not compared: {unmeasured}.")));
    }
    if comparison.verdict == Verdict::Invalid {
        return advice;
    }
    if let Some(duet) = &comparison.duet {
        advice.extend(duets::how_sure(duet).into_iter().map(Advice::say));
        advice.extend(detectable(&comparison.cells, names).map(Advice::say));
    } else if comparison.baseline.runs > 0 && comparable {
        advice.push(Advice::say(format!("Compared {}.", sides(comparison))));
        advice.extend(detectable(&comparison.cells, names).map(Advice::say));
        if comparison.baseline.jobs < JOBS_TO_TRUST {
            advice.push(Advice::run(
                format!(
                    "A baseline from {} knows little of how much jobs differ; from {JOBS_TO_TRUST} or more it tells \
                     smaller changes from noise",
                    number::plural(comparison.baseline.jobs.into(), "job")
                ),
                profiled("loadgate baseline record", comparison) + " --runs 5",
            ));
        }
    }
    advice
}

/// What to do next; nothing after a pass.
pub(super) fn what_to_do(comparison: &Comparison, file: &Path) -> Vec<Advice> {
    if let Some(duet) = &comparison.duet {
        return after_a_duet(comparison, duet, file);
    }
    let reproduce = Advice::run("Reproduce", profiled("loadgate gate", comparison));
    let recordings: Vec<String> = comparison.candidate.recordings.iter().map(|path| shell_word(path)).collect();
    let accept = |text: &str| {
        let command = format!("loadgate baseline accept {}", recordings.join(" "));
        (!recordings.is_empty()).then(|| Advice::run(text, command))
    };
    let unmade = comparison.cells.iter().any(|cell| cell.label == Label::NoBaseline) || comparison.baseline.runs == 0;
    match comparison.verdict {
        Verdict::Pass => Vec::new(),
        Verdict::Recorded => accept("Keep as a baseline").into_iter().collect(),
        Verdict::Invalid => vec![reproduce],
        Verdict::Inconclusive if unmade => {
            vec![Advice::run("Make a baseline", profiled("loadgate baseline record", comparison) + " --runs 5")]
        }
        Verdict::Fail if comparison.summary.aborted.is_some() => vec![reproduce],
        Verdict::Fail | Verdict::Inconclusive => {
            explain(comparison, file).into_iter().chain([reproduce]).chain(accept("Accept as the new normal")).collect()
        }
    }
}

/// How to see how the headline's verdict came about, where there is one.
fn explain(comparison: &Comparison, file: &Path) -> Option<Advice> {
    let weighed = comparison.headline_cell().filter(|_| comparison.verdict != Verdict::Invalid)?;
    let told = !matches!(weighed.label, Label::NoBaseline | Label::Environment);
    let command = || format!("loadgate explain {}", shell_word(&file.display().to_string()));
    told.then(|| Advice::run("See how this came about", command()))
}

fn after_a_duet(comparison: &Comparison, duet: &DuetFacts, file: &Path) -> Vec<Advice> {
    let again = profiled("loadgate duet", comparison);
    match comparison.verdict {
        Verdict::Pass | Verdict::Recorded => Vec::new(),
        Verdict::Invalid => vec![Advice::run("Reproduce", again)],
        Verdict::Fail => explain(comparison, file).into_iter().chain([Advice::run("Reproduce", again)]).collect(),
        Verdict::Inconclusive => {
            let suspect = comparison.cells.iter().filter(|cell| cell.label == Label::Suspect);
            let settling = duets::settling(suspect, duet);
            explain(comparison, file)
                .into_iter()
                .chain([Advice::run(settling.unwrap_or("Reproduce".to_owned()), again)])
                .collect()
        }
    }
}

fn sides(comparison: &Comparison) -> String {
    let (candidate, baseline) = (&comparison.candidate, &comparison.baseline);
    let jobs = |jobs: u32| number::plural(jobs.into(), "job");
    format!(
        "{} ({}) with a baseline of {} ({})",
        number::plural(candidate.runs.into(), "run"),
        jobs(candidate.jobs),
        number::plural(baseline.runs.into(), "run"),
        jobs(baseline.jobs)
    )
}

/// The smallest changes that could have been told from noise, best and worst cell.
fn detectable(cells: &[Cell], names: &Names) -> Option<String> {
    let mut known: Vec<(f64, &Cell)> = cells
        .iter()
        .filter(|cell| cell.gated && cell.outcome != Outcome::Shown && cell.unit != Unit::Share)
        .filter_map(|cell| Some((cell.detectable?.abs(), cell)))
        .filter(|(size, _)| size.is_finite())
        .collect();
    known.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let (best, worst) = (known.first()?, known.last()?);
    let tell = |(size, cell): &(f64, &Cell)| {
        let size = number::change(cell.unit, Some(*size));
        let size = size.trim_start_matches('+');
        let endpoint = shorten(&names.shown(&cell.endpoint), NAME_CHARS);
        (format!("{size} ({endpoint} {})", cell.metric.name()), size.to_owned())
    };
    let ((best, least), (worst, most)) = (tell(best), tell(worst));
    let range = if least == most { least } else { format!("from {best} to {worst}") };
    Some(format!("The smallest change this run could tell from noise: {range}."))
}

fn profiled(command: &str, comparison: &Comparison) -> String {
    format!("{command} --profile {}", shell_word(&comparison.profile))
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    const FILE: &str = "loadgate-report/comparison.json";

    fn commands(advice: &[Advice]) -> Vec<&str> {
        advice.iter().filter_map(|advice| advice.command.as_deref()).collect()
    }

    #[test]
    fn a_failure_can_be_reproduced_or_accepted() {
        assert_eq!(
            commands(&what_to_do(&samples::fail(), FILE.as_ref())),
            [
                "loadgate explain loadgate-report/comparison.json",
                "loadgate gate --profile load",
                "loadgate baseline accept loadgate-report/recording.json"
            ]
        );
    }

    #[test]
    fn without_a_baseline_the_advice_is_to_make_one() {
        assert_eq!(
            commands(&what_to_do(&samples::no_baseline(), FILE.as_ref())),
            ["loadgate baseline record --profile load --runs 5"]
        );
    }

    #[test]
    fn a_duet_knows_no_stored_baseline() {
        for comparison in [samples::duet_fail(), samples::duet_suspect(), samples::duet_pass()] {
            let told = [how_sure(&comparison, &Names::default()), what_to_do(&comparison, FILE.as_ref())].concat();
            assert!(commands(&told).iter().all(|command| !command.contains("baseline")), "{told:?}");
            assert!(told.iter().all(|advice| !advice.text.contains("job")), "{told:?}");
        }
        let expected = ["loadgate explain loadgate-report/comparison.json", "loadgate duet --profile load"];
        assert_eq!(commands(&what_to_do(&samples::duet_fail(), FILE.as_ref())), expected);
    }

    #[test]
    fn a_pass_needs_nothing() {
        assert_eq!(what_to_do(&samples::pass(), FILE.as_ref()), []);
    }

    #[test]
    fn a_thin_baseline_is_pointed_out() {
        let mut comparison = samples::pass();
        comparison.baseline.jobs = 1;
        let advice = how_sure(&comparison, &Names::default());
        assert_eq!(commands(&advice), ["loadgate baseline record --profile load --runs 5"]);
    }
}
