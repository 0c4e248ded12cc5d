//! From `[gate]` as it is typed to the rules that apply.

use std::path::Path;

use super::support::{limit, tolerance};
use crate::config;
use crate::gate::{MetricRule, Policy};
use crate::measure::{ALL, Metric};
use crate::units::Tolerance;

fn compile(gate: &str, open_model: bool) -> Result<Policy, String> {
    let (config, source) = config::parse(gate, Path::new("loadgate.toml")).map_err(|error| error.to_string())?;
    let endpoints = ["create_order".to_owned(), "search".to_owned()];
    Policy::compile(&config.gate, &config.baseline, &endpoints, open_model, Some(&source))
        .map_err(|error| error.to_string())
}

const LATENCY: MetricRule =
    MetricRule { tolerance: Some(Tolerance::Relative(0.1)), floor_us: 2_000.0, limit: None, window_s: None };

#[test]
fn by_default_medians_and_tails_of_endpoints_and_the_errors_and_rate_of_the_run_are_gated() {
    let policy = compile("", false).unwrap();
    assert_eq!(policy.rule("search", Metric::P50), Some(LATENCY));
    assert_eq!(policy.rule("search", Metric::P95), Some(LATENCY));
    assert_eq!(policy.rule("search", Metric::P99), None);
    assert_eq!(policy.rule(ALL, Metric::P95), None);
    assert_eq!(policy.rule(ALL, Metric::ErrorRate), policy.rule("search", Metric::ErrorRate));
    assert_eq!(policy.rule(ALL, Metric::Rps), Some(tolerance(-0.05)));
    assert_eq!(policy.rule("search", Metric::Rps), None);
    assert_eq!((policy.confident, policy.max_runs, policy.fail_on_inconclusive), (true, 3, false));
}

#[test]
fn an_open_model_has_no_default_for_its_rate() {
    assert_eq!(compile("", true).unwrap().rule(ALL, Metric::Rps), None);
    assert_eq!(compile("[gate]\nrps = \"-9%\"", true).unwrap().rule(ALL, Metric::Rps), Some(tolerance(-0.09)));
}

#[test]
fn a_search_is_gated_by_its_ceiling_alone() {
    let typed = "[gate]\np95 = { limit = \"500ms\" }\non_suspect = \"duet\"\n[gate.endpoint.search]\np95 = \"+20%\"";
    let policy = compile(typed, true).unwrap().for_search();
    assert_eq!(policy.rule(ALL, Metric::RpsCeiling), Some(tolerance(-0.1)));
    assert_eq!(policy.rule("search", Metric::P95).or(policy.rule(ALL, Metric::ErrorRate)), None);
    assert!(!policy.duet_when_suspect, "a duet plays no search");
    let typed =
        compile("[gate]\nrps_ceiling = { tolerance = \"-20%\", limit = \"300/s\" }", true).unwrap().for_search();
    let rule = typed.rule(ALL, Metric::RpsCeiling).unwrap();
    assert_eq!((rule.tolerance, rule.limit), (Some(Tolerance::Relative(-0.2)), Some(300.0)));
    let own = compile("[gate.endpoint.\"(all)\"]\nrps_ceiling = \"-3%\"", true).unwrap().for_search();
    assert_eq!(own.rule(ALL, Metric::RpsCeiling), Some(tolerance(-0.03)));
}

#[test]
fn a_metric_that_is_named_replaces_its_default_and_no_other() {
    let policy = compile("[gate]\np95 = { limit = \"500ms\" }\np99 = \"+20%\"", false).unwrap();
    assert_eq!(policy.rule("search", Metric::P95), Some(limit(500_000.0)));
    assert_eq!(policy.rule("search", Metric::P99), Some(tolerance(0.2)));
    assert_eq!(policy.rule("search", Metric::P50), Some(LATENCY));
}

#[test]
fn an_empty_rule_turns_a_metric_off() {
    assert_eq!(compile("[gate]\np50 = {}", false).unwrap().rule("search", Metric::P50), None);
    let policy = compile("[gate.endpoint.search]\np50 = {}", false).unwrap();
    assert_eq!(policy.rule("search", Metric::P50), None);
    assert_eq!(policy.rule("create_order", Metric::P50), Some(LATENCY));
}

#[test]
fn an_endpoints_own_rule_wins_and_may_name_the_whole_run() {
    let policy = compile(
        "[gate.endpoint.search]\np95 = \"+20%\"\nrps = \"-9%\"\n[gate.endpoint.\"(all)\"]\np95 = \"+5%\"",
        false,
    )
    .unwrap();
    assert_eq!(policy.rule("search", Metric::P95), Some(tolerance(0.2)));
    assert_eq!(policy.rule("search", Metric::Rps), Some(tolerance(-0.09)));
    assert_eq!(policy.rule(ALL, Metric::P95), Some(tolerance(0.05)));
    assert_eq!(policy.rule("create_order", Metric::P95), Some(LATENCY));
}

#[test]
fn a_rule_for_an_endpoint_there_is_not_names_the_nearest() {
    let error = compile("[gate.endpoint.serach]\np95 = \"+20%\"", false).unwrap_err();
    assert!(error.contains("loadgate.toml:1:") && error.contains("no endpoint is called `serach`"), "{error}");
    assert!(error.contains("did you mean `search`?"), "{error}");
    let error = compile("[gate.endpoint.payment]\np95 = \"+20%\"", false).unwrap_err();
    assert!(error.contains("endpoints are named by tasks and steps: create_order, search"), "{error}");
}

#[test]
fn a_gate_makes_at_least_one_run() {
    let error = compile("[gate]\nmax_runs = 0", false).unwrap_err();
    assert!(error.contains("loadgate.toml:2:") && error.contains("write 1 or more"), "{error}");
}

#[test]
fn without_a_file_an_error_still_says_what_is_wrong() {
    let gate = config::Gate { max_runs: Some(0), ..config::Gate::default() };
    let error = Policy::compile(&gate, &config::Baseline::default(), &[], false, None).unwrap_err();
    assert!(error.to_string().contains("a gate makes at least one run"), "{error}");
}

#[test]
fn what_doubt_means_is_as_typed() {
    let policy = compile(
        "[gate]\nrule = \"threshold\"\non_inconclusive = \"fail\"\non_missing_baseline = \"pass\"\n\
         require_proof = true\nsteady = \"required\"\nmax_runs = 5\n[baseline]\nenvironment = \"any\"",
        false,
    )
    .unwrap();
    assert!(!policy.confident && policy.fail_on_inconclusive && policy.pass_without_baseline);
    assert!(policy.require_proof && policy.require_steady && policy.any_environment);
    assert_eq!(policy.max_runs, 5);
}
