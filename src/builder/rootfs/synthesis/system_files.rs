//! Single files of `/etc` that scripts make.

use crate::builder::rootfs::installed::Installed;
use crate::builder::rootfs::path::TreePath;
use crate::builder::rootfs::tree::Tree;
use crate::builder::rootfs::tree_writer::{TreeWriter, WriteError, follow};

/// Where `tzdata` has the time zone of an image.
const UTC: &str = "/usr/share/zoneinfo/Etc/UTC";

/// Files that scripts copy to where nothing is: the package, from where, and to where.
const COPIES: &[(&str, &str, &str)] = &[
    ("libc-bin", "/usr/share/libc-bin/nsswitch.conf", "/etc/nsswitch.conf"),
    ("readline-common", "/usr/share/readline/inputrc", "/etc/inputrc"),
];

pub(super) fn make(tree: &mut Tree, packages: &[Installed], epoch: i64) -> Result<(), WriteError> {
    for (package, from, to) in COPIES {
        if is_installed(packages, package) {
            let (from, to) = (TreePath::parse(from)?, TreePath::parse(to)?);
            TreeWriter::synthesized(tree, package, epoch).copy(&from, &to)?;
        }
    }
    let local_time = TreePath::parse("/etc/localtime")?;
    if is_installed(packages, "tzdata") && follow(tree, &TreePath::parse(UTC)?)?.is_some() {
        let mut writer = TreeWriter::synthesized(tree, "tzdata", epoch);
        if !writer.exists(&local_time)? {
            writer.link(&local_time, UTC)?;
        }
    }
    Ok(())
}

fn is_installed(packages: &[Installed], name: &str) -> bool {
    packages.iter().any(|package| package.name == name)
}
