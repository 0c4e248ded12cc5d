//! Reads a file that may be anything: a device without an end, a pipe that nobody writes to, ten gigabytes.
//!
//! In: a path and a [`Kind`]. Out: its bytes, or in a sentence why not. At most one byte more than the kind may have is
//! read, and nothing that is no regular file. Parses nothing.

use std::fs::{File, FileType, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::kind::Kind;

/// A file that is not taken.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {why}", path.display())]
pub struct Error {
    /// The file.
    pub path: PathBuf,
    /// Why not.
    pub why: Refusal,
}

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The system does not give it.
    #[error(transparent)]
    System(#[from] io::Error),
    /// It is there, and no file.
    #[error("it is {0}; name a file")]
    NoFile(&'static str),
    /// It is too large.
    #[error("it is larger than {} MiB, the most that is read of {}; check that it is one", .0.most_bytes >> 20, .0.name)]
    TooLarge(Kind),
    /// It should be text.
    #[error("it is not UTF-8 text; save it as UTF-8")]
    NotText,
}

/// Reads a file of at most the bytes that its kind may have.
///
/// # Errors
/// It can't be read, is no regular file, or is larger.
pub fn read(path: &Path, kind: Kind) -> Result<Vec<u8>, Error> {
    taken(path, kind).map_err(|why| Error { path: path.to_owned(), why })
}

fn taken(path: &Path, kind: Kind) -> Result<Vec<u8>, Refusal> {
    let file = open(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(Refusal::NoFile(name_of(about.file_type())));
    }
    if about.len() > kind.most_bytes {
        return Err(Refusal::TooLarge(kind));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or_default());
    // The length may be wrong: files under /proc say that they have none, and a file may grow.
    let read = file.take(kind.most_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(read).unwrap_or(u64::MAX) > kind.most_bytes {
        return Err(Refusal::TooLarge(kind));
    }
    Ok(bytes)
}

/// [`read`] of a file that must be UTF-8.
///
/// # Errors
/// What [`read`] refuses, and bytes that are no text.
pub fn read_text(path: &Path, kind: Kind) -> Result<String, Error> {
    String::from_utf8(read(path, kind)?).map_err(|_bytes| Error { path: path.to_owned(), why: Refusal::NotText })
}

/// What was read; none where there is no such file.
///
/// # Errors
/// Every other error.
pub fn unless_missing<T>(read: Result<T, Error>) -> Result<Option<T>, Error> {
    match read {
        Err(Error { why: Refusal::System(source), .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

/// Opens without waiting: whoever opens a named pipe to read waits for a writer otherwise.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    let at_once = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    OpenOptions::new().read(true).custom_flags(at_once).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

#[cfg(unix)]
fn name_of(file: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;

    if file.is_dir() {
        "a directory"
    } else if file.is_fifo() {
        "a pipe"
    } else if file.is_char_device() || file.is_block_device() {
        "a device"
    } else {
        "no regular file"
    }
}

#[cfg(not(unix))]
fn name_of(file: FileType) -> &'static str {
    if file.is_dir() { "a directory" } else { "no regular file" }
}

#[cfg(test)]
mod tests {
    use super::super::kind::CONFIG;
    use super::*;

    /// A file of so many bytes, where at most 1 MiB is taken.
    fn read_of(length: u64) -> Result<usize, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(length).unwrap();
        let read = read(file.path(), Kind { most_bytes: 1 << 20, ..CONFIG });
        read.map(|bytes| bytes.len()).map_err(|error| error.why.to_string())
    }

    #[test]
    fn a_file_is_taken_up_to_the_most_of_its_kind() {
        assert_eq!(read_of(1 << 20), Ok(1 << 20));
        let too_large = "it is larger than 1 MiB, the most that is read of a loadgate.toml; check that it is one";
        assert_eq!(read_of((1 << 20) + 1).unwrap_err(), too_large);
        assert_eq!(read_of(1 << 40).unwrap_err(), too_large);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_that_hides_its_length_is_taken_no_further_than_another() {
        let kind = Kind { most_bytes: 16, ..CONFIG };
        let refused = read(Path::new("/proc/self/status"), kind).unwrap_err();
        assert!(matches!(refused.why, Refusal::TooLarge(_)), "{refused}");
    }

    #[test]
    fn what_is_not_there_is_told_from_what_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        assert!(unless_missing(read(&folder.path().join("none"), CONFIG)).unwrap().is_none());
        let refused = unless_missing(read(folder.path(), CONFIG)).unwrap_err();
        assert!(refused.to_string().ends_with("it is a directory; name a file"), "{refused}");
    }
}
