//! The table of a live batch.

use std::fmt::Write as _;

use super::kind::Kind;
use super::state::Record;

const HEAD: &str = "\
| compared | gates | FAIL | of those, the right endpoint alone | INCONCLUSIVE | PASS | no valid run | blocks or runs, median | seconds, median |
| --- | --: | --: | --: | --: | --: | --: | --: | --: |
";

/// The table in Markdown, and under what it was measured.
pub(super) fn table(records: &[Record]) -> String {
    let mut text = HEAD.to_owned();
    for kind in Kind::ALL {
        let of_kind: Vec<&Record> = records.iter().filter(|record| record.kind == kind).collect();
        if !of_kind.is_empty() {
            text.push_str(&row(kind, &of_kind));
        }
    }
    let mut loads: Vec<f64> = records.iter().filter_map(|record| record.load_average).collect();
    loads.sort_by(f64::total_cmp);
    let mut busy: Vec<String> = records.iter().map(|record| record.busy.to_string()).collect();
    busy.sort();
    busy.dedup();
    if let (Some(least), Some(most)) = (loads.first(), loads.last()) {
        let _infallible = write!(
            text,
            "\nThreads competing: {}; the machine's load average was {least:.1} to {most:.1}.\n",
            busy.join(", ")
        );
    }
    text
}

fn row(kind: Kind, records: &[&Record]) -> String {
    let count = |verdict: &str| records.iter().filter(|record| record.verdict == verdict).count();
    let (fail, unsure, pass) = (count("fail"), count("inconclusive"), count("pass"));
    let right = records.iter().filter(|record| record.verdict == "fail" && kind.is_right(&record.failing)).count();
    let right = if kind.fault().is_some() { right.to_string() } else { "–".to_owned() };
    let without = records.len() - fail - unsure - pass;
    let mut units: Vec<u64> = records.iter().map(|record| record.units).collect();
    let mut seconds: Vec<f64> = records.iter().map(|record| record.seconds).collect();
    units.sort_unstable();
    seconds.sort_by(f64::total_cmp);
    let unit = if kind.is_duet() { "blocks" } else { "runs" };
    let units = units.get(units.len() / 2).copied().unwrap_or(0);
    let seconds = seconds.get(seconds.len() / 2).copied().unwrap_or(0.0);
    format!(
        "| {} | {} | {fail} | {right} | {unsure} | {pass} | {without} | {units} {unit} | {seconds:.0} |\n",
        kind.words(),
        records.len()
    )
}
