//! Locks that let one process of a user at a time change a list of referrers or the index of a layout.
//!
//! Registries and layouts have no conditional write, so two processes could overwrite each other's changes.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy as _;
use tokio::task::spawn_blocking;

use super::Error;
use super::directory::{Lock, NotLocked, UserDirectory};
use crate::diagnostic::{IoCause, Remedy};
use crate::oci::Digest;

/// A directory with one lock file for each list that is changed. The files are empty and stay; a lock ends with its
/// process. The directory must be owned by the effective user and not be a link: in a directory of another user the
/// locks would exclude nobody.
#[derive(Clone, Debug, Default)]
pub struct LockDir {
    directory: Option<UserDirectory>,
}

/// A held lock on one list. Dropping it releases the lock.
#[derive(Debug)]
pub(crate) struct FileLock {
    _lock: Lock,
}

impl LockDir {
    /// Locks in `directory`. The default is `dhi/locks` under `$XDG_CACHE_HOME` (`~/.cache`), even if the cache has
    /// another directory: all processes of a user must share it.
    pub fn at(directory: PathBuf) -> Self {
        Self { directory: Some(UserDirectory::at(directory)) }
    }

    /// Waits at most `timeout` for the lock on `what`.
    pub(crate) async fn lock(&self, what: &str, timeout: Duration) -> Result<FileLock, Error> {
        let failed =
            |cause: String, remedy: Remedy| Error::LockTimeout { what: what.to_owned(), cause, remedy };
        let unusable = |directory: &Path, error: io::Error| {
            failed(
                format!("the lock directory `{}` cannot be used: {}", directory.display(), IoCause(&error)),
                Remedy::ShareLockDirectory,
            )
        };
        let location = match &self.directory {
            Some(location) => location.clone(),
            None => etcetera::choose_base_strategy()
                .map(|strategy| UserDirectory::new(strategy.cache_dir(), &["dhi", "locks"]))
                .map_err(|error| {
                    let remedy = Remedy::SetVariable { names: &["XDG_CACHE_HOME"] };
                    failed(format!("no cache directory is known: {error}"), remedy)
                })?,
        };
        let directory = location.path();
        let name = Digest::of(what.as_bytes()).hex();
        let opened = spawn_blocking(move || open(&location, &name)).await;
        let file = opened.unwrap_or_else(|error| Err(io::Error::other(error)));
        let file = file.map_err(|error| unusable(&directory, error))?;
        match Lock::take(file, timeout).await {
            Ok(lock) => Ok(FileLock { _lock: lock }),
            Err(NotLocked::Busy) => {
                let cause =
                    format!("another process has held the lock for more than {} s", timeout.as_secs());
                Err(failed(cause, Remedy::WaitForOtherProcess))
            }
            Err(NotLocked::Failed(error)) => Err(unusable(&directory, error)),
        }
    }
}

/// Opens the lock file. Creates it and its directory where they are missing, with access for this user only.
fn open(location: &UserDirectory, name: &str) -> io::Result<File> {
    let directory = location.ensure()?;
    directory.make_private()?;
    directory.lock_file(name)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SHORT: Duration = Duration::from_millis(100);

    #[tokio::test]
    async fn one_process_at_a_time_holds_the_lock() {
        let scratch = tempfile::tempdir().unwrap();
        let locks = LockDir::at(scratch.path().join("new/locks"));
        let first = locks.lock("a", SHORT).await.unwrap();
        locks.lock("b", SHORT).await.unwrap();
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
    async fn the_lock_directory_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let scratch = tempfile::tempdir().unwrap();
        let directory = scratch.path().join("locks");
        LockDir::at(directory.clone()).lock("a", SHORT).await.unwrap();
        assert_eq!(fs::metadata(&directory).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[tokio::test]
    async fn a_directory_that_cannot_be_created_is_an_error() {
        let scratch = tempfile::tempdir().unwrap();
        fs::write(scratch.path().join("file"), "").unwrap();
        let error = LockDir::at(scratch.path().join("file/locks")).lock("a", SHORT).await.unwrap_err();
        assert!(
            matches!(&error, Error::LockTimeout { cause, .. } if cause.contains("cannot be used")),
            "{error}"
        );
    }
}
