//! What one request amounted to, as the recorder takes it. Knows nothing of how the request was made.

use std::time::Duration;

/// Which part of a run a request belongs to, by the moment it was due.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Recorded and shown, never in a figure.
    Warmup,
    /// The measured window: every figure comes from here.
    Window,
}

/// Where the time of one exchange went. What did not happen (no dial on a kept-alive connection) is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timings {
    /// Resolving the host name.
    pub dns: Option<Duration>,
    /// The TCP handshake.
    pub connect: Option<Duration>,
    /// The TLS handshake.
    pub tls: Option<Duration>,
    /// From the request written to the first byte of the answer.
    pub wait: Option<Duration>,
    /// From the first byte of the answer to the last.
    pub receive: Option<Duration>,
}

/// Why a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failure {
    /// No whole answer came; the label names the kind (`timeout`, `reset`, …).
    Transport(&'static str),
    /// The answer's status, where no status was expected: `status 500`.
    Status(u16),
    /// An expectation or extraction that did not hold, as an index into the recorder's labels
    /// (`expect json $.id`).
    Expectation(u32),
}

/// One request, finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Index into the run's endpoints.
    pub endpoint: u32,
    /// Warm-up or window, by the moment the request was due.
    pub phase: Phase,
    /// When it finished, since the start of the run: chooses the slice.
    pub finished_at: Duration,
    /// Finished - due: what a user at the door saw.
    pub response: Duration,
    /// Finished - sent: what the target took.
    pub service: Duration,
    /// Where the service time went.
    pub timings: Timings,
    /// Bytes of the answer, head and body.
    pub bytes_received: u64,
    /// `None` when the request succeeded.
    pub failure: Option<Failure>,
}
