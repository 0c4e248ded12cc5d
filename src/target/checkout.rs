//! The code of a commit in a folder of its own.
//!
//! In: a repository, and a commit, branch or tag. Out: a [`Checkout`], removed when dropped. Asks git, and leaves the working
//! tree as it is.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::Command;

use super::Error;

/// A worktree of its own at one commit.
#[derive(Debug)]
pub struct Checkout {
    /// The commit.
    pub commit: String,
    /// The folder in it that stands where the one it was asked for from stands.
    pub folder: PathBuf,
    repository: PathBuf,
    worktree: PathBuf,
    _place: TempDir,
}

impl Checkout {
    /// Checks `reference` out, beside the repository that `folder` is in.
    ///
    /// # Errors
    /// There is no repository, it does not know the reference, or there is no place for the files.
    pub async fn of(folder: &Path, reference: &str) -> Result<Self, Error> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let not_known = |said: String| Error::UnknownCommit { reference: reference.to_owned(), said };
        let prefix = git(folder, &["rev-parse", "--show-prefix"])
            .await
            .map_err(|said| Error::NoRepository { folder: folder.to_owned(), said })?;
        let named = format!("{reference}^{{commit}}");
        let commit = git(folder, &["rev-parse", "--verify", "--end-of-options", &named]).await.map_err(not_known)?;
        let place = tempfile::Builder::new().prefix("loadgate-").tempdir().map_err(Error::NoPlace)?;
        let worktree = place.path().join("checkout");
        let path = worktree.to_string_lossy().into_owned();
        git(folder, &["worktree", "add", "--detach", "--quiet", &path, &commit]).await.map_err(not_known)?;
        Ok(Self { commit, folder: worktree.join(prefix), repository: folder.to_owned(), worktree, _place: place })
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        // What git no longer knows, the folder's own end removes; nothing more can be done here.
        let _ = std::process::Command::new("git")
            .arg("-C")
            .arg(&self.repository)
            .args(["worktree", "remove", "--force"])
            .arg(&self.worktree)
            .stdin(Stdio::null())
            .output();
    }
}

/// What git answers, without the line's end; else what it complains of.
async fn git(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).stdin(Stdio::null()).output().await;
    let output = output.map_err(|error| format!("git can't be run: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    /// A repository with a file `api/version` that says `one` at tag `v1` and `two` now.
    fn repository() -> TempDir {
        let place = tempfile::tempdir().unwrap();
        let script = "git init -q . && mkdir api && cd api && \
            save() { git add -A && git -c user.name=a -c user.email=a@b -c commit.gpgsign=false commit -qm x; } && \
            echo one > version && save && git tag v1 && echo two > version && save";
        let made = std::process::Command::new("sh").args(["-c", script]).current_dir(place.path()).status().unwrap();
        assert!(made.success());
        place
    }

    #[tokio::test]
    async fn a_tag_is_checked_out_beside_the_working_tree_and_removed_again() {
        let repository = repository();
        let api = repository.path().join("api");
        let checkout = Checkout::of(&api, "v1").await.unwrap();
        assert_eq!(std::fs::read_to_string(checkout.folder.join("version")).unwrap(), "one\n");
        assert_eq!(std::fs::read_to_string(api.join("version")).unwrap(), "two\n");
        assert_eq!(checkout.commit.len(), 40);
        let folder = checkout.folder.clone();
        drop(checkout);
        assert!(!folder.exists());
        assert_eq!(git(&api, &["worktree", "list"]).await.unwrap().lines().count(), 1);
    }

    #[tokio::test]
    async fn an_unknown_commit_and_a_folder_without_a_repository_are_refused() {
        let repository = repository();
        let unknown = Checkout::of(repository.path(), "v9").await.unwrap_err().to_string();
        assert!(unknown.contains("`v9`") && unknown.contains("git fetch"), "{unknown}");
        let nowhere = tempfile::tempdir().unwrap();
        let none = Checkout::of(nowhere.path(), "v1").await.unwrap_err().to_string();
        assert!(none.contains("no git repository"), "{none}");
        let option = Checkout::of(repository.path(), "--upload-pack=evil").await.unwrap_err();
        assert!(matches!(option, Error::UnknownCommit { .. }), "{option}");
    }
}
