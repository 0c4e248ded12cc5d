//! A baseline in memory, and how its runs come and go.
//!
//! In: runs to accept. Out: the baseline that holds them, or why it may not. Touches no file.

use std::collections::{BTreeMap, BTreeSet};

use super::environment::{Difference, differences};
use super::error::Error;
use crate::measure::{self, ALL, Environment, Job, Metric, Recording, Run};

/// Most estimates of all runs together, a thousand runs of a hundred endpoints: a file that holds more may be too large
/// to be read again.
const MOST_ESTIMATES: usize = 1_200_000;

/// The accepted runs of one profile in one class of environment, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// The profile the runs played.
    pub profile: String,
    /// The class of environment they ran in.
    pub environment: Environment,
    /// The runs, oldest first.
    pub runs: Vec<StoredRun>,
}

/// One accepted run.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRun {
    /// What the gate compares.
    pub run: Run,
    /// Response times by endpoint, as `HdrHistogram` V2-DEFLATE in base64. May be empty: the gate does not need them.
    pub histograms: BTreeMap<String, String>,
}

/// The terms on which runs are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acceptance {
    /// Most runs to keep, the newest; at least 1.
    pub keep: usize,
    /// Take runs from any machine. The profile must be the same all the same: another load is another measurement.
    pub any_environment: bool,
    /// Start over with the accepted runs alone.
    pub replace: bool,
}

impl Baseline {
    /// `current` with `runs` of `profile` added: a new baseline where there was none. A run that is there already
    /// (same job, same start) takes its own place again.
    ///
    /// # Errors
    /// A run that is not valid or in which nothing succeeded, that played another profile, or that ran in
    /// another class of environment than the rest.
    pub fn accept(
        current: Option<Self>,
        profile: &str,
        runs: Vec<StoredRun>,
        terms: Acceptance,
    ) -> Result<Self, Error> {
        let current = current.filter(|_| !terms.replace);
        let newest = runs.iter().max_by(|a, b| a.run.origin.started_at.cmp(&b.run.origin.started_at));
        let environment = match (&current, newest) {
            (Some(baseline), _) => baseline.environment.clone(),
            (None, Some(newest)) => newest.run.origin.environment.clone(),
            (None, None) => return Err(Error::NothingToAccept { profile: profile.to_owned() }),
        };
        for stored in &runs {
            check(&stored.run, profile, &environment, terms.any_environment)?;
        }
        let kept = current.map(|baseline| baseline.runs).unwrap_or_default();
        Ok(Self { profile: profile.to_owned(), environment, runs: kept }.with(runs, terms.keep))
    }

    /// `current` with `run` added, whatever it ran on and whatever load it played: a history, of which the newest `most`
    /// runs are kept. A run that is there already takes its own place again.
    #[must_use]
    pub fn keep(current: Option<Self>, profile: &str, run: StoredRun, most: usize) -> Self {
        let environment = run.run.origin.environment.clone();
        let current = current.unwrap_or_else(|| Self { profile: profile.to_owned(), environment, runs: Vec::new() });
        current.with(vec![run], most)
    }

    fn with(mut self, runs: Vec<StoredRun>, keep: usize) -> Self {
        self.runs.retain(|old| !runs.iter().any(|new| same_run(old, new)));
        self.runs.extend(runs);
        self.sort();
        self.prune(keep.min(self.fitting(MOST_ESTIMATES)));
        self
    }

    /// How many of the newest runs hold no more than `most` estimates together.
    pub(super) fn fitting(&self, most: usize) -> usize {
        let sizes = self.runs.iter().rev().map(|stored| stored.run.cells.values().map(BTreeMap::len).sum::<usize>());
        let sums = sizes.scan(0, |sum, size| {
            *sum += size;
            Some(*sum)
        });
        sums.take_while(|sum| *sum <= most).count()
    }

    /// Keeps the newest `keep` runs (at least 1) and says how many went.
    pub fn prune(&mut self, keep: usize) -> usize {
        let surplus = self.runs.len().saturating_sub(keep.max(1));
        self.runs.drain(..surplus);
        surplus
    }

    /// The jobs the runs were made in: what the gate counts, since runs of one job share the machine's luck.
    #[must_use]
    pub fn jobs(&self) -> BTreeSet<&Job> {
        self.runs.iter().map(|stored| &stored.run.origin.job).collect()
    }

    /// The endpoints that its runs measured, in order.
    #[must_use]
    pub fn endpoints(&self) -> Vec<String> {
        let all = self.runs.iter().flat_map(|stored| stored.run.cells.keys());
        all.filter(|endpoint| *endpoint != ALL).cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The newest run.
    #[must_use]
    pub fn newest(&self) -> Option<&Run> {
        self.runs.last().map(|stored| &stored.run)
    }

    fn sort(&mut self) {
        self.runs.sort_by(|a, b| {
            let (a, b) = (&a.run.origin, &b.run.origin);
            (&a.started_at, &a.job).cmp(&(&b.started_at, &b.job))
        });
    }
}

impl StoredRun {
    /// What is kept of a recording.
    ///
    /// # Errors
    /// A histogram that can't be encoded.
    pub fn of(recording: &Recording) -> Result<Self, measure::Error> {
        Ok(Self { run: recording.run(), histograms: recording.response_texts()? })
    }
}

fn same_run(a: &StoredRun, b: &StoredRun) -> bool {
    a.run.origin.job == b.run.origin.job && a.run.origin.started_at == b.run.origin.started_at
}

fn check(run: &Run, profile: &str, class: &Environment, any: bool) -> Result<(), Error> {
    let started_at = run.origin.started_at.clone();
    if !run.valid {
        return Err(Error::InvalidRun { started_at });
    }
    let error_rate = run.cells.get(ALL).and_then(|cells| cells.get(&Metric::ErrorRate));
    if error_rate.is_none_or(|errors| errors.value >= 1.0) {
        return Err(Error::NothingSucceeded { started_at });
    }
    let differs = differences(class, &run.origin.environment);
    if differs.iter().any(Difference::is_of_the_load) {
        return Err(Error::AnotherLoad { started_at, profile: profile.to_owned() });
    }
    if !any && !differs.is_empty() {
        let differs = differs.iter().map(ToString::to_string).collect::<Vec<String>>().join(", ");
        return Err(Error::AnotherEnvironment { started_at, differs });
    }
    Ok(())
}
