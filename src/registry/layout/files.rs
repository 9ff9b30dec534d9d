//! Reads never leave the layout directory: paths are built from fixed names and parsed digests only, no part
//! of them below the directory may be a link, and the size is known and bounded before anything is read.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::limits::{Exceeded, Limits};
use crate::oci::Digest;
use crate::registry::Error;

/// One layout directory. The directory itself may be a link; what is in it may not.
#[derive(Debug)]
pub(super) struct Files {
    root: PathBuf,
    total: u64,
    read: AtomicU64,
}

impl Files {
    pub(super) fn new(root: PathBuf, limits: &Limits) -> Self {
        Self { root, total: limits.total, read: AtomicU64::new(0) }
    }

    /// A file directly in the directory, which a layout must have.
    pub(super) fn required(&self, name: &str, limit: u64) -> Result<Bytes, Error> {
        let path = self.root.join(name);
        let what = path.display().to_string();
        self.read(&[name], &what, limit, None).map_err(|error| match error {
            Error::NotFound { .. } => failure(&self.root, format!("it has no file `{name}`")),
            other => other,
        })
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

    /// Whether the bound on all bytes of a run is reached.
    pub(super) fn is_spent(&self) -> bool {
        self.read.load(Ordering::Relaxed) > self.total
    }

    fn read(&self, parts: &[&str], what: &str, limit: u64, size: Option<u64>) -> Result<Bytes, Error> {
        let (path, seen) = self.find(parts, what)?;
        let length = seen.len();
        if let Some(expected) = size.filter(|expected| *expected != length) {
            return Err(Error::Size { what: what.to_owned(), expected, found: length });
        }
        if length > limit {
            let exceeded = Exceeded::new(format!("its size of {length} bytes"), limit, "bytes");
            return Err(Error::Limit { what: what.to_owned(), exceeded });
        }
        let before = self.read.fetch_add(length, Ordering::Relaxed);
        if before.saturating_add(length) > self.total {
            let exceeded = Exceeded::new("all that was read of the layout", self.total, "bytes");
            return Err(Error::Limit { what: what.to_owned(), exceeded });
        }
        let bytes = read_seen(&path, &seen).map_err(|error| failure(&path, error))?;
        Ok(bytes.into())
    }

    /// The path of a regular file, no part of which is a link.
    fn find(&self, parts: &[&str], what: &str) -> Result<(PathBuf, Metadata), Error> {
        let mut path = self.root.clone();
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
}

/// Reads the file that was looked at, and no other that took its place since.
fn read_seen(path: &Path, seen: &Metadata) -> io::Result<Vec<u8>> {
    let changed = || io::Error::other("it changed while it was read");
    let file = File::open(path)?;
    if !same(&file.metadata()?, seen) {
        return Err(changed());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(seen.len()).unwrap_or_default());
    file.take(seen.len().saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == seen.len() { Ok(bytes) } else { Err(changed()) }
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

pub(super) fn failure(path: &Path, cause: impl std::fmt::Display) -> Error {
    Error::Layout { path: format!("`{}`", path.display()), cause: cause.to_string() }
}
