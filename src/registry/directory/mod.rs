//! Directories by handle: files are opened, written and removed below an open directory, and never through a link.
//!
//! A path is walked once, when the directory is opened. Whoever replaces a part of it afterwards changes nothing of
//! what this process reads, writes or deletes.

mod entry;
mod lock;
#[cfg(not(unix))]
mod other;
#[cfg(test)]
mod tests;
mod unfinished;
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
pub(crate) use self::other::Directory;
pub(crate) use self::unfinished::is_temp_name;
#[cfg(unix)]
pub(crate) use self::unix::Directory;
use crate::diagnostic::Remedy;

/// The path of a directory that belongs to this user: the user's own part `root`, where links are followed, and
/// below it directories that `dhi` makes, which are real ones of the effective user or are not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserDirectory {
    root: PathBuf,
    below: Vec<OsString>,
}

impl UserDirectory {
    /// `below`, one directory in the other, under `root`.
    pub(crate) fn new(root: PathBuf, below: &[&str]) -> Self {
        Self { root, below: below.iter().map(OsString::from).collect() }
    }

    /// A directory that is no link itself; its parent may be one.
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

    /// Opens it; `None` where it does not exist. What stands in its place is an error.
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

    /// Opens it, and makes what is missing of it for this user alone.
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
    /// Opens or makes a directory in this one that belongs to this user alone.
    pub(crate) fn ensure_private_child(&self, name: impl AsRef<OsStr>) -> io::Result<Self> {
        let directory = self.ensure_child(name, PRIVATE)?;
        directory.check_owner()?;
        Ok(directory)
    }

    /// Opens or makes a directory in this one.
    pub(crate) fn ensure_child(&self, name: impl AsRef<OsStr>, mode: u32) -> io::Result<Self> {
        let name = name.as_ref();
        if let Some(directory) = self.open_child(name)? {
            return Ok(directory);
        }
        match self.create_child(name, mode) {
            // Another process was faster.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        self.open_child(name)?.ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// What helps where a file cannot be written.
pub(crate) fn write_remedy(error: &io::Error) -> Option<Remedy> {
    use io::ErrorKind::{FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    match error.kind() {
        StorageFull => Some(Remedy::MakeRoom),
        QuotaExceeded => Some(Remedy::MakeRoomInQuota),
        FileTooLarge => Some(Remedy::RaiseFileSizeLimit),
        ReadOnlyFilesystem => Some(Remedy::WriteElsewhere),
        PermissionDenied => Some(Remedy::WriteWhereAllowed),
        _ => None,
    }
}
