//! Why packages cannot be in one tree, and what is worth a remark.

use std::fmt;

use crate::builder::packages::apk::dependency::InvalidDependency;
use crate::builder::packages::deb::{control, relation};
use crate::builder::rootfs::limits::LINKS_FOLLOWED;
use crate::builder::rootfs::path::{PathError, TreePath};
use crate::builder::rootfs::tree::NotInDirectory;
use crate::limits::Exceeded;

/// A package by name and version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackageVersion {
    /// The name.
    pub name: String,
    /// The version, as it is written.
    pub version: String,
}

/// Why packages cannot be in one tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// A limit is exceeded.
    #[error(transparent)]
    Limit(#[from] Exceeded),
    /// A control file that cannot be read.
    #[error("the control file of a package cannot be read: {0}")]
    Control(#[from] control::Error),
    /// A control file without a field that every package has.
    #[error("the control file of a package has no field `{0}`")]
    Field(&'static str),
    /// `Replaces` of a Debian package.
    #[error("`Replaces` of {package}: {error}")]
    DebReplaces {
        /// The package.
        package: PackageVersion,
        /// What is wrong.
        error: relation::Error,
    },
    /// `replaces` of an Alpine package.
    #[error("`replaces` of {package}: {error}")]
    ApkReplaces {
        /// The package.
        package: PackageVersion,
        /// What is wrong.
        error: InvalidDependency,
    },
    /// A package of this name is there already.
    #[error("the package {0} is added twice")]
    Repeated(PackageVersion),
    /// A path that two packages ship, and neither may replace the other's.
    #[error("`{path}` is in {one} and in {other}, and none of them replaces it in the other")]
    Conflict {
        /// Where it would be in the tree.
        path: TreePath,
        /// One package.
        one: PackageVersion,
        /// The other.
        other: PackageVersion,
    },
    /// Two entries of one package that lead to one path.
    #[error("`{one}` and `{other}` of {package} are the same path of the image, `{path}`")]
    Aliases {
        /// The package.
        package: PackageVersion,
        /// An entry.
        one: TreePath,
        /// Another one.
        other: TreePath,
        /// Where both would be.
        path: TreePath,
    },
    /// A directory where another package has something else than a directory, or a path below it.
    #[error("`{path}` of {package} cannot be in the image, since `{file}` of {owner} is not a directory")]
    NotADirectory {
        /// The path as the package ships it.
        path: TreePath,
        /// The package.
        package: PackageVersion,
        /// What is not a directory.
        file: TreePath,
        /// The package that ships it.
        owner: PackageVersion,
    },
    /// A path behind a symbolic link that does not lead to a directory.
    #[error(
        "`{path}` of {package} is behind the link `{link}`, but `{target}` is not a directory of the image"
    )]
    BehindLink {
        /// The path as the package ships it.
        path: TreePath,
        /// The package.
        package: PackageVersion,
        /// The link.
        link: TreePath,
        /// Where it leads.
        target: TreePath,
    },
    /// A path behind a loop of symbolic links.
    #[error("more than {LINKS_FOLLOWED} symbolic links lead to `{path}` of {package}")]
    LinkLoop {
        /// The path as the package ships it.
        path: TreePath,
        /// The package.
        package: PackageVersion,
    },
    /// Symbolic links whose places depend on each other.
    #[error("the symbolic links of the packages lead through each other without end")]
    UnsettledLinks,
    /// A path that is not one of an image after links are followed.
    #[error("a path of {package} leads to an invalid one: {error}")]
    Path {
        /// The package.
        package: PackageVersion,
        /// What is wrong.
        error: PathError,
    },
    /// A hard link to anything but an earlier file of the same package.
    #[error(
        "the hard link `{path}` of {package} does not lead to an earlier file of the package: `{target}`"
    )]
    HardLink {
        /// The path as the package ships it.
        path: TreePath,
        /// The package.
        package: PackageVersion,
        /// The target.
        target: TreePath,
    },
    /// A hard link with another checksum than its file.
    #[error("the hard link `{path}` of {package} has another SHA-1 than its file")]
    HardLinkChecksum {
        /// The path as the package ships it.
        path: TreePath,
        /// The package.
        package: PackageVersion,
    },
    /// A path below something that is not a directory.
    #[error(transparent)]
    NotInDirectory(#[from] NotInDirectory),
    /// A device or pipe.
    #[error("`{path}` of {package} is a device or pipe")]
    Special {
        /// The path as the package ships it.
        path: TreePath,
        /// The package.
        package: PackageVersion,
    },
    /// A stored file that cannot be read.
    #[error("the content of `{path}` cannot be read: {cause}")]
    Read {
        /// The path.
        path: TreePath,
        /// The cause.
        cause: String,
    },
}

/// What is worth knowing about packages in a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Remark {
    /// A path of a package is another package's.
    Replaced {
        /// Where it is in the tree.
        path: TreePath,
        /// The package whose file is not in the tree.
        package: PackageVersion,
        /// The package whose file is.
        by: PackageVersion,
    },
    /// Compiled Python whose source has another time or size than it records, so that Python does not use it.
    StaleBytecode {
        /// The compiled file.
        path: TreePath,
        /// The source.
        source: TreePath,
    },
}

impl fmt::Display for PackageVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.name, self.version)
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replaced { path, package, by } => write!(f, "`{path}` of {package} is replaced by {by}"),
            Self::StaleBytecode { path, source } => write!(
                f,
                "`{path}` is compiled from another `{source}`: the time or size that it records differs"
            ),
        }
    }
}
