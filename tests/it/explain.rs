//! `explain`: how a verdict came about, from comparison.json alone.

use crate::support::{Finished, Project, Shelf};

/// A comparison of `slow.json` with a baseline it fails.
fn failed() -> Shelf {
    let shelf = Shelf::new("");
    shelf.compare("slow.json").0.exits(1);
    shelf
}

fn explain(project: &Project, arguments: &str) -> Finished {
    project.loadgate("explain loadgate-report/comparison.json").args(arguments).run()
}

#[test]
fn without_a_name_the_headlines_cell_is_explained() {
    let shelf = failed();
    let headline = shelf.project.json("loadgate-report/comparison.json")["headline"].as_str().unwrap().to_owned();
    let finished = explain(&shelf.project, "").exits(0);
    let name = finished.stdout.split("  ").next().unwrap().to_owned();
    assert!(headline.starts_with(&name) && name.contains(' '), "{headline}: {}", finished.transcript());
    for part in ["change ", "why ", "runs ", "noise ", "with more ", "1 more baseline job"] {
        assert!(finished.stdout.contains(part), "{part}: {}", finished.transcript());
    }
    assert!(!finished.stdout.contains('\u{1b}'));
}

#[test]
fn it_needs_nothing_but_the_file() {
    let report = failed().project.read("loadgate-report/comparison.json");
    let alone = Project::empty().file("loadgate-report/comparison.json", report);
    let finished = explain(&alone, "search p95").exits(0);
    assert!(finished.stdout.starts_with("search p95  ✗ regressed"), "{}", finished.transcript());
    let finished = explain(&alone, "view_product").exits(0);
    assert!(finished.stdout.starts_with("view_product p"), "{}", finished.transcript());
}

#[test]
fn a_wrong_name_is_exit_2_with_what_was_probably_meant() {
    let shelf = failed();
    explain(&shelf.project, "serach p95").exits(2).complains_of(&["no endpoint `serach`", "did you mean `search`?"]);
    explain(&shelf.project, "search p59").exits(2).complains_of(&["no metric `p59`", "did you mean `p50`?"]);
    explain(&shelf.project, "zzz").exits(2).complains_of(&["there are: ", "view_product"]);
    explain(&shelf.project, "search rps_ceiling").exits(2).complains_of(&["no metric `rps_ceiling`"]);
}

#[test]
fn after_a_pass_it_says_which_cells_there_are() {
    let shelf = Shelf::new("");
    shelf.compare("steady.json").0.exits(0);
    let finished = explain(&shelf.project, "").exits(0);
    for cell in ["search p95", "view_product p50", "'(all)' rps"] {
        let command = format!("loadgate explain loadgate-report/comparison.json {cell}");
        assert!(finished.stdout.contains(&command), "{}", finished.transcript());
    }
    explain(&shelf.project, "--json").exits(2).complains_of(&["name the one to explain"]);
}

#[test]
fn programs_get_json() {
    let shelf = failed();
    let told = explain(&shelf.project, "search p95 --json").exits(0).json();
    assert_eq!((&told["cell"]["label"], &told["level"]), (&"regressed".into(), &0.95.into()));
    let more: Vec<&str> = told["prospects"].as_array().unwrap().iter().map(|p| p["more"].as_str().unwrap()).collect();
    assert_eq!(more, ["run", "baseline job"]);
    assert!(told["cell"]["basis"]["noise"]["assumed_sd"].as_f64().unwrap() > 0.0, "{told:#}");
}

#[test]
fn a_file_that_is_no_comparison_is_exit_2() {
    let shelf = Shelf::new("");
    shelf.loadgate("explain steady.json").run().exits(2).complains_of(&["steady.json", "not a comparison.json"]);
    shelf.loadgate("explain nowhere.json").run().exits(2).complains_of(&["cannot read nowhere.json"]);
}

#[test]
fn a_comparison_of_an_earlier_version_is_explained_as_far_as_it_goes() {
    let shelf = failed();
    let mut comparison = shelf.project.json("loadgate-report/comparison.json");
    for cell in comparison["cells"].as_array_mut().unwrap() {
        cell.as_object_mut().unwrap().remove("basis");
    }
    let shelf = shelf.file("loadgate-report/comparison.json", comparison.to_string());
    let finished = explain(&shelf.project, "search p95").exits(0);
    assert!(finished.stdout.contains("an earlier loadgate wrote it"), "{}", finished.transcript());
}
