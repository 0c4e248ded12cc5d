//! Is the run hopeless? Asked each second, of the seconds just past.
//!
//! In: the plan's rules, and figures over sliding windows. Out: the [`Abort`] that ends the run. Pure: it stops nothing.

use std::time::Duration;

use crate::measure::{ALL, Abort, Collector, Metric};
use crate::plan::{AbortRule, Figure, Plan};

/// Seconds until every worker has handed over what finished in a second.
const HANDED_OVER_S: u64 = 1;

/// Seconds of a run that are needed one by one.
pub(super) fn look_back_s(plan: &Plan) -> u64 {
    plan.abort.iter().map(|rule| rule.window_s + HANDED_OVER_S + 1).max().unwrap_or(0)
}

/// The endpoints that are looked at on their own.
pub(super) fn endpoints(plan: &Plan) -> Vec<String> {
    plan.abort.iter().filter_map(|rule| rule.endpoint.clone()).collect()
}

/// What makes the run hopeless so long after its start, if anything does.
pub(super) fn judge(plan: &Plan, collector: &Collector, elapsed: Duration) -> Option<Abort> {
    if elapsed > plan.shape.stages().total() {
        return None;
    }
    let asked = |rule: &AbortRule, end_s: u64| {
        let endpoint = rule.endpoint.as_deref().unwrap_or(ALL);
        collector.figure(endpoint, metric(rule.figure), end_s.saturating_sub(rule.window_s)..end_s, rule.value)
    };
    first_broken(&plan.abort, plan.warmup, elapsed, asked)
}

/// The first rule that says so, with the figure that `asked` gives for its window up to a second.
fn first_broken(
    rules: &[AbortRule],
    warmup: Duration,
    elapsed: Duration,
    asked: impl Fn(&AbortRule, u64) -> Option<f64>,
) -> Option<Abort> {
    let end_s = elapsed.as_secs().checked_sub(HANDED_OVER_S)?;
    rules.iter().find_map(|rule| {
        let start_s = end_s.checked_sub(rule.window_s)?;
        // Little is no sign of trouble while users still arrive.
        if rule.relation.is_of_too_little() && Duration::from_secs(start_s) < warmup {
            return None;
        }
        let value = asked(rule, end_s).filter(|value| rule.relation.holds(*value, rule.value))?;
        Some(Abort {
            after_s: elapsed.as_secs(),
            endpoint: rule.endpoint.clone().unwrap_or_else(|| ALL.to_owned()),
            metric: metric(rule.figure),
            value,
            window_s: rule.window_s,
            limit: rule.value,
        })
    })
}

fn metric(figure: Figure) -> Metric {
    match figure {
        Figure::P50 => Metric::P50,
        Figure::P90 => Metric::P90,
        Figure::P95 => Metric::P95,
        Figure::P99 => Metric::P99,
        Figure::P999 => Metric::P999,
        Figure::Max => Metric::Max,
        Figure::Mean => Metric::Mean,
        Figure::ErrorRate => Metric::ErrorRate,
        Figure::Rps => Metric::Rps,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Relation;

    fn rule(figure: Figure, relation: Relation, value: f64) -> AbortRule {
        AbortRule { figure, relation, value, window_s: 10, endpoint: None }
    }

    fn judged(rule: &AbortRule, warmup_s: u64, elapsed_s: u64, figure: Option<f64>) -> Option<Abort> {
        let [warmup, elapsed] = [warmup_s, elapsed_s].map(Duration::from_secs);
        first_broken(std::slice::from_ref(rule), warmup, elapsed, |_, _| figure)
    }

    #[test]
    fn a_rule_waits_until_its_window_has_passed_and_was_handed_over() {
        let errors = rule(Figure::ErrorRate, Relation::Over, 0.2);
        assert_eq!(judged(&errors, 5, 10, Some(1.0)), None);
        let abort = judged(&errors, 5, 11, Some(0.43)).unwrap();
        assert_eq!((abort.after_s, abort.value, abort.limit, abort.window_s), (11, 0.43, 0.2, 10));
        assert_eq!(judged(&errors, 5, 11, Some(0.2)), None);
        assert_eq!(judged(&errors, 5, 11, None), None);
    }

    #[test]
    fn too_little_is_looked_for_only_after_the_warm_up() {
        let starved = rule(Figure::Rps, Relation::Under, 10.0);
        assert_eq!(judged(&starved, 5, 15, Some(0.0)), None);
        assert_eq!(judged(&starved, 5, 16, Some(0.0)).unwrap().metric, Metric::Rps);
        assert_eq!(judged(&starved, 5, 16, Some(10.0)), None);
    }

    #[test]
    fn the_first_rule_that_is_broken_ends_the_run() {
        let rules = [rule(Figure::P95, Relation::Over, 2e6), rule(Figure::ErrorRate, Relation::AtLeast, 0.5)];
        let asked = |rule: &AbortRule, end_s: u64| {
            assert_eq!(end_s, 19);
            Some(if rule.figure == Figure::P95 { 1e6 } else { 0.5 })
        };
        let abort = first_broken(&rules, Duration::ZERO, Duration::from_millis(20_400), asked).unwrap();
        assert_eq!((abort.metric, abort.after_s), (Metric::ErrorRate, 20));
    }
}
