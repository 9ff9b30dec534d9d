//! Files and names in a directory.

use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path};
use std::time::SystemTime;

/// The mode of a directory with access for its owner only.
pub(super) const PRIVATE: u32 = 0o700;

/// A regular file of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) length: u64,
    pub(crate) modified: SystemTime,
}

/// Checks that `name` is a single file name, which cannot lead out of the directory.
pub(super) fn file_name<N: AsRef<OsStr> + ?Sized>(name: &N) -> io::Result<&OsStr> {
    let name = name.as_ref();
    let mut parts = Path::new(name).components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(part)), None) if part == name => Ok(name),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not the name of a file")),
    }
}

/// An error about the object at `path`.
pub(super) fn path_error(path: &Path, what: &str) -> io::Error {
    io::Error::other(format!("`{}` {what}", path.display()))
}
