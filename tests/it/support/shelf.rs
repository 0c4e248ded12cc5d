//! Recordings that were made once and kept, and baselines made of them: verdicts in which no machine's speed takes part.

use serde_json::{Value, json};

use super::invocation::{Finished, Invocation};
use super::project::Project;

/// Thirty users for twelve seconds; nothing failed.
const STEADY: &str = include_str!("../recordings/steady.json");

/// The same against a service three times as slow, whose search fails now and then.
const SLOW: &str = include_str!("../recordings/slow.json");

/// A second of a service that fails every request.
const DOWN: &str = include_str!("../recordings/down.json");

/// The users that were recorded.
const CONFIG: &str = r#"
[target]
url = "http://127.0.0.1:1"

[[user]]
think = { constant = "10ms" }

[[user.task]]
name = "search"
get = "/products"

[[user.task]]
name = "view_product"
get = "/products/7"

[profile.short]
users = 30
duration = "12s"
"#;

/// Where the baseline lies.
const BASELINE: &str = "baselines/short.json";

/// A folder with recordings on a shelf: `steady.json`, `slow.json`, `down.json`.
#[derive(Debug)]
pub(crate) struct Shelf {
    pub(crate) project: Project,
}

impl Shelf {
    /// The recordings and no baseline; `more` is added to loadgate.toml.
    pub(crate) fn without_baseline(more: &str) -> Self {
        let project = Project::with(&format!("{CONFIG}\n{more}"));
        let project = project.file("steady.json", STEADY).file("slow.json", SLOW).file("down.json", DOWN);
        Self { project }
    }

    /// The recordings, and a baseline of five jobs that say what `steady.json` does but for a little noise.
    pub(crate) fn new(more: &str) -> Self {
        Self::with_baseline(more, |_| ())
    }

    /// The same with its baseline edited.
    pub(crate) fn with_baseline(more: &str, edit: impl FnOnce(&mut Value)) -> Self {
        Self::with_jobs(more, &[1.006, 0.986, 1.022, 0.992, 0.996], edit)
    }

    /// A baseline of one job for each factor, its latencies those of `steady.json` times that.
    pub(crate) fn with_jobs(more: &str, factors: &[f64], edit: impl FnOnce(&mut Value)) -> Self {
        let shelf = Self::without_baseline(more);
        shelf.project.loadgate("baseline accept steady.json").run().exits(0);
        let mut baseline = shelf.project.json(BASELINE);
        let run = baseline["runs"][0].clone();
        let jobs = factors.iter().enumerate().map(|(number, factor)| job(run.clone(), number, *factor));
        baseline["runs"] = jobs.collect();
        edit(&mut baseline);
        Self { project: shelf.project.file(BASELINE, baseline.to_string()) }
    }

    /// One more file.
    pub(crate) fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        Self { project: self.project.file(name, text) }
    }

    /// loadgate in the folder.
    pub(crate) fn loadgate(&self, arguments: &str) -> Invocation {
        self.project.loadgate(arguments)
    }

    /// Compares recordings with the baseline: what it said and how it ended, and comparison.json.
    #[track_caller]
    pub(crate) fn compare(&self, recordings: &str) -> (Finished, Value) {
        let finished = self.loadgate("compare").args(recordings).run();
        (finished, self.project.json("loadgate-report/comparison.json"))
    }
}

fn job(mut run: Value, number: usize, factor: f64) -> Value {
    run["job"] = json!({ "boot": format!("boot {number}"), "run": format!("{number}") });
    run["started_at"] = json!(format!("2026-03-{:02}T09:00:00Z", number + 1));
    run.as_object_mut().unwrap().remove("histograms");
    for cells in run["cells"].as_object_mut().unwrap().values_mut() {
        for (metric, estimate) in cells.as_object_mut().unwrap() {
            let value = estimate["value"].as_f64().unwrap();
            if metric.ends_with("_us") {
                estimate["value"] = json!(value * factor);
            }
        }
    }
    run
}
