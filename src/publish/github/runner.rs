//! GitHub Actions: step summary, step outputs and annotations.
//!
//! In: a [`View`] and the runner's environment. Out: the summary and the outputs appended to the runner's files, and
//! failing cells as workflow commands. Calls no API.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::gate::{Outcome, Verdict};
use crate::report::{Row, View, markdown};

/// Annotations that GitHub shows for one step.
const ANNOTATIONS: usize = 10;

/// A run inside GitHub Actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runner {
    summary: Option<PathBuf>,
    output: Option<PathBuf>,
}

/// Something that was not published. The verdict stands.
#[derive(Debug, thiserror::Error)]
pub enum Warning {
    /// The step summary could not be appended to.
    #[error("the step summary {path} was not written; read the report's files instead", path = path.display())]
    Summary {
        /// The runner's file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The step outputs could not be appended to.
    #[error("the step outputs {path} were not written; steps after this one see no `verdict`", path = path.display())]
    Output {
        /// The runner's file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The annotations could not be printed.
    #[error("annotations were not printed; read the report's files instead")]
    Annotations {
        /// What went wrong.
        source: io::Error,
    },
}

impl Runner {
    /// Where the runner wants things, `None` outside of GitHub Actions. `lookup` reads a variable of the environment.
    #[must_use]
    pub fn detect(lookup: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let path = |name| lookup(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        (lookup("GITHUB_ACTIONS")? == "true")
            .then(|| Self { summary: path("GITHUB_STEP_SUMMARY"), output: path("GITHUB_OUTPUT") })
    }

    /// Publishes a view; `report` is the path that the output `report` names, and workflow commands go to `stdout`.
    pub fn publish(&self, view: &View, report: &Path, stdout: &mut impl Write) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if let Some(path) = &self.summary
            && let Err(source) = append_summary(view, path)
        {
            warnings.push(Warning::Summary { path: path.clone(), source });
        }
        if let Some(path) = &self.output
            && let Err(source) = append_outputs(view, report, path)
        {
            warnings.push(Warning::Output { path: path.clone(), source });
        }
        if let Err(source) = annotate(view, stdout) {
            warnings.push(Warning::Annotations { source });
        }
        warnings
    }
}

/// Appends what still fits: the limit is on the whole file, and an earlier command of the step may have written.
fn append_summary(view: &View, path: &Path) -> io::Result<()> {
    let mut file = append(path)?;
    let written = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let room = markdown::STEP_SUMMARY_BUDGET.saturating_sub(written);
    if room < markdown::LEAST_BUDGET {
        return Err(io::Error::other("earlier commands of this step have filled it"));
    }
    let mut text = Vec::new();
    markdown::render(view, room, &mut text)?;
    file.write_all(&text)
}

fn append_outputs(view: &View, report: &Path, path: &Path) -> io::Result<()> {
    let mut text = output("verdict", verdict(view.verdict));
    text += &output("report", &report.to_string_lossy());
    append(path)?.write_all(text.as_bytes())
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

/// The verdict as comparison.json spells it.
fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Recorded => "recorded",
        Verdict::Invalid => "invalid",
    }
}

/// One output. A path may hold a line break, which would begin another output: it becomes a space.
fn output(name: &str, value: &str) -> String {
    format!("{name}={}\n", value.replace(['\r', '\n'], " "))
}

fn annotate(view: &View, stdout: &mut impl Write) -> io::Result<()> {
    let failing: Vec<&Row> = view.rows.iter().filter(|row| row.outcome == Outcome::Fail).collect();
    let shown = if failing.len() > ANNOTATIONS { ANNOTATIONS - 1 } else { failing.len() };
    for row in failing.iter().take(shown) {
        let title = property(&format!("loadgate: {} {}", row.name(), row.word()));
        writeln!(stdout, "::error title={title}::{}", message(&row.sentence))?;
    }
    if failing.len() > shown {
        let rest = failing.len() - shown;
        writeln!(stdout, "::error title=loadgate::{rest} more failing cells: see the step summary")?;
    }
    Ok(())
}

/// A workflow command's message.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A workflow command's property, which also ends at a colon or a comma.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::gate::Comparison;
    use crate::report::samples;

    struct Job {
        folder: tempfile::TempDir,
    }

    impl Job {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().unwrap() }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn lookup(&self, name: &str) -> Option<String> {
            match name {
                "GITHUB_ACTIONS" => Some("true".to_owned()),
                "GITHUB_STEP_SUMMARY" => Some(self.path("summary").display().to_string()),
                "GITHUB_OUTPUT" => Some(self.path("output").display().to_string()),
                _ => None,
            }
        }

        /// Publishes, and returns the warnings and what was printed.
        fn publish(&self, comparison: &Comparison) -> (Vec<Warning>, String) {
            let mut stdout = Vec::new();
            let github = Runner::detect(|name| self.lookup(name)).unwrap();
            let report = Path::new("loadgate-report/report.md");
            let warnings = github.publish(&View::of(comparison), report, &mut stdout);
            (warnings, String::from_utf8(stdout).unwrap())
        }
    }

    #[test]
    fn outside_of_github_there_is_nothing_to_publish_to() {
        assert_eq!(Runner::detect(|_| None), None);
        assert_eq!(Runner::detect(|name| (name == "GITHUB_ACTIONS").then(|| "false".to_owned())), None);
    }

    #[test]
    fn a_failing_gate_leaves_summary_outputs_and_one_annotation() {
        let job = Job::new();
        let (warnings, stdout) = job.publish(&samples::fail());
        assert!(warnings.is_empty(), "{warnings:?}");
        assert_eq!(
            stdout,
            "::error title=loadgate%3A create_order p95 regressed::create_order p95 regressed, baseline 180 ms, \
             candidate 218 ms, change +21%25 (between +15%25 and +27%25), tolerated +10%25\n"
        );
        let output = fs::read_to_string(job.path("output")).unwrap();
        assert_eq!(output, "verdict=fail\nreport=loadgate-report/report.md\n");
        assert!(fs::read_to_string(job.path("summary")).unwrap().contains("### ❌ loadgate: create_order p95"));
    }

    #[test]
    fn what_other_commands_wrote_stays() {
        let job = Job::new();
        fs::write(job.path("summary"), "before\n").unwrap();
        job.publish(&samples::pass());
        assert!(fs::read_to_string(job.path("summary")).unwrap().starts_with("before\n<!-- loadgate:load -->"));
    }

    #[test]
    fn annotations_are_ten_at_most_and_the_last_counts_the_rest() {
        let (_, stdout) = Job::new().publish(&samples::many_endpoints(200));
        assert_eq!(stdout.lines().count(), 10);
        assert!(stdout.ends_with("::58 more failing cells: see the step summary\n"), "{stdout}");
    }

    #[test]
    fn a_hostile_name_adds_no_command() {
        let (_, stdout) = Job::new().publish(&samples::hostile_names());
        assert!(stdout.lines().all(|line| line.starts_with("::error title=loadgate")), "{stdout}");
    }

    #[test]
    fn a_value_cannot_begin_another_output() {
        assert_eq!(output("report", "a\nverdict=pass"), "report=a verdict=pass\n");
        assert_eq!(property("a%b:c,d\r\n"), "a%25b%3Ac%2Cd%0D%0A");
    }

    #[test]
    fn a_summary_that_can_not_be_written_is_a_warning_and_the_rest_is_published() {
        let job = Job::new();
        fs::create_dir(job.path("summary")).unwrap();
        let (warnings, stdout) = job.publish(&samples::fail());
        assert!(matches!(warnings.as_slice(), [Warning::Summary { .. }]), "{warnings:?}");
        assert!(stdout.starts_with("::error"));
        assert!(job.path("output").exists());
    }

    #[test]
    fn a_summary_that_is_nearly_full_gets_what_there_is_room_for() {
        let job = Job::new();
        let room = 20 << 10;
        fs::write(job.path("summary"), vec![b'x'; markdown::STEP_SUMMARY_BUDGET - room]).unwrap();
        let (warnings, _) = job.publish(&samples::many_endpoints(200));
        assert!(warnings.is_empty(), "{warnings:?}");
        let text = fs::read_to_string(job.path("summary")).unwrap();
        assert!(text.len() <= markdown::STEP_SUMMARY_BUDGET, "{}", text.len());
        assert!(text.contains("### ❌ loadgate: ") && text.contains("Left out for length: "));
    }

    #[test]
    fn a_full_summary_is_a_warning() {
        let job = Job::new();
        fs::write(job.path("summary"), vec![b'x'; markdown::STEP_SUMMARY_BUDGET]).unwrap();
        let (warnings, _) = job.publish(&samples::fail());
        assert!(matches!(warnings.as_slice(), [Warning::Summary { .. }]), "{warnings:?}");
    }
}
