//! Too few requests for what the gate is to judge.
//!
//! In: the gate's rules, and requests as they were measured or, of an open model, as they are expected. Out: the endpoint that
//! lacks most, and how long to measure instead.

use std::collections::BTreeMap;
use std::time::Duration;

use super::finding::Finding;
use super::ground::Ground;
use crate::config::{MetricRule, MetricRules, Mistake};
use crate::measure::{ALL, REDIRECTED};
use crate::plan::Shape;
use crate::units::Span;

/// Requests beyond a percentile that the gate judges a change of it from.
const BEYOND: f64 = 20.0;

/// A percentile of the gate that is judged from more requests than there are.
pub(super) fn few_requests(ground: &Ground<'_>) -> Option<Finding> {
    if !ground.is_gated() {
        return None;
    }
    let counts = measured(ground).or_else(|| expected(ground))?;
    let lacking = counts.iter().filter_map(|(endpoint, requests)| {
        let (metric, needed) = highest(ground, endpoint)?;
        (*requests < needed).then_some((endpoint, metric, *requests, needed))
    });
    let (endpoint, metric, requests, needed) =
        lacking.max_by(|one, other| (one.3 / one.2).total_cmp(&(other.3 / other.2)))?;
    let window = ground.plan.shape.stages().total().checked_sub(ground.plan.warmup)?;
    let message = format!(
        "`{endpoint}` has {requests:.0} requests in {}, and its {metric} is judged from {needed:.0} on",
        Span(window)
    );
    let seconds = (window.as_secs_f64() * needed / requests * 1.1).ceil();
    let total = Duration::try_from_secs_f64(seconds).ok()?.checked_add(ground.plan.warmup)?;
    let total = Span(Duration::from_secs(total.as_secs().next_multiple_of(5)));
    let (key, write) = if ground.profile().is_some_and(|profile| profile.stages.is_empty()) {
        ("duration", format!("write duration = \"{total}\", more load, or a tolerance for a lower percentile"))
    } else {
        ("stages", format!("write longer stages, {total} together, or a tolerance for a lower percentile"))
    };
    Some(ground.finding(Mistake::FewRequests, &ground.profile_at().key(key), message, write))
}

/// Requests by endpoint as they were measured; those that never came are another matter.
fn measured(ground: &Ground<'_>) -> Option<BTreeMap<String, f64>> {
    let once = ground.plan.once_a_user();
    let endpoints = &ground.summary?.endpoints;
    let counted = endpoints.iter().filter(|(name, figures)| {
        figures.requests > 0 && *name != ALL && !name.ends_with(REDIRECTED) && !once.contains(name)
    });
    Some(counted.map(|(name, figures)| (name.clone(), real(figures.requests))).collect())
}

/// Requests by endpoint as an open model makes them: how often a closed one does, its target decides.
fn expected(ground: &Ground<'_>) -> Option<BTreeMap<String, f64>> {
    let plan = ground.plan;
    let Shape::Rate { stages, .. } = &plan.shape else { return None };
    let starts = stages.integral(stages.total()) - stages.integral(plan.warmup);
    let all_users: f64 = plan.users.iter().map(|user| f64::from(user.weight)).sum();
    let mut counts = BTreeMap::new();
    for user in &plan.users {
        let all_tasks: f64 = user.tasks.iter().map(|task| f64::from(task.weight)).sum();
        for task in &user.tasks {
            let share = f64::from(user.weight) / all_users * f64::from(task.weight) / all_tasks;
            for step in task.steps.iter() {
                let name = usize::try_from(step.endpoint).ok().and_then(|index| plan.endpoints.get(index));
                *counts.entry(name?.clone()).or_default() += starts * share;
            }
        }
    }
    Some(counts)
}

/// The highest percentile of an endpoint that has a tolerance, and the requests that it is judged from.
fn highest(ground: &Ground<'_>, endpoint: &str) -> Option<(&'static str, f64)> {
    let gate = &ground.config.gate;
    let own = gate.endpoint.get(endpoint).map(percentiles).unwrap_or_default();
    let general = percentiles(&gate.metrics);
    let levels = [("p999", 0.999), ("p99", 0.99), ("p95", 0.95), ("p90", 0.9), ("p50", 0.5)];
    levels.into_iter().find_map(|(metric, level)| {
        let typed = own.get(metric).or_else(|| general.get(metric));
        // What is not typed is gated all the same where it is p95 or p50.
        let is_gated = typed.map_or(matches!(metric, "p95" | "p50"), |rule| rule.tolerance.is_some());
        is_gated.then(|| (metric, (BEYOND / (1.0 - level)).round()))
    })
}

fn percentiles(rules: &MetricRules) -> BTreeMap<&'static str, MetricRule> {
    let typed = [("p50", rules.p50), ("p90", rules.p90), ("p95", rules.p95), ("p99", rules.p99), ("p999", rules.p999)];
    typed.into_iter().filter_map(|(metric, rule)| Some((metric, rule?))).collect()
}

#[expect(clippy::cast_precision_loss, reason = "no run makes 2^53 requests")]
fn real(count: u64) -> f64 {
    count as f64
}
