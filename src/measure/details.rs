//! What a recording keeps of a whole run and not of each slice: distributions nobody compares over time.
//!
//! In: the columns of workers. Out: a histogram for each thing measured, by endpoint and phase; mergeable.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::example::{self, Instead};
use super::histogram::Histogram;
use super::recorder::Columns;
use super::sample::Phase;

/// The details of one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct EndpointDetails {
    /// Of requests that were due in the warm-up.
    #[serde(default, skip_serializing_if = "Details::is_empty")]
    pub warmup: Details,
    /// Of requests that were due in the window.
    #[serde(default, skip_serializing_if = "Details::is_empty")]
    pub window: Details,
    /// What came instead, by kind of failure in the window: the first of each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub examples: BTreeMap<String, Instead>,
}

/// Distributions in microseconds. One without a sample is absent from files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Details {
    /// Service time of successful requests.
    #[serde(skip_serializing_if = "Histogram::is_empty")]
    pub service_us: Histogram,
    /// Response time of failed requests.
    #[serde(skip_serializing_if = "Histogram::is_empty")]
    pub failed_us: Histogram,
    /// Resolving the host name.
    #[serde(skip_serializing_if = "Histogram::is_empty")]
    pub dns_us: Histogram,
    /// The TCP handshake.
    #[serde(skip_serializing_if = "Histogram::is_empty")]
    pub connect_us: Histogram,
    /// The TLS handshake.
    #[serde(skip_serializing_if = "Histogram::is_empty")]
    pub tls_us: Histogram,
    /// From the request written to the first byte of the answer.
    #[serde(skip_serializing_if = "Histogram::is_empty")]
    pub wait_us: Histogram,
    /// From the first byte of the answer to the last.
    #[serde(skip_serializing_if = "Histogram::is_empty")]
    pub receive_us: Histogram,
}

impl EndpointDetails {
    /// The details of one phase.
    pub(super) fn of(&self, phase: Phase) -> &Details {
        match phase {
            Phase::Warmup => &self.warmup,
            Phase::Window => &self.window,
        }
    }

    /// The details of one phase, to add to.
    pub(super) fn of_mut(&mut self, phase: Phase) -> &mut Details {
        match phase {
            Phase::Warmup => &mut self.warmup,
            Phase::Window => &mut self.window,
        }
    }

    /// How many times each of its distributions holds.
    pub(super) fn counts(&self) -> impl Iterator<Item = u64> {
        [&self.warmup, &self.window].into_iter().flat_map(|details| {
            [
                &details.service_us,
                &details.failed_us,
                &details.dns_us,
                &details.connect_us,
                &details.tls_us,
                &details.wait_us,
                &details.receive_us,
            ]
            .map(Histogram::count)
        })
    }

    /// Adds those of another recording.
    pub(super) fn add(&mut self, other: &Self) {
        self.warmup.add(&other.warmup);
        self.window.add(&other.window);
        for (kind, instead) in &other.examples {
            example::keep(&mut self.examples, kind.clone(), instead.clone());
        }
    }
}

impl Details {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds another endpoint's or recording's.
    pub(super) fn add(&mut self, other: &Self) {
        self.service_us.add(&other.service_us);
        self.failed_us.add(&other.failed_us);
        self.dns_us.add(&other.dns_us);
        self.connect_us.add(&other.connect_us);
        self.tls_us.add(&other.tls_us);
        self.wait_us.add(&other.wait_us);
        self.receive_us.add(&other.receive_us);
    }

    /// Adds a worker's columns. Sorts them.
    pub(super) fn absorb(&mut self, columns: &mut Columns) {
        self.add(&Self {
            service_us: Histogram::from_micros(&mut columns.service),
            failed_us: Histogram::from_micros(&mut columns.failed),
            dns_us: Histogram::from_micros(&mut columns.dns),
            connect_us: Histogram::from_micros(&mut columns.connect),
            tls_us: Histogram::from_micros(&mut columns.tls),
            wait_us: Histogram::from_micros(&mut columns.wait),
            receive_us: Histogram::from_micros(&mut columns.receive),
        });
    }
}
