//! Which users and tasks are played: numbers and shares, late comers, tags; and profiles that are there unwritten.

use std::time::Duration;

use super::support::{choice, compile, users};
use crate::plan::{Choice, Iterations, Plan};

const TAGGED: &str = "
    [target]
    url = 'demo'
    [profile.p]
    users = 2
    duration = '10s'
    [[user]]
    name = 'web'
    [[user.task]]
    get = '/products'
    tags = ['read']
    [[user.task]]
    get = '/orders'
    tags = ['read', 'checkout']
    [[user.task]]
    post = '/orders'
    tags = ['checkout']
    [[user]]
    name = 'admin'
    [[user.task]]
    get = '/admin'
";

fn chosen(only: &[&str], skip: &[&str]) -> Result<Plan, String> {
    let owned = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
    compile(TAGGED, &Choice { only: owned(only), skip: owned(skip), ..choice() })
}

#[test]
fn tags_choose_the_tasks_to_play_and_the_users_who_have_some() {
    let all = chosen(&[], &[]).unwrap();
    let read = chosen(&["read"], &[]).unwrap();
    assert_eq!(read.endpoints, ["GET /products", "GET /orders"]);
    assert_eq!(read.users.iter().map(|user| user.name.as_str()).collect::<Vec<_>>(), ["web"]);
    assert_eq!((all.load.as_str(), read.load.as_str()), ("2 users", "2 users, only read"));
    assert_eq!(read.known_endpoints().len(), all.endpoints.len(), "rules may name the others");
    let rest = chosen(&[], &["checkout"]).unwrap();
    assert_eq!(rest.endpoints, ["GET /products", "GET /admin"]);
    let both = chosen(&["read", "checkout"], &["checkout"]).unwrap();
    assert_eq!((both.endpoints.len(), both.load.as_str()), (1, "2 users, only read and checkout, without checkout"));
}

#[test]
fn another_choice_of_tasks_is_another_load() {
    let print = |only: &[&str], skip: &[&str]| chosen(only, skip).unwrap().fingerprint;
    assert_ne!(print(&[], &[]), print(&["read"], &[]));
    assert_ne!(print(&["read"], &[]), print(&["checkout"], &[]));
    assert_ne!(print(&[], &["read"]), print(&[], &[]));
}

#[test]
fn tags_that_no_task_has_are_refused_with_those_there_are() {
    assert_eq!(
        chosen(&["chekout"], &[]).unwrap_err(),
        "--only: no task has the tag `chekout`; did you mean `checkout`? the tags are checkout, read"
    );
    assert_eq!(
        chosen(&[], &["write"]).unwrap_err(),
        "--skip: no task has the tag `write`; the tags are checkout, read"
    );
    let nothing = chosen(&["read"], &["read"]).unwrap_err();
    assert_eq!(nothing, "--only: no user has a task left to play; choose fewer tags");
}

#[test]
fn a_task_that_is_not_played_is_checked_all_the_same() {
    let wrong = TAGGED.replace("get = '/admin'", "get = 'admin'");
    let only = Choice { only: vec!["read".into()], ..choice() };
    assert!(compile(&wrong, &only).unwrap_err().contains("does not start with `/`"));
}

const TASK: &str = "[[user.task]]\nget = '/'";

fn counted(one: &str, other: &str, profile: &str) -> Result<Plan, String> {
    let text =
        format!("[target]\nurl = 'demo'\n[profile.p]\n{profile}\n[[user]]\n{one}\n{TASK}\n[[user]]\n{other}\n{TASK}");
    compile(&text, &choice())
}

#[test]
fn numbers_of_users_fit_the_profile() {
    let closed = "users = 10\nduration = '1m'";
    assert_eq!(counted("count = 3", "", closed).unwrap().users[0].count, Some(3));
    assert!(counted("count = 30", "", closed).is_ok(), "a ramp may stop short of them");
    for (one, other, profile, message) in [
        ("count = 3\nweight = 2", "", closed, "`count` and `weight` are two shares"),
        ("count = 0", "", closed, "0 users of a kind do nothing"),
        ("count = 3", "count = 4", closed, "the profile has 10 users, and the counts name 7"),
        ("count = 3", "", "rate = '5/s'\nduration = '1m'", "arrivals are shared by weight"),
        ("start_after = '1m'", "", closed, "the run is over after 1m, before these users come"),
    ] {
        let error = counted(one, other, profile).unwrap_err();
        assert!(error.contains(message), "{error}");
    }
    let plain = counted("", "", closed).unwrap().fingerprint;
    for one in ["count = 3", "start_after = '5s'"] {
        assert_ne!(plain, counted(one, "", closed).unwrap().fingerprint, "{one}");
    }
}

#[test]
fn a_slot_of_a_duet_waits_for_nobody_and_ends_by_its_time() {
    let plan = counted("start_after = '30s'", "", "users = 3\nduration = '1m'\niterations = 5").unwrap();
    assert_eq!((plan.iterations, plan.load.as_str()), (Some(Iterations::Shared(5)), "3 users, 5 iterations"));
    let slot = plan.into_slot(Duration::from_secs(1), Duration::from_secs(4));
    assert_eq!((slot.iterations, slot.users[0].start_after), (None, Duration::ZERO));
}

const BARE: &str = "[target]\nurl = 'demo'\n[[user]]\n[[user.task]]\nget = '/'\n";

fn asked(text: &str, profile: &str) -> Result<Plan, String> {
    compile(&format!("{BARE}{text}"), &Choice { profile: Some(profile.into()), ..choice() })
}

#[test]
fn five_profiles_are_there_without_being_written() {
    for (name, load, total, warmup) in [
        ("smoke", "5 users", 30, 5),
        ("load", "50 users", 300, 60),
        ("stress", "50 -> 100 -> 200 -> 400 users", 300, 0),
        ("spike", "10 -> 200 -> 10 users", 245, 0),
        ("soak", "50 users", 3_600, 300),
    ] {
        let plan = asked("", name).unwrap();
        assert_eq!((plan.profile.as_str(), plan.load.as_str()), (name, load));
        let lengths = (plan.shape.stages().total().as_secs(), plan.warmup.as_secs());
        assert_eq!(lengths, (total, warmup), "{name}");
    }
    let gated = compile(&format!("{BARE}[gate]\nprofile = 'soak'\n"), &choice()).unwrap();
    assert_eq!(gated.profile, "soak");
}

#[test]
fn a_written_profile_wins_over_the_ready_made_one_of_its_name() {
    let written = "[profile.smoke]\nusers = 2\nduration = '9s'\n";
    let plan = asked(written, "smoke").unwrap();
    assert_eq!((plan.load.as_str(), plan.warmup), ("2 users", Duration::ZERO));
    let same = "[profile.smoke]\nusers = 5\nduration = '30s'\nwarmup = '5s'\n";
    assert_eq!(asked(same, "smoke").unwrap().fingerprint, asked("", "smoke").unwrap().fingerprint);
}

#[test]
fn ready_made_profiles_are_chosen_by_name_alone() {
    let none = compile(BARE, &choice()).unwrap_err();
    assert!(none.contains("there is no profile") && none.contains("--profile smoke"), "{none}");
    assert_eq!(asked("", "smoek").unwrap_err(), "--profile: there is no profile `smoek`; did you mean `smoke`?");
    let error = asked("[profile.load]\nusers = 1\nduration = '9s'\n", "nightly").unwrap_err();
    assert!(error.contains("the profiles are load; ready-made ones are smoke, stress, spike, soak"), "{error}");
}

#[test]
fn iterations_end_a_run_of_a_fixed_number_of_users() {
    let plan = |profile: &str| asked(&format!("[profile.p]\n{profile}"), "p");
    let shared = plan("users = 5\niterations = 1000").unwrap();
    assert_eq!((shared.iterations, shared.load.as_str()), (Some(Iterations::Shared(1000)), "5 users, 1000 iterations"));
    assert_eq!(shared.shape.stages().total(), Duration::from_secs(600), "the most time it may take");
    let each = plan("users = 5\niterations_per_user = 10\nduration = '1m'\nramp = '5s'").unwrap();
    assert_eq!((each.iterations, each.load.as_str()), (Some(Iterations::PerUser(10)), "5 users, 10 iterations each"));
    assert_ne!(shared.fingerprint, plan("users = 5\nduration = '10m'").unwrap().fingerprint);
    for (profile, message) in [
        ("users = 5\niterations = 9\niterations_per_user = 9", "two ends of one run"),
        ("rate = '5/s'\nduration = '1m'\niterations = 9", "`iterations` needs a fixed number of users"),
        ("stages = [{ users = 5, for = '1m' }]\niterations_per_user = 9", "needs a fixed number of users"),
        ("users = 5\niterations = 9\nwarmup = '1s'", "a warm-up would use up some of the `iterations`"),
        ("users = 5\niterations = 0", "no iteration is nothing"),
        ("iterations = 9", "the profile says no load"),
    ] {
        let error = plan(profile).unwrap_err();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn a_user_without_tasks_is_an_error_and_never_left_out() {
    assert!(users("[[user]]\nname = 'web'").unwrap_err().contains("the user has no task"));
}
