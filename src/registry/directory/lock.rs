//! File locks between processes. A lock ends with its process, so no stale lock remains.

use std::fs::{File, TryLockError};
use std::io;
use std::time::{Duration, Instant};

/// The wait between two attempts is a random time up to this.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// A file that this process has locked. Dropping it releases the lock.
#[derive(Debug)]
pub(crate) struct Lock {
    _locked: File,
}

/// Why a file is not locked.
#[derive(Debug)]
pub(crate) enum NotLocked {
    /// Another process held it until the timeout.
    Busy,
    /// It cannot be locked at all.
    Failed(io::Error),
}

impl Lock {
    /// Locks the file. Waits at most `timeout` for another process to release it; zero means not to wait.
    pub(crate) async fn take(file: File, timeout: Duration) -> Result<Self, NotLocked> {
        // Polling: a blocking wait in the kernel could not be cancelled, neither at the timeout nor at the program's
        // end.
        let until = Instant::now() + timeout;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _locked: file }),
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    tokio::time::sleep(POLL_INTERVAL.mul_f64(fastrand::f64())).await;
                }
                Err(TryLockError::WouldBlock) => return Err(NotLocked::Busy),
                Err(TryLockError::Error(error)) => return Err(NotLocked::Failed(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_lock_without_timeout_fails_at_once() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("lock");
        let open = || File::options().create(true).append(true).open(&path).unwrap();
        let first = Lock::take(open(), Duration::ZERO).await.unwrap();
        assert!(matches!(Lock::take(open(), Duration::ZERO).await, Err(NotLocked::Busy)));
        drop(first);
        Lock::take(open(), Duration::ZERO).await.unwrap();
    }
}
