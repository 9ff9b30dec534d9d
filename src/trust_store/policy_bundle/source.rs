//! Where a bundle is: a reference, a file or a directory, by its spelling.
//!
//! The spelling decides, not what exists: otherwise a file that someone adds could replace the bundle of a registry.

use std::fmt;
use std::path::{Path, PathBuf};

use super::error::BundleError;
use crate::oci::{Reference, Repository};
use crate::registry::resolve_layout_path;

/// The ends of the names of archives.
const ARCHIVES: [&str; 3] = [".tar.gz", ".tgz", ".tar"];

/// Where a bundle is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BundleSource {
    /// An OCI artifact in a registry or a layout.
    Reference(Reference),
    /// A tar archive.
    File(PathBuf),
    /// A directory.
    Directory(PathBuf),
}

impl BundleSource {
    /// Parses `text`.
    ///
    /// 1. A text that begins with `/`, `./` or `../`, is `.` or `..`, or ends with `.tar.gz`, `.tgz` or `.tar` is a path.
    /// 2. Any other text is a reference. One without tag and digest must not be the name of a directory too.
    ///
    /// # Errors
    ///
    /// [`BundleError::Source`], or the error of a layout that does not exist.
    pub fn parse(text: &str) -> Result<Self, BundleError> {
        let path = Path::new(text);
        if is_path(text) {
            return Ok(Self::of_path(path.to_owned()));
        }
        let unusable = |cause: String, instead: Option<String>| BundleError::Source {
            text: crate::oci::without_login(text),
            cause,
            instead,
        };
        let reference: Reference = text.parse().map_err(|error: crate::oci::Error| {
            unusable(error.to_string(), path.exists().then(|| format!("./{text}")))
        })?;
        if matches!(reference.repository, Repository::Remote(_)) && path.exists() {
            let cause = "it names a path and an image too".to_owned();
            return Err(unusable(cause, Some(format!("./{text}"))));
        }
        if matches!(reference.repository, Repository::Local(_)) {
            return Err(unusable("an image of the local engine has no bundle".to_owned(), None));
        }
        Ok(Self::Reference(resolve_layout_path(reference)?))
    }

    /// The bundle at a path.
    pub fn of_path(path: PathBuf) -> Self {
        if path.is_dir() { Self::Directory(path) } else { Self::File(path) }
    }
}

impl fmt::Display for BundleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reference(reference) => reference.fmt(f),
            Self::File(path) | Self::Directory(path) => path.display().fmt(f),
        }
    }
}

/// Whether `text` is spelled as a path.
fn is_path(text: &str) -> bool {
    let is_schemed = ["oci:", "oci-dir:", "archive:", "oci-archive:", "registry:", "docker-daemon:"]
        .iter()
        .any(|scheme| text.starts_with(scheme));
    let is_relative =
        ["./", "../", "/"].iter().any(|start| text.starts_with(start)) || matches!(text, "." | "..");
    is_relative || !is_schemed && ARCHIVES.iter().any(|end| text.ends_with(end))
}
