//! What `[duet]` may say.

use std::path::Path;
use std::time::Duration;

use crate::config;
use crate::plan::{Choice, Duet, DuetChoice, Plan, Server};

const SIDES: &str = r#"
[duet.candidate]
command = ["shop", "--port", "{port}"]
env = { MODE = "fast" }
ready = { get = "/health", status = 204, within = "5s" }
"#;

fn duet_of(text: &str, choice: &DuetChoice) -> Result<Duet, String> {
    let (config, source) = config::parse(text, Path::new("loadgate.toml")).unwrap();
    Duet::compile(&config, &source, choice).map_err(|error| error.to_string())
}

fn duet(text: &str) -> Result<Duet, String> {
    duet_of(text, &DuetChoice::default())
}

#[track_caller]
fn refusal(text: &str) -> String {
    duet(text).expect_err("this should have been refused")
}

#[test]
fn the_demo_plays_itself_where_nothing_is_said() {
    let duet = duet("[target]\nurl = \"demo\"\n").unwrap();
    assert_eq!((&duet.baseline.server, &duet.candidate.server), (&Server::Demo, &Server::Demo));
    assert_eq!((duet.slot, duet.lead), (Duration::from_secs(5), Duration::from_millis(1_250)));
    assert_eq!((duet.pairs, duet.looks.as_slice()), (3, &[8, 16, 24][..]));
    assert_eq!(duet.block(), Duration::from_secs(58));
}

#[test]
fn a_commit_is_served_as_the_candidate_is() {
    let choice = DuetChoice { baseline_ref: Some("v1.2".to_owned()), ..DuetChoice::default() };
    let duet = duet_of(&format!("[duet]\nbuild = \"make\"\n{SIDES}"), &choice).unwrap();
    assert_eq!(duet.baseline.reference.as_deref(), Some("v1.2"));
    assert_eq!(duet.baseline.server, duet.candidate.server);
    assert_eq!((duet.baseline.make.as_deref(), duet.candidate.make.as_deref()), (Some("make"), Some("make")));
    let Server::Command(launch) = &duet.candidate.server else { panic!("{duet:?}") };
    assert_eq!((launch.url.as_str(), launch.ready_status), ("http://127.0.0.1:{port}", Some(204)));
}

#[test]
fn a_typed_ref_takes_the_place_of_the_written_one() {
    let text = format!("[duet.baseline]\nref = \"main\"\nbuild = \"old\"\ncommand = [\"old\"]\n{SIDES}");
    let choice = DuetChoice { baseline_ref: Some("v1".to_owned()), ..DuetChoice::default() };
    let baseline = duet_of(&text, &choice).unwrap().baseline;
    assert_eq!((baseline.reference.as_deref(), baseline.make.as_deref()), (Some("v1"), Some("old")));
    assert_eq!(baseline.name(), "old");
}

#[test]
fn looks_that_there_is_no_time_for_are_left_out() {
    let text = "[target]\nurl = \"demo\"\n[duet]\nslot = \"1s\"\nwarmup = \"0s\"\npairs = 1\n";
    let within = |seconds| {
        let choice = DuetChoice { budget: Some(Duration::from_secs(seconds)), ..DuetChoice::default() };
        duet_of(text, &choice).map(|duet| duet.looks)
    };
    assert_eq!(within(3_600).unwrap(), [8, 16, 24]);
    assert_eq!(within(60).unwrap(), [8, 16, 20]);
    assert_eq!(within(30).unwrap(), [8, 10]);
    let refused = within(20).unwrap_err();
    assert!(refused.contains("--budget") && refused.contains("hold 6 of them") && refused.contains("30s"), "{refused}");
}

#[test]
fn what_can_not_be_played_is_refused_with_what_to_write() {
    for (text, complaint) in [
        ("[target]\nurl = \"http://127.0.0.1:1\"\n", "there is no candidate to play"),
        ("[duet.candidate]\nurl = \"http://127.0.0.1:1\"\n", "there is no baseline to play"),
        ("[target]\nurl = \"demo\"\n[duet.candidate]\nenv = { A = \"b\" }\n", "nothing says how this build is served"),
        ("[duet.candidate]\ncommand = []\n[duet.baseline]\nurl = \"http://127.0.0.1:1\"\n", "the command is empty"),
        ("[target]\nurl = \"demo\"\n[duet]\npairs = 0\n", "at least one pair"),
        ("[target]\nurl = \"demo\"\n[duet]\nslot = \"0s\"\n", "slot"),
        ("[target]\nurl = \"demo\"\n[duet]\nblocks = [16, 8]\n", "ascending"),
        ("[target]\nurl = \"demo\"\n[duet]\nblocks = [0, 8]\n", "ascending"),
        ("[target]\nurl = \"demo\"\n[duet]\nblocks = []\n", "fewer than 10 blocks"),
        ("[target]\nurl = \"demo\"\n[duet]\nblocks = [4]\n", "fewer than 10 blocks"),
        ("[target]\nurl = \"demo\"\n[duet]\nbudget = \"1m\"\n", "1m hold 1 of them"),
        (
            "[duet.candidate]\nurl = \"http://127.0.0.1:1\"\n[duet.baseline]\nref = \"main\"\n",
            "a commit is served by a command",
        ),
        (
            "[duet.candidate]\ncommand = [\"a\"]\nurl = \"http://127.0.0.1:80\"\n\
             [duet.baseline]\ncommand = [\"b\"]\nurl = \"http://127.0.0.1:80\"\n",
            "both builds would serve http://127.0.0.1:80 at the same time",
        ),
        (
            "[duet.candidate]\ncommand = [\"a\"]\nready = { get = \"health\" }\n[duet.baseline]\nref = \"main\"\n",
            "`health` is no path",
        ),
    ] {
        let refused = refusal(text);
        assert!(refused.contains(complaint), "{text}\n{refused}");
    }
}

#[test]
fn a_slot_holds_the_highest_level_of_the_profile() {
    let text = "[target]\nurl = \"http://127.0.0.1:1\"\n[[user]]\ntask = [{ get = \"/\" }]\n\
                [[gate.abort]]\nwhen = \"error_rate > 20%\"\n\
                [profile.load]\nstages = [{ users = 5, for = \"1m\" }, { users = 20, ramp = \"5s\", for = \"1m\" }]\n";
    let (config, source) = config::parse(text, Path::new("loadgate.toml")).unwrap();
    let choice = Choice {
        profile: None,
        only: Vec::new(),
        skip: Vec::new(),
        target: None,
        seed: 1,
        base: std::path::PathBuf::new(),
        started_url: None,
        environment: |_| None,
    };
    let plan = Plan::compile(&config, &source, &choice).unwrap();
    assert_eq!((plan.abort.len(), plan.abort[0].window_s), (1, 10));
    let slot = plan.into_slot(Duration::from_secs(1), Duration::from_secs(4));
    assert!(slot.abort.is_empty(), "a slot is too short for windows");
    assert_eq!((slot.warmup, slot.shape.stages().total()), (Duration::from_secs(1), Duration::from_secs(5)));
    assert!((slot.shape.stages().level_at(Duration::from_secs(2)) - 20.0).abs() < 1e-9);
}
