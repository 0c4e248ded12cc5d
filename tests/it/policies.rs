//! What the gate does where a verdict is not plain, by exit status, words and files. On recordings that were kept: no
//! machine's speed takes part.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::Shelf;

/// The label of a cell.
fn label<'a>(comparison: &'a Value, endpoint: &str, metric: &str) -> &'a str {
    let mut cells = comparison["cells"].as_array().unwrap().iter();
    let found = cells.find(|cell| cell["endpoint"] == endpoint && cell["metric"] == metric);
    found.unwrap_or_else(|| panic!("no {endpoint} {metric} in {comparison:#}"))["label"].as_str().unwrap()
}

/// Every estimate of a metric in a baseline.
fn edit(baseline: &mut Value, endpoint: &str, metric: &str, change: impl Fn(&mut Value)) {
    for run in baseline["runs"].as_array_mut().unwrap() {
        change(&mut run["cells"][endpoint][metric]);
    }
}

/// A recording in which the first ten seconds are slow and the twenty after them are not.
fn slow_at_first(shelf: &Shelf) -> String {
    let (slow, mut steady) = (shelf.project.json("slow.json"), shelf.project.json("steady.json"));
    let of = |recording: &Value| recording["series"]["slices"].as_array().unwrap()[..10].to_vec();
    let slices = [of(&slow), of(&steady), of(&steady)].concat();
    let numbered = (0..).zip(slices).map(|(second, mut slice)| {
        slice["start_s"] = json!(second);
        slice
    });
    steady["series"]["slices"] = numbered.collect();
    steady["facts"]["window_s"] = json!(30.0);
    steady.to_string()
}

#[test]
fn an_unchanged_recording_passes() {
    let (finished, comparison) = Shelf::new("").compare("steady.json");
    assert_eq!((finished.exits(0).stdout.contains("PASS"), &comparison["verdict"]), (true, &json!("pass")));
}

#[test]
fn a_missing_baseline_is_exit_4_unless_it_may_pass() {
    let (finished, comparison) = Shelf::without_baseline("").compare("steady.json");
    let finished = finished.exits(4);
    assert!(finished.stdout.contains("loadgate baseline record --profile short"), "{}", finished.transcript());
    assert_eq!((&comparison["verdict"], &comparison["exit"]), (&json!("inconclusive"), &json!(4)));
    let (finished, comparison) =
        Shelf::without_baseline("[gate]\non_missing_baseline = \"pass\"").compare("steady.json");
    finished.exits(0);
    assert_eq!(comparison["verdict"], "recorded");
}

#[test]
fn another_class_of_machine_is_exit_4_and_names_both() {
    let foreign = |baseline: &mut Value| baseline["environment"]["cpu"] = json!("AMD EPYC 7763");
    let shelf = Shelf::with_baseline("", foreign);
    let (finished, comparison) = shelf.compare("steady.json");
    let finished = finished.exits(4);
    for cpu in ["AMD EPYC 7763", "Intel Xeon 8370C"] {
        assert!(finished.stdout.contains(cpu), "{}", finished.transcript());
    }
    assert_eq!(label(&comparison, "search", "p95"), "environment");
    assert!(shelf.project.read("loadgate-report/junit.xml").contains("<error"), "CI shows it");
    let (finished, comparison) =
        Shelf::with_baseline("[baseline]\nenvironment = \"any\"", foreign).compare("steady.json");
    finished.exits(0);
    assert_eq!((&comparison["verdict"], &comparison["environment"]["same"]), (&json!("pass"), &json!(false)));
}

#[test]
fn another_load_is_never_compared_whatever_the_environment() {
    let other = |baseline: &mut Value| baseline["environment"]["profile_hash"] = json!("another");
    let (finished, comparison) =
        Shelf::with_baseline("[baseline]\nenvironment = \"any\"", other).compare("steady.json");
    finished.exits(4);
    assert_eq!(label(&comparison, "search", "p95"), "environment");
}

#[test]
fn a_new_endpoint_is_shown_and_a_missing_one_fails() {
    let (finished, comparison) = Shelf::with_baseline("", |baseline| {
        for run in baseline["runs"].as_array_mut().unwrap() {
            run["cells"].as_object_mut().unwrap().remove("search");
        }
    })
    .compare("steady.json");
    finished.exits(0);
    assert_eq!(label(&comparison, "search", "p95"), "new");

    let shelf = Shelf::with_baseline("", |baseline| {
        for run in baseline["runs"].as_array_mut().unwrap() {
            run["cells"]["checkout"] = run["cells"]["search"].clone();
        }
    });
    let (finished, comparison) = shelf.compare("steady.json");
    let finished = finished.exits(1);
    assert!(finished.stdout.contains("checkout is missing"), "{}", finished.transcript());
    assert_eq!(label(&comparison, "checkout", "p95"), "missing");
    assert!(shelf.project.read("loadgate-report/junit.xml").contains("<failure type=\"missing\""));
}

#[test]
fn a_run_that_was_not_steady_is_said_and_refused_where_it_must_be() {
    for (more, status, labelled) in [
        ("", 0, "within"),
        ("[gate]\nsteady = \"required\"", 0, "not steady"),
        ("[gate]\nsteady = \"required\"\non_inconclusive = \"fail\"", 4, "not steady"),
    ] {
        // Slow for a third of the time, so against a baseline that is slow enough for it to pass.
        let shelf = Shelf::with_jobs(more, &[3.6, 3.7, 3.65, 3.62, 3.68], |baseline| {
            edit(baseline, "(all)", "rps", |rps| rps["value"] = json!(100.0));
            edit(baseline, "search", "error_rate", |rate| rate["value"] = json!(0.2));
            edit(baseline, "(all)", "error_rate", |rate| rate["value"] = json!(0.1));
        });
        let recording = slow_at_first(&shelf);
        let (finished, comparison) = shelf.file("unsteady.json", recording).compare("unsteady.json");
        let finished = finished.exits(status);
        assert!(finished.stdout.contains("steady only after 10 s"), "{}", finished.transcript());
        let found = label(&comparison, "search", "p50");
        assert!(found == labelled || (labelled == "within" && found == "faster"), "{found}: {comparison:#}");
    }
}

#[test]
fn too_few_requests_prove_nothing() {
    let thin = |baseline: &mut Value| {
        for endpoint in ["search", "view_product"] {
            for metric in ["p50_us", "p95_us"] {
                edit(baseline, endpoint, metric, |estimate| estimate["samples"] = json!(10));
            }
        }
    };
    for (more, status) in [("", 0), ("[gate]\non_inconclusive = \"fail\"", 4)] {
        let (finished, comparison) = Shelf::with_baseline(more, thin).compare("steady.json");
        let finished = finished.exits(status);
        assert!(finished.stdout.contains("INCONCLUSIVE"), "{}", finished.transcript());
        assert_eq!(label(&comparison, "search", "p95"), "too few samples");
    }
}

#[test]
fn errors_that_were_never_there_before_fail() {
    let shelf = Shelf::new("[gate]\np50 = \"+900%\"\np95 = \"+900%\"\nrps = \"-90%\"");
    let (finished, comparison) = shelf.compare("slow.json");
    let finished = finished.exits(1);
    assert_eq!(label(&comparison, "search", "error_rate"), "regressed");
    assert_eq!(label(&comparison, "view_product", "error_rate"), "no evidence");
    assert!(comparison["headline"].as_str().unwrap().starts_with("search error_rate is "), "{}", finished.transcript());
    assert!(finished.stdout.contains("search error_rate is 11pp higher: 0% -> 11%"), "{}", finished.transcript());
}

#[test]
fn a_baseline_of_no_time_at_all_is_compared_without_an_impossible_number() {
    let zero = |baseline: &mut Value| edit(baseline, "search", "p50_us", |estimate| estimate["value"] = json!(0.0));
    let shelf = Shelf::with_baseline("", zero);
    let (finished, comparison) = shelf.compare("steady.json");
    let finished = finished.exits(1);
    assert_eq!(label(&comparison, "search", "p50"), "regressed");
    let reports = finished.stdout + &shelf.project.read("loadgate-report/report.md");
    assert!(!reports.contains("NaN") && !reports.contains("inf%"), "{reports}");
}

#[test]
fn a_service_that_fails_every_request_never_passes() {
    for more in ["", "[gate]\non_inconclusive = \"pass\"\non_missing_baseline = \"pass\"\nrule = \"threshold\""] {
        let (finished, comparison) = Shelf::new(more).compare("down.json");
        finished.exits(1);
        assert_eq!(label(&comparison, "search", "p95"), "missing");
        let (finished, comparison) = Shelf::without_baseline(more).compare("down.json");
        finished.exits(3);
        assert_eq!(comparison["verdict"], "invalid");
    }
}

#[test]
fn proof_can_be_required() {
    for (more, status, verdict) in [
        ("", 0, "pass"),
        ("[gate]\nrequire_proof = true", 0, "inconclusive"),
        ("[gate]\nrequire_proof = true\non_inconclusive = \"fail\"", 4, "inconclusive"),
    ] {
        let (finished, comparison) = Shelf::with_jobs(more, &[1.0], |_| ()).compare("steady.json");
        finished.exits(status);
        assert_eq!((&comparison["verdict"], label(&comparison, "search", "p95")), (&json!(verdict), "no evidence"));
    }
}

#[test]
fn a_suspect_passes_loudly_unless_it_may_not_and_a_threshold_has_no_doubt() {
    let slower = [0.891, 0.873, 0.905, 0.878, 0.882];
    for (more, status, word) in [
        ("", 0, "INCONCLUSIVE"),
        ("[gate]\non_inconclusive = \"fail\"", 4, "INCONCLUSIVE"),
        ("[gate]\nrule = \"threshold\"", 1, "FAIL"),
    ] {
        let shelf = Shelf::with_jobs(more, &slower, |_| ());
        let (finished, comparison) = shelf.compare("steady.json");
        let finished = finished.exits(status);
        assert!(finished.stdout.contains(word), "{}", finished.transcript());
        let labelled = if status == 1 { "regressed" } else { "suspect" };
        assert_eq!(label(&comparison, "search", "p95"), labelled);
        let explain = "loadgate explain loadgate-report/comparison.json";
        assert!(finished.stdout.contains(explain), "{}", finished.transcript());
        assert!(shelf.project.read("loadgate-report/report.md").contains(explain));
    }
}

#[test]
fn a_threshold_fails_on_what_was_measured_and_on_nothing_less() {
    let more = "[gate]\nrule = \"threshold\"\np50 = \"+10%\"\np95 = \"+10%\"";
    let (finished, _) = Shelf::with_jobs(more, &[1.0 / 1.09], |_| ()).compare("steady.json");
    finished.exits(0);
    let (finished, _) = Shelf::with_jobs(more, &[1.0 / 1.11], |_| ()).compare("steady.json");
    finished.exits(1);
}

#[test]
fn the_seed_of_the_run_is_in_its_comparison() {
    let shelf = Shelf::new("");
    let (_, comparison) = shelf.compare("steady.json");
    assert_eq!(comparison["seed"], shelf.project.json("steady.json")["facts"]["seed"]);
    assert_eq!(comparison["seed"], 1);
}

#[test]
fn the_same_inputs_give_the_same_bytes_in_any_order_and_folder() {
    let mut found = BTreeSet::new();
    for (order, jobs) in [
        ("steady.json slow.json", [1.0, 1.02, 0.98]),
        ("slow.json steady.json", [1.0, 1.02, 0.98]),
        ("steady.json slow.json", [1.0, 1.02, 0.98]),
    ] {
        let shelf = Shelf::with_jobs("", &jobs, |_| ());
        let (first, _) = shelf.compare(order);
        let once = shelf.project.read("loadgate-report/comparison.json");
        let (second, _) = shelf.compare(order);
        assert_eq!((first.status, &once), (second.status, &shelf.project.read("loadgate-report/comparison.json")));
        found.insert(once);
        let reversed = shelf.project.json("baselines/short.json");
        let shelf = shelf.file("baselines/short.json", with_runs_reversed(reversed).to_string());
        shelf.compare(order);
        found.insert(shelf.project.read("loadgate-report/comparison.json"));
    }
    assert_eq!(found.len(), 1, "{found:#?}");
}

fn with_runs_reversed(mut baseline: Value) -> Value {
    baseline["runs"].as_array_mut().unwrap().reverse();
    baseline
}
