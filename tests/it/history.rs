//! `loadgate history` and the file in which gates keep their runs.

use serde_json::{Value, json};

use crate::support::{Project, Server, shop, shop_project};

const CONFIG: &str = "[target]\nurl = \"http://127.0.0.1:1\"\n[[user]]\n[[user.task]]\nname = \"create_order\"\n\
                      get = \"/\"\n[profile.load]\nusers = 1\nduration = \"1s\"\n";

/// The run of a job whose p95 is `p95_us`, as it is stored.
fn stored(job: u32, p95_us: f64) -> Value {
    let estimate = |value: f64| json!({ "value": value, "samples": 5000, "effective": 5000.0, "variance": 1e-4 });
    json!({
        "started_at": format!("2026-03-{:02}T06:00:00Z", job + 1),
        "loadgate": "0.1.0",
        "commit": format!("{:07x}", 0xabc_0000 + job),
        "ref": if job == 2 { "v1.2.0" } else { "main" },
        "job": { "boot": "b007", "run": job.to_string() },
        "window_s": 30.0,
        "cells": { "create_order": { "p95_us": estimate(p95_us) }, "(all)": { "error_rate": estimate(0.0) } }
    })
}

/// A history of `jobs` jobs, slower by a fifth from the given one on.
fn file(jobs: std::ops::Range<u32>, slower_from: u32) -> String {
    let wobble = |job: u32| 1.0 + f64::from(job * 7 % 5) / 200.0;
    let runs = jobs.map(|job| stored(job, if job < slower_from { 160e3 } else { 192e3 } * wobble(job)));
    let environment = json!({
        "arch": "x86_64", "cpu": "AMD EPYC 7763", "vcpus": 4, "memory_gib": 16, "virtualization": "kvm",
        "os": "ubuntu 24", "profile_hash": "3b1f", "recording_format": 1
    });
    json!({ "format": 1, "profile": "load", "environment": environment, "runs": runs.collect::<Vec<_>>() }).to_string()
}

#[test]
fn a_break_is_named_with_its_commits_and_fails_nothing() {
    let project = Project::with(CONFIG).file("runs.json", file(0..24, 14));
    let shown = project.loadgate("history --history runs.json --svg chart.svg").run().exits(0);
    for part in ["create_order p95 rose by 20%", "abc000d (2026-03-14) and abc000e (2026-03-15)", "anchor v1.2.0"] {
        assert!(shown.stdout.contains(part), "{part}: {}", shown.transcript());
    }
    let chart = project.read("chart.svg");
    assert!(chart.contains("abc000d to abc000e") && chart.ends_with("</svg>\n"), "{chart}");
}

#[test]
fn accepted_runs_and_kept_runs_are_one_history_and_count_once() {
    let project = Project::with(CONFIG).file("runs.json", file(8..24, 14)).file("baselines/load.json", file(0..12, 14));
    let json = project.loadgate("history --history runs.json --json").run().exits(0).json();
    assert_eq!(json["runs"], 24);
    let p95 = json["series"].as_array().unwrap().iter().find(|series| series["metric"] == "p95").unwrap();
    assert_eq!(p95["breaks"][0]["at"], 14);
    let alone = project.loadgate("history --json").run().exits(0).json();
    assert_eq!(alone["runs"], 12);
}

#[test]
fn a_history_can_be_asked_for_one_metric_and_another_anchor() {
    let project = Project::with(CONFIG).file("runs.json", file(0..24, 14));
    let json = project
        .loadgate("history --history runs.json --json --metric p95 --endpoint create_order --anchor abc0010")
        .run()
        .exits(0)
        .json();
    assert_eq!(json["series"].as_array().unwrap().len(), 1);
    assert_eq!(json["series"][0]["since_anchor"]["anchor"], "abc0010");
    assert_eq!(json["series"][0]["since_anchor"]["creep"], false);
}

#[test]
fn what_cannot_be_shown_exits_2_and_says_what_to_do() {
    let project = Project::with(CONFIG).file("runs.json", file(0..4, 9)).file("bad.json", "{");
    for (arguments, said) in [
        ("history", "gate --history"),
        ("history --history missing.json", "gate --history"),
        ("history --history bad.json", "bad.json:1:1"),
        ("history --history runs.json --anchor v9", "no run of `v9`"),
        ("history --history runs.json --metric p96", "unknown metric"),
        ("history --history runs.json --endpoint creat_order", "creat_order"),
        ("history missing.json", "missing.json"),
    ] {
        project.loadgate(arguments).run().exits(2).complains_of(&[said]);
    }
}

#[test]
fn a_gate_keeps_its_runs_whatever_its_verdict_and_history_shows_them() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "");
    for _ in 0..2 {
        // No baseline yet: no verdict, and a run worth keeping all the same.
        project
            .loadgate("gate --profile short")
            .env("LOADGATE_HISTORY", "kept/runs.json")
            .run()
            .exits_with_one_of(&[4]);
    }
    let kept = project.json("kept/runs.json");
    assert_eq!(kept["runs"].as_array().unwrap().len(), 2);
    assert!(kept["runs"][0].get("histograms").is_none(), "{kept}");
    let shown = project.loadgate("history --profile short --history kept/runs.json").run().exits(0);
    assert!(
        shown.stdout.contains("series in which nothing was found") && shown.stdout.contains("12 jobs"),
        "{}",
        shown.transcript()
    );
}

#[test]
fn a_damaged_history_stops_a_gate_before_anything_is_sent() {
    let server = Server::scripted(shop);
    let project = shop_project(&server.url(), "").file("runs.json", "{\"format\": 1,");
    project.loadgate("gate --profile short --history runs.json").run().exits(2).complains_of(&["runs.json"]);
    assert_eq!(server.requests(), 0);
    assert_eq!(project.read("runs.json"), "{\"format\": 1,");
}
