//! Reads and writes never leave the layout: paths are built from fixed names and parsed digests only, no part of them below
//! a directory may be a link, and the size is known and bounded before anything is read. What is written is written by
//! the handles of opened directories.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bytes::Bytes;

use super::tar::{self, Tar};
use crate::diagnostic::Remedy;
use crate::limits::{Exceeded, Limits, ReadError, read_whole};
use crate::oci::{Digest, Repository};
use crate::registry::budget::Budget;
use crate::registry::{Directory, Error, remedy};

/// Files of a layout are for all whom the user's mask does not exclude, as others that write layouts make them.
const FILES: u32 = 0o666;
const DIRECTORIES: u32 = 0o777;

/// The files of one layout.
#[derive(Debug)]
pub(super) struct Files {
    place: Place,
    limits: Limits,
    /// What was read for no reference in particular.
    read: Budget,
}

/// Where they are.
#[derive(Debug)]
enum Place {
    /// The directory itself may be a link; what is in it may not.
    Directory(PathBuf),
    /// The archive is opened and its headers are read when the first file is asked for.
    Archive { path: PathBuf, tar: OnceLock<Result<Tar, Error>> },
}

/// A file that was found and not yet read.
enum Found<'a> {
    File(PathBuf, Metadata),
    Entry(&'a Tar, tar::Entry),
}

impl Files {
    /// Nothing is opened yet. `None` for a repository of a registry.
    pub(super) fn new(repository: &Repository, limits: &Limits) -> Option<Self> {
        let place = match repository {
            Repository::Remote(_) | Repository::Local(_) => return None,
            Repository::Layout(path) => Place::Directory(path.clone()),
            Repository::Archive(path) => Place::Archive { path: path.clone(), tar: OnceLock::new() },
        };
        Some(Self { place, limits: limits.clone(), read: Budget::default() })
    }

    /// What is wrong with the file `name`.
    pub(super) fn failure(&self, name: &str, cause: impl std::fmt::Display) -> Error {
        match &self.place {
            Place::Directory(root) => failure(&root.join(name), cause),
            Place::Archive { .. } => self.wrong(format!("its `{name}`: {cause}")),
        }
    }

    /// What is wrong with the layout as a whole.
    pub(super) fn wrong(&self, cause: impl std::fmt::Display) -> Error {
        match &self.place {
            Place::Directory(root) => failure(root, cause),
            Place::Archive { path, .. } => unreadable(path, cause),
        }
    }

    /// How the file `name` is called in errors.
    pub(super) fn shown(&self, name: &str) -> String {
        match &self.place {
            Place::Directory(root) => format!("`{}`", root.join(name).display()),
            Place::Archive { path, .. } => format!("`{name}` in `{}`", path.display()),
        }
    }

    /// A file at the root, which a layout must have.
    pub(super) fn required(&self, name: &str, limit: u64) -> Result<Bytes, Error> {
        // A Docker engine loads what that file names, whatever `index.json` says: two images in one archive.
        if let Place::Archive { path, .. } = &self.place
            && self.tar()?.is_some_and(|tar| tar.has_docker_manifest)
        {
            return Err(Error::DockerArchive { path: format!("`{}`", path.display()) });
        }
        self.read(&[name], &self.shown(name), limit, None).map_err(|error| match error {
            Error::NotFound { .. } => self.missing(name),
            other => other,
        })
    }

    fn missing(&self, name: &str) -> Error {
        let missing = self.wrong(format_args!("it has no file `{name}`"));
        let Place::Archive { path, .. } = &self.place else { return missing };
        match self.tar() {
            Ok(Some(Tar { folder: Some(folder), .. })) => Error::Archive {
                path: format!("`{}`", path.display()),
                cause: format!("it has no file `{name}` at its root, the layout is in its folder `{folder}`"),
                remedy: Remedy::PackFolder,
            },
            Ok(_) => missing,
            Err(error) => error,
        }
    }

    /// The blob `digest`, hashed. `size` is what its descriptor says, where there is one.
    pub(super) fn blob(
        &self,
        digest: &Digest,
        what: &str,
        limit: u64,
        size: Option<u64>,
    ) -> Result<Bytes, Error> {
        let bytes = self.read(&["blobs", digest.algorithm(), &digest.hex()], what, limit, size)?;
        let found = digest.rehash(&bytes);
        if found == *digest {
            Ok(bytes)
        } else {
            Err(Error::Digest { what: what.to_owned(), expected: *digest, found })
        }
    }

    /// Stores a blob in a directory, unless it is there. One that is damaged is replaced.
    pub(super) fn store(&self, digest: &Digest, bytes: &[u8], what: &str) -> Result<(), Error> {
        let length = bytes.len() as u64;
        match self.blob(digest, what, length, Some(length)) {
            Ok(_) => return Ok(()),
            Err(Error::NotFound { .. } | Error::Digest { .. } | Error::Size { .. }) => {}
            Err(error) => return Err(error),
        }
        let root = self.opened()?;
        let folder = root
            .child("blobs", DIRECTORIES)
            .and_then(|blobs| blobs.child(digest.algorithm(), DIRECTORIES))
            .map_err(|error| unwritten(&root.path().join("blobs"), &error))?;
        write(&folder, &digest.hex(), bytes)
    }

    /// Puts other bytes into a file at the root of a directory.
    pub(super) fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        write(&self.opened()?, name, bytes)
    }

    fn opened(&self) -> Result<Directory, Error> {
        let root = self.root()?;
        Directory::open(root).map_err(|error| failure(root, error))
    }

    /// The directory by its one path.
    pub(super) fn place(&self) -> Result<PathBuf, Error> {
        let root = self.root()?;
        fs::canonicalize(root).map_err(|error| failure(root, error))
    }

    fn root(&self) -> Result<&Path, Error> {
        match &self.place {
            Place::Directory(root) => Ok(root),
            Place::Archive { path, .. } => Err(Error::ReadOnly { path: format!("`{}`", path.display()) }),
        }
    }

    /// Whether the bound on all bytes of a reference is reached.
    pub(super) fn is_spent(&self) -> bool {
        self.read.current().spent() > self.limits.total
    }

    fn read(&self, parts: &[&str], what: &str, limit: u64, size: Option<u64>) -> Result<Bytes, Error> {
        let found = self.find(parts, what)?;
        let length = match &found {
            Found::File(_, seen) => seen.len(),
            Found::Entry(_, entry) => entry.size,
        };
        if let Some(expected) = size.filter(|expected| *expected != length) {
            return Err(Error::Size { what: what.to_owned(), expected, found: length });
        }
        if length > limit {
            let exceeded = Exceeded::new(format!("its size of {length} bytes"), limit, "bytes");
            return Err(Error::Limit { what: what.to_owned(), exceeded });
        }
        if self.read.current().spend(length) > self.limits.total {
            let exceeded = Exceeded::new("all that was read for the reference", self.limits.total, "bytes");
            return Err(Error::Limit { what: what.to_owned(), exceeded });
        }
        let bytes = match found {
            Found::File(path, seen) => read_seen(&path, &seen).map_err(|error| failure(&path, error))?,
            Found::Entry(tar, entry) => tar.read(entry).map_err(|error| self.explain(error))?,
        };
        Ok(bytes.into())
    }

    fn find(&self, parts: &[&str], what: &str) -> Result<Found<'_>, Error> {
        match (&self.place, self.tar()?) {
            (Place::Directory(root), _) => {
                in_directory(root, parts, what).map(|(path, seen)| Found::File(path, seen))
            }
            (_, tar) => tar
                .and_then(|tar| Some(Found::Entry(tar, tar.find(&parts.join("/"))?)))
                .ok_or_else(|| Error::NotFound { what: what.to_owned() }),
        }
    }

    /// The archive, where it is one, opened by the first who asks.
    fn tar(&self) -> Result<Option<&Tar>, Error> {
        let Place::Archive { path, tar } = &self.place else { return Ok(None) };
        let open = || {
            let (file, length) = open(path)?;
            Tar::index(file, length, &self.limits).map_err(|error| self.explain(error))
        };
        tar.get_or_init(open).as_ref().map(Some).map_err(Clone::clone)
    }

    fn explain(&self, error: tar::Failure) -> Error {
        let path = match &self.place {
            Place::Directory(path) | Place::Archive { path, .. } => path.display(),
        };
        match error {
            tar::Failure::Refused(cause) => self.wrong(cause),
            tar::Failure::Compressed { by, command } => Error::Archive {
                path: format!("`{path}`"),
                cause: format!("it is compressed by {by}"),
                remedy: Remedy::Uncompress { command, path: path.to_string() },
            },
            tar::Failure::Limit(exceeded) => Error::Limit { what: format!("`{path}`"), exceeded },
        }
    }
}

/// Opens a regular file; anything else could block, or give other bytes at each reading.
fn open(path: &Path) -> Result<(File, u64), Error> {
    let seen = fs::metadata(path).map_err(|error| unreadable(path, error))?;
    if seen.is_dir() {
        return Err(Error::Archive {
            path: format!("`{}`", path.display()),
            cause: "it is a directory".to_owned(),
            remedy: Remedy::WriteAsLayout { path: path.display().to_string() },
        });
    }
    if !seen.is_file() {
        return Err(unreadable(path, "it is not a regular file"));
    }
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    let opened = file.metadata().map_err(|error| unreadable(path, error))?;
    if same(&opened, &seen) {
        Ok((file, opened.len()))
    } else {
        Err(unreadable(path, "it changed while it was opened"))
    }
}

/// The path of a regular file below `root`, no part of which is a link.
fn in_directory(root: &Path, parts: &[&str], what: &str) -> Result<(PathBuf, Metadata), Error> {
    let mut path = root.to_owned();
    let mut seen = fs::metadata(&path).map_err(|error| failure(&path, error))?;
    for part in parts {
        if !seen.is_dir() {
            return Err(failure(&path, "it is not a directory"));
        }
        path.push(part);
        seen = fs::symlink_metadata(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::NotFound { what: what.to_owned() },
            _ => failure(&path, error),
        })?;
        if seen.is_symlink() {
            return Err(failure(
                &path,
                "it is a symbolic link, which could lead out of the layout; copy with `cp -rL`",
            ));
        }
    }
    if seen.is_file() { Ok((path, seen)) } else { Err(failure(&path, "it is not a regular file")) }
}

/// Reads the file that was looked at, and no other that took its place since.
fn read_seen(path: &Path, seen: &Metadata) -> io::Result<Vec<u8>> {
    let changed = || io::Error::other("it changed while it was read");
    let file = File::open(path)?;
    if !same(&file.metadata()?, seen) {
        return Err(changed());
    }
    match read_whole(file, seen.len()) {
        Ok(bytes) if bytes.len() as u64 == seen.len() => Ok(bytes),
        Ok(_) | Err(ReadError::TooLong(_)) => Err(changed()),
        Err(ReadError::Failed(error)) => Err(error),
    }
}

/// Writes a file aside, then gives it its name.
fn write(folder: &Directory, name: &str, bytes: &[u8]) -> Result<(), Error> {
    folder.replace(name, bytes, FILES, true).map_err(|error| unwritten(&folder.path().join(name), &error))
}

/// What the system says is about writing; what else is wrong, about what is there.
fn unwritten(path: &Path, error: &io::Error) -> Error {
    if error.raw_os_error().is_none() {
        return failure(path, error);
    }
    Error::Write { path: format!("`{}`", path.display()), cause: error.to_string(), remedy: remedy(error) }
}

#[cfg(unix)]
fn same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    one.is_file() && one.dev() == other.dev() && one.ino() == other.ino()
}

#[cfg(not(unix))]
fn same(one: &Metadata, other: &Metadata) -> bool {
    one.is_file() && one.len() == other.len()
}

fn unreadable(path: &Path, cause: impl std::fmt::Display) -> Error {
    Error::Archive {
        path: format!("`{}`", path.display()),
        cause: cause.to_string(),
        remedy: Remedy::WriteArchive,
    }
}

fn failure(path: &Path, cause: impl std::fmt::Display) -> Error {
    Error::Layout { path: format!("`{}`", path.display()), cause: cause.to_string() }
}
