//! Rules over windows: runs that are ended as hopeless, and limits that hold wherever one looks.

use std::time::Duration;

use serde_json::Value;

use crate::support::{Answer, Project, Received, Server};

/// A minute of two users who ask for two pages; a test that waits for its end has failed.
fn minute(url: &str, more: &str) -> Project {
    Project::with(&format!(
        "[target]\nurl = \"{url}\"\n[[user]]\nthink = {{ constant = \"5ms\" }}\n\
         [[user.task]]\nname = \"good\"\nget = \"/good\"\n[[user.task]]\nname = \"bad\"\nget = \"/bad\"\n\
         [profile.long]\nusers = 2\nduration = \"60s\"\nwarmup = \"1s\"\n{more}\n"
    ))
}

const HOPELESS: &str = "[[gate.abort]]\nwhen = \"error_rate > 20%\"\nfor = \"2s\"\n";

/// Fails every request to a bad page from the hundredth on.
fn failing(request: &Received) -> Answer {
    if request.path == "/bad" && request.number >= 100 { Answer::status(500, "no more") } else { Answer::ok("ok") }
}

fn recording(project: &Project) -> Value {
    project.json("loadgate-report/recording.json")
}

#[test]
fn a_run_whose_target_begins_to_fail_is_ended_early_and_has_failed() {
    let server = Server::scripted(failing);
    let project = minute(&server.url(), HOPELESS);
    let finished = project.loadgate("run").run().exits(1);
    assert!(finished.stdout.contains("✗ ABORTED") && !finished.stdout.contains("INVALID"), "{}", finished.transcript());
    assert!(finished.stdout.contains("error_rate was ") && finished.stdout.contains("over 2s (limit 20%)"));
    let facts = &recording(&project)["facts"];
    assert_eq!((&facts["aborted"]["metric"], &facts["interrupted"]), (&"error_rate".into(), &false.into()));
    assert!(facts["window_s"].as_f64().unwrap() < 50.0, "{facts:#}");
    assert!(facts["reasons"][0].as_str().unwrap().starts_with("aborted "), "{facts:#}");
    assert_eq!(recording(&project)["summary"]["aborted"], facts["aborted"]);
}

#[test]
fn a_gate_that_is_aborted_fails_without_a_baseline_and_without_a_repeat() {
    let server = Server::scripted(failing);
    let project = minute(&server.url(), &format!("[gate]\nmax_runs = 3\non_missing_baseline = \"pass\"\n{HOPELESS}"));
    let finished = project.loadgate("gate").run().exits(1);
    assert!(finished.stdout.contains("FAIL  aborted "), "{}", finished.transcript());
    let comparison = project.json("loadgate-report/comparison.json");
    assert_eq!(comparison["verdict"], "fail");
    assert!(comparison["headline"].as_str().unwrap().contains("error_rate was"), "{}", comparison["headline"]);
    assert!(!project.path("loadgate-report/recording-2.json").exists());
    assert!(project.read("loadgate-report/junit.xml").contains("<failure type=\"fail\" message=\"aborted "));
    assert!(project.read("loadgate-report/report.md").contains("❌ loadgate: aborted "));
    assert!(!finished.stdout.contains("baseline accept"), "{}", finished.transcript());
    project.loadgate("compare loadgate-report/recording.json").run().exits(1);
}

#[test]
fn an_aborted_run_never_becomes_a_baseline() {
    let server = Server::scripted(failing);
    let project = minute(&server.url(), HOPELESS);
    project.loadgate("baseline record --runs 3").run().exits(1).complains_of(&["aborted ", "was left as it is"]);
    assert!(!project.path("loadgate-report/recording-2.json").exists());
    project.loadgate("baseline accept loadgate-report/recording.json").run().exits(2).complains_of(&["not valid"]);
    assert!(!project.path("baselines/long.json").exists());
}

#[test]
fn a_rule_for_one_endpoint_looks_at_no_other() {
    let server = Server::scripted(failing);
    let of = |endpoint: &str| {
        format!("[[gate.abort]]\nwhen = \"error_rate >= 90%\"\nfor = \"1s\"\nendpoint = \"{endpoint}\"")
    };
    let project = minute(&server.url(), &of("bad"));
    project.loadgate("run").run().exits(1);
    assert_eq!(recording(&project)["facts"]["aborted"]["endpoint"], "bad");
    let healthy = minute(&server.url(), &of("good"));
    let running = healthy.loadgate("run").start();
    let so_far = server.requests();
    server.wait_for_requests(so_far + 200);
    running.interrupt();
    running.finish().exits(130);
    assert_eq!(recording(&healthy)["facts"].get("aborted"), None);
    minute(&server.url(), &of("god")).loadgate("run").run().exits(2).complains_of(&["`god`", "did you mean `good`?"]);
}

#[test]
fn a_run_that_keeps_its_rules_ends_in_its_time() {
    let server = Server::answering(Answer::ok("ok"));
    let rules =
        "[[gate.abort]]\nwhen = \"p95 > 30s\"\nfor = \"1s\"\n[[gate.abort]]\nwhen = \"rps < 0.001/s\"\nfor = \"1s\"\n";
    let project = minute(&server.url(), &format!("{rules}[profile.short]\nusers = 1\nduration = \"3s\"\n"));
    project.loadgate("run --profile short").run().exits(0);
    assert_eq!(recording(&project)["facts"].get("aborted"), None);
}

/// Three seconds of fifteen slow answers in a row, among quick ones.
fn stumbling(request: &Received) -> Answer {
    let slow = (20..35).contains(&request.number);
    if slow { Answer::ok("ok").taking(Duration::from_millis(200)) } else { Answer::ok("ok") }
}

#[test]
fn a_limit_over_a_window_finds_what_the_whole_run_hides() {
    for (window, status) in [("", 0), (", for = \"1s\"", 1)] {
        let server = Server::scripted(stumbling);
        let project = Project::with(&format!(
            "[target]\nurl = \"{}\"\n[[user]]\nthink = {{ constant = \"1ms\" }}\n[[user.task]]\nname = \"page\"\nget = \"/\"\n\
             [profile.short]\nusers = 1\nduration = \"6s\"\n\
             [gate]\non_missing_baseline = \"pass\"\np50 = {{ limit = \"150ms\"{window} }}\n",
            server.url()
        ));
        let finished = project.loadgate("gate").run().exits(status);
        let comparison = project.json("loadgate-report/comparison.json");
        if status == 1 {
            assert!(finished.stdout.contains("in the worst 1s, limit 150 ms"), "{}", finished.transcript());
            let cell = &comparison["cells"][0];
            assert_eq!((&cell["label"], &cell["worst"]["length_s"]), (&"over the limit".into(), &1.into()));
            assert!(cell["worst"]["value"].as_f64() > cell["candidate"].as_f64(), "{cell:#}");
            assert!(project.read("loadgate-report/report.md").contains("its limit is at most 150 ms"));
        }
        // What the recording holds is enough to say so again.
        project.loadgate("compare loadgate-report/recording.json").run().exits(status);
    }
}
