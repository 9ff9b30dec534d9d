//! Directories by handle: files are opened, written and removed below an open directory, and never through a link.
//!
//! A path is walked once, when the directory is opened. Whoever replaces a part of it afterwards changes nothing of
//! what this process reads, writes or deletes.

mod lock;
#[cfg(not(unix))]
mod other;
#[cfg(test)]
mod tests;
#[cfg(unix)]
mod unix;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

pub(crate) use self::lock::{Lock, NotLocked};
#[cfg(not(unix))]
pub(crate) use self::other::Directory;
#[cfg(not(unix))]
use self::other::Unfinished;
#[cfg(unix)]
pub(crate) use self::unix::Directory;
#[cfg(unix)]
use self::unix::Unfinished;
use crate::diagnostic::Remedy;

/// Files have such names until they are whole. [`is_unfinished`] knows them.
const UNFINISHED: &str = ".tmp-";
/// Random characters after [`UNFINISHED`].
const RANDOM: usize = 6;
/// Names that are tried for an unfinished file.
const TRIES: usize = 32;
/// A directory for its owner alone.
const PRIVATE: u32 = 0o700;

/// The path of a directory that belongs to this user: the user's own part `root`, where links are followed, and
/// below it directories that `dhi` makes, which are real ones of the effective user or are not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    root: PathBuf,
    below: Vec<OsString>,
}

/// A regular file of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) length: u64,
    pub(crate) modified: SystemTime,
}

impl Place {
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
            let Some(next) = directory.existing(name)? else { return Ok(None) };
            next.check_owner()?;
            directory = next;
        }
        if self.below.is_empty() {
            directory.check_owner()?;
        }
        Ok(Some(directory))
    }

    /// Opens it, and makes what is missing of it for this user alone.
    pub(crate) fn make(&self) -> io::Result<Directory> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, PRIVATE);
        builder.create(self.root())?;
        let mut directory = Directory::open(self.root())?;
        for name in &self.below {
            directory = directory.private(name)?;
        }
        if self.below.is_empty() {
            directory.check_owner()?;
        }
        Ok(directory)
    }
}

impl Directory {
    /// Opens or makes a directory in this one that belongs to this user alone.
    pub(crate) fn private(&self, name: impl AsRef<OsStr>) -> io::Result<Self> {
        let directory = self.child(name, PRIVATE)?;
        directory.check_owner()?;
        Ok(directory)
    }

    /// Opens or makes a directory in this one.
    pub(crate) fn child(&self, name: impl AsRef<OsStr>, mode: u32) -> io::Result<Self> {
        let name = name.as_ref();
        if let Some(directory) = self.existing(name)? {
            return Ok(directory);
        }
        match self.make(name, mode) {
            // Another process was faster.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        self.existing(name)?.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Puts a file with these bytes in the place of whatever has the name, which is never written through. It appears
    /// whole. With `durable` it also outlives a crash of the machine.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8], mode: u32, durable: bool) -> io::Result<()> {
        let name = plain(name)?;
        let mut unfinished = self.unfinished(mode)?;
        unfinished.file().write_all(bytes)?;
        if durable {
            unfinished.file().sync_all()?;
        }
        unfinished.rename(name)
    }

    /// Whether files can be made in it.
    pub(crate) fn try_to_write(&self) -> io::Result<()> {
        self.unfinished(0o600).map(drop)
    }

    /// A new file with a name of its own, which vanishes unless it gets another.
    fn unfinished(&self, mode: u32) -> io::Result<Unfinished<'_>> {
        for _ in 0..TRIES {
            let random: String = (0..RANDOM).map(|_| fastrand::alphanumeric()).collect();
            match self.create(format!("{UNFINISHED}{random}"), mode) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                created => return created,
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

/// Whether a file that was never finished has such a name.
pub(crate) fn is_unfinished(name: &str) -> bool {
    name.strip_prefix(UNFINISHED).is_some_and(|random| {
        random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// What helps where a file cannot be written.
pub(crate) fn remedy(error: &io::Error) -> Option<Remedy> {
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

/// A name of something in a directory, which leads nowhere else.
fn plain<N: AsRef<OsStr> + ?Sized>(name: &N) -> io::Result<&OsStr> {
    let name = name.as_ref();
    let mut parts = Path::new(name).components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(part)), None) if part == name => Ok(name),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not the name of a file")),
    }
}

/// What has the name that a directory should have.
fn in_the_way(path: &Path, what: &str) -> io::Error {
    io::Error::other(format!("`{}` {what}", path.display()))
}
