//! Profiles: which one is played, and how much load it is.

use std::time::Duration;

use super::support::{choice, compile};
use crate::plan::{Arrivals, Choice, Plan, Shape, Stage};

const USERS: &str = "
    [target]
    url = 'demo'
    [[user]]
    [[user.task]]
    get = '/'
";

fn profiles(text: &str) -> Result<Plan, String> {
    compile(&format!("{USERS}{text}"), &choice())
}

fn profile(text: &str) -> Result<Plan, String> {
    profiles(&format!("[profile.x]\n{text}"))
}

#[track_caller]
fn refused(text: &str, message: &str) {
    let error = profile(text).unwrap_err();
    assert!(error.contains(message), "{error}");
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn a_ramp_is_part_of_the_duration() {
    let plan = profile("users = 200\nramp = '1m'\nduration = '10m'\nwarmup = '90s'").unwrap();
    let stages = plan.shape.stages();
    assert_eq!(stages.0, [Stage { level: 200.0, ramp: seconds(60), hold: seconds(540) }]);
    assert_eq!((plan.warmup, plan.stop_within), (seconds(90), seconds(10)));
    assert_eq!((plan.profile.as_str(), plan.load.as_str()), ("x", "200 users"));
}

#[test]
fn a_rate_is_an_open_model() {
    let plan = profile("rate = '500/s'\nduration = '5m'\narrivals = 'poisson'\nmax_users = 20").unwrap();
    assert!(matches!(plan.shape, Shape::Rate { arrivals: Arrivals::Poisson, max_users: 20, .. }));
    assert_eq!(plan.load, "500/s");
}

#[test]
fn stages_follow_each_other() {
    let stages = "[{ users = 20, for = '1m' }, { users = 1000, ramp = '5s', for = '1m' }, { users = 20, for = '2m' }]";
    let plan = profile(&format!("stages = {stages}\nwarmup = '30s'")).unwrap();
    assert_eq!(plan.shape.stages().total(), seconds(245));
    assert_eq!(plan.load, "20 -> 1000 -> 20 users");
    let plan = profile("stages = [{ rate = '100/s', ramp = '1s' }, { rate = '500/s', for = '9s' }]").unwrap();
    assert_eq!(plan.load, "100/s -> 500/s");
    let many = (1..=6).map(|level| format!("{{ users = {level}, for = '1s' }}")).collect::<Vec<_>>().join(",");
    assert_eq!(profile(&format!("stages = [{many}]")).unwrap().load, "6 stages, up to 6 users");
}

#[test]
fn impossible_loads_are_refused() {
    refused("duration = '1m'", "says no load");
    refused("users = 2\nrate = '1/s'\nduration = '1m'", "`users` and `rate` are two loads");
    refused("users = 2", "has no duration");
    refused("users = 0\nduration = '1m'", "this makes no load");
    refused("users = 2\nduration = '0s'", "leaves no time");
    refused("users = 2\nduration = '1m'\nramp = '61s'", "the ramp is longer");
    refused("users = 2\nduration = '1m'\nwarmup = '1m'", "leaves nothing of the 1m to measure");
    refused("users = 2\nduration = '1m'\nmax_users = 5", "`max_users` is for loads by rate");
    refused("users = 2\nduration = '1m'\narrivals = 'poisson'", "`arrivals` is for loads by rate");
    refused("rate = '1/s'\nduration = '1m'\nmax_users = 0", "arrivals need users");
    refused("stages = [{ users = 2, for = '1m' }]\nduration = '1m'", "no `duration` together");
    refused("stages = [{ users = 2, for = '1m' }, { rate = '1/s', for = '1m' }]", "do not mix");
    refused("stages = [{ for = '1m' }]", "the stage has no level");
    refused("stages = [{ users = 2 }]", "the stage takes no time");
    refused("stages = [{ users = 0, for = '1m' }]", "no stage makes any load");
}

#[test]
fn the_profile_is_the_one_asked_for_then_the_gate_s_then_the_only_one_then_load() {
    let one = |name: &str| format!("[profile.{name}]\nusers = 1\nduration = '1m'\n");
    let asked = |name: &str| Choice { profile: Some(name.into()), ..choice() };
    let three = format!("{USERS}{}{}{}", one("load"), one("smoke"), one("soak"));
    let gated = format!("{three}[gate]\nprofile = 'soak'\n");
    assert_eq!(compile(&gated, &asked("smoke")).unwrap().profile, "smoke");
    assert_eq!(compile(&gated, &choice()).unwrap().profile, "soak");
    assert_eq!(compile(&three, &choice()).unwrap().profile, "load");
    assert_eq!(profiles(&one("smoke")).unwrap().profile, "smoke");

    let error = compile(&three, &asked("smoek")).unwrap_err();
    assert_eq!(error, "--profile: there is no profile `smoek`; did you mean `smoke`?");
    let error = profiles(&format!("{}{}", one("a"), one("b"))).unwrap_err();
    assert!(error.contains("there are several profiles: a, b"), "{error}");
    assert!(profiles("").unwrap_err().contains("there is no profile"));
    assert!(profiles(&format!("{}[gate]\nprofile = 'b'", one("a"))).unwrap_err().contains("no profile `b`"));
}

#[test]
fn the_fingerprint_is_of_what_is_played_alone() {
    let print = |text: &str| compile(text, &choice()).unwrap().fingerprint;
    let of = |profile: &str, task: &str| {
        print(&format!("[target]\nurl = 'demo'\n[profile.x]\n{profile}\n[[user]]\n[[user.task]]\n{task}"))
    };
    let base = of("users = 2\nduration = '1m'", "get = '/'");
    assert_eq!(base.len(), 16);
    assert_eq!(base, of("duration = '60s'\nusers = 2", "get = '/'"));
    assert_eq!(base, of("users = 2\nduration = '1m'", "get = '/'\nexpect = { status = 200 }\ntimeout = '3s'"));
    assert_eq!(base, of("users = 2\nduration = '1m'\nstop_within = '3s'", "get = '/'"));
    for (profile, task) in [
        ("users = 3\nduration = '1m'", "get = '/'"),
        ("users = 2\nduration = '2m'", "get = '/'"),
        ("users = 2\nduration = '1m'\nwarmup = '1s'", "get = '/'"),
        ("rate = '2/s'\nduration = '1m'", "get = '/'"),
        ("users = 2\nduration = '1m'", "get = '/a'"),
        ("users = 2\nduration = '1m'", "post = '/'"),
        ("users = 2\nduration = '1m'", "get = '/'\nthink = { constant = '1s' }"),
        ("users = 2\nduration = '1m'", "get = '/'\nheaders = { A = 'b' }"),
        ("users = 2\nduration = '1m'", "get = '/'\nname = 'root'"),
        ("users = 2\nduration = '1m'", "get = '/'\nredirects = 1"),
        ("users = 2\nduration = '1m'\n[http]\nredirects = 1", "get = '/'"),
        ("users = 2\nduration = '1m'\n[http]\ncookies = false", "get = '/'"),
        ("users = 2\nduration = '1m'\n[http]\ncompression = false", "get = '/'"),
    ] {
        assert_ne!(base, of(profile, task), "{profile} {task}");
    }
}

#[test]
fn the_fingerprint_does_not_change_from_version_to_version() {
    let plan = profile("users = 2\nduration = '1m'\nwarmup = '5s'").unwrap();
    assert_eq!(plan.fingerprint, "7aa5f3c4d13ab5d3");
}

#[test]
fn a_rule_that_ends_a_run_is_of_an_endpoint_that_is_played_and_of_a_window_that_is_kept() {
    let with = |rule: &str| {
        let around = "[target]\nurl = 'http://127.0.0.1'\n[profile.x]\nusers = 1\nduration = '1s'";
        let user = "[[user]]\n[[user.task]]\nname = 'page'\nget = '/'";
        super::support::compile(&format!("{around}\n{user}\n[[gate.abort]]\n{rule}"), &super::support::choice())
    };
    let plan = with("when = 'p95 > 2s'\nendpoint = 'page'\nfor = '5m'").unwrap();
    let rule = &plan.abort[0];
    assert_eq!((rule.value, rule.window_s, rule.endpoint.as_deref()), (2e6, 300, Some("page")));
    let unknown = with("when = 'p95 > 2s'\nendpoint = 'pgae'").unwrap_err();
    assert!(unknown.contains("no endpoint is called `pgae`") && unknown.contains("did you mean `page`?"), "{unknown}");
    let long = with("when = 'p95 > 2s'\nfor = '6m'").unwrap_err();
    assert!(long.contains("too long to look through each second") && long.contains("\"5m\" or less"), "{long}");
}
