//! Everything a run measured, in mergeable form, and what it leads to.
//!
//! In: what the collector gathered, and the facts only the driver knows. Out: the [`Summary`] for people and the
//! [`Run`] for the gate, both computed anew from slices and histograms, so that they cannot disagree with them.
//! Does not touch files: `document` gives and takes their bytes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::abort::Abort;
use super::capacity::Stage;
use super::ceiling::Ceiling;
use super::course::Course;
use super::details::EndpointDetails;
use super::generator::Generator;
use super::metric::Metric;
use super::numbers::{LONGEST_S, MOST_FIGURE, check_counts, check_figure};
use super::origin::Origin;
use super::resources::Resources;
use super::run::{Cells, Run};
use super::sample::Phase;
use super::series::Series;
use super::summary::{EndpointSummary, Summary, TARGET};
use super::window::{self, WindowLimit};
use super::{estimate, growth, steady, summarize};

/// Windows of shards that differ by less than this many seconds are one window.
const SAME_WINDOW_S: f64 = 0.001;

/// Everything a run measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recording {
    /// What the driver knows of the run.
    pub facts: RunFacts,
    /// What finished when.
    pub(super) series: Series,
    /// Every endpoint of the plan, also those no request was made to.
    pub(super) endpoints: BTreeMap<String, EndpointDetails>,
    /// How the generator itself fared.
    pub(super) generator: Generator,
    /// What the target used, where that was read.
    #[serde(default, skip_serializing_if = "Resources::is_empty")]
    pub(super) resources: Resources,
    /// The search that the run is the answer of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<Ceiling>,
}

/// What the driver knows of a run and no sample tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunFacts {
    /// The profile that was played.
    pub profile: String,
    /// The load in words: `200 users`, `500/s`.
    pub load: String,
    /// Whether arrivals waited for answers.
    pub model: Model,
    /// Seed of every random draw.
    pub seed: u64,
    /// Where, when and of what it was measured.
    pub origin: Origin,
    /// Length of the measured window in seconds.
    pub window_s: f64,
    /// Length of the warm-up before it in seconds.
    pub warmup_s: f64,
    /// Whether the figures may be used at all.
    pub valid: bool,
    /// Why not, or what to keep in mind.
    pub reasons: Vec<String>,
    /// Whether the run was stopped before its end.
    pub interrupted: bool,
    /// What ended it early as hopeless, where a rule of `[[gate.abort]]` did and nothing else is wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aborted: Option<Abort>,
    /// Classic mistakes of the loadgate.toml that was played, a line each; they change no figure and no verdict.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lint: Vec<String>,
    /// Endpoints that each virtual user asks for once, when it comes or goes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub once_a_user: Vec<String>,
    /// The stages of the load, where there was more than one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Stage>,
    /// Worker threads.
    pub workers: u32,
    /// How much may grow in an hour, as a share of its level: `memory`, `latency`, ….
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub leak: BTreeMap<Metric, f64>,
}

/// Whether arrivals wait for answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Model {
    /// Starts follow a schedule, whatever the answers do.
    Open,
    #[default]
    /// Each virtual user waits for its answer.
    Closed,
}

/// Why recordings are not shards of one run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There was nothing to merge.
    #[error("no recording to merge: name the recordings of all shards")]
    Nothing,
    /// Two recordings differ in what shards of one run share.
    #[error(
        "the recordings are not shards of one run: {what} is {first} in one and {other} in another; merge only recordings made together with one loadgate.toml"
    )]
    Differs {
        /// What differs.
        what: &'static str,
        /// How it reads in the first recording.
        first: String,
        /// How it reads in the other.
        other: String,
    },
}

/// Most stages that are read: what becomes of each is looked for in all slices.
const MOST_STAGES: usize = 1_000;

impl Recording {
    /// What is wrong with a recording that was read, if anything.
    pub(super) fn check(&self) -> Result<(), String> {
        self.facts.check()?;
        self.series.check()?;
        check_counts("the times of requests", self.endpoints.values().flat_map(EndpointDetails::counts))?;
        self.generator.check()?;
        self.resources.check()?;
        self.ceiling.as_ref().map_or(Ok(()), Ceiling::check)
    }

    /// The figures for people, of the window alone.
    #[must_use]
    pub fn summary(&self) -> Summary {
        summarize::summary(self)
    }

    /// The run over time, in few enough steps to be drawn.
    #[must_use]
    pub fn course(&self) -> Course {
        Course::of(self)
    }

    /// What the warm-up amounted to, over all endpoints: to be shown beside the figures, never among them.
    #[must_use]
    pub fn warmup(&self) -> EndpointSummary {
        summarize::whole_run(self, Phase::Warmup, self.facts.warmup_s)
    }

    /// What the gate compares, of the window alone.
    #[must_use]
    pub fn run(&self) -> Run {
        let steady = steady::steady_after_s(&self.series, self.facts.warmup_s, self.facts.window_s);
        Run {
            origin: self.facts.origin.clone(),
            window_s: self.facts.window_s,
            valid: self.facts.valid,
            aborted: self.facts.aborted.clone(),
            once_a_user: self.facts.once_a_user.clone(),
            // What comes before a hold is its users' arrival: it is meant to differ.
            steady_after_s: steady.filter(|_| self.ceiling.is_none()),
            cells: self.cells(),
            windows: BTreeMap::new(),
        }
    }

    /// Every cell: of endpoints, of the target, and of what may not grow.
    fn cells(&self) -> Cells {
        let mut cells = estimate::cells(&self.series, self.facts.warmup_s, self.facts.window_s);
        let of_target = Metric::of_target()
            .into_iter()
            .filter_map(|metric| Some((TARGET, metric, self.resources.estimate(metric.reading()?, &self.facts)?)));
        let growth =
            self.facts.leak.keys().filter_map(|metric| {
                Some((metric.only_endpoint()?, *metric, growth::trend(self, *metric)?.estimate()))
            });
        for (endpoint, metric, estimate) in of_target.chain(growth) {
            cells.entry(endpoint.to_owned()).or_default().insert(metric, estimate);
        }
        if let Some(ceiling) = &self.ceiling {
            ceiling.add_to(&mut cells);
        }
        cells
    }

    /// The same, with the worst windows of what limits are held over.
    #[must_use]
    pub fn run_over(&self, limits: &[WindowLimit]) -> Run {
        let mut run = self.run();
        for asked in limits {
            if let Some(worst) = window::worst(&self.series, self.facts.warmup_s, self.facts.window_s, asked) {
                run.windows.entry(asked.endpoint.clone()).or_default().insert(asked.metric, worst);
            }
        }
        run
    }

    /// Every endpoint of the plan, in order, also those no request was made to.
    #[must_use]
    pub fn endpoints(&self) -> Vec<String> {
        self.endpoints.keys().cloned().collect()
    }

    /// What finished when.
    #[must_use]
    pub fn series(&self) -> &Series {
        &self.series
    }

    /// What the target used, over time.
    #[must_use]
    pub fn resources(&self) -> &Resources {
        &self.resources
    }

    /// How the generator itself fared, over time.
    #[must_use]
    pub fn generator(&self) -> &Generator {
        &self.generator
    }

    /// One recording of all shards of a run: counts and rates add, histograms merge exactly. Provenance, seed and
    /// the target's resources are the first shard's.
    ///
    /// # Errors
    /// When there is nothing to merge, or the recordings are not of one profile, model, warm-up and window.
    pub fn merge(shards: &[Self]) -> Result<Self, MergeError> {
        let (first, others) = shards.split_first().ok_or(MergeError::Nothing)?;
        let mut merged = first.clone();
        for shard in others {
            merged.facts.add(&shard.facts)?;
            merged.series.merge(&shard.series);
            for (name, details) in &shard.endpoints {
                merged.endpoints.entry(name.clone()).or_default().add(details);
            }
            merged.generator.merge(&shard.generator);
        }
        Ok(merged)
    }
}

impl RunFacts {
    /// What is wrong with facts that were read, if anything.
    pub(super) fn check(&self) -> Result<(), String> {
        for (name, span_s) in [("`warmup_s`", self.warmup_s), ("`window_s`", self.window_s)] {
            check_figure(name, span_s, 0.0..=LONGEST_S)?;
        }
        for stage in &self.stages {
            check_figure("the level of a stage", stage.level, 0.0..=MOST_FIGURE)?;
            check_figure("the ramp of a stage", stage.ramp_s, 0.0..=LONGEST_S)?;
            check_figure("the hold of a stage", stage.hold_s, 0.0..=LONGEST_S)?;
        }
        for growth in self.leak.values() {
            check_figure("the growth that is allowed", *growth, 0.0..=f64::MAX)?;
        }
        if self.stages.len() > MOST_STAGES {
            return Err(format!("more than {MOST_STAGES} stages"));
        }
        self.aborted.as_ref().map_or(Ok(()), Abort::check)
    }

    /// Adds those of another shard.
    fn add(&mut self, other: &Self) -> Result<(), MergeError> {
        self.check_same_run(other)?;
        if !self.load.is_empty() && !other.load.is_empty() {
            self.load.push_str(" + ");
        }
        self.load.push_str(&other.load);
        self.valid &= other.valid;
        let new: Vec<_> = other.reasons.iter().filter(|reason| !self.reasons.contains(reason)).cloned().collect();
        self.reasons.extend(new);
        let new: Vec<_> = other.lint.iter().filter(|note| !self.lint.contains(note)).cloned().collect();
        self.lint.extend(new);
        self.interrupted |= other.interrupted;
        self.aborted = self.aborted.take().or_else(|| other.aborted.clone());
        self.workers += other.workers;
        Ok(())
    }

    fn check_same_run(&self, other: &Self) -> Result<(), MergeError> {
        let differs = |what, first: &dyn ToString, other: &dyn ToString| {
            Err(MergeError::Differs { what, first: first.to_string(), other: other.to_string() })
        };
        if self.profile != other.profile {
            return differs("the profile", &self.profile, &other.profile);
        }
        if self.model != other.model {
            return differs("the load model", &self.model, &other.model);
        }
        if (self.warmup_s - other.warmup_s).abs() > SAME_WINDOW_S {
            return differs("the warm-up in seconds", &self.warmup_s, &other.warmup_s);
        }
        if (self.window_s - other.window_s).abs() > SAME_WINDOW_S {
            return differs("the measured window in seconds", &self.window_s, &other.window_s);
        }
        Ok(())
    }
}

impl std::fmt::Display for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Open => "open",
            Self::Closed => "closed",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::{facts, recording, success};
    use super::*;

    fn of(facts: RunFacts) -> Recording {
        Recording { facts, ..recording(&[success(0, 6_000, 500)]) }
    }

    #[test]
    fn shards_add_their_workers_and_keep_every_doubt() {
        let doubtful = RunFacts { valid: false, reasons: vec!["saturated".to_owned()], ..facts() };
        let merged = Recording::merge(&[of(facts()), of(doubtful.clone()), of(doubtful)]).unwrap();
        assert_eq!((merged.facts.workers, merged.facts.valid), (3, false));
        assert_eq!(merged.facts.reasons, ["saturated"]);
        assert_eq!(merged.facts.load, "20 users + 20 users + 20 users");
        assert_eq!(merged.summary().generator.start_lag_us.max, 5);
    }

    #[test]
    fn what_is_no_shard_of_the_same_run_is_refused() {
        let others = [
            (RunFacts { profile: "smoke".to_owned(), ..facts() }, "the profile is load in one and smoke in another"),
            (RunFacts { model: Model::Open, ..facts() }, "the load model is closed in one and open in another"),
            (RunFacts { warmup_s: 6.0, ..facts() }, "the warm-up in seconds is 5 in one and 6 in another"),
            (RunFacts { window_s: 12.5, ..facts() }, "the measured window in seconds is 30 in one and 12.5 in another"),
        ];
        for (other, message) in others {
            let error = Recording::merge(&[of(facts()), of(other)]).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
        assert_eq!(Recording::merge(&[]), Err(MergeError::Nothing));
    }
}
