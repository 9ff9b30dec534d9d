//! A package whose files are in the tree.

use super::path::TreePath;
use crate::builder::packages::apk::container::Entry;
use crate::builder::packages::apk::pkginfo::PackageInfo;
use crate::builder::packages::deb::container::ControlFiles;

/// A package whose files are in the tree, with what the package database says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The name.
    pub name: String,
    /// The version, as it is written.
    pub version: String,
    /// The architecture in the words of the distribution.
    pub architecture: String,
    /// What the package states about itself.
    pub description: Description,
    /// What it ships, in the order of its archive.
    pub shipped: Vec<Shipped>,
}

/// What a package states about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Description {
    /// Debian: the control files.
    Deb(ControlFiles),
    /// Alpine.
    Apk {
        /// `.PKGINFO`.
        info: Box<PackageInfo>,
        /// SHA-1 of the control member: the identity in the index.
        identity: [u8; 20],
        /// The other files of the control member: scripts, with their leading dot.
        scripts: Vec<Entry>,
    },
}

/// A path that a package ships.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// The path as the archive has it, without leading `./`.
    pub path: TreePath,
    /// Where it went: behind links, and in `/usr` where the release has merged directories.
    pub at: TreePath,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// SHA-1 of the content, or of the target of a link, as an Alpine package states it.
    pub sha1: Option<[u8; 20]>,
    /// The package that replaced it, by name. `None`: the path is this package's own.
    pub replaced_by: Option<String>,
}
