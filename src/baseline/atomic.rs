//! Writing a file so that a reader sees the old one or the new one, never half of either.

use std::fs;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use super::error::Error;

/// Bytes that are written at once.
const BUFFER: usize = 64 * 1024;

/// Writes `bytes` to `path`, whole or not at all, and only returns once they are on disk.
/// Creates the folders above it.
///
/// # Errors
/// When a folder can't be created or the file can't be written. What was at `path` is then still there.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_atomically_with(path, |file| file.write_all(bytes))
}

/// The same for a file that is never whole in memory.
///
/// # Errors
/// As above, and those of `write`.
pub fn write_atomically_with(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&fs::File>) -> io::Result<()>,
) -> Result<(), Error> {
    replace(path, write).map_err(|source| Error::Write { path: path.to_owned(), source })
}

fn replace(path: &Path, write: impl FnOnce(&mut BufWriter<&fs::File>) -> io::Result<()>) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let file = temporary(folder)?;
    let mut buffered = BufWriter::with_capacity(BUFFER, file.as_file());
    write(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    sync_folder(folder)
}

/// A file beside the target, so that the final rename stays within one file system; readable like any other
/// file, where a temporary one is private by default.
#[cfg(unix)]
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    Builder::new().permissions(fs::Permissions::from_mode(0o666)).tempfile_in(folder)
}

#[cfg(not(unix))]
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    Builder::new().tempfile_in(folder)
}

/// The rename is on disk only once its folder is. Some file systems refuse to sync a folder; the rename holds there too.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    match fs::File::open(folder)?.sync_all() {
        Err(error) if error.kind() != io::ErrorKind::InvalidInput => Err(error),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as where a folder can be synced")]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folders_above_are_created() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a/b/report.md");
        write_atomically(&path, b"one").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }

    #[test]
    fn a_file_is_replaced_and_nothing_else_is_left_behind() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("report.md");
        write_atomically(&path, b"a longer first text").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failure_names_the_file_and_leaves_no_trace() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("taken");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("inside"), "x").unwrap();
        let error = write_atomically(&folder, b"x").unwrap_err();
        assert!(error.to_string().contains("taken"), "{error}");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_what_was_written() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let (ours, plain) = (root.path().join("ours"), root.path().join("plain"));
        write_atomically(&ours, b"x").unwrap();
        fs::write(&plain, "x").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }
}
