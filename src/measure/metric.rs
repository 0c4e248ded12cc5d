//! The metrics a cell can be of, and how each is named, measured and compared.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::summary::{ALL, TARGET};

/// What is measured of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Median response time.
    P50,
    /// 90th percentile of response time.
    P90,
    /// 95th percentile of response time.
    P95,
    /// 99th percentile of response time.
    P99,
    /// 99.9th percentile of response time.
    P999,
    /// Longest response time.
    Max,
    /// Mean response time.
    Mean,
    /// Failed requests as a share of all.
    ErrorRate,
    /// Requests finished per second.
    Rps,
    /// Highest rate at which the SLO holds.
    RpsCeiling,
    /// Cores that the target used.
    Cpu,
    /// Memory of the target.
    Memory,
    /// Files that the target held open.
    OpenFiles,
    /// Connections that the target held.
    Connections,
    /// Growth of the target's memory in an hour.
    MemoryGrowth,
    /// Growth of the files that the target held open in an hour.
    OpenFilesGrowth,
    /// Growth of the connections that the target held in an hour.
    ConnectionsGrowth,
    /// Growth of the 95th percentile of response time in an hour.
    LatencyGrowth,
}

/// What a metric's value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Unit {
    /// Microseconds.
    #[serde(rename = "us")]
    Microseconds,
    /// A share between 0 and 1.
    #[serde(rename = "share")]
    Share,
    /// Per second.
    #[serde(rename = "/s")]
    PerSecond,
    /// Cores.
    #[serde(rename = "cores")]
    Cores,
    /// Bytes.
    #[serde(rename = "bytes")]
    Bytes,
    /// Things.
    #[serde(rename = "count")]
    Count,
    /// A share of the level in an hour.
    #[serde(rename = "/h")]
    PerHour,
}

impl Metric {
    /// Every metric, in the order of reports.
    #[must_use]
    pub fn all() -> [Self; 18] {
        use Metric::{
            Connections, ConnectionsGrowth, Cpu, ErrorRate, LatencyGrowth, Max, Mean, Memory, MemoryGrowth, OpenFiles,
            OpenFilesGrowth, P50, P90, P95, P99, P999, Rps, RpsCeiling,
        };
        [
            P50,
            P90,
            P95,
            P99,
            P999,
            Max,
            Mean,
            ErrorRate,
            Rps,
            RpsCeiling,
            Cpu,
            Memory,
            OpenFiles,
            Connections,
            MemoryGrowth,
            OpenFilesGrowth,
            ConnectionsGrowth,
            LatencyGrowth,
        ]
    }

    /// The metrics of the target itself, which stand under its name and no endpoint's.
    #[must_use]
    pub fn of_target() -> [Self; 4] {
        [Self::Cpu, Self::Memory, Self::OpenFiles, Self::Connections]
    }

    /// Its name in files and reports: `p95`, `error_rate`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::P999 => "p999",
            Self::Max => "max",
            Self::Mean => "mean",
            Self::ErrorRate => "error_rate",
            Self::Rps => "rps",
            Self::RpsCeiling => "rps_ceiling",
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::OpenFiles => "open_files",
            Self::Connections => "connections",
            Self::MemoryGrowth => "memory_growth",
            Self::OpenFilesGrowth => "open_files_growth",
            Self::ConnectionsGrowth => "connections_growth",
            Self::LatencyGrowth => "latency_growth",
        }
    }

    /// What its value counts.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Self::P50 | Self::P90 | Self::P95 | Self::P99 | Self::P999 | Self::Max | Self::Mean => Unit::Microseconds,
            Self::ErrorRate => Unit::Share,
            Self::Rps | Self::RpsCeiling => Unit::PerSecond,
            Self::Cpu => Unit::Cores,
            Self::Memory => Unit::Bytes,
            Self::OpenFiles | Self::Connections => Unit::Count,
            Self::MemoryGrowth | Self::OpenFilesGrowth | Self::ConnectionsGrowth | Self::LatencyGrowth => Unit::PerHour,
        }
    }

    /// The reading of the target that it is of; none of what is measured from answers.
    #[must_use]
    pub fn reading(self) -> Option<&'static str> {
        match self {
            Self::Cpu => Some("cpu_cores"),
            Self::Memory | Self::MemoryGrowth => Some("rss_bytes"),
            Self::OpenFiles | Self::OpenFilesGrowth => Some("open_files"),
            Self::Connections | Self::ConnectionsGrowth => Some("connections"),
            _ => None,
        }
    }

    /// Where it stands among endpoints, where that is one place alone.
    #[must_use]
    pub fn only_endpoint(self) -> Option<&'static str> {
        match (self, self.reading()) {
            (_, Some(_)) => Some(TARGET),
            (Self::LatencyGrowth | Self::RpsCeiling, None) => Some(ALL),
            _ => None,
        }
    }

    /// The quantile it is, between 0 and 1; `None` for what is not a percentile.
    #[must_use]
    pub fn quantile(self) -> Option<f64> {
        match self {
            Self::P50 => Some(0.5),
            Self::P90 => Some(0.9),
            Self::P95 => Some(0.95),
            Self::P99 => Some(0.99),
            Self::P999 => Some(0.999),
            _ => None,
        }
    }

    /// Whether more of it is worse: true for latencies and errors, false for rates.
    #[must_use]
    pub fn higher_is_worse(self) -> bool {
        self.unit() != Unit::PerSecond
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Text that names no metric.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown metric `{0}`: use one of p50, p90, p95, p99, p999, max, mean, error_rate, rps, rps_ceiling, cpu, memory, open_files, connections, memory_growth, open_files_growth, connections_growth, latency_growth"
)]
pub struct UnknownMetric(String);

impl FromStr for Metric {
    type Err = UnknownMetric;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::all().into_iter().find(|metric| metric.name() == text).ok_or_else(|| UnknownMetric(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_called_the_same_in_text_and_in_files() {
        for metric in Metric::all() {
            assert_eq!(metric.to_string().parse(), Ok(metric));
            assert_eq!(serde_json::to_value(metric).unwrap(), serde_json::Value::from(metric.name()));
        }
    }

    #[test]
    fn an_unknown_metric_is_refused_with_the_names_that_exist() {
        let error = "p96".parse::<Metric>().unwrap_err().to_string();
        assert!(error.contains("`p96`"), "{error}");
        for metric in Metric::all() {
            assert!(error.contains(metric.name()), "{error}");
        }
    }

    #[test]
    fn only_rates_are_better_when_higher() {
        let better: Vec<_> = Metric::all().into_iter().filter(|metric| !metric.higher_is_worse()).collect();
        assert_eq!(better, [Metric::Rps, Metric::RpsCeiling]);
    }
}
