//! The configuration files of packages, with the hashes that they were shipped with.

use std::collections::BTreeMap;

use md5::{Digest, Md5};

use crate::builder::packages::deb::container::ControlFiles;
use crate::builder::rootfs::installed::{Description, Installed};
use crate::builder::rootfs::limits::CONFFILE;
use crate::builder::rootfs::path::TreePath;
use crate::builder::rootfs::tree::Tree;
use crate::builder::rootfs::tree_writer::{WriteError, read};
use crate::oci::hex;

/// The configuration files of packages: by package the path and the MD5 of the content, in hexadecimal
/// digits.
///
/// `dpkg` compares the hash with the file to find out whether somebody changed it, so it is that of the
/// package's own content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conffiles {
    by_package: BTreeMap<String, Vec<(TreePath, String)>>,
}

impl Conffiles {
    /// Reads them. To be called when all packages are in the tree and nothing else is.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if a file cannot be read, or is too large.
    pub fn read(tree: &Tree, packages: &[Installed]) -> Result<Self, WriteError> {
        let mut by_package = BTreeMap::new();
        for package in packages {
            let Description::Deb(files) = &package.description else { continue };
            let mut found = Vec::new();
            for path in names(files) {
                let shipped = package.shipped.iter().find(|shipped| {
                    shipped.path == path && !shipped.is_directory && shipped.replaced_by.is_none()
                });
                let Some(shipped) = shipped else { continue };
                if let Some(bytes) = read(tree, &shipped.at, CONFFILE, "configuration file")? {
                    found.push((path, hex::encode(&Md5::digest(&bytes))));
                }
            }
            if !found.is_empty() {
                by_package.insert(package.name.clone(), found);
            }
        }
        Ok(Self { by_package })
    }

    pub(super) fn of_package(&self, name: &str) -> &[(TreePath, String)] {
        self.by_package.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Lines with a flag, such as `remove-on-upgrade`, name files that the package does not ship.
fn names(files: &ControlFiles) -> Vec<TreePath> {
    let text = String::from_utf8_lossy(files.get("conffiles").unwrap_or_default()).into_owned();
    let lines = text.lines().map(str::trim_end).filter(|line| line.starts_with('/'));
    lines.filter_map(|line| TreePath::parse(line).ok()).collect()
}
