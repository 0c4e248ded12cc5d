//! A folder of its own to run loadgate in.

use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use super::invocation::Invocation;

/// A temporary folder, with a loadgate.toml or without.
#[derive(Debug)]
pub(crate) struct Project {
    folder: TempDir,
}

impl Project {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A folder with this loadgate.toml.
    pub(crate) fn with(config: &str) -> Self {
        Self::empty().file("loadgate.toml", config)
    }

    /// Writes a file, and the folders it is in.
    pub(crate) fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// The path of a file in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The text of a file in the folder.
    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.path(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// A file in the folder, as JSON.
    #[track_caller]
    pub(crate) fn json(&self, name: &str) -> Value {
        let text = self.read(name);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name} is not JSON: {error}\n{text}"))
    }

    /// loadgate, to be run in the folder with these arguments, separated by spaces.
    pub(crate) fn loadgate(&self, arguments: &str) -> Invocation {
        Invocation::new(self.folder.path(), arguments)
    }
}
