//! Of all processes of a user on a machine one at a time changes a list: registries and layouts have no way to change
//! it only if nobody else did.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy as _;
use tokio::task::spawn_blocking;

use super::Error;
use super::directory::{Lock, NotLocked, UserDirectory};
use crate::diagnostic::Remedy;
use crate::oci::Digest;

/// Where processes take turns: a directory with a file for each thing that is changed, locked while it is. The files
/// are empty and stay; a lock ends with its process. The directory is a real one of the effective user: in one that is
/// somebody else's nobody is kept out.
#[derive(Clone, Debug, Default)]
pub struct LockDir {
    directory: Option<UserDirectory>,
}

/// The right to change one thing. It ends when dropped.
#[derive(Debug)]
pub(super) struct FileLock {
    _lock: Lock,
}

impl LockDir {
    /// Turns in `directory`. The default is `dhi/locks` under `$XDG_CACHE_HOME` (`~/.cache`), whatever directory the
    /// cache has: all processes of a user meet there.
    pub fn at(directory: PathBuf) -> Self {
        Self { directory: Some(UserDirectory::at(directory)) }
    }

    /// Waits for the turn to change `what`, at most for `patience`.
    pub(super) async fn lock(&self, what: &str, timeout: Duration) -> Result<FileLock, Error> {
        let failed =
            |cause: String, remedy: Remedy| Error::LockTimeout { what: what.to_owned(), cause, remedy };
        let unusable = |directory: &Path, error: io::Error| {
            failed(
                format!("the lock directory `{}` cannot be used: {error}", directory.display()),
                Remedy::ShareLockDirectory,
            )
        };
        let place = match &self.directory {
            Some(place) => place.clone(),
            None => etcetera::choose_base_strategy()
                .map(|strategy| UserDirectory::new(strategy.cache_dir(), &["dhi", "locks"]))
                .map_err(|error| {
                    let remedy = Remedy::SetVariable { names: &["XDG_CACHE_HOME"] };
                    failed(format!("no cache directory is known: {error}"), remedy)
                })?,
        };
        let directory = place.path();
        let name = Digest::of(what.as_bytes()).hex();
        let opened = spawn_blocking(move || open(&place, &name)).await;
        let file = opened.unwrap_or_else(|error| Err(io::Error::other(error)));
        let file = file.map_err(|error| unusable(&directory, error))?;
        match Lock::take(file, timeout).await {
            Ok(lock) => Ok(FileLock { _lock: lock }),
            Err(NotLocked::Busy) => {
                let cause = format!("another process changes it for longer than {} s", timeout.as_secs());
                Err(failed(cause, Remedy::WaitForOtherProcess))
            }
            Err(NotLocked::Failed(error)) => Err(unusable(&directory, error)),
        }
    }
}

/// Opens the file, and makes it and its directory for this user alone.
fn open(place: &UserDirectory, name: &str) -> io::Result<File> {
    let directory = place.ensure()?;
    directory.make_private()?;
    directory.lock_file(name)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SHORT: Duration = Duration::from_millis(100);

    #[tokio::test]
    async fn one_at_a_time_changes_a_thing() {
        let scratch = tempfile::tempdir().unwrap();
        let turns = LockDir::at(scratch.path().join("new/locks"));
        let first = turns.lock("a", SHORT).await.unwrap();
        turns.lock("b", SHORT).await.unwrap();
        let other = LockDir::at(scratch.path().join("new/locks"));
        let refused = other.lock("a", SHORT).await.unwrap_err();
        assert!(matches!(refused, Error::LockTimeout { .. }), "{refused}");
        let waiting = tokio::spawn(async move { other.lock("a", Duration::from_secs(20)).await.map(drop) });
        tokio::time::sleep(SHORT).await;
        assert!(!waiting.is_finished());
        drop(first);
        waiting.await.unwrap().unwrap();
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_directory_is_for_this_user_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let scratch = tempfile::tempdir().unwrap();
        let directory = scratch.path().join("locks");
        LockDir::at(directory.clone()).lock("a", SHORT).await.unwrap();
        assert_eq!(fs::metadata(&directory).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[tokio::test]
    async fn a_directory_that_cannot_be_made_is_an_error() {
        let scratch = tempfile::tempdir().unwrap();
        fs::write(scratch.path().join("file"), "").unwrap();
        let error = LockDir::at(scratch.path().join("file/locks")).lock("a", SHORT).await.unwrap_err();
        assert!(
            matches!(&error, Error::LockTimeout { cause, .. } if cause.contains("cannot be used")),
            "{error}"
        );
    }
}
