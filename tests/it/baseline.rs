//! Baselines: recorded, accepted, shown, pruned; and never overwritten where they can't be read.

use std::collections::BTreeSet;

use crate::support::{Answer, Finished, Project, Server, shop, shop_project};

const STORED: &str = "baselines/short.json";

/// Texts in the place of a baseline that are none, or none of ours.
const FOREIGN: [&str; 4] = [
    "",
    "{\"hello\": \"world\"}",
    "<html>502 Bad Gateway</html>",
    "{\"format\": 99, \"profile\": \"short\", \"runs\": []}",
];

/// Asserts that a command refused the stored baseline, said which file, and left it as it was.
#[track_caller]
fn refused(project: &Project, text: &str, finished: Finished) {
    finished.exits_with_one_of(&[2, 4]).complains_of(&["short.json"]);
    assert_eq!(project.read(STORED), text, "the file was changed");
}

#[test]
fn a_baseline_is_recorded_and_the_gate_stands_on_it() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "");
    project.loadgate("baseline record --runs 2 --profile short").run().exits(0);
    project.loadgate("gate --profile short").run().exits(0);
    assert_eq!(project.json("loadgate-report/comparison.json")["baseline"]["runs"], 2);
}

#[test]
fn a_recording_is_accepted_as_the_new_normal() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "");
    project.loadgate("run --profile short").run().exits(0);
    project.loadgate("baseline accept loadgate-report/recording.json").run().exits(0);
    let listed = project.loadgate("baseline list").run().exits(0);
    assert!(listed.stdout.contains("short"), "{}", listed.transcript());
    let shown = project.loadgate("baseline show --profile short").run().exits(0);
    assert!(shown.stdout.contains("create_order"), "{}", shown.transcript());
    // One run can't tell its own noise.
    assert!(shown.transcript().contains("baseline record"), "{}", shown.transcript());
}

#[test]
fn pruning_keeps_the_newest_runs() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "");
    project.loadgate("baseline record --runs 3 --profile short").run().exits(0);
    let newest = times(&project).pop_last();
    project.loadgate("baseline prune --keep 1 --profile short").run().exits(0);
    assert_eq!(times(&project), BTreeSet::from_iter(newest));
}

/// When the stored runs started.
fn times(project: &Project) -> BTreeSet<String> {
    let text = project.read(STORED);
    let values = text.split("\"started_at\"").skip(1);
    values.map(|rest| rest.split('"').nth(1).unwrap().to_owned()).collect()
}

#[test]
fn a_truncated_baseline_is_refused_and_left_as_it_was() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "");
    project.loadgate("baseline record --runs 1 --profile short").run().exits(0);
    let whole = project.read(STORED);
    let cut = &whole[..whole.len() / 2];
    project.loadgate("run --profile short").run().exits(0);
    let project = project.file(STORED, cut);
    for command in [
        "gate --profile short",
        "compare loadgate-report/recording.json --baseline baselines/short.json",
        "baseline accept loadgate-report/recording.json",
        "baseline record --runs 1 --profile short",
        "baseline show --profile short",
        "baseline prune --keep 1 --profile short",
    ] {
        refused(&project, cut, project.loadgate(command).run());
    }
}

#[test]
fn a_foreign_baseline_is_refused_and_left_as_it_was() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "");
    project.loadgate("run --profile short").run().exits(0);
    for text in FOREIGN {
        let project = Project::with(&project.read("loadgate.toml"))
            .file("products.csv", project.read("products.csv"))
            .file("recording.json", project.read("loadgate-report/recording.json"))
            .file(STORED, text);
        refused(&project, text, project.loadgate("baseline accept recording.json").run());
        refused(&project, text, project.loadgate("compare recording.json --baseline baselines/short.json").run());
    }
}

#[test]
fn a_truncated_recording_is_never_accepted() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "");
    project.loadgate("run --profile short").run().exits(0);
    let whole = project.read("loadgate-report/recording.json");
    let project = project.file("half.json", &whole[..whole.len() / 2]);
    project.loadgate("baseline accept half.json").run().exits(2).complains_of(&["half.json"]);
    assert!(!project.path(STORED).exists());
}

#[test]
fn a_run_in_which_everything_failed_is_never_accepted() {
    let server = Server::answering(Answer::status(500, "down"));
    let project = shop_project(&server.url(), "");
    project.loadgate("run --profile short").run().exits_with_one_of(&[1, 3]);
    project.loadgate("baseline accept loadgate-report/recording.json").run().exits_with_one_of(&[1, 2, 3]);
    assert!(!project.path(STORED).exists());
}
