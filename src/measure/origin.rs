//! Where a run came from: the code it measured, the job it ran in, the environment it ran on.
//!
//! Plain data. `baseline::here` finds it out; the gate compares it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Provenance of one run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// Version of loadgate that measured.
    pub loadgate: String,
    /// When the run started, RFC 3339 in UTC.
    pub started_at: String,
    /// Commit of the code under test, where known.
    pub commit: Option<String>,
    /// Branch or tag of the code under test, where known.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// The job it ran in: runs of one job share the machine's luck.
    pub job: Job,
    /// The environment it ran on.
    pub environment: Environment,
}

/// Identity of a job: equal for runs that share one machine at one time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
pub struct Job {
    /// Identity of the host's boot.
    pub boot: String,
    /// The CI run, or this invocation of loadgate outside CI.
    pub run: String,
}

/// The class of an environment. Two runs compare only within one class, unless the configuration says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Environment {
    /// `x86_64`, `aarch64`, ….
    pub arch: String,
    /// The CPU's model name.
    pub cpu: String,
    /// Logical CPUs this process may use.
    pub vcpus: u32,
    /// Memory, rounded to a power of two of GiB.
    pub memory_gib: u64,
    /// `none`, `kvm`, `docker`, … .
    pub virtualization: String,
    /// Operating system and major version: `debian 12`.
    pub os: String,
    /// Hash of the profile that was played.
    pub profile: String,
    /// Version of loadgate's recording format.
    pub format: u32,
}
