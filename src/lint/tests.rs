//! Each mistake in a file that makes it, and in one that does not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Finding, inspect};
use crate::config;
use crate::measure::{EndpointSummary, Summary};
use crate::plan::{Choice, Plan};

/// A loadgate.toml without a mistake.
const RIGHT: &str = r#"
[target]
url = "http://127.0.0.1:1"
[vars]
password = "hunter2"
[data.products]
file = "products.csv"
[[user]]
name = "web"
think = { constant = "1s" }
[[user.start]]
name = "login"
post = "/login"
json = { email = "user{{ user.index }}@example.com", password = "{{ password }}" }
extract = { token = "json:$.token" }
[[user.task]]
name = "view"
get = "/products/{{ products.id }}"
[[user.task]]
name = "missing"
get = "/products/999999"
expect = { status = 404 }
[profile.load]
users = 20
duration = "60s"
warmup = "10s"
[profile.smoke]
users = 2
duration = "5s"
[profile.open]
rate = "100/s"
duration = "60s"
warmup = "10s"
[gate]
profile = "load"
"#;

/// What is found in the file with parts of it replaced, played as `profile`; the products have so many rows.
fn found_as(profile: &str, rows: usize, replaced: &[(&str, &str)], summary: Option<&Summary>) -> Vec<Finding> {
    let text = replaced.iter().fold(RIGHT.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    let folder = tempfile::tempdir().unwrap();
    let ids: Vec<String> = (0..rows).map(|id| id.to_string()).collect();
    std::fs::write(folder.path().join("products.csv"), format!("id\n{}\n", ids.join("\n"))).unwrap();
    let (config, source) = config::parse(&text, Path::new("loadgate.toml")).unwrap();
    let choice = Choice {
        profile: Some(profile.to_owned()),
        target: None,
        seed: 1,
        base: PathBuf::from(folder.path()),
        only: Vec::new(),
        skip: Vec::new(),
        started_url: None,
        environment: |_| None,
    };
    let plan = Plan::compile(&config, &source, &choice).unwrap_or_else(|error| panic!("{error}"));
    inspect(&config, &source, &plan, summary)
}

fn found(replaced: &[(&str, &str)]) -> Vec<String> {
    lines(&found_as("load", 50, replaced, None))
}

fn lines(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn one(findings: &[String], id: &str, fragments: &[&str]) {
    let [only] = findings else { panic!("not one finding: {findings:#?}") };
    assert!(only.contains(&format!(": {id}: ")), "{only}");
    for fragment in fragments {
        assert!(only.contains(fragment), "{fragment:?} is not in {only}");
    }
}

#[test]
fn a_file_without_a_mistake_has_no_finding_in_any_profile() {
    for profile in ["load", "smoke", "open"] {
        assert_eq!(lines(&found_as(profile, 50, &[], None)), [""; 0], "{profile}");
    }
}

#[test]
fn a_gate_without_a_warm_up_is_pointed_out_and_other_profiles_are_not() {
    let without = [("\nwarmup = \"10s\"\n[profile.smoke]", "\n[profile.smoke]")];
    one(
        &found(&without),
        "no-warmup",
        &["loadgate.toml:23:1: ", "the gate's profile has no warm-up", "warmup = \"10s\""],
    );
    assert_eq!(lines(&found_as("smoke", 50, &without, None)), [""; 0]);
}

#[test]
fn users_that_never_pause_are_pointed_out_in_a_closed_model() {
    let hasty = [("think = { constant = \"1s\" }\n", "")];
    one(&found(&hasty), "no-think-time", &["loadgate.toml:8:1: ", "`web` never pauses", "think = { between"]);
    assert_eq!(lines(&found_as("open", 50, &hasty, None)), [""; 0]);
    let between_steps = [
        ("think = { constant = \"1s\" }\n", ""),
        ("name = \"view\"\n", "name = \"view\"\nthink = { constant = \"1s\" }\n"),
    ];
    assert_eq!(found(&between_steps), [""; 0]);
}

#[test]
fn a_row_that_is_always_the_same_is_pointed_out_where_nothing_else_varies() {
    let fixed = [("/products/{{ products.id }}", "/products/42")];
    one(
        &found(&fixed),
        "same-row",
        &["loadgate.toml:18:7: ", "`view` always asks for the same row, 42", "{{ rows.id }}"],
    );
    let beside = [
        ("/products/{{ products.id }}", "/products/42"),
        ("name = \"missing\"\nget = \"", "name = \"missing\"\nget = \"/{{ rand(1, 9) }}"),
    ];
    assert_eq!(found(&beside), [""; 0]);
    one(&lines(&found_as("load", 1, &[], None)), "same-row", &["loadgate.toml:7:8: ", "`products` has one row"]);
}

#[test]
fn a_journey_in_which_nothing_goes_wrong_is_pointed_out() {
    let happy = [("expect = { status = 404 }", "expect = { status = 200 }")];
    one(&found(&happy), "happy-path", &["loadgate.toml:16:1: ", "anything but success", "expect = { status = 404 }"]);
    one(&found(&[("expect = { status = 404 }\n", "")]), "happy-path", &["no step expects anything: "]);
}

#[test]
fn one_account_for_all_is_pointed_out_and_nothing_of_it_is_quoted() {
    let shared = [("user{{ user.index }}@example.com", "ada@example.com")];
    let findings = found_as("load", 50, &shared, None);
    assert!(!findings[0].shown().contains("ada@"), "{}", findings[0].shown());
    one(&lines(&findings), "one-account", &["loadgate.toml:11:1: ", "`login` logs every user in with one account"]);
    let alone = [shared[0], ("users = 20", "users = 1")];
    assert_eq!(found(&alone), [""; 0]);
}

#[test]
fn rows_that_run_out_are_pointed_out() {
    let unique = [("file = \"products.csv\"\n", "file = \"products.csv\"\npick = \"unique\"\n")];
    one(
        &lines(&found_as("load", 19, &unique, None)),
        "few-rows",
        &["loadgate.toml:8:8: ", "20 users draw from the 19 rows"],
    );
    assert_eq!(lines(&found_as("load", 20, &unique, None)), [""; 0]);
    assert_eq!(lines(&found_as("smoke", 19, &unique, None)), [""; 0]);
}

#[test]
fn users_that_are_too_few_for_a_rate_are_pointed_out() {
    let many = [("rate = \"100/s\"", "rate = \"2000/s\"")];
    let said = ["at 2000/s all of 1000 users wait once answers take 500ms", "max_users = 2000 or more"];
    one(&lines(&found_as("open", 50, &many, None)), "few-users", &said);
    let enough = [("rate = \"100/s\"", "rate = \"2000/s\"\nmax_users = 2000")];
    assert_eq!(lines(&found_as("open", 50, &enough, None)), [""; 0]);
}

fn measured(view: u64) -> Summary {
    let figures = |requests| EndpointSummary { requests, ..EndpointSummary::default() };
    let endpoints = [("(all)", 9), ("login", 20), ("view", view), ("missing", 0)];
    let endpoints: BTreeMap<_, _> =
        endpoints.into_iter().map(|(name, count)| (name.to_owned(), figures(count))).collect();
    Summary { endpoints, ..Summary::default() }
}

#[test]
fn too_few_requests_for_a_percentile_are_pointed_out_once_they_are_known() {
    let of = |requests: u64, rules: &str| {
        let gate = format!("[gate]\n{rules}\nprofile = \"load\"");
        lines(&found_as("load", 50, &[("[gate]\nprofile = \"load\"", &gate)], Some(&measured(requests))))
    };
    assert_eq!(of(400, ""), [""; 0]);
    one(
        &of(399, ""),
        "few-requests",
        &["loadgate.toml:25:12: ", "`view` has 399 requests in 50s", "p95 is judged from 400 on"],
    );
    one(&of(1_000, "p99 = \"+20%\""), "few-requests", &["p99 is judged from 2000 on", "duration = \"2m5s\""]);
    assert_eq!(of(1_000, "p99 = { limit = \"2s\" }"), [""; 0]);
    assert_eq!(of(50, "p95 = { limit = \"2s\" }"), [""; 0]);
}

#[test]
fn requests_of_an_open_model_are_known_before_it_is_played() {
    let rare = [("profile = \"load\"", "profile = \"open\""), ("rate = \"100/s\"", "rate = \"10/s\"")];
    // 10 a second for 50 s, half of them views.
    one(&lines(&found_as("open", 50, &rare, None)), "few-requests", &["has 250 requests in 50s"]);
}

#[test]
fn what_is_meant_is_allowed_by_its_name() {
    let hasty = ("think = { constant = \"1s\" }\n", "");
    let allowed = [hasty, ("[vars]", "[lint]\nallow = [\"no-think-time\"]\n[vars]")];
    assert_eq!(found(&allowed), [""; 0]);
}

#[test]
fn a_finding_shows_its_line_of_the_file() {
    let findings = found_as("load", 50, &[("think = { constant = \"1s\" }\n", "")], None);
    let shown = findings[0].shown();
    assert!(shown.starts_with("no-think-time: loadgate.toml:8:1: `web` never pauses"), "{shown}");
    assert!(shown.contains("8 │ [[user]]") && shown.contains("^^^^^^^^ write think"), "{shown}");
}
