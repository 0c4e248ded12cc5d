//! The state of a run on one line: `4m12s of 10m · 200 users · 411/s · p95 176 ms · errors 0.02%`.
//!
//! In: [`Now`]. Out: text. Draws nothing.

use std::time::Duration;

use crate::units::{Latency, Rate, Span};

/// The state of a run at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Now {
    /// Since the start of the run, warm-up included.
    pub elapsed: Duration,
    /// Virtual users at work.
    pub users: u32,
    /// Requests finished per second, lately.
    pub rps: f64,
    /// 95th percentile of response time in microseconds, lately; `None` before the first answer.
    pub p95_us: Option<f64>,
    /// Failed requests as a share of all, lately.
    pub error_rate: f64,
    /// Whether no new work is started any more.
    pub stopping: bool,
}

/// The line's text. A `total` of zero is a run of unknown length.
pub(super) fn text(now: &Now, total: Duration, warmup: Duration) -> String {
    let elapsed = whole_seconds(now.elapsed);
    let mut parts = Vec::with_capacity(7);
    if now.stopping {
        parts.push("stopping".to_owned());
    } else if now.elapsed < warmup {
        parts.push("warm-up".to_owned());
    }
    parts.push(if total.is_zero() { elapsed.to_string() } else { format!("{elapsed} of {}", whole_seconds(total)) });
    parts.push(format!("{} user{}", now.users, if now.users == 1 { "" } else { "s" }));
    parts.push(Rate(now.rps.round()).to_string());
    if let Some(p95_us) = now.p95_us {
        parts.push(format!("p95 {}", Latency(p95_us)));
    }
    parts.push(format!("errors {:.2}%", now.error_rate * 100.0));
    parts.join(" · ")
}

fn whole_seconds(duration: Duration) -> Span {
    Span(Duration::from_secs(duration.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOTAL: Duration = Duration::from_mins(10);
    const WARMUP: Duration = Duration::from_mins(1);

    fn now(seconds: u64) -> Now {
        Now {
            elapsed: Duration::from_secs(seconds),
            users: 200,
            rps: 411.3,
            p95_us: Some(176_000.0),
            error_rate: 0.0002,
            stopping: false,
        }
    }

    #[test]
    fn the_line_says_time_users_rate_latency_and_errors() {
        assert_eq!(text(&now(252), TOTAL, WARMUP), "4m12s of 10m · 200 users · 411/s · p95 176 ms · errors 0.02%");
    }

    #[test]
    fn warm_up_and_stopping_are_named() {
        assert!(text(&now(59), TOTAL, WARMUP).starts_with("warm-up · 59s of 10m"));
        assert!(text(&now(60), TOTAL, WARMUP).starts_with("1m of 10m"));
        let stopping = Now { stopping: true, ..now(59) };
        assert!(text(&stopping, TOTAL, WARMUP).starts_with("stopping · 59s of 10m"));
    }

    #[test]
    fn before_the_first_answer_there_is_no_latency() {
        let first = Now { users: 1, ..Now::default() };
        assert_eq!(text(&first, TOTAL, Duration::ZERO), "0s of 10m · 1 user · 0/s · errors 0.00%");
    }

    #[test]
    fn a_run_of_unknown_length_shows_only_how_long_it_went_on() {
        assert!(text(&now(12), Duration::ZERO, Duration::ZERO).starts_with("12s · 200 users"));
    }
}
