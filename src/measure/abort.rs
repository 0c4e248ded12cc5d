//! What ended a run early: a figure that made it hopeless.
//!
//! Plain data, and the sentence of it. Who looks at figures while a run goes on is `load`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::metric::{Metric, Unit};
use super::numbers::{MOST_FIGURE, check_counts, check_figure};
use super::summary::ALL;
use crate::units::{Latency, Rate, Ratio, Span};

/// What ended a run early.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Abort {
    /// Seconds from the start of the run until it was ended.
    pub after_s: u64,
    /// The endpoint it was about; `(all)` is the whole run.
    pub endpoint: String,
    /// What was looked at.
    pub metric: Metric,
    /// What it was over the window, in the metric's unit.
    pub value: f64,
    /// Length of the window in seconds.
    pub window_s: u64,
    /// What it was held against, in the metric's unit.
    pub limit: f64,
}

impl Abort {
    /// What is wrong with one that was read, if anything.
    pub(super) fn check(&self) -> Result<(), String> {
        for (what, value) in
            [("the figure that ended the run", self.value), ("the limit that ended the run", self.limit)]
        {
            check_figure(what, value, -MOST_FIGURE..=MOST_FIGURE)?;
        }
        check_counts("the times of what ended the run", [self.after_s, self.window_s])
    }
}

impl fmt::Display for Abort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { after_s, endpoint, metric, .. } = self;
        let value = |value: f64| match metric.unit() {
            Unit::Microseconds => Latency(value).to_string(),
            Unit::Share => Ratio(value).to_string(),
            Unit::PerSecond => Rate(value).to_string(),
            Unit::Cores | Unit::Bytes | Unit::Count | Unit::PerHour => value.to_string(),
        };
        write!(f, "aborted {after_s} s into the run: ")?;
        if endpoint != ALL {
            write!(f, "{endpoint} ")?;
        }
        let window = Span(std::time::Duration::from_secs(self.window_s));
        write!(f, "{metric} was {} over {window} (limit {})", value(self.value), value(self.limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_says_when_what_and_how_far() {
        let errors = Abort {
            after_s: 34,
            endpoint: ALL.to_owned(),
            metric: Metric::ErrorRate,
            value: 0.4312,
            window_s: 10,
            limit: 0.2,
        };
        assert_eq!(errors.to_string(), "aborted 34 s into the run: error_rate was 43.1% over 10s (limit 20%)");
        let slow = Abort {
            endpoint: "create_order".to_owned(),
            metric: Metric::P95,
            value: 2_512_000.0,
            window_s: 90,
            limit: 2_000_000.0,
            ..errors
        };
        let said = slow.to_string();
        assert!(said.starts_with("aborted 34 s into the run: create_order p95 was 2.51 s over 1m30s"), "{said}");
    }
}
