//! Entries of the file `installed`.

use std::fmt::Write;

use super::super::{DatabaseError, check};
use crate::builder::packages::apk::index::encode_identity;
use crate::builder::packages::apk::pkginfo::PackageInfo;
use crate::builder::rootfs::installed::{Installed, Shipped};
use crate::builder::rootfs::node::Metadata;
use crate::builder::rootfs::path::TreePath;
use crate::builder::rootfs::tree::Tree;

/// Adds the entry of a package: its fields, then its directories, each with its files. A file that another
/// package replaced is not listed.
pub(super) fn push(
    text: &mut String,
    tree: &Tree,
    package: &Installed,
    info: &PackageInfo,
    identity: &[u8; 20],
) -> Result<(), DatabaseError> {
    push_fields(text, info, identity)?;
    for (directory, files) in directories(package) {
        field(text, 'F', directory.as_str())?;
        let shipped =
            package.shipped.iter().find(|shipped| shipped.is_directory && shipped.path == directory);
        let metadata = tree.get(shipped.map_or(&directory, |shipped| &shipped.at)).map(|node| &node.metadata);
        if let Some(metadata) = metadata.filter(|metadata| !is_plain(metadata, 0o755)) {
            access(text, 'M', metadata, metadata.mode);
        }
        for shipped in files {
            field(text, 'R', shipped.path.name())?;
            if let Some(node) = tree.get(&shipped.at) {
                // Links have all permissions, whatever an archive says.
                let mode = if node.link_target().is_some() { 0o777 } else { node.metadata.mode };
                if !is_plain(&Metadata { mode, ..node.metadata.clone() }, 0o644) {
                    access(text, 'a', &node.metadata, mode);
                }
            }
            if let Some(sha1) = &shipped.sha1 {
                field(text, 'Z', &encode_identity(sha1))?;
            }
        }
    }
    text.push('\n');
    Ok(())
}

fn push_fields(text: &mut String, info: &PackageInfo, identity: &[u8; 20]) -> Result<(), DatabaseError> {
    let other = |name: &str| {
        let found = info.other.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    };
    let size = info.installed_size.to_string();
    let priority =
        Some(info.replaces_priority).filter(|priority| *priority != 0).map(|priority| priority.to_string());
    let list = |values: &[String]| Some(values.join(" ")).filter(|text| !text.is_empty());
    let identity = encode_identity(identity);
    let fields: [(char, Option<String>); 18] = [
        ('C', Some(identity)),
        ('P', Some(info.name.clone())),
        ('V', Some(info.version.clone())),
        ('A', Some(info.architecture.clone())),
        ('I', Some(size)),
        ('T', other("pkgdesc").map(str::to_owned)),
        ('U', other("url").map(str::to_owned)),
        ('L', other("license").map(str::to_owned)),
        ('o', info.origin.clone().filter(|origin| !origin.is_empty())),
        ('m', other("maintainer").map(str::to_owned)),
        ('t', other("builddate").map(str::to_owned)),
        ('c', other("commit").map(str::to_owned)),
        ('k', other("provider_priority").map(str::to_owned)),
        ('D', list(&info.depends)),
        ('p', list(&info.provides)),
        ('i', list(&info.install_if)),
        ('r', list(&info.replaces)),
        ('q', priority),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            field(text, name, &value)?;
        }
    }
    Ok(())
}

/// The directories in the order in which the package names them, with the files of each.
fn directories(package: &Installed) -> Vec<(TreePath, Vec<&Shipped>)> {
    let mut directories: Vec<(TreePath, Vec<&Shipped>)> = Vec::new();
    let mut place = std::collections::BTreeMap::new();
    for shipped in &package.shipped {
        let directory = if shipped.is_directory {
            shipped.path.clone()
        } else {
            shipped.path.parent().unwrap_or_default()
        };
        if shipped.is_directory && directory.is_root() {
            continue;
        }
        let at = *place.entry(directory.clone()).or_insert_with(|| {
            directories.push((directory, Vec::new()));
            directories.len() - 1
        });
        if !shipped.is_directory
            && shipped.replaced_by.is_none()
            && let Some((_, files)) = directories.get_mut(at)
        {
            files.push(shipped);
        }
    }
    directories
}

fn field(text: &mut String, name: char, value: &str) -> Result<(), DatabaseError> {
    // The root has an empty name.
    if !(name == 'F' && value.is_empty()) {
        check(value, &[])?;
    }
    text.push(name);
    text.push(':');
    text.push_str(value);
    text.push('\n');
    Ok(())
}

fn is_plain(metadata: &Metadata, mode: u16) -> bool {
    (metadata.uid, metadata.gid, metadata.mode) == (0, 0, mode)
}

fn access(text: &mut String, name: char, metadata: &Metadata, mode: u16) {
    // Writing into a text does not fail.
    let _ = writeln!(text, "{name}:{}:{}:{mode:o}", metadata.uid, metadata.gid);
}
