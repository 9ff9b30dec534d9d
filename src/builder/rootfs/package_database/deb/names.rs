//! Names of packages in the database.

use crate::builder::packages::deb::control::Stanzas;
use crate::builder::rootfs::installed::{Description, Installed};

/// A package that something depends on and that is not installed, on purpose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waived {
    /// The name.
    pub name: String,
    /// The version that it would have. `None` if no repository has it.
    pub version: Option<String>,
}

/// The name of a package in names of files.
pub(super) fn stem(package: &Installed) -> String {
    if is_multi_arch_same(package) {
        format!("{}:{}", package.name, package.architecture)
    } else {
        package.name.clone()
    }
}

pub(super) fn is_multi_arch_same(package: &Installed) -> bool {
    let Description::Deb(files) = &package.description else { return false };
    let stanza = Stanzas::new(files.control()).next();
    stanza.and_then(|stanza| stanza.get("Multi-Arch").ok().flatten()) == Some("same")
}
