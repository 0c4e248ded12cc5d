//! How a run ended: in its time, or cut short, and by what.
//!
//! In: what the workers reported. Out: the run's length, and what its end means for its figures. Stops nothing.

use std::time::Duration;

use super::audit::Findings;
use crate::client::Failure;
use crate::measure::{ALL, Abort, Summary};
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
    /// What made it hopeless.
    pub(super) aborted: Option<Abort>,
    /// Tasks that were to be played and have not begun.
    pub(super) unplayed: u64,
    /// How the target ended, where it did before the run.
    pub(super) obituary: Option<String>,
    /// Whether someone asked for the end.
    pub(super) interrupted: bool,
    /// Whether a virtual user, or a worker, ended in a bug.
    pub(super) panicked: bool,
}

impl Ending {
    /// Length of the run. One of so many requests or tasks takes until its last answer, any other as long as it started
    /// some.
    pub(super) fn length(&self, plan: &Plan) -> Duration {
        let ends_by_number = plan.requests.is_some() || plan.iterations.is_some();
        if ends_by_number { self.last_answer } else { self.stopped }
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
        if let Some(obituary) = &self.obituary {
            findings.invalid.push(format!("the target ended {length:.0} s into the run: {obituary}"));
        }
        if self.panicked {
            findings.invalid.push(
                "a bug of loadgate ended a part of its load, so the run ended there; please report what it printed"
                    .to_owned(),
            );
        }
        if self.is_cut_short(plan) {
            findings.invalid.push(format!("interrupted {length:.0} s into the run"));
        }
        if self.unplayed > 0 && !self.interrupted && self.exhausted.is_none() {
            findings.notes.push(format!(
                "{} iterations were left when the time was over: allow a longer `duration`, or fewer iterations",
                self.unplayed
            ));
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
        Failure::Tls(handshake) => handshake.advice(),
        Failure::NoHttp2 => "it has to speak HTTP/2, or write [http] version = \"1.1\"",
        Failure::Proxy => "check [http] proxy, and what the proxy lets through",
        _ => "is it running, and is its URL right?",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::tests::hit;
    use super::*;
    use crate::measure::{EndpointSummary, GeneratorSummary};
    use crate::plan::Hit;

    fn plan(requests: Option<u64>) -> Plan {
        Plan::hit(&Hit { requests, ..hit() }).unwrap()
    }

    fn summary(error_rate: f64) -> Summary {
        let all = EndpointSummary { requests: 100, error_rate, ..EndpointSummary::default() };
        Summary {
            format: 1,
            profile: "hit".into(),
            window_s: 10.0,
            warmup_s: 0.0,
            valid: true,
            aborted: None,
            lint: Vec::new(),
            reasons: Vec::new(),
            endpoints: BTreeMap::from([(ALL.to_owned(), all)]),
            ceiling: None,
            model: crate::measure::Model::Closed,
            levels: Vec::new(),
            growth: std::collections::BTreeMap::new(),
            story: None,
            target: None,
            generator: GeneratorSummary::default(),
        }
    }

    fn in_time() -> Ending {
        let ten_seconds = Duration::from_secs(10);
        Ending { stopped: ten_seconds, last_answer: Duration::from_millis(10_020), ..Ending::default() }
    }

    #[test]
    fn a_run_lasts_as_long_as_it_starts_requests_or_until_the_last_of_a_number_is_answered() {
        assert_eq!(in_time().length(&plan(None)), Duration::from_secs(10));
        assert_eq!(in_time().length(&plan(Some(100))), Duration::from_millis(10_020));
    }

    #[test]
    fn an_end_in_time_says_nothing_even_where_someone_asked_for_it_then() {
        let ending = Ending { interrupted: true, ..in_time() };
        assert_eq!(ending.judge(&plan(None), &summary(0.0)), Findings::default());
    }

    #[test]
    fn a_target_that_was_never_reached_makes_the_run_invalid_and_says_what_to_look_at() {
        let ending = Ending { unreachable: vec![Failure::ConnectRefused], ..in_time() };
        let found = ending.judge(&plan(None), &summary(1.0));
        assert_eq!(
            found.invalid,
            ["nothing answers at 127.0.0.1:8000 (connect refused): is it running, and is its URL right?"]
        );
        assert_eq!(ending.judge(&plan(None), &summary(0.9)), Findings::default(), "it came up later");
    }

    #[test]
    fn a_run_cut_short_or_with_a_lost_user_is_invalid() {
        let cut = Ending { interrupted: true, stopped: Duration::from_secs(4), ..in_time() };
        assert_eq!(cut.judge(&plan(None), &summary(0.0)).invalid, ["interrupted 4 s into the run"]);
        let lost = Ending { panicked: true, ..in_time() };
        assert!(lost.judge(&plan(None), &summary(0.0)).invalid[0].contains("please report"));
    }

    #[test]
    fn a_data_set_that_ran_out_is_named_with_the_way_out() {
        let ending = Ending { exhausted: Some("accounts".into()), stopped: Duration::from_secs(3), ..in_time() };
        let found = ending.judge(&plan(None), &summary(0.0));
        assert!(found.invalid.is_empty() && found.notes[0].contains("data set `accounts`"), "{found:?}");
    }
}
