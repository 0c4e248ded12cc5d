//! Which files a description may have sent: those in its folder.
//!
//! In: a path as typed. Out: the file's real path, or why it is refused. Reads no file.
//!
//! A loadgate.toml may come from a stranger's pull request. What it sends must not be a key from the machine's home.

use std::io;
use std::path::{Path, PathBuf};

use super::fault::Flaw;

/// Where `file`, relative to `base`, really is, with all symbolic links followed: in `base` or below.
pub(super) fn inside(file: &Path, base: &Path, unreadable: impl Fn(io::Error) -> Flaw) -> Result<PathBuf, Flaw> {
    let outside = || {
        let message = format!("{} is outside the folder of loadgate.toml", file.display());
        Flaw::new(message, "copy it into that folder: nothing from elsewhere is sent")
    };
    let folder = if base.as_os_str().is_empty() { Path::new(".") } else { base };
    let folder = folder.canonicalize().map_err(&unreadable)?;
    let path = base.join(file).canonicalize().map_err(&unreadable)?;
    if path.starts_with(&folder) { Ok(path) } else { Err(outside()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(file: impl AsRef<Path>, base: &Path) -> String {
        let unreadable = |error: io::Error| Flaw::new(error.to_string(), "");
        inside(file.as_ref(), base, unreadable).map_or_else(|flaw| flaw.message, |path| path.display().to_string())
    }

    #[test]
    fn files_outside_the_folder_are_refused_whatever_leads_there() {
        let around = tempfile::tempdir().unwrap();
        let base = around.path().join("project");
        std::fs::create_dir_all(base.join("data")).unwrap();
        std::fs::create_dir_all(around.path().join("project-2")).unwrap();
        for file in ["secret.csv", "project/data/mine.csv", "project-2/secret.csv"] {
            std::fs::write(around.path().join(file), "id\n1\n").unwrap();
        }
        assert!(told("data/mine.csv", &base).ends_with("mine.csv"));
        assert!(told("data/../data/mine.csv", &base).ends_with("mine.csv"));
        assert!(told(base.join("data/mine.csv"), &base).ends_with("mine.csv"));
        for file in ["../secret.csv", "data/../../secret.csv", "../project-2/secret.csv", "/etc/passwd"] {
            assert!(told(file, &base).contains("outside the folder of loadgate.toml"), "{file}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("../secret.csv", base.join("link.csv")).unwrap();
            std::os::unix::fs::symlink("..", base.join("up")).unwrap();
            std::os::unix::fs::symlink("data/mine.csv", base.join("near.csv")).unwrap();
            assert!(told("link.csv", &base).contains("outside the folder"));
            assert!(told("up/secret.csv", &base).contains("outside the folder"));
            assert!(told("near.csv", &base).ends_with("mine.csv"));
        }
    }
}
