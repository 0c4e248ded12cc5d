//! What made a workflow run: which pull request it is about, and which of its commits was measured.
//!
//! In: the JSON that a runner keeps at `GITHUB_EVENT_PATH`. Out: an [`Event`]. GitHub wrote it, so it can be believed
//! where an artifact of a fork can't; it asks nobody.

use serde::Deserialize;

/// A pull request, as an event names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pull {
    /// By its number.
    Number(u64),
    /// By what it wants merged: `owner:branch`. A run after another workflow's knows no more of a fork's.
    Head(String),
}

/// What made a workflow run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// The pull request it is about, if any.
    pub pull: Option<Pull>,
    /// The pull request's commit that it is about; not the merge of it that a runner checks out.
    pub head: Option<String>,
}

impl Event {
    /// Reads an event; one that is about no pull request has neither.
    #[must_use]
    pub fn read(json: &[u8]) -> Self {
        let Ok(written) = serde_json::from_slice::<Written>(json) else { return Self::default() };
        if let Some(pull) = written.pull_request {
            return Self { pull: Some(Pull::Number(pull.number)), head: Some(pull.head.sha) };
        }
        if let Some(run) = written.workflow_run {
            let of = |repository: Repository| format!("{}:{}", repository.owner.login, run.branch);
            return Self { pull: run.repository.map(of).map(Pull::Head), head: Some(run.sha) };
        }
        let of_issue = |issue: Issue| issue.pull_request.map(|_| Pull::Number(issue.number));
        Self { pull: written.issue.and_then(of_issue), head: None }
    }
}

#[derive(Deserialize)]
struct Written {
    pull_request: Option<PullRequest>,
    workflow_run: Option<WorkflowRun>,
    issue: Option<Issue>,
}

#[derive(Deserialize)]
struct PullRequest {
    number: u64,
    head: Head,
}

#[derive(Deserialize)]
struct Head {
    sha: String,
}

#[derive(Deserialize)]
struct WorkflowRun {
    #[serde(rename = "head_sha")]
    sha: String,
    #[serde(rename = "head_branch")]
    branch: String,
    #[serde(rename = "head_repository")]
    repository: Option<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    owner: Owner,
}

#[derive(Deserialize)]
struct Owner {
    login: String,
}

#[derive(Deserialize)]
struct Issue {
    number: u64,
    pull_request: Option<serde::de::IgnoredAny>,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event(json: &Value) -> Event {
        Event::read(json.to_string().as_bytes())
    }

    #[test]
    fn a_pull_request_names_its_number_and_its_head_not_the_merge() {
        let json = json!({"action": "synchronize", "number": 7, "pull_request":
            {"number": 7, "merge_commit_sha": "beef", "head": {"sha": "c0ffee", "ref": "faster"}}});
        assert_eq!(event(&json), Event { pull: Some(Pull::Number(7)), head: Some("c0ffee".into()) });
    }

    #[test]
    fn a_run_after_a_forks_workflow_names_its_branch() {
        let json = json!({"action": "completed", "workflow_run": {"head_sha": "c0ffee", "head_branch": "faster",
            "pull_requests": [], "head_repository": {"owner": {"login": "someone"}}}});
        assert_eq!(
            event(&json),
            Event { pull: Some(Pull::Head("someone:faster".into())), head: Some("c0ffee".into()) }
        );
        let gone = json!({"workflow_run": {"head_sha": "c0ffee", "head_branch": "faster", "head_repository": null}});
        assert_eq!(event(&gone).pull, None);
    }

    #[test]
    fn a_remark_on_a_pull_request_names_it_and_one_on_an_issue_does_not() {
        assert_eq!(event(&json!({"issue": {"number": 7, "pull_request": {}}})).pull, Some(Pull::Number(7)));
        assert_eq!(event(&json!({"issue": {"number": 7}})), Event::default());
    }

    #[test]
    fn other_events_are_about_no_pull_request() {
        assert_eq!(event(&json!({"ref": "refs/heads/main"})), Event::default());
        assert_eq!(Event::read(b"not json"), Event::default());
    }
}
