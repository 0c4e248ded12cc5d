//! When a run is to be ended early, as hopeless.
//!
//! In: `[[gate.abort]]`, and the endpoints there are. Out: [`AbortRule`]s, each of an endpoint that is played. Looks at no
//! figure: that is `load`'s, second by second.

use super::fault::{Fault, Flaw};
use crate::config::{self, KeyPath, Limit, nearest};

pub use crate::config::{Figure, Relation};

/// Seconds of a window that is not typed.
const WINDOW_S: u64 = 10;

/// Most seconds of a window: so much of a run is kept second by second.
const LONGEST_WINDOW_S: u64 = 300;

/// When a run is to be ended early.
#[derive(Debug, Clone, PartialEq)]
pub struct AbortRule {
    /// What is looked at.
    pub figure: Figure,
    /// On which side of the value the run is hopeless.
    pub relation: Relation,
    /// The value in the figure's unit: microseconds, a share, or per second.
    pub value: f64,
    /// Length of the sliding window in seconds.
    pub window_s: u64,
    /// The endpoint that it is about; none for the whole run.
    pub endpoint: Option<String>,
}

/// Compiles the rules of a plan that plays `endpoints`.
pub(super) fn compile(typed: &[config::Abort], endpoints: &[String]) -> Result<Vec<AbortRule>, Fault> {
    let at = KeyPath::root().key("gate").key("abort");
    typed.iter().enumerate().map(|(index, abort)| rule(abort, endpoints, &at.index(index))).collect()
}

fn rule(typed: &config::Abort, endpoints: &[String], at: &KeyPath) -> Result<AbortRule, Fault> {
    let window_s = typed.window.map_or(WINDOW_S, |window| window.0);
    if window_s > LONGEST_WINDOW_S {
        let flaw = Flaw::new("the window is too long to look through each second", "write \"5m\" or less");
        return Err(flaw.at(&at.key("for")));
    }
    if let Some(name) = typed.endpoint.as_deref().filter(|name| !endpoints.iter().any(|known| known == name)) {
        let known = || endpoints.iter().map(String::as_str);
        let help = match nearest(name, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("endpoints are named by tasks and steps: {}", known().collect::<Vec<_>>().join(", ")),
        };
        return Err(Flaw::new(format!("no endpoint is called `{name}`"), help).at(&at.key("endpoint")));
    }
    Ok(AbortRule {
        figure: typed.when.figure,
        relation: typed.when.relation,
        value: match typed.when.value {
            Limit::Latency(span) => span.0.as_secs_f64() * 1e6,
            Limit::Share(share) => share.0,
            Limit::Rate(rate) => rate.0,
            Limit::Number(number) => number,
            Limit::Size(size) => size.0,
        },
        window_s,
        endpoint: typed.endpoint.clone(),
    })
}
