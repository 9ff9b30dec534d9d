//! The files that `base-files` makes.

use memchr::memmem;

use super::missing::after_install;
use crate::builder::rootfs::installed::Installed;
use crate::builder::rootfs::node::Node;
use crate::builder::rootfs::path::TreePath;
use crate::builder::rootfs::tree::Tree;
use crate::builder::rootfs::tree_writer::{TreeWriter, WriteError, follow};

const PACKAGE: &str = "base-files";
/// The number of the group `mail` in Debian.
const MAIL: u32 = 8;

/// Directories with their mode and group.
const DIRECTORIES: &[(&str, u16, u32)] = &[
    ("/mnt", 0o755, 0),
    ("/srv", 0o755, 0),
    ("/opt", 0o755, 0),
    ("/media", 0o755, 0),
    ("/etc/opt", 0o755, 0),
    ("/var/opt", 0o755, 0),
    ("/var/mail", 0o2775, MAIL),
    ("/run", 0o755, 0),
    ("/run/lock", 0o1777, 0),
    ("/usr/local", 0o755, 0),
    ("/usr/local/bin", 0o755, 0),
    ("/usr/local/etc", 0o755, 0),
    ("/usr/local/games", 0o755, 0),
    ("/usr/local/include", 0o755, 0),
    ("/usr/local/lib", 0o755, 0),
    ("/usr/local/sbin", 0o755, 0),
    ("/usr/local/share", 0o755, 0),
    ("/usr/local/share/man", 0o755, 0),
    ("/usr/local/src", 0o755, 0),
];

/// A directory that only newer releases make.
const LIBEXEC: &str = "/usr/local/libexec";

/// Links, made where nothing is.
const LINKS: &[(&str, &str)] = &[("/var/spool/mail", "../mail"), ("/usr/local/man", "share/man")];

/// Directories that the package ships and its script turns into links.
const MOVED: &[(&str, &str)] = &[("/var/run", "/run"), ("/var/lock", "/run/lock")];

/// Files that are copied where nothing is.
const COPIES: &[(&str, &str)] = &[
    ("/usr/share/base-files/dot.profile", "/root/.profile"),
    ("/usr/share/base-files/dot.bashrc", "/root/.bashrc"),
    ("/usr/share/base-files/profile", "/etc/profile"),
    ("/usr/share/base-files/motd", "/etc/motd"),
];

pub(super) fn make(tree: &mut Tree, packages: &mut [Installed], epoch: i64) -> Result<(), WriteError> {
    let Some(package) = packages.iter().find(|package| package.name == PACKAGE) else { return Ok(()) };
    let makes_libexec = memmem::find(after_install(package), b"libexec").is_some();
    let mut writer = TreeWriter::synthesized(tree, PACKAGE, epoch);
    for (path, mode, gid) in DIRECTORIES {
        writer.directory_of(&TreePath::parse(path)?, *mode, *gid)?;
    }
    if makes_libexec {
        writer.directory(&TreePath::parse(LIBEXEC)?, 0o755)?;
    }
    for (path, target) in LINKS {
        let path = TreePath::parse(path)?;
        if !writer.exists(&path)? {
            writer.link(&path, target)?;
        }
    }
    for (from, to) in COPIES {
        writer.copy(&TreePath::parse(from)?, &TreePath::parse(to)?)?;
    }
    let origins = TreePath::parse("/etc/dpkg/origins")?;
    let default = origins.join("default")?;
    if writer.exists(&origins.join("debian")?)? && !writer.exists(&default)? {
        writer.link(&default, "debian")?;
    }
    let info = TreePath::parse("/usr/share/info")?;
    if writer.exists(&info)? {
        writer.copy(&TreePath::parse("/usr/share/base-files/info.dir")?, &info.join("dir")?)?;
    }
    for (from, to) in MOVED {
        replace_by_link(tree, packages, &TreePath::parse(from)?, to, epoch)?;
    }
    Ok(())
}

/// Moves what is in a directory to the target, and puts a link in its place.
fn replace_by_link(
    tree: &mut Tree,
    packages: &mut [Installed],
    from: &TreePath,
    target: &str,
    epoch: i64,
) -> Result<(), WriteError> {
    let from = tree.resolve(from)?;
    match tree.get(&from) {
        Some(node) if node.is_directory() => {}
        // Without `/var` there is nothing to link from.
        None if from.parent().is_some_and(|parent| tree.get(&parent).is_some()) => {}
        _ => return Ok(()),
    }
    let to = follow(tree, &TreePath::parse(target)?)?;
    let to = to.ok_or_else(|| WriteError::Occupied(from.clone()))?;
    let moved: Vec<(TreePath, Node)> =
        tree.below(&from).map(|(path, node)| (path.clone(), node.clone())).collect();
    tree.remove(&from);
    for (path, node) in moved {
        let path = to.join(path.below(&from).unwrap_or_default())?;
        match tree.get(&path) {
            None => {
                tree.put(path, node)?;
            }
            // The first one's metadata stay, as where two packages ship a directory.
            Some(there) if there.is_directory() && node.is_directory() => {}
            Some(_) => return Err(WriteError::Occupied(path)),
        }
    }
    for shipped in packages.iter_mut().flat_map(|package| &mut package.shipped) {
        if let Some(below) = shipped.at.below(&from).filter(|below| !below.is_empty()) {
            shipped.at = to.join(below)?;
        }
    }
    TreeWriter::synthesized(tree, PACKAGE, epoch).link(&from, target)
}
