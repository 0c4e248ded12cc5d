//! The metrics a cell can be of, and how each is named, measured and compared.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

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
}

impl Metric {
    /// Every metric, in the order of reports.
    #[must_use]
    pub fn all() -> [Self; 10] {
        use Metric::{ErrorRate, Max, Mean, P50, P90, P95, P99, P999, Rps, RpsCeiling};
        [P50, P90, P95, P99, P999, Max, Mean, ErrorRate, Rps, RpsCeiling]
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
        }
    }

    /// What its value counts.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Self::P50 | Self::P90 | Self::P95 | Self::P99 | Self::P999 | Self::Max | Self::Mean => Unit::Microseconds,
            Self::ErrorRate => Unit::Share,
            Self::Rps | Self::RpsCeiling => Unit::PerSecond,
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
            Self::Max | Self::Mean | Self::ErrorRate | Self::Rps | Self::RpsCeiling => None,
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
#[error("unknown metric `{0}`: use one of p50, p90, p95, p99, p999, max, mean, error_rate, rps, rps_ceiling")]
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
