//! A baseline on disk: its own types, so that renaming anything inside loadgate never changes a stored file.
//!
//! In: bytes. Out: a [`Baseline`], and back. Numbers are rounded to six significant digits, so that a file
//! says what was measured and a diff shows what changed.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::{JsonSchema, Schema, schema_for};
use serde::de::Error as _;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::layout;
use super::runs::{Baseline, StoredRun};
use crate::intake;
use crate::measure::{Environment, Estimate, Job, Metric, Origin, Run};

/// The format this loadgate writes, and the newest it reads.
pub const FORMAT: u32 = 1;

/// Most runs that are read; a history keeps 1,000.
const MOST_RUNS: usize = 2_000;

impl Baseline {
    /// Reads the bytes of a baseline. `path` is only named in errors.
    ///
    /// # Errors
    /// Bytes that are no whole JSON, no baseline, a baseline of a newer format, or one of figures that no run has.
    pub fn from_json(bytes: &[u8], path: &Path) -> Result<Self, Error> {
        let refuse = |source: serde_json::Error| match source.classify() {
            serde_json::error::Category::Data => Error::Foreign { path: path.to_owned(), source },
            _ => Error::Damaged { path: path.to_owned(), source },
        };
        let header: Header = serde_json::from_slice(bytes).map_err(refuse)?;
        if header.format > u64::from(FORMAT) {
            return Err(Error::Newer { path: path.to_owned(), format: header.format });
        }
        intake::look_over(bytes, intake::BASELINE, &mut |_| Ok(())).map_err(refuse)?;
        let file: File = serde_json::from_slice(bytes).map_err(refuse)?;
        let baseline = Self::from(file);
        check(&baseline, header.format).map_err(|why| refuse(serde_json::Error::custom(why)))?;
        Ok(baseline)
    }

    /// The bytes of the baseline, laid out for people and diffs.
    ///
    /// # Errors
    /// Never in practice: every key is a string.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        layout::to_json(&File::from(self))
    }
}

/// What is wrong with a baseline that was read, if anything.
fn check(baseline: &Baseline, format: u64) -> Result<(), String> {
    if format == 0 {
        return Err("its format is 0".to_owned());
    }
    if baseline.runs.len() > MOST_RUNS {
        return Err(format!("it holds more than {MOST_RUNS} runs"));
    }
    for (number, stored) in baseline.runs.iter().enumerate() {
        stored.run.check().map_err(|why| format!("run {}: {why}", number + 1))?;
    }
    Ok(())
}

/// The JSON Schema of the file.
#[must_use]
pub fn schema() -> Schema {
    schema_for!(File)
}

/// What every format has, read before anything that may have changed.
#[derive(Deserialize)]
struct Header {
    format: u64,
}

/// A loadgate baseline: the accepted runs of one profile in one class of environment.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(title = "loadgate baseline", rename = "Baseline")]
struct File {
    /// Version of this format: 1.
    format: u32,
    /// The profile the runs played.
    profile: String,
    /// The class of environment they ran in.
    environment: FileEnvironment,
    /// The runs, oldest first.
    runs: Vec<FileRun>,
}

/// The class of an environment.
#[derive(PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Environment")]
struct FileEnvironment {
    /// `x86_64`, `aarch64`, ….
    arch: String,
    /// The CPU's model name.
    cpu: String,
    /// Logical CPUs.
    vcpus: u32,
    /// Memory, rounded to a power of two of GiB.
    memory_gib: u64,
    /// `none`, `kvm`, `docker on kvm`, ….
    virtualization: String,
    /// Operating system and major version.
    os: String,
    /// Hash of the profile that was played.
    profile_hash: String,
    /// Version of the recording format the figures were made from.
    recording_format: u32,
}

/// One accepted run.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Run")]
struct FileRun {
    /// When it started, RFC 3339 in UTC.
    started_at: String,
    /// Version of loadgate that measured.
    loadgate: String,
    /// Commit of the code under test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    /// Branch or tag of the code under test.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// The job it ran in: runs of one job share the machine's luck.
    job: FileJob,
    /// Its environment, where that is not the baseline's (`environment = "any"`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    environment: Option<FileEnvironment>,
    /// Length of the measured window in seconds.
    window_s: f64,
    /// When it became steady, in seconds from its start, where that was after the warm-up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    steady_after_s: Option<f64>,
    /// Estimates by endpoint and metric.
    cells: BTreeMap<String, BTreeMap<FileMetric, FileEstimate>>,
    /// Response times by endpoint: `HdrHistogram` V2, DEFLATE, base64.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    histograms: BTreeMap<String, String>,
}

/// Identity of a job.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Job")]
struct FileJob {
    /// Identity of the host's boot.
    boot: String,
    /// The CI run, or the invocation of loadgate outside CI.
    run: String,
}

/// A metric and its unit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Metric")]
enum FileMetric {
    #[serde(rename = "p50_us")]
    P50,
    #[serde(rename = "p90_us")]
    P90,
    #[serde(rename = "p95_us")]
    P95,
    #[serde(rename = "p99_us")]
    P99,
    #[serde(rename = "p999_us")]
    P999,
    #[serde(rename = "max_us")]
    Max,
    #[serde(rename = "mean_us")]
    Mean,
    #[serde(rename = "error_rate")]
    ErrorRate,
    #[serde(rename = "rps")]
    Rps,
    #[serde(rename = "rps_ceiling")]
    RpsCeiling,
    #[serde(rename = "cpu_cores")]
    Cpu,
    #[serde(rename = "memory_bytes")]
    Memory,
    #[serde(rename = "open_files")]
    OpenFiles,
    #[serde(rename = "connections")]
    Connections,
    #[serde(rename = "memory_growth_per_h")]
    MemoryGrowth,
    #[serde(rename = "open_files_growth_per_h")]
    OpenFilesGrowth,
    #[serde(rename = "connections_growth_per_h")]
    ConnectionsGrowth,
    #[serde(rename = "latency_growth_per_h")]
    LatencyGrowth,
}

/// One metric of one endpoint in one run.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Estimate")]
struct FileEstimate {
    /// In the metric's unit.
    value: f64,
    /// Requests it rests on.
    samples: u64,
    /// Independent requests those are worth.
    effective: f64,
    /// Variance of ln(value) from inside the run; of the share itself for an error rate.
    variance: f64,
}

impl From<File> for Baseline {
    fn from(file: File) -> Self {
        let environment: Environment = file.environment.into();
        let runs = file.runs.into_iter().map(|run| run.stored(&environment)).collect();
        Self { profile: file.profile, environment, runs }
    }
}

impl From<&Baseline> for File {
    fn from(baseline: &Baseline) -> Self {
        Self {
            format: FORMAT,
            profile: baseline.profile.clone(),
            environment: (&baseline.environment).into(),
            runs: baseline.runs.iter().map(|stored| FileRun::new(stored, &baseline.environment)).collect(),
        }
    }
}

impl FileRun {
    fn new(stored: &StoredRun, class: &Environment) -> Self {
        let Run { origin, window_s, steady_after_s, cells, .. } = &stored.run;
        let cells = cells.iter().map(|(endpoint, metrics)| {
            let metrics = metrics.iter().filter(|(_, estimate)| estimate.value.is_finite());
            (endpoint.clone(), metrics.map(|(metric, estimate)| ((*metric).into(), estimate.into())).collect())
        });
        Self {
            started_at: origin.started_at.clone(),
            loadgate: origin.loadgate.clone(),
            commit: origin.commit.clone(),
            reference: origin.reference.clone(),
            job: FileJob { boot: origin.job.boot.clone(), run: origin.job.run.clone() },
            environment: (origin.environment != *class).then(|| (&origin.environment).into()),
            window_s: rounded(*window_s),
            steady_after_s: steady_after_s.map(rounded),
            cells: cells.collect(),
            histograms: stored.histograms.clone(),
        }
    }

    fn stored(self, class: &Environment) -> StoredRun {
        let cells = self.cells.into_iter().map(|(endpoint, metrics)| {
            (endpoint, metrics.into_iter().map(|(metric, estimate)| (metric.into(), estimate.into())).collect())
        });
        let run = Run {
            origin: Origin {
                loadgate: self.loadgate,
                started_at: self.started_at,
                commit: self.commit,
                reference: self.reference,
                job: Job { boot: self.job.boot, run: self.job.run },
                environment: self.environment.map_or_else(|| class.clone(), Into::into),
            },
            window_s: self.window_s,
            valid: true,
            aborted: None,
            steady_after_s: self.steady_after_s,
            once_a_user: Vec::new(),
            cells: cells.collect(),
            windows: BTreeMap::new(),
        };
        StoredRun { run, histograms: self.histograms }
    }
}

impl From<FileEnvironment> for Environment {
    fn from(file: FileEnvironment) -> Self {
        Self {
            arch: file.arch,
            cpu: file.cpu,
            vcpus: file.vcpus,
            memory_gib: file.memory_gib,
            virtualization: file.virtualization,
            os: file.os,
            profile: file.profile_hash,
            format: file.recording_format,
        }
    }
}

impl From<&Environment> for FileEnvironment {
    fn from(environment: &Environment) -> Self {
        Self {
            arch: environment.arch.clone(),
            cpu: environment.cpu.clone(),
            vcpus: environment.vcpus,
            memory_gib: environment.memory_gib,
            virtualization: environment.virtualization.clone(),
            os: environment.os.clone(),
            profile_hash: environment.profile.clone(),
            recording_format: environment.format,
        }
    }
}

impl From<&Estimate> for FileEstimate {
    fn from(estimate: &Estimate) -> Self {
        Self {
            value: rounded(estimate.value),
            samples: estimate.samples,
            effective: rounded(estimate.effective),
            variance: rounded(estimate.variance),
        }
    }
}

impl From<FileEstimate> for Estimate {
    fn from(file: FileEstimate) -> Self {
        Self { value: file.value, samples: file.samples, effective: file.effective, variance: file.variance }
    }
}

impl From<Metric> for FileMetric {
    fn from(metric: Metric) -> Self {
        match metric {
            Metric::P50 => Self::P50,
            Metric::P90 => Self::P90,
            Metric::P95 => Self::P95,
            Metric::P99 => Self::P99,
            Metric::P999 => Self::P999,
            Metric::Max => Self::Max,
            Metric::Mean => Self::Mean,
            Metric::ErrorRate => Self::ErrorRate,
            Metric::Rps => Self::Rps,
            Metric::RpsCeiling => Self::RpsCeiling,
            Metric::Cpu => Self::Cpu,
            Metric::Memory => Self::Memory,
            Metric::OpenFiles => Self::OpenFiles,
            Metric::Connections => Self::Connections,
            Metric::MemoryGrowth => Self::MemoryGrowth,
            Metric::OpenFilesGrowth => Self::OpenFilesGrowth,
            Metric::ConnectionsGrowth => Self::ConnectionsGrowth,
            Metric::LatencyGrowth => Self::LatencyGrowth,
        }
    }
}

impl From<FileMetric> for Metric {
    fn from(metric: FileMetric) -> Self {
        match metric {
            FileMetric::P50 => Self::P50,
            FileMetric::P90 => Self::P90,
            FileMetric::P95 => Self::P95,
            FileMetric::P99 => Self::P99,
            FileMetric::P999 => Self::P999,
            FileMetric::Max => Self::Max,
            FileMetric::Mean => Self::Mean,
            FileMetric::ErrorRate => Self::ErrorRate,
            FileMetric::Rps => Self::Rps,
            FileMetric::RpsCeiling => Self::RpsCeiling,
            FileMetric::Cpu => Self::Cpu,
            FileMetric::Memory => Self::Memory,
            FileMetric::OpenFiles => Self::OpenFiles,
            FileMetric::Connections => Self::Connections,
            FileMetric::MemoryGrowth => Self::MemoryGrowth,
            FileMetric::OpenFilesGrowth => Self::OpenFilesGrowth,
            FileMetric::ConnectionsGrowth => Self::ConnectionsGrowth,
            FileMetric::LatencyGrowth => Self::LatencyGrowth,
        }
    }
}

/// Six significant digits; 0 for what JSON can't hold.
fn rounded(value: f64) -> f64 {
    format!("{value:.5e}").parse().ok().filter(|rounded: &f64| rounded.is_finite()).unwrap_or(0.0)
}
