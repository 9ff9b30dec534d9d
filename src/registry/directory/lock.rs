//! One process at a time: a file that is locked while something is changed. The lock ends with its process, so that none
//! is ever left behind.

use std::fs::{File, TryLockError};
use std::io;
use std::time::{Duration, Instant};

/// The wait between two looks is a random time up to this.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// A file that this process has locked. It is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _locked: File,
}

/// Why a file is not locked.
#[derive(Debug)]
pub(crate) enum NotLocked {
    /// Another process has it for longer than was waited.
    Busy,
    /// It cannot be locked at all.
    Failed(io::Error),
}

impl Lock {
    /// Locks the file, and waits for it at most for `patience`; with none it fails at once where another has it.
    pub(crate) async fn take(file: File, timeout: Duration) -> Result<Self, NotLocked> {
        // A lock that is waited for in the kernel could be given up neither in time nor at the end of the program.
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
    async fn without_patience_a_lock_fails_at_once() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("lock");
        let open = || File::options().create(true).append(true).open(&path).unwrap();
        let first = Lock::take(open(), Duration::ZERO).await.unwrap();
        assert!(matches!(Lock::take(open(), Duration::ZERO).await, Err(NotLocked::Busy)));
        drop(first);
        Lock::take(open(), Duration::ZERO).await.unwrap();
    }
}
