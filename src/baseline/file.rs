//! The file of one profile's baseline.
//!
//! In: a path and a profile's name. Out: its [`Baseline`]. A file that can't be read is never written over, and
//! writers wait for each other. Knows nothing of what the runs mean.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::atomic::write_atomically;
use super::error::Error;
use super::runs::Baseline;
use crate::intake;

/// Locked while a baseline of its folder changes. It stays, empty: removing a lock file would let two writers hold
/// two of them.
const LOCK: &str = ".lock";

/// The file of one profile's baseline, which need not exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    path: PathBuf,
    profile: String,
}

impl File {
    /// The file at `path` as that of `profile`.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, profile: &str) -> Self {
        Self { path: path.into(), profile: profile.to_owned() }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The profile whose runs it holds.
    #[must_use]
    pub fn profile(&self) -> &str {
        &self.profile
    }

    /// The baseline in it; none where there is no file.
    ///
    /// # Errors
    /// A file that is there and can't be read, is damaged, foreign, newer, or holds another profile.
    pub fn read(&self) -> Result<Option<Baseline>, Error> {
        let Some(bytes) = intake::unless_missing(intake::read(&self.path, intake::BASELINE))? else { return Ok(None) };
        let baseline = Baseline::from_json(&bytes, &self.path)?;
        if baseline.profile == self.profile {
            return Ok(Some(baseline));
        }
        Err(Error::WrongProfile { path: self.path.clone(), found: baseline.profile, wanted: self.profile.clone() })
    }

    /// The baseline in it, where there must be one.
    ///
    /// # Errors
    /// What [`File::read`] refuses, and a file that is not there.
    pub fn read_existing(&self) -> Result<Baseline, Error> {
        self.read()?.ok_or_else(|| self.missing())
    }

    /// Replaces the baseline by what `change` makes of the present one. Writers wait for each other, in this process
    /// and others, so no run is lost.
    ///
    /// # Errors
    /// What [`File::read`] and `change` refuse, and a file that can't be written; nothing is written then.
    pub fn update(&self, change: impl FnOnce(Option<Baseline>) -> Result<Baseline, Error>) -> Result<Baseline, Error> {
        let _lock = self.lock()?;
        let baseline = change(self.read()?)?;
        let bytes = baseline
            .to_json()
            .map_err(|source| Error::Write { path: self.path.clone(), source: io::Error::other(source) })?;
        write_atomically(&self.path, &bytes)?;
        Ok(baseline)
    }

    /// The error for a file that should be there.
    #[must_use]
    pub fn missing(&self) -> Error {
        Error::Missing { path: self.path.clone(), profile: self.profile.clone() }
    }

    /// Holds the folder until dropped; the system lets go of it should this process die.
    fn lock(&self) -> Result<fs::File, Error> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let path = folder.join(LOCK);
        let locked = || -> io::Result<fs::File> {
            fs::create_dir_all(folder)?;
            let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path)?;
            file.lock()?;
            Ok(file)
        };
        locked().map_err(|source| Error::Lock { path: path.clone(), source })
    }
}

/// The baseline in the file at `path`, whatever its profile.
pub(super) fn parse(path: &Path) -> Result<Baseline, Error> {
    Baseline::from_json(&intake::read(path, intake::BASELINE)?, path)
}
