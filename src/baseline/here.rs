//! Where a run comes from: code, job and environment, as far as this machine tells.
//!
//! In: environment variables, a few system files, `git`. Out: an [`Origin`]. Never fails: what can't be found out
//! is left out or says `unknown`.

use std::process::Command;
use std::sync::OnceLock;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::machine;
use crate::measure::{Job, Origin};

/// The origin of a run of the profile with this fingerprint that starts now.
#[must_use]
pub fn here(profile_fingerprint: &str) -> Origin {
    let surroundings = Surroundings {
        variable: &|name| std::env::var(name).ok(),
        file: &|path| std::fs::read_to_string(path).ok(),
        git: &git,
    };
    surroundings.origin(profile_fingerprint)
}

/// What the origin is read from, so that tests need no environment of their own.
pub(super) struct Surroundings<'a> {
    /// An environment variable.
    pub(super) variable: &'a dyn Fn(&str) -> Option<String>,
    /// The text of a file.
    pub(super) file: &'a dyn Fn(&str) -> Option<String>,
    /// What git answers to these arguments.
    pub(super) git: &'a dyn Fn(&[&str]) -> Option<String>,
}

/// Variables that name the commit under test, in the order they are trusted.
const COMMIT: [&str; 8] = [
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "GIT_COMMIT",
    "BUILDKITE_COMMIT",
    "CIRCLE_SHA1",
    "BUILD_SOURCEVERSION",
    "BITBUCKET_COMMIT",
    "DRONE_COMMIT_SHA",
];

/// Variables that name its branch or tag. On a pull request the head counts, not GitHub's merge ref.
const REFERENCE: [&str; 9] = [
    "GITHUB_HEAD_REF",
    "GITHUB_REF_NAME",
    "CI_COMMIT_REF_NAME",
    "GIT_BRANCH",
    "BUILDKITE_BRANCH",
    "CIRCLE_BRANCH",
    "BUILD_SOURCEBRANCHNAME",
    "BITBUCKET_BRANCH",
    "DRONE_BRANCH",
];

/// Sets of variables that together name one CI job; the first set that is complete counts.
const CI_JOB: [&[&str]; 8] = [
    &["GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", "GITHUB_JOB"],
    &["CI_JOB_ID"],
    &["BUILD_TAG"],
    &["BUILDKITE_JOB_ID"],
    &["CIRCLE_WORKFLOW_JOB_ID"],
    &["BUILD_BUILDID", "SYSTEM_JOBID"],
    &["BITBUCKET_STEP_UUID"],
    &["DRONE_BUILD_NUMBER", "DRONE_STEP_NUMBER"],
];

impl Surroundings<'_> {
    fn origin(&self, profile_fingerprint: &str) -> Origin {
        Origin {
            loadgate: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: now(),
            commit: self.first(&COMMIT).or_else(|| (self.git)(&["rev-parse", "HEAD"])),
            reference: self.first(&REFERENCE).or_else(|| self.branch()),
            job: Job { boot: self.boot(), run: self.ci_job().unwrap_or_else(invocation) },
            environment: machine::environment(self, profile_fingerprint),
        }
    }

    /// An environment variable, unless it is unset or empty: CI systems set what does not apply to nothing.
    pub(super) fn set(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.set(name))
    }

    fn branch(&self) -> Option<String> {
        (self.git)(&["rev-parse", "--abbrev-ref", "HEAD"]).filter(|name| name != "HEAD")
    }

    fn ci_job(&self) -> Option<String> {
        CI_JOB.iter().find_map(|names| {
            let values: Option<Vec<String>> = names.iter().map(|name| self.set(name)).collect();
            values.map(|values| values.join("-"))
        })
    }

    fn boot(&self) -> String {
        let boot = (self.file)("/proc/sys/kernel/random/boot_id").map(|id| id.trim().to_owned());
        boot.filter(|id| !id.is_empty())
            .or_else(|| self.first(&["HOSTNAME", "COMPUTERNAME"]))
            .or_else(|| (self.file)("/etc/hostname").map(|name| name.trim().to_owned()))
            .unwrap_or_else(|| "unknown".to_owned())
    }
}

/// Outside CI, one invocation of loadgate is one job.
fn invocation() -> String {
    static ID: OnceLock<String> = OnceLock::new();
    ID.get_or_init(|| Uuid::new_v4().to_string()).clone()
}

fn now() -> String {
    let now = OffsetDateTime::now_utc();
    now.replace_millisecond(now.millisecond()).unwrap_or(now).format(&Rfc3339).unwrap_or_default()
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(variables: &[(&str, &str)], git: Option<&str>) -> Origin {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let git = |_: &[&str]| git.map(str::to_owned);
        Surroundings { variable: &variable, file: &|_| None, git: &git }.origin("abc")
    }

    #[test]
    fn a_github_pull_request_is_named_by_its_head_and_its_job_by_run_attempt_and_job() {
        let origin = origin(
            &[
                ("GITHUB_SHA", "c0ffee"),
                ("GITHUB_HEAD_REF", "faster-cart"),
                ("GITHUB_REF_NAME", "12/merge"),
                ("GITHUB_RUN_ID", "77"),
                ("GITHUB_RUN_ATTEMPT", "2"),
                ("GITHUB_JOB", "gate"),
            ],
            Some("elsewhere"),
        );
        assert_eq!(origin.commit.as_deref(), Some("c0ffee"));
        assert_eq!(origin.reference.as_deref(), Some("faster-cart"));
        assert_eq!(origin.job.run, "77-2-gate");
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let origin = origin(&[("GITHUB_HEAD_REF", ""), ("GITHUB_REF_NAME", "main")], None);
        assert_eq!(origin.reference.as_deref(), Some("main"));
    }

    #[test]
    fn outside_ci_git_names_the_code_and_one_invocation_is_one_job() {
        let (first, second) = (origin(&[], Some("d00d")), origin(&[], Some("d00d")));
        assert_eq!(first.commit.as_deref(), Some("d00d"));
        assert_eq!(first.job, second.job);
        assert!(Uuid::parse_str(&first.job.run).is_ok());
    }

    #[test]
    fn a_detached_head_has_no_branch_and_without_git_there_is_no_commit() {
        assert_eq!(origin(&[], Some("HEAD")).reference, None);
        assert_eq!(origin(&[], None).commit, None);
    }

    #[test]
    fn an_origin_starts_at_a_time_that_reads_back() {
        let origin = here("abc");
        assert!(OffsetDateTime::parse(&origin.started_at, &Rfc3339).is_ok(), "{}", origin.started_at);
        assert_eq!(origin.environment.profile, "abc");
        assert!(origin.environment.vcpus > 0);
    }
}
