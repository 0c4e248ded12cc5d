//! How a run ended: in its time, or cut short, and by what.
//!
//! In: what the workers reported. Out: the run's length, and what its end means for its figures. Stops nothing.

use std::time::Duration;

use super::audit::Findings;
use crate::client::Failure;
use crate::measure::{ALL, Summary};
use crate::plan::Plan;

/// How a run ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Ending {
    /// When the last worker stopped starting requests, since the run's start.
    pub(super) stopped: Duration,
    /// When the last answer had come, since the run's start.
    pub(super) last_answer: Duration,
    /// The data set that ran out of rows.
    pub(super) exhausted: Option<String>,
    /// What each worker met that never reached the target.
    pub(super) unreachable: Vec<Failure>,
    /// Whether someone asked for the end.
    pub(super) interrupted: bool,
}

impl Ending {
    /// Length of the run. One of so many requests takes until its last answer, any other as long as it started some.
    pub(super) fn length(&self, plan: &Plan) -> Duration {
        if plan.requests.is_some() { self.last_answer } else { self.stopped }
    }

    /// Whether someone ended the run before its time.
    pub(super) fn is_cut_short(&self, plan: &Plan) -> bool {
        self.interrupted && self.stopped < plan.shape.stages().total()
    }

    /// What this end means for the figures.
    pub(super) fn judge(&self, plan: &Plan, summary: &Summary) -> Findings {
        let mut findings = Findings::default();
        let length = self.length(plan).as_secs_f64();
        let has_success = summary.endpoints.get(ALL).is_some_and(|all| all.error_rate < 1.0 && all.requests > 0);
        if let Some(failure) = self.unreachable.first().filter(|_| !has_success) {
            let (host, port) = (&plan.target.host, plan.target.port);
            findings.invalid.push(format!("nothing answers at {host}:{port} ({failure}): {}", advice(*failure)));
        }
        if self.is_cut_short(plan) {
            findings.invalid.push(format!("interrupted {length:.0} s into the run"));
        }
        if let Some(data) = &self.exhausted {
            findings.notes.push(format!(
                "the run ended after {length:.0} s: every row of data set `{data}` has been used once; \
                 give it more rows, or pick = \"cycle\""
            ));
        }
        findings
    }
}

/// How to reach a target that was not reached.
fn advice(failure: Failure) -> &'static str {
    match failure {
        Failure::Dns => "check the host name in its URL",
        Failure::Tls => "check its certificate, [http.tls] ca and server_name, or whether it speaks TLS at all",
        _ => "is it running, and is its URL right?",
    }
}
