//! The regular files of the packages, each with the file that its hard links mean.

use std::collections::BTreeMap;

use super::error::MergeError;
use super::ownership::Position;
use super::package::Package;
use super::placement::Placement;
use crate::builder::rootfs::archive_entries::EntryKind;
use crate::builder::rootfs::content::Content;
use crate::builder::rootfs::node::{LinkGroup, Metadata};

/// A regular file, under one of its names.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackagedFile<'a> {
    /// The entry that has the content.
    pub(super) source: Position,
    /// The bytes.
    pub(super) content: &'a Content,
    /// The metadata of that entry: names of one file cannot differ in them.
    pub(super) metadata: &'a Metadata,
    /// The checksum of that entry.
    pub(super) sha1: Option<[u8; 20]>,
}

/// The regular files by their entries.
pub(super) type Files<'a> = BTreeMap<Position, PackagedFile<'a>>;

/// Finds the content of every regular file.
///
/// # Errors
///
/// [`MergeError`] if a hard link leads to anything but an earlier file of its package.
pub(super) fn files<'a>(packages: &'a [Package], placement: &Placement) -> Result<Files<'a>, MergeError> {
    let mut files = Files::new();
    for (number, (package, places)) in packages.iter().zip(&placement.places).enumerate() {
        let mut earlier: BTreeMap<&str, PackagedFile<'a>> = BTreeMap::new();
        for (index, (entry, place)) in package.entries.iter().zip(places).enumerate() {
            let file = match &entry.kind {
                EntryKind::File(content) => PackagedFile {
                    source: (number, index),
                    content,
                    metadata: &entry.metadata,
                    sha1: entry.sha1,
                },
                EntryKind::HardLink(target) => {
                    let (path, target) = (entry.path.clone(), target.clone());
                    let found = placement.locate(&target).and_then(|at| earlier.get(at.as_str()).copied());
                    let Some(file) = found else {
                        return Err(MergeError::HardLink { path, package: package.id(), target });
                    };
                    if entry.sha1.is_some() && entry.sha1 != file.sha1 {
                        return Err(MergeError::HardLinkChecksum { path, package: package.id() });
                    }
                    file
                }
                EntryKind::Directory | EntryKind::Symlink(_) | EntryKind::Special(_) => continue,
            };
            earlier.insert(&place.at, file);
            files.insert((number, index), file);
        }
    }
    Ok(files)
}

/// The groups of names of one file, numbered in the order of the paths in the tree. A file with one name has no group.
pub(super) fn link_groups(placement: &Placement, files: &Files<'_>) -> BTreeMap<Position, LinkGroup> {
    let mut names: BTreeMap<Position, usize> = BTreeMap::new();
    let sources = || placement.owners.values().filter_map(|owner| Some(files.get(owner)?.source));
    for source in sources() {
        *names.entry(source).or_default() += 1;
    }
    let mut groups = BTreeMap::new();
    let mut next = 0;
    for source in sources() {
        if names.get(&source).is_some_and(|count| *count > 1) && !groups.contains_key(&source) {
            groups.insert(source, LinkGroup(next));
            next += 1;
        }
    }
    groups
}
