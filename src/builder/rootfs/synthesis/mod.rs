//! What the maintainer scripts of packages would have made.
//!
//! Invariant: no script is executed. An effect that is known and not made here is reported, never passed
//! over.

mod alternatives;
mod base_files;
mod busybox;
mod certificates;
mod missing;
mod system_files;

pub use certificates::write_certificates;
pub use missing::{MissingEffect, Unsynthesized};

use super::installed::Installed;
use super::package_database::DebDatabase;
use super::tree::Tree;
use super::tree_writer::WriteError;

/// Makes what the maintainer scripts of Debian's packages would have made, except accounts, certificates and
/// the package database. To be called when all packages are in the tree and nothing else is. `dev`: whether
/// the image is a development variant.
///
/// Where contents of packages move with a directory that becomes a link, `packages` says so afterwards.
///
/// # Errors
///
/// [`WriteError`] if something stands in the way, or a file of the tree cannot be read.
pub fn synthesize_deb(
    tree: &mut Tree,
    packages: &mut [Installed],
    dev: bool,
    epoch: i64,
) -> Result<Vec<Unsynthesized>, WriteError> {
    base_files::make(tree, packages, epoch)?;
    system_files::make(tree, packages, epoch)?;
    let keeps_state = DebDatabase::of(packages, dev) == DebDatabase::Status;
    let mut missing = alternatives::make(tree, packages, keeps_state, epoch)?;
    missing.extend(missing::of_packages(packages));
    missing.extend(missing::shell(tree, dev)?);
    missing.sort();
    missing.dedup();
    Ok(missing)
}

/// Makes what the scripts of Alpine's packages would have made, except accounts, certificates and the package
/// database. To be called when all packages are in the tree and nothing else is. `dev`: whether the image is
/// a development variant.
///
/// # Errors
///
/// [`WriteError`] if something stands in the way, or a file of the tree cannot be read.
pub fn synthesize_apk(
    tree: &mut Tree,
    packages: &[Installed],
    dev: bool,
    epoch: i64,
) -> Result<Vec<Unsynthesized>, WriteError> {
    busybox::make(tree, packages, epoch)?;
    let mut missing = missing::of_packages(packages);
    missing.extend(missing::shell(tree, dev)?);
    missing.sort();
    missing.dedup();
    Ok(missing)
}

#[cfg(test)]
mod tests;
