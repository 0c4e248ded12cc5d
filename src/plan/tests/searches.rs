//! Profiles that search: what makes a search, in the file and in flags.

use std::path::Path;
use std::time::Duration;

use super::support::{choice, compile};
use crate::config;
use crate::plan::{Arrivals, Chosen, Plan, SearchChoice, Shape};
use crate::units::{Ratio, Span};

const USERS: &str = "[target]\nurl = 'demo'\n[[user]]\n[[user.task]]\nget = '/'\n";
const SLO: &str = "slo = { p95 = '500ms' }";

fn profile(text: &str) -> Result<Plan, String> {
    compile(&format!("{USERS}[profile.x]\n{text}"), &choice())
}

#[track_caller]
fn refused(text: &str, message: &str) {
    let error = profile(text).unwrap_err();
    assert!(error.contains(message), "{error}");
}

/// What typed flags make of the profiles in `text`: the name of the profile, and its plan.
fn typed(text: &str, typed: &SearchChoice) -> Result<(String, Plan), String> {
    let (mut config, source) = config::parse(&format!("{USERS}{text}"), Path::new("loadgate.toml")).unwrap();
    let name = typed.apply(&mut config, &source).map_err(|error| error.to_string())?;
    let choice = crate::plan::Choice { profile: Some(name.clone()), ..choice() };
    let plan = Plan::compile(&config, &source, &choice).map_err(|error| error.to_string())?;
    Ok((name, plan))
}

fn flags() -> SearchChoice {
    SearchChoice::default()
}

#[test]
fn a_search_has_defaults_for_all_but_what_has_to_hold() {
    let plan = profile(&format!("search = {{ {SLO} }}\narrivals = 'poisson'\nmax_users = 30\nwarmup = '1h'")).unwrap();
    let search = plan.search.clone().unwrap();
    assert_eq!((search.from.to_bits(), search.to.to_bits()), (10f64.to_bits(), 20_000f64.to_bits()));
    assert_eq!((search.settle(), search.measured()), (Duration::from_secs(2), Duration::from_secs(8)));
    assert_eq!(search.objective(), "p95 < 500ms, error_rate < 1%");
    assert_eq!((plan.load.as_str(), plan.warmup), ("search 10/s to 20000/s", Duration::from_secs(3_600)));
    assert!(matches!(plan.shape, Shape::Rate { arrivals: Arrivals::Poisson, max_users: 30, .. }));
    refused("search = { from = '5/s' }", "nothing that has to hold");
}

#[test]
fn a_hold_lets_its_users_arrive_and_leaves_that_out() {
    let plan = profile(&format!("search = {{ hold = '1s', {SLO} }}")).unwrap();
    let search = plan.search.clone().unwrap();
    let hold = plan.into_hold(80.0, search.settle(), search.measured(), 7);
    let stages = hold.shape.stages();
    assert_eq!(hold.ready_users, 7);
    assert_eq!((hold.warmup, stages.total()), (Duration::from_millis(500), Duration::from_secs(1)));
    assert!((stages.level_at(Duration::from_millis(250)) - 80.0).abs() < 1e-9);
    assert!((stages.level_at(Duration::from_millis(125)) - 40.0).abs() < 1e-9);
}

#[test]
fn impossible_searches_are_refused() {
    for key in ["users = 2", "rate = '2/s'", "duration = '1m'", "ramp = '1s'", "stages = [{ users = 2, for = '1s' }]"] {
        refused(&format!("{key}\nsearch = {{ {SLO} }}"), "a search finds its own rates");
    }
    refused(&format!("search = {{ from = '0/s', {SLO} }}"), "rates above 0");
    refused(&format!("search = {{ from = '90/s', to = '90/s', {SLO} }}"), "where it begins or before: 90/s");
    refused(&format!("search = {{ precision = 0.0, {SLO} }}"), "a precision of 0");
    refused(&format!("search = {{ hold = '0s', {SLO} }}"), "leaves no time");
    refused("search = { slo = { p95 = '0s' } }", "leaves no time");
    refused(&format!("max_users = 0\nsearch = {{ {SLO} }}"), "arrivals need users");
}

#[test]
fn searches_that_look_for_something_else_are_not_compared() {
    let print = |search: &str| profile(&format!("search = {{ {search} }}")).unwrap().fingerprint;
    let base = print(SLO);
    assert_eq!(base, print("hold = '10s', slo = { p95 = '0.5s', error_rate = '1%' }"));
    for other in ["from = '11/s'", "to = '30000/s'", "hold = '11s'", "precision = '4%'"] {
        assert_ne!(base, print(&format!("{other}, {SLO}")), "{other}");
    }
    assert_ne!(base, print("slo = { p95 = '501ms' }"));
}

#[test]
fn a_profile_that_searches_is_known_as_one() {
    let text = format!("{USERS}[profile.x]\nsearch = {{ {SLO} }}");
    let (config, source) = config::parse(&text, Path::new("loadgate.toml")).unwrap();
    let chosen = Chosen::of(&config, &source, None).unwrap();
    assert!(chosen.searches && chosen.is_open_model);
}

#[test]
fn flags_win_over_the_file_and_leave_the_rest_of_it() {
    let text = "[profile.load]\nusers = 1\nduration = '1s'\n[profile.x]\n\
                search = { from = '5/s', hold = '3s', slo = { p95 = '200ms', p99 = '1s' } }";
    let flags = SearchChoice {
        to: Some("70/s".parse().unwrap()),
        hold: Some("4s".parse().unwrap()),
        slo: vec!["p95 < 300ms, error_rate=5%".to_owned(), "max<=2s".to_owned()],
        ..flags()
    };
    let (name, plan) = typed(text, &flags).unwrap();
    let search = plan.search.unwrap();
    assert_eq!((name.as_str(), search.hold), ("x", Duration::from_secs(4)));
    assert_eq!((search.from.to_bits(), search.to.to_bits()), (5f64.to_bits(), 70f64.to_bits()));
    assert_eq!(search.objective(), "p95 < 300ms, p99 < 1s, max < 2s, error_rate < 5%");
}

#[test]
fn without_a_profile_that_searches_flags_and_defaults_make_one() {
    let (name, plan) = typed("[profile.load]\nusers = 1\nduration = '1s'", &flags()).unwrap();
    let search = plan.search.unwrap();
    assert_eq!((name.as_str(), search.precision.to_bits()), ("ceiling", 0.05f64.to_bits()));
    assert_eq!((search.slo.p95, search.slo.error_rate), (Some(Span(Duration::from_millis(500))), Some(Ratio(0.01))));
}

#[test]
fn flags_that_make_no_search_are_named() {
    let search = format!("[profile.x]\nsearch = {{ from = '50/s', {SLO} }}\n");
    let error = typed(&search, &SearchChoice { to: Some("20/s".parse().unwrap()), ..flags() }).unwrap_err();
    assert!(error.starts_with("--to: the search ends at 20/s"), "{error}");
    let slo = |slo: &str| typed(&search, &SearchChoice { slo: vec![slo.to_owned()], ..flags() }).unwrap_err();
    let unknown = slo("eror_rate<1%");
    assert!(unknown.contains("--slo: there is no metric `eror_rate`; did you mean `error_rate`?"), "{unknown}");
    assert!(slo("fast").contains("`fast` is no objective"), "{}", slo("fast"));
    assert!(slo("p95<soon").contains("\"soon\" is not a duration"), "{}", slo("p95<soon"));
    let load = "[profile.load]\nusers = 1\nduration = '1s'\n";
    let asked = SearchChoice { profile: Some("load".to_owned()), ..flags() };
    let error = typed(&format!("{load}{search}"), &asked).unwrap_err();
    assert!(error.starts_with("--profile: the profile `load` searches for no ceiling"), "{error}");
    let error = typed(&format!("{search}[profile.y]\nsearch = {{ {SLO} }}"), &flags()).unwrap_err();
    assert!(error.contains("several profiles search for a ceiling: x, y"), "{error}");
}
