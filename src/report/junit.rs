//! `JUnit` XML: what a CI server shows as tests.
//!
//! In: a [`View`]. Out: one suite for each endpoint with one case for each metric, and a suite `loadgate` for the run as
//! a whole. A finding is a `failure`, a breakage an `error`, what decides nothing is `skipped`. Names of suites and
//! cases are a contract: CI servers follow a case's history by them.

use std::io::{self, Write};

use junit_report::{Duration, OffsetDateTime, Report, TestCase, TestSuite};

use crate::gate::{Label, Outcome, Verdict};
use crate::measure::ALL;

use super::{ErrorFigures, Row, View};

/// Writes the view.
///
/// # Errors
/// When writing fails.
pub fn render(view: &View, out: &mut impl Write) -> io::Result<()> {
    let mut report = Report::new();
    let mut run = suite("loadgate", view);
    run.add_testcase(whole_run(view));
    report.add_testsuite(run);
    for rows in by_endpoint(&view.rows) {
        let Some(endpoint) = rows.first().map(|row| row.endpoint.as_str()) else { continue };
        let mut suite = suite(endpoint, view);
        suite.add_testcases(rows.iter().map(|row| case(row, view)));
        report.add_testsuite(suite);
    }
    report.write_xml(&mut *out).map_err(|error| match error {
        junit_report::Error::Io(error) => error,
        junit_report::Error::Xml(error) => io::Error::other(error),
    })?;
    writeln!(out)
}

fn suite(name: &str, view: &View) -> TestSuite {
    let mut suite = TestSuite::new(name);
    suite.package = format!("loadgate.{}", view.profile);
    suite.timestamp = view.started.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    suite
}

/// Rows grouped by endpoint, endpoints by name, so that an outcome never changes the order.
fn by_endpoint(rows: &[Row]) -> Vec<Vec<&Row>> {
    let mut sorted: Vec<&Row> = rows.iter().collect();
    sorted.sort_by(|a, b| a.endpoint.cmp(&b.endpoint).then_with(|| a.metric.cmp(b.metric)));
    sorted.chunk_by(|a, b| a.endpoint == b.endpoint).map(<[&Row]>::to_vec).collect()
}

fn case(row: &Row, view: &View) -> TestCase {
    let name = row.name();
    let (word, told) = (row.word(), row.sentence.as_str());
    let mut case = match row.outcome {
        _ if view.verdict == Verdict::Invalid => {
            TestCase::skipped_with_cause(&name, "invalid", &format!("the run is not valid; {told}"))
        }
        Outcome::Fail => TestCase::failure(&name, Duration::ZERO, word, &with_examples(told, row, view)),
        Outcome::Inconclusive if is_refused(row, view) => TestCase::error(&name, Duration::ZERO, word, told),
        Outcome::Inconclusive | Outcome::Shown => TestCase::skipped_with_cause(&name, word, told),
        Outcome::Pass => TestCase::success(&name, Duration::ZERO),
    };
    case.set_classname(&format!("loadgate.{}.{}", view.profile, row.endpoint));
    case
}

/// What is told of a failed cell: of error rates, also what came instead of what was expected.
fn with_examples(told: &str, row: &Row, view: &View) -> String {
    let errors = view.figures.errors.iter().filter(|_| row.metric == "error_rate");
    let own = errors.filter(|error| row.endpoint == ALL || error.endpoint == row.endpoint);
    own.filter_map(ErrorFigures::instead).fold(told.to_owned(), |told, example| format!("{told}; {example}"))
}

/// Whether the configuration refuses that this cell could not be decided. A baseline that is missing, or of another
/// environment, is the whole run's error, not every cell's.
fn is_refused(row: &Row, view: &View) -> bool {
    view.exit == 4
        && row.outcome == Outcome::Inconclusive
        && !matches!(row.label, Label::NoBaseline | Label::Environment)
}

/// The run as a whole: red where no single cell can say why.
fn whole_run(view: &View) -> TestCase {
    let told = std::iter::once(&view.headline).chain(&view.reasons).cloned().collect::<Vec<_>>().join("; ");
    let word = view.word().to_lowercase();
    let blamed = view.rows.iter().any(|row| row.outcome == Outcome::Fail || is_refused(row, view));
    let mut case = match view.verdict {
        Verdict::Invalid => TestCase::error("verdict", Duration::ZERO, &word, &told),
        _ if view.exit == 0 || blamed => TestCase::success("verdict", Duration::ZERO),
        Verdict::Fail => TestCase::failure("verdict", Duration::ZERO, &word, &told),
        _ => TestCase::error("verdict", Duration::ZERO, &word, &told),
    };
    case.set_classname(&format!("loadgate.{}", view.profile));
    if !view.figures.lint.is_empty() {
        // It is written as CDATA, which this would end.
        let notes = view.figures.lint.join("\n").replace("]]>", "]] >");
        case.set_system_out(&format!("lint:\n{notes}"));
    }
    case
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use quick_xml::Reader;
    use quick_xml::events::{BytesStart, Event};

    use super::super::samples;
    use super::*;
    use crate::gate::Comparison;

    fn rendered(comparison: &Comparison) -> String {
        let mut out = Vec::new();
        render(&View::of(comparison), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Every element with its attributes, in order.
    fn elements(xml: &str) -> Vec<(String, Vec<(String, String)>)> {
        let read = |start: &BytesStart<'_>| {
            let attributes = start.attributes().map(|attribute| {
                let attribute = attribute.unwrap();
                let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
                let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap();
                (key, value.into_owned())
            });
            (String::from_utf8(start.name().as_ref().to_vec()).unwrap(), attributes.collect())
        };
        let mut reader = Reader::from_str(xml);
        let mut found = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) | Event::Empty(start) => found.push(read(&start)),
                Event::Eof => return found,
                _ => {}
            }
        }
    }

    fn count(xml: &str, element: &str) -> usize {
        elements(xml).iter().filter(|(name, _)| name == element).count()
    }

    #[test]
    fn every_sample_is_well_formed_and_its_cases_are_unique() {
        for (name, comparison) in samples::all() {
            let mut seen = BTreeSet::new();
            for (element, attributes) in elements(&rendered(&comparison)) {
                let only =
                    ["name", "classname"].map(|wanted| attributes.iter().find(|(key, _)| key == wanted).cloned());
                assert!(element != "testcase" || seen.insert(only), "{name}: {attributes:?}");
            }
            assert_eq!(seen.len(), comparison.cells.len() + 1, "{name}");
        }
    }

    #[test]
    fn a_regression_is_a_failure_and_nothing_else() {
        let xml = rendered(&samples::fail());
        assert_eq!((count(&xml, "failure"), count(&xml, "error")), (1, 0));
        assert!(xml.contains("baseline 180 ms, candidate 218 ms, change +21% (between +15% and +27%), tolerated +10%"));
    }

    #[test]
    fn a_missing_baseline_and_an_invalid_run_are_one_error_each() {
        for comparison in [samples::no_baseline(), samples::invalid(), samples::other_environment()] {
            let xml = rendered(&comparison);
            assert_eq!((count(&xml, "failure"), count(&xml, "error")), (0, 1), "{xml}");
        }
    }

    #[test]
    fn a_suspect_cell_is_skipped_where_it_may_pass_and_an_error_where_it_may_not() {
        let mut comparison = samples::suspect();
        assert_eq!(count(&rendered(&comparison), "error"), 0);
        comparison.exit = 4;
        let xml = rendered(&comparison);
        assert!(xml.contains(r#"<error type="suspect""#), "{xml}");
        assert_eq!(count(&xml, "error"), 1);
    }

    #[test]
    fn a_failure_without_a_failing_cell_is_still_red() {
        let mut comparison = samples::pass();
        comparison.verdict = Verdict::Fail;
        comparison.exit = 1;
        assert_eq!(count(&rendered(&comparison), "failure"), 1);
    }

    #[test]
    fn hostile_names_read_back_as_the_text_that_was_shown() {
        let xml = rendered(&samples::hostile_names());
        let names: Vec<String> = elements(&xml)
            .into_iter()
            .filter(|(name, _)| name == "testsuite")
            .flat_map(|(_, attributes)| attributes.into_iter().filter(|(key, _)| key == "name").map(|(_, name)| name))
            .collect();
        assert!(names.contains(&"<script>alert(1)</script>".to_owned()), "{names:?}");
        assert!(names.iter().all(|name| !name.chars().any(char::is_control)), "{names:?}");
    }
}
