//! Why packages cannot be unpacked.

use crate::builder::packages::apk::pkginfo;
use crate::builder::packages::deb::container::ContainerError;
use crate::builder::rootfs::archive_entries::ArchiveError;
use crate::builder::rootfs::packages::MergeError;

/// A package cannot be unpacked, or its files cannot be in the image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnpackError {
    /// A Debian package.
    #[error("`{package}`: {cause}")]
    Deb {
        /// The package, with its version.
        package: String,
        /// The cause.
        cause: ContainerError,
    },
    /// An Alpine package.
    #[error("`{package}`: {cause}")]
    Apk {
        /// The package, with its version.
        package: String,
        /// The cause.
        cause: Box<pkginfo::Error>,
    },
    /// The archive of its files.
    #[error("`{package}`: {cause}")]
    Archive {
        /// The package, with its version.
        package: String,
        /// The cause.
        cause: ArchiveError,
    },
    /// A package file of another distribution.
    #[error("`{0}` is a package of another distribution than the image")]
    Distribution(String),
    /// The file cannot be read.
    #[error("`{package}` cannot be read: {cause}")]
    Read {
        /// The package, with its version.
        package: String,
        /// The cause.
        cause: String,
    },
    /// Two packages cannot be in one image.
    #[error(transparent)]
    Merge(#[from] MergeError),
}
