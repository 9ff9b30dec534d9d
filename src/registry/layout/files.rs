//! Reads and writes the files of a layout.
//!
//! Access never leaves the layout: paths are built only from fixed names and parsed digests, no part below the layout's
//! directory may be a link, and the size is checked before a file is read. Files are written through handles of open
//! directories.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bytes::Bytes;

use super::tar::{self, Tar};
use crate::archive::TarError;
use crate::diagnostic::{IoCause, Remedy};
use crate::limits::{Exceeded, Limits, ReadError, read_whole};
use crate::oci::{Digest, Repository};
use crate::registry::budget::Budget;
use crate::registry::{Directory, Error, write_remedy};

/// The modes of files and directories before the umask, as other tools write layouts.
const FILES: u32 = 0o666;
const DIRECTORIES: u32 = 0o777;

/// The files of one layout.
#[derive(Debug)]
pub(super) struct Files {
    location: Location,
    limits: Limits,
    /// Counts reads outside the task of a reference.
    budget: Budget,
}

/// Where the files of a layout are.
#[derive(Debug)]
enum Location {
    /// The directory itself may be a link; what is in it may not.
    Directory(PathBuf),
    /// The archive is opened and its headers are read at the first access.
    Archive { path: PathBuf, tar: OnceLock<Result<Tar, Error>> },
}

/// A file that was found, but not read yet.
enum FoundFile<'a> {
    File(PathBuf, Metadata),
    Entry(&'a Tar, tar::Entry),
}

impl Files {
    /// Opens nothing yet. `None` for a repository of a registry or engine.
    pub(super) fn new(repository: &Repository, limits: &Limits) -> Option<Self> {
        let location = match repository {
            Repository::Remote(_) | Repository::Local(_) => return None,
            Repository::Layout(path) => Location::Directory(path.clone()),
            Repository::Archive(path) => Location::Archive { path: path.clone(), tar: OnceLock::new() },
        };
        Some(Self { location, limits: limits.clone(), budget: Budget::default() })
    }

    /// An error about the file `name`.
    pub(super) fn file_error(&self, name: &str, cause: impl std::fmt::Display) -> Error {
        match &self.location {
            Location::Directory(root) => directory_error(&root.join(name), cause),
            Location::Archive { .. } => self.layout_error(format!("its `{name}`: {cause}")),
        }
    }

    /// An error about the layout as a whole.
    pub(super) fn layout_error(&self, cause: impl std::fmt::Display) -> Error {
        match &self.location {
            Location::Directory(root) => directory_error(root, cause),
            Location::Archive { path, .. } => archive_error(path, cause),
        }
    }

    /// The text for the file `name` in errors.
    pub(super) fn file_label(&self, name: &str) -> String {
        match &self.location {
            Location::Directory(root) => format!("`{}`", root.join(name).display()),
            Location::Archive { path, .. } => format!("`{name}` in `{}`", path.display()),
        }
    }

    /// Reads a required file at the root of the layout.
    pub(super) fn required(&self, name: &str, limit: u64) -> Result<Bytes, Error> {
        // A Docker engine loads the image that `manifest.json` names, which may differ from that in `index.json`.
        if let Location::Archive { path, .. } = &self.location
            && self.tar()?.is_some_and(|tar| tar.has_docker_manifest)
        {
            return Err(Error::DockerArchive { path: format!("`{}`", path.display()) });
        }
        self.read(&[name], &self.file_label(name), limit, None).map_err(|error| match error {
            Error::NotFound { .. } => self.missing_file(name),
            other => other,
        })
    }

    fn missing_file(&self, name: &str) -> Error {
        let missing = self.layout_error(format_args!("it has no file `{name}`"));
        let Location::Archive { path, .. } = &self.location else { return missing };
        match self.tar() {
            Ok(Some(Tar { folder: Some(folder), .. })) => Error::Archive {
                path: format!("`{}`", path.display()),
                cause: format!("it has no file `{name}` at its root: the layout is in its folder `{folder}`"),
                remedy: Remedy::PackFolder,
            },
            Ok(_) => missing,
            Err(error) => error,
        }
    }

    /// Reads and hashes the blob `digest`. `size` is that of its descriptor, if there is one.
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

    /// Stores a blob in a layout directory, unless it exists. A damaged blob is replaced.
    pub(super) fn store(&self, digest: &Digest, bytes: &[u8], what: &str) -> Result<(), Error> {
        let length = bytes.len() as u64;
        match self.blob(digest, what, length, Some(length)) {
            Ok(_) => return Ok(()),
            Err(Error::NotFound { .. } | Error::Digest { .. } | Error::Size { .. }) => {}
            Err(error) => return Err(error),
        }
        let root = self.open_root()?;
        let folder = root
            .ensure_child("blobs", DIRECTORIES)
            .and_then(|blobs| blobs.ensure_child(digest.algorithm(), DIRECTORIES))
            .map_err(|error| write_error(&root.path().join("blobs"), &error))?;
        write(&folder, &digest.hex(), bytes)
    }

    /// Replaces a file at the root of a layout directory.
    pub(super) fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        write(&self.open_root()?, name, bytes)
    }

    fn open_root(&self) -> Result<Directory, Error> {
        let root = self.root()?;
        Directory::open(root).map_err(|error| directory_error(root, IoCause(&error)))
    }

    /// The canonical path of the layout directory.
    pub(super) fn canonical_path(&self) -> Result<PathBuf, Error> {
        let root = self.root()?;
        fs::canonicalize(root).map_err(|error| directory_error(root, IoCause(&error)))
    }

    fn root(&self) -> Result<&Path, Error> {
        match &self.location {
            Location::Directory(root) => Ok(root),
            Location::Archive { path, .. } => Err(Error::ReadOnly { path: format!("`{}`", path.display()) }),
        }
    }

    /// Whether the byte budget of the reference is used up.
    pub(super) fn is_budget_spent(&self) -> bool {
        self.budget.current().spent() > self.limits.total
    }

    fn read(&self, parts: &[&str], what: &str, limit: u64, size: Option<u64>) -> Result<Bytes, Error> {
        let found = self.find(parts, what)?;
        let length = match &found {
            FoundFile::File(_, metadata) => metadata.len(),
            FoundFile::Entry(_, entry) => entry.size,
        };
        if let Some(expected) = size.filter(|expected| *expected != length) {
            return Err(Error::Size { what: what.to_owned(), expected, found: length });
        }
        if length > limit {
            let exceeded = Exceeded::new(format!("its size of {length} bytes"), limit, "bytes");
            return Err(Error::Limit { what: what.to_owned(), exceeded });
        }
        if self.budget.current().spend(length) > self.limits.total {
            let exceeded = Exceeded::new("all that was read for the reference", self.limits.total, "bytes");
            return Err(Error::Limit { what: what.to_owned(), exceeded });
        }
        let bytes = match found {
            FoundFile::File(path, metadata) => {
                read_unchanged(&path, &metadata).map_err(|error| directory_error(&path, IoCause(&error)))?
            }
            FoundFile::Entry(tar, entry) => tar.read(entry).map_err(|error| self.tar_error(error))?,
        };
        Ok(bytes.into())
    }

    fn find(&self, parts: &[&str], what: &str) -> Result<FoundFile<'_>, Error> {
        match (&self.location, self.tar()?) {
            (Location::Directory(root), _) => {
                find_in_directory(root, parts, what).map(|(path, metadata)| FoundFile::File(path, metadata))
            }
            (_, tar) => tar
                .and_then(|tar| Some(FoundFile::Entry(tar, tar.find(&parts.join("/"))?)))
                .ok_or_else(|| Error::NotFound { what: what.to_owned() }),
        }
    }

    /// The archive, if the layout is one. It is opened at the first call.
    fn tar(&self) -> Result<Option<&Tar>, Error> {
        let Location::Archive { path, tar } = &self.location else { return Ok(None) };
        let open = || {
            let (file, length) = open(path)?;
            Tar::open(file, length, &self.limits).map_err(|error| self.tar_error(error))
        };
        tar.get_or_init(open).as_ref().map(Some).map_err(Clone::clone)
    }

    fn tar_error(&self, error: TarError) -> Error {
        let path = match &self.location {
            Location::Directory(path) | Location::Archive { path, .. } => path.display(),
        };
        match error {
            TarError::Refused(cause) => self.layout_error(cause),
            TarError::Compressed { by, command } => Error::Archive {
                path: format!("`{path}`"),
                cause: format!("it is compressed by {by}"),
                remedy: Remedy::Uncompress { command, path: path.to_string() },
            },
            TarError::Limit(exceeded) => Error::Limit { what: format!("`{path}`"), exceeded },
        }
    }
}

/// Opens an archive. It must be a regular file: other kinds can block, or return different bytes on each read.
fn open(path: &Path) -> Result<(File, u64), Error> {
    let metadata = fs::metadata(path).map_err(|error| archive_error(path, IoCause(&error)))?;
    if metadata.is_dir() {
        return Err(Error::Archive {
            path: format!("`{}`", path.display()),
            cause: "it is a directory".to_owned(),
            remedy: Remedy::WriteAsLayout { path: path.display().to_string() },
        });
    }
    if !metadata.is_file() {
        return Err(archive_error(path, "it is not a regular file"));
    }
    let file = File::open(path).map_err(|error| archive_error(path, IoCause(&error)))?;
    let opened = file.metadata().map_err(|error| archive_error(path, IoCause(&error)))?;
    if is_same_file(&opened, &metadata) {
        Ok((file, opened.len()))
    } else {
        Err(archive_error(path, "it changed while it was opened"))
    }
}

/// The path of a regular file below `root`. No part of it below `root` may be a link.
fn find_in_directory(root: &Path, parts: &[&str], what: &str) -> Result<(PathBuf, Metadata), Error> {
    let mut path = root.to_owned();
    let mut metadata = fs::metadata(&path).map_err(|error| directory_error(&path, IoCause(&error)))?;
    for part in parts {
        if !metadata.is_dir() {
            return Err(directory_error(&path, "it is not a directory"));
        }
        path.push(part);
        metadata = fs::symlink_metadata(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::NotFound { what: what.to_owned() },
            _ => directory_error(&path, IoCause(&error)),
        })?;
        if metadata.is_symlink() {
            return Err(directory_error(
                &path,
                "it is a symbolic link, which could lead out of the layout; copy with `cp -rL`",
            ));
        }
    }
    if metadata.is_file() {
        Ok((path, metadata))
    } else {
        Err(directory_error(&path, "it is not a regular file"))
    }
}

/// Reads a file, and checks that it is still the one with the metadata `seen`.
fn read_unchanged(path: &Path, metadata: &Metadata) -> io::Result<Vec<u8>> {
    let changed = || io::Error::other("it changed while it was read");
    let file = File::open(path)?;
    if !is_same_file(&file.metadata()?, metadata) {
        return Err(changed());
    }
    match read_whole(file, metadata.len()) {
        Ok(bytes) if bytes.len() as u64 == metadata.len() => Ok(bytes),
        Ok(_) | Err(ReadError::TooLong(_)) => Err(changed()),
        Err(ReadError::Failed(error)) => Err(error),
    }
}

/// Writes a file atomically.
fn write(folder: &Directory, name: &str, bytes: &[u8]) -> Result<(), Error> {
    folder.replace(name, bytes, FILES, true).map_err(|error| write_error(&folder.path().join(name), &error))
}

/// The error for a failed write. Errors without an OS code are about existing objects, such as links.
fn write_error(path: &Path, error: &io::Error) -> Error {
    if error.raw_os_error().is_none() {
        return directory_error(path, IoCause(error));
    }
    Error::Write {
        path: format!("`{}`", path.display()),
        cause: IoCause(error).to_string(),
        remedy: write_remedy(error),
    }
}

#[cfg(unix)]
fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    one.is_file() && one.dev() == other.dev() && one.ino() == other.ino()
}

#[cfg(not(unix))]
fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    one.is_file() && one.len() == other.len()
}

fn archive_error(path: &Path, cause: impl std::fmt::Display) -> Error {
    Error::Archive {
        path: format!("`{}`", path.display()),
        cause: cause.to_string(),
        remedy: Remedy::WriteArchive,
    }
}

fn directory_error(path: &Path, cause: impl std::fmt::Display) -> Error {
    Error::Layout { path: format!("`{}`", path.display()), cause: cause.to_string() }
}
