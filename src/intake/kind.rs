//! The kinds of files that are read, and how large each may be.
//!
//! In: nothing. Out: a [`Kind`] for each: generous for what loadgate or people write, and finite. Reads nothing.

/// A kind of file, and how much of it is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// What it is called in errors.
    pub name: &'static str,
    /// Most bytes.
    pub most_bytes: u64,
    /// Most JSON values in it, where it is JSON: what a value takes in memory has little to do with its text.
    pub most_values: usize,
}

const MIB: u64 = 1 << 20;

impl Kind {
    const fn new(name: &'static str, most_bytes: u64, most_values: usize) -> Self {
        Self { name, most_bytes, most_values }
    }
}

/// loadgate.toml: a body of some megabytes may stand in it.
pub const CONFIG: Kind = Kind::new("a loadgate.toml", 16 * MIB, 0);

/// recording.json. Slices are bounded to about 4 MiB in memory, which is some ten times that in text.
pub const RECORDING: Kind = Kind::new("a recording", 128 * MIB, 4_000_000);

/// duet.json: two runs for each block.
pub const DUET: Kind = Kind::new("a duet", 128 * MIB, 4_000_000);

/// comparison.json.
pub const COMPARISON: Kind = Kind::new("a comparison", 8 * MIB, 1_000_000);

/// A baseline or a history file: a thousand runs of a hundred endpoints.
pub const BASELINE: Kind = Kind::new("a baseline", 256 * MIB, 8_000_000);

/// Rows for templates: some millions.
pub const DATA: Kind = Kind::new("a data file", 256 * MIB, 16_000_000);

/// A file that requests send: each request that is not the same each time holds a copy.
pub const ATTACHMENT: Kind = Kind::new("a file to send", 64 * MIB, 0);

/// PEM: certificates and keys. All roots that a system trusts are a quarter of a MiB.
pub const CERTIFICATE: Kind = Kind::new("a PEM file", 8 * MIB, 0);

/// An OpenAPI document.
pub const OPENAPI: Kind = Kind::new("an OpenAPI document", 16 * MIB, 2_000_000);

/// What a system tells of itself in a file, or a process of its id.
pub const SYSTEM: Kind = Kind::new("a file of the system", MIB, 0);

/// The event that a GitHub workflow runs for: at most what GitHub itself sends.
pub const EVENT: Kind = Kind::new("an event", 25 * MIB, 2_000_000);
