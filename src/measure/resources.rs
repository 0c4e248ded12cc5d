//! What the target used, second by second.
//!
//! In: readings by name, as they were taken beside the load. Out: slices in order, bounded as those of the generator are, and
//! what they amount to: over the window, within a level, as a trend. Reads nothing itself.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::numbers::{MOST_FIGURE, check_counts, check_figure, check_slices, length, real};
use super::recording::RunFacts;
use super::run::Estimate;
use super::series::MOST_SLICES;
use super::summary::ResourceSummary;

/// What the target used over a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Resources {
    /// Length of a slice in seconds: a power of two.
    slice_s: u64,
    /// In order of start; one without a reading is absent.
    slices: Vec<ResourceSlice>,
}

/// What the target used in one slice of time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ResourceSlice {
    /// When it starts, in seconds from the start of the run.
    pub start_s: u64,
    /// Readings by name: `cpu_cores`, `rss_bytes`, `open_files`, ….
    pub readings: BTreeMap<String, Readings>,
}

/// The readings of one resource within a slice. Sums, so that slices merge.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Readings {
    /// How many there were.
    pub count: u64,
    /// All of them together.
    pub sum: f64,
    /// The highest.
    pub max: f64,
}

impl Default for Resources {
    fn default() -> Self {
        Self { slice_s: 1, slices: Vec::new() }
    }
}

impl Resources {
    /// Whether nothing was ever read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slices.is_empty()
    }

    /// Length of a slice in seconds.
    #[must_use]
    pub fn slice_s(&self) -> u64 {
        self.slice_s
    }

    /// The slices, in order.
    #[must_use]
    pub fn slices(&self) -> &[ResourceSlice] {
        &self.slices
    }

    /// Adds what was read within a second.
    pub(super) fn observe(&mut self, start_s: u64, readings: &BTreeMap<String, f64>) {
        let finite = readings.iter().filter(|(_, value)| value.abs() <= MOST_FIGURE);
        let readings = finite.map(|(name, value)| (name.clone(), Readings { count: 1, sum: *value, max: *value }));
        let readings: BTreeMap<_, _> = readings.collect();
        if !readings.is_empty() {
            self.add(ResourceSlice { start_s, readings });
        }
    }

    /// What it amounts to in a span of the run, by resource; none where nothing was read.
    pub(super) fn summary(&self, from_s: f64, to_s: f64) -> BTreeMap<String, ResourceSummary> {
        let mut all = ResourceSlice::default();
        self.within(from_s, to_s).for_each(|slice| all.take(slice));
        let summaries = all.readings.into_iter();
        summaries
            .map(|(name, of)| (name, ResourceSummary { mean: of.sum / real(of.count.max(1)), max: of.max }))
            .collect()
    }

    /// The mean of one resource over the window, with its noise from batch to batch; none where nothing was read.
    pub(super) fn estimate(&self, name: &str, facts: &RunFacts) -> Option<Estimate> {
        let readings = self.series(name, facts);
        let values: Vec<f64> = readings.iter().map(|(_, value)| *value).collect();
        let count = length(&values);
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        // Readings resemble their neighbours; what runs differ by is learned from runs.
        let variance = if count > 1.0 && mean > 0.0 { squares / (count - 1.0) / count / (mean * mean) } else { 0.0 };
        let samples = u64::try_from(values.len()).unwrap_or(u64::MAX);
        // Less than nothing is no use of anything.
        (samples > 0 && mean >= 0.0).then_some(Estimate { value: mean, samples, effective: count, variance })
    }

    /// The means of one resource by slice over the window, each with its time in seconds.
    pub(super) fn series(&self, name: &str, facts: &RunFacts) -> Vec<(f64, f64)> {
        let in_window = self.within(facts.warmup_s, facts.warmup_s + facts.window_s);
        let read = in_window.filter_map(|slice| Some((slice, slice.readings.get(name).filter(|of| of.count > 0)?)));
        let middle = real(self.slice_s) / 2.0;
        read.map(|(slice, of)| (real(slice.start_s) + middle, of.sum / real(of.count))).collect()
    }

    /// What is wrong with one that was read, if anything.
    pub(super) fn check(&self) -> Result<(), String> {
        check_slices("resource slices", self.slice_s, self.slices.iter().map(|slice| slice.start_s))?;
        if !self.slices.is_sorted_by(|one, next| one.start_s < next.start_s) {
            return Err("resource slices out of order".to_owned());
        }
        let readings = || self.slices.iter().flat_map(|slice| slice.readings.values());
        for value in readings().flat_map(|of| [of.sum, of.max]) {
            check_figure("a resource", value, -MOST_FIGURE..=MOST_FIGURE)?;
        }
        check_counts("the readings of resources", readings().map(|of| of.count))
    }

    fn within(&self, from_s: f64, to_s: f64) -> impl Iterator<Item = &ResourceSlice> {
        let half = real(self.slice_s) / 2.0;
        self.slices.iter().filter(move |slice| (from_s..to_s).contains(&(real(slice.start_s) + half)))
    }

    fn add(&mut self, slice: ResourceSlice) {
        let start_s = slice.start_s - slice.start_s % self.slice_s;
        match self.slices.binary_search_by_key(&start_s, |slice| slice.start_s) {
            Ok(place) => {
                if let Some(known) = self.slices.get_mut(place) {
                    known.take(&slice);
                }
            }
            Err(place) => self.slices.insert(place, ResourceSlice { start_s, ..slice }),
        }
        if self.slices.len() > MOST_SLICES {
            self.slice_s *= 2;
            for slice in std::mem::take(&mut self.slices) {
                self.add(slice);
            }
        }
    }
}

impl ResourceSlice {
    fn take(&mut self, other: &Self) {
        for (name, more) in &other.readings {
            match self.readings.get_mut(name) {
                Some(known) => known.add(*more),
                None => drop(self.readings.insert(name.clone(), *more)),
            }
        }
    }
}

impl Readings {
    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.max = self.max.max(other.max);
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::facts;
    use super::*;

    fn of(seconds: std::ops::Range<u64>) -> Resources {
        let mut resources = Resources::default();
        for second in seconds {
            resources.observe(second, &BTreeMap::from([("rss_bytes".to_owned(), 100.0 + real(second))]));
        }
        resources
    }

    #[test]
    fn the_warm_up_is_in_no_figure() {
        let summary = of(0..35).summary(5.0, 35.0);
        assert_eq!(summary["rss_bytes"], ResourceSummary { mean: 119.5, max: 134.0 });
        let estimate = of(0..35).estimate("rss_bytes", &facts()).unwrap();
        assert_eq!((estimate.value, estimate.samples), (119.5, 30));
        assert_eq!(of(0..35).estimate("cpu_cores", &facts()), None);
    }

    #[test]
    fn a_long_run_keeps_its_means_in_longer_slices() {
        let long = of(0..5_000);
        assert_eq!(long.slice_s(), 16);
        assert!(long.slices().len() <= MOST_SLICES);
        // The last slice is no whole one, and its middle lies behind the end.
        assert_eq!(long.summary(0.0, 5_000.0)["rss_bytes"], ResourceSummary { mean: 2_595.5, max: 5_091.0 });
        assert_eq!(long.check(), Ok(()));
    }

    #[test]
    fn what_is_no_number_is_not_kept() {
        let mut resources = Resources::default();
        resources.observe(0, &BTreeMap::from([("cpu_cores".to_owned(), f64::NAN)]));
        assert!(resources.is_empty());
    }
}
