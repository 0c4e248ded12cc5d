//! `lint`, and the box it has in every report.

use std::path::Path;

use crate::support::{Answer, Project, Server};

/// Hasty users of one page who meet no error, and a gate without a warm-up.
fn hasty(url: &str, more: &str) -> Project {
    Project::with(&format!(
        "[target]\nurl = \"{url}\"\n[[user]]\nname = \"web\"\n[[user.task]]\nname = \"page\"\nget = \"/pages/7\"\n\
         [profile.short]\nusers = 2\nduration = \"700ms\"\n[gate]\non_missing_baseline = \"pass\"\n{more}\n"
    ))
}

#[test]
fn mistakes_are_shown_with_their_lines_and_nothing_is_sent() {
    let server = Server::answering(Answer::ok("ok"));
    let finished = hasty(&server.url(), "").loadgate("lint").run().exits(0);
    for said in [
        "no-think-time: loadgate.toml:3:1: `web` never pauses",
        "    3 │ [[user]]\n      │ ^^^^^^^^ write think = { between",
        "happy-path: loadgate.toml:5:1: no step expects anything",
        "same-row: loadgate.toml:7:7: `page` always asks for the same row, 7",
        "no-warmup: loadgate.toml:8:1: the gate's profile has no warm-up",
    ] {
        assert!(finished.stdout.contains(said), "{said}\n{}", finished.transcript());
    }
    finished.complains_of(&["4 classic mistakes", "[lint] allow"]);
    assert_eq!(server.connections(), 0);
}

#[test]
fn mistakes_fail_a_strict_lint_until_they_are_allowed_or_mended() {
    let project = hasty("http://127.0.0.1:1", "");
    project.loadgate("lint --strict").run().exits(1);
    let meant = "[lint]\nallow = [\"no-think-time\", \"happy-path\", \"same-row\", \"no-warmup\"]";
    let finished = hasty("http://127.0.0.1:1", meant).loadgate("lint --strict").run().exits(0);
    assert_eq!(finished.stdout, "");
    finished.complains_of(&["no classic mistake in profile short"]);
    let misspelt = hasty("http://127.0.0.1:1", "[lint]\nallow = [\"no-think\"]");
    misspelt.loadgate("lint").run().exits(2).complains_of(&["did you mean \"no-think-time\"?"]);
}

#[test]
fn mistakes_are_read_by_programs() {
    let findings = hasty("http://127.0.0.1:1", "").loadgate("lint --json").run().exits(0).json();
    let first = &findings[0];
    assert_eq!((&first["id"], &first["file"]), (&"no-think-time".into(), &"loadgate.toml".into()));
    assert_eq!((&first["line"], &first["column"]), (&3.into(), &1.into()));
    assert!(first["write"].as_str().unwrap().starts_with("write think = "), "{first:#}");
}

#[test]
fn every_report_has_a_box_of_them_and_no_verdict_changes() {
    let server = Server::answering(Answer::ok("ok"));
    let (project, clean) = (hasty(&server.url(), ""), hasty(&server.url(), "[lint]\nallow = [\"no-think-time\"]"));
    let finished = project.loadgate("gate").run().exits(0);
    assert!(finished.stdout.contains("  lint       loadgate.toml:3:1: no-think-time: "), "{}", finished.transcript());
    assert!(finished.stdout.contains("and 1 more: loadgate lint"), "{}", finished.transcript());
    assert!(project.read("loadgate-report/report.md").contains("<summary>Lint: 4 classic mistakes</summary>"));
    assert!(project.read("loadgate-report/junit.xml").contains("loadgate.toml:3:1: no-think-time: "));
    let lint = &project.json("loadgate-report/comparison.json")["summary"]["lint"];
    assert_eq!(lint.as_array().map(Vec::len), Some(4), "{lint:#}");
    // A report that is made from the recording has it too.
    let again = project.loadgate("report loadgate-report/recording.json").run().exits(0);
    assert!(again.stdout.contains("loadgate.toml:3:1: no-think-time: "), "{}", again.transcript());
    let finished = clean.loadgate("run").run().exits(0);
    assert!(
        finished.stdout.contains("  lint  ") && !finished.stdout.contains("no-think-time"),
        "{}",
        finished.transcript()
    );
}

#[test]
fn too_few_requests_are_pointed_out_once_they_were_measured() {
    let server = Server::answering(Answer::ok("ok"));
    let project = hasty(&server.url(), "[gate.endpoint.page]\np999 = \"+50%\"\n");
    let slow = project.read("loadgate.toml");
    let project =
        project.file("slow.toml", slow.replace("[[user.task]]", "think = { constant = \"20ms\" }\n[[user.task]]"));
    let known = project.loadgate("lint --config slow.toml").run().exits(0);
    assert!(!known.stdout.contains("few-requests"), "{}", known.transcript());
    project.loadgate("run --config slow.toml").run().exits(0);
    let lint = project.json("loadgate-report/recording.json")["facts"]["lint"].to_string();
    assert!(lint.contains("few-requests: `page` has ") && lint.contains("p999 is judged from 20000 on"), "{lint}");
}

#[test]
fn the_gate_of_this_repository_makes_none_in_any_profile() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for profile in ["load", "smoke", "stress", "open"] {
        let project = Project::empty();
        let lint = project.loadgate("lint --strict --config").arg(folder.join("loadgate.toml"));
        lint.args("--profile").arg(profile).run().exits(0);
    }
}
