//! Directories by handle: files are opened, written and removed relative to an open directory, and never through a
//! link.
//!
//! A path is resolved once, when the directory is opened. Replacing a part of the path afterwards does not affect what
//! this process reads, writes or deletes.

mod entry;
mod lock;
#[cfg(not(unix))]
mod non_unix;
mod temp_file;
#[cfg(test)]
mod tests;
#[cfg(unix)]
mod unix;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub(crate) use self::entry::Entry;
use self::entry::PRIVATE;
pub(crate) use self::lock::{Lock, NotLocked};
#[cfg(not(unix))]
pub(crate) use self::non_unix::Directory;
#[cfg(feature = "builder")]
pub(crate) use self::temp_file::TempFile;
pub(crate) use self::temp_file::is_temp_name;
#[cfg(unix)]
pub(crate) use self::unix::Directory;
use crate::diagnostic::Remedy;

/// The path of a directory of this user: `root`, which the user chose and in which links are followed, and below it
/// directories that `dhi` creates. These must be owned by the effective user and not be links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserDirectory {
    root: PathBuf,
    below: Vec<OsString>,
}

impl UserDirectory {
    /// The nested directories `below` under `root`.
    pub(crate) fn new(root: PathBuf, below: &[&str]) -> Self {
        Self { root, below: below.iter().map(OsString::from).collect() }
    }

    /// A directory that must not be a link. Its parent may be one.
    pub(crate) fn at(path: PathBuf) -> Self {
        if let (Some(parent), Some(name)) = (path.parent(), path.file_name()) {
            return Self { root: parent.to_owned(), below: vec![name.to_owned()] };
        }
        Self { root: path, below: Vec::new() }
    }

    /// The directory's path.
    pub(crate) fn path(&self) -> PathBuf {
        let mut path = self.root.clone();
        path.extend(&self.below);
        path
    }

    fn root(&self) -> &Path {
        if self.root.as_os_str().is_empty() { Path::new(".") } else { &self.root }
    }

    /// Opens the directory. `None` if it does not exist. A link or file in its place is an error.
    pub(crate) fn open(&self) -> io::Result<Option<Directory>> {
        let mut directory = match Directory::open(self.root()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        for name in &self.below {
            let Some(next) = directory.open_child(name)? else { return Ok(None) };
            next.check_owner()?;
            directory = next;
        }
        if self.below.is_empty() {
            directory.check_owner()?;
        }
        Ok(Some(directory))
    }

    /// Opens the directory. Missing parts are created with access for this user only.
    pub(crate) fn ensure(&self) -> io::Result<Directory> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, PRIVATE);
        builder.create(self.root())?;
        let mut directory = Directory::open(self.root())?;
        for name in &self.below {
            directory = directory.ensure_private_child(name)?;
        }
        if self.below.is_empty() {
            directory.check_owner()?;
        }
        Ok(directory)
    }
}

impl Directory {
    /// Opens or creates a subdirectory with access for this user only, and checks its owner.
    pub(crate) fn ensure_private_child(&self, name: impl AsRef<OsStr>) -> io::Result<Self> {
        let directory = self.ensure_child(name, PRIVATE)?;
        directory.check_owner()?;
        Ok(directory)
    }

    /// Opens or creates a subdirectory.
    pub(crate) fn ensure_child(&self, name: impl AsRef<OsStr>, mode: u32) -> io::Result<Self> {
        let name = name.as_ref();
        if let Some(directory) = self.open_child(name)? {
            return Ok(directory);
        }
        match self.create_child(name, mode) {
            // Another process may have created it.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        self.open_child(name)?.ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// The remedy for a failed write, by the kind of the error.
pub(crate) fn write_remedy(error: &io::Error) -> Option<Remedy> {
    use io::ErrorKind::{FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    match error.kind() {
        StorageFull => Some(Remedy::FreeSpace),
        QuotaExceeded => Some(Remedy::FreeSpaceInQuota),
        FileTooLarge => Some(Remedy::RaiseFileSizeLimit),
        ReadOnlyFilesystem => Some(Remedy::WriteElsewhere),
        PermissionDenied => Some(Remedy::WriteWhereAllowed),
        _ => None,
    }
}
