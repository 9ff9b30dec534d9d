//! Outputs that are being written.
//!
//! Invariant: when the command ends before they are whole, nothing of them is left. A signal runs no destructor, so
//! whoever ends the command for a signal calls [`remove_all`].

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tempfile::TempDir;

use crate::registry::mutex::lock;

static DIRECTORIES: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A directory for files that are not finished. It is removed with what is in it.
pub(super) struct Unfinished(TempDir);

impl Unfinished {
    /// A directory beside this place, whose parents are made, so that a finished file can be moved there.
    pub(super) fn beside(place: &Path) -> io::Result<Self> {
        let parent = place.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new("."));
        std::fs::create_dir_all(parent)?;
        Self::within(parent)
    }

    /// A directory among the temporary files of the system.
    pub(super) fn temporary() -> io::Result<Self> {
        Self::within(&std::env::temp_dir())
    }

    fn within(parent: &Path) -> io::Result<Self> {
        // Held meanwhile, so that no signal comes between.
        let mut directories = lock(&DIRECTORIES);
        let directory = tempfile::Builder::new().prefix(".dhi-").tempdir_in(parent)?;
        directories.insert(directory.path().to_owned());
        Ok(Self(directory))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        lock(&DIRECTORIES).remove(self.0.path());
    }
}

/// Removes them all. The process ends after it.
pub(super) fn remove_all() {
    for directory in std::mem::take(&mut *lock(&DIRECTORIES)) {
        // Other threads may still write there.
        for _ in 0..10 {
            if std::fs::remove_dir_all(&directory).is_ok() {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_without_and_with_a_signal() {
        let root = tempfile::tempdir().unwrap();
        let left = || std::fs::read_dir(root.path().join("new")).unwrap().count();
        let place = root.path().join("new/layout");
        let dropped = Unfinished::beside(&place).unwrap();
        std::fs::write(dropped.path().join("file"), "content").unwrap();
        assert_eq!(left(), 1);
        drop(dropped);
        assert_eq!(left(), 0);
        let interrupted = Unfinished::beside(&place).unwrap();
        std::fs::create_dir(interrupted.path().join("layout")).unwrap();
        // Only this one: other tests have theirs.
        let mine = interrupted.path().to_owned();
        assert!(lock(&DIRECTORIES).contains(&mine));
        remove_all();
        assert_eq!(left(), 0);
    }
}
