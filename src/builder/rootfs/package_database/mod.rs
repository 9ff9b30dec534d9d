//! The package database of an image, for package managers and scanners.
//!
//! Invariant: it lists exactly the packages whose files are in the tree, each once.

mod apk;
mod deb;

pub use apk::{ApkDatabase, write_apk_database};
pub use deb::{DebDatabase, Waived, write_deb_database};

use super::path::TreePath;
use super::tree_writer::WriteError;

/// Why the package database cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// The control file of a package cannot be read.
    #[error("control file of the package `{package}`: {cause}")]
    Control {
        /// The package.
        package: String,
        /// The cause.
        cause: crate::builder::packages::deb::control::Error,
    },
    /// A package of the other distribution.
    #[error("the package `{0}` is of another distribution than the package database")]
    OtherDistribution(String),
    /// A name or value that would begin another line or field of the database.
    #[error("`{}` cannot be written into the package database", .0.escape_debug())]
    Value(String),
    /// A file that a package ships is not in the tree.
    #[error("`{path}` of the package `{package}` is not in the image")]
    Missing {
        /// The package.
        package: String,
        /// The file.
        path: TreePath,
    },
    /// A file cannot be read or written.
    #[error(transparent)]
    Write(#[from] WriteError),
}
