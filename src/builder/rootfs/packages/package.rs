//! A package on its way into a tree, and where its entries land.

use super::error::PackageVersion;
use crate::builder::rootfs::archive_entries::ArchiveEntry;
use crate::builder::rootfs::installed::Installed;

/// The package whose files come first: it ships the links and directories that others are in.
pub(super) const BASE_FILES: &str = "base-files";

/// A package with its entries. `installed.shipped` is empty until the end.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) installed: Installed,
    pub(super) entries: Vec<ArchiveEntry>,
}

impl Package {
    pub(super) fn id(&self) -> PackageVersion {
        let Installed { name, version, .. } = &self.installed;
        PackageVersion { name: name.clone(), version: version.clone() }
    }
}

/// The place of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The path without links; for a directory where a link stands, the directory that it leads to.
    pub(super) at: String,
    /// Whether it is a directory where a link stands: the link stays, and the directory's metadata is not used.
    pub(super) is_link: bool,
    /// The links on the way, each with what it leads to.
    pub(super) followed: Vec<(String, String)>,
}
