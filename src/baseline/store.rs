//! Where baselines are kept: a folder with one file a profile.
//!
//! In: a profile's name. Out: the [`File`] of its baseline. Knows nothing of what the runs mean.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::error::Error;
use super::file::{self, File};
use super::runs::Baseline;

/// A folder of baselines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    folder: PathBuf,
}

/// A file of a store, and what is in it.
#[derive(Debug)]
pub struct Listed {
    /// The file.
    pub path: PathBuf,
    /// Its baseline, or why it can't be read.
    pub baseline: Result<Baseline, Error>,
}

impl Store {
    /// The store in `folder`, which need not exist yet.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The file of `profile`: its name with everything but ASCII letters, digits, `-`, `_` and inner dots as `%XX`,
    /// so that it is a plain file name on every system.
    #[must_use]
    pub fn file(&self, profile: &str) -> File {
        File::new(self.folder.join(format!("{}.json", file_stem(profile))), profile)
    }

    /// Every baseline in the folder, by file name; none where there is no folder.
    ///
    /// # Errors
    /// A folder that is there and can't be read. A file that can't be read is listed with the reason.
    pub fn list(&self) -> Result<Vec<Listed>, Error> {
        let read = |source| Error::Read { path: self.folder.clone(), source };
        let entries = match fs::read_dir(&self.folder) {
            Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(read)?,
        };
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(read)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                paths.push(path);
            }
        }
        paths.sort();
        Ok(paths.into_iter().map(|path| Listed { baseline: file::parse(&path), path }).collect())
    }
}

/// Names that Windows keeps for devices, with any extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

fn file_stem(profile: &str) -> String {
    let mut stem = String::new();
    for (index, byte) in profile.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || (byte == b'.' && index > 0);
        if plain && !(index == 0 && is_device(profile)) {
            stem.push(char::from(byte));
        } else {
            for part in ['%', hex(byte >> 4), hex(byte & 15)] {
                stem.push(part);
            }
        }
    }
    stem
}

fn hex(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).unwrap_or_default().to_ascii_uppercase()
}

fn is_device(profile: &str) -> bool {
    let base = profile.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let port = base.strip_prefix("com").or_else(|| base.strip_prefix("lpt"));
    DEVICES.contains(&base.as_str()) || port.is_some_and(|number| number.len() == 1 && number != "0")
}
