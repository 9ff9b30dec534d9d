//! Makes the tree of entries whose places and owners are known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::error::{MergeError, PackageVersion, Remark};
use super::files::{Files, PackagedFile, link_groups};
use super::ownership::Position;
use super::package::{BASE_FILES, Package};
use super::placement::Placement;
use crate::builder::rootfs::archive_entries::{ArchiveEntry, EntryKind};
use crate::builder::rootfs::installed::Shipped;
use crate::builder::rootfs::node::{LinkGroup, Metadata, Node, NodeKind, Origin};
use crate::builder::rootfs::path::TreePath;
use crate::builder::rootfs::tree::Tree;

/// A tree with what each package has in it.
pub(super) struct Built {
    pub(super) tree: Tree,
    /// By package.
    pub(super) shipped: Vec<Vec<Shipped>>,
    /// The paths that were replaced.
    pub(super) remarks: Vec<Remark>,
}

/// Makes the tree.
///
/// # Errors
///
/// [`MergeError`] if a place is not a path of an image.
pub(super) fn build(
    packages: &[Package],
    placement: &Placement,
    files: &Files<'_>,
    epoch: i64,
) -> Result<Built, MergeError> {
    let mut nodes = unshipped(packages, placement, epoch)?;
    let groups = link_groups(placement, files);
    let names: Vec<PackageVersion> = packages.iter().map(Package::id).collect();
    let mut has_metadata: BTreeSet<TreePath> = BTreeSet::new();
    let (mut all_shipped, mut remarks) = (Vec::with_capacity(packages.len()), Vec::new());
    for (number, (package, places)) in packages.iter().zip(&placement.places).enumerate() {
        let id = package.id();
        let origin = Origin::Package { name: id.name.clone(), version: id.version.clone() };
        let origin = Arc::new(origin);
        let mut shipped = Vec::with_capacity(package.entries.len());
        for (index, (entry, place)) in package.entries.iter().zip(places).enumerate() {
            let at = parse(&place.at, package)?;
            let file = files.get(&(number, index));
            let is_directory = entry.kind == EntryKind::Directory;
            let owner = placement.owners.get(&place.at).map_or(number, |(owner, _)| *owner);
            let by = names.get(owner).filter(|_| !is_directory && owner != number);
            let is_first = !is_directory || !place.is_link && has_metadata.insert(at.clone());
            if let (None, true, Some(node)) = (by, is_first, node(entry, file, &groups, &origin)) {
                nodes.insert(at.clone(), node);
            }
            if let Some(by) = by {
                let (path, package, by) = (at.clone(), id.clone(), by.clone());
                remarks.push(Remark::Replaced { path, package, by });
            }
            let sha1 = file.map_or(entry.sha1, |file| file.sha1);
            let (path, replaced_by) = (entry.path.clone(), by.map(|by| by.name.clone()));
            shipped.push(Shipped { path, at, is_directory, sha1, replaced_by });
        }
        all_shipped.push(shipped);
    }
    let mut tree = Tree::new(epoch);
    for (path, node) in nodes {
        tree.put(path, node)?;
    }
    Ok(Built { tree, shipped: all_shipped, remarks })
}

/// The directories and links that no package ships.
fn unshipped(
    packages: &[Package],
    placement: &Placement,
    epoch: i64,
) -> Result<BTreeMap<TreePath, Node>, MergeError> {
    let mut nodes = BTreeMap::new();
    let Some(first) = packages.first() else { return Ok(nodes) };
    let implied = Arc::new(Origin::Implied);
    for directory in &placement.directories {
        let (kind, origin) = (NodeKind::Directory, Arc::clone(&implied));
        nodes.insert(
            parse(directory, first)?,
            Node { metadata: Metadata::of_root(0o755, epoch), kind, origin },
        );
    }
    let origin = Arc::new(Origin::Synthesized { by: BASE_FILES.to_owned() });
    for (at, target) in &placement.merged {
        let (kind, origin) = (NodeKind::Symlink { target: (*target).to_owned() }, Arc::clone(&origin));
        nodes.insert(parse(at, first)?, Node { metadata: Metadata::of_root(0o777, epoch), kind, origin });
    }
    Ok(nodes)
}

/// What stands at the path of an entry that owns it. `None` for what no package may have.
fn node(
    entry: &ArchiveEntry,
    file: Option<&PackagedFile<'_>>,
    groups: &BTreeMap<Position, LinkGroup>,
    origin: &Arc<Origin>,
) -> Option<Node> {
    let mut metadata = &entry.metadata;
    let kind = match &entry.kind {
        EntryKind::Directory => NodeKind::Directory,
        EntryKind::Symlink(target) => NodeKind::Symlink { target: target.clone() },
        EntryKind::File(_) | EntryKind::HardLink(_) => {
            let file = file?;
            metadata = file.metadata;
            NodeKind::File { content: file.content.clone(), link: groups.get(&file.source).copied() }
        }
        EntryKind::Special(_) => return None,
    };
    Some(Node { metadata: metadata.clone(), kind, origin: Arc::clone(origin) })
}

fn parse(at: &str, package: &Package) -> Result<TreePath, MergeError> {
    TreePath::parse(at).map_err(|error| MergeError::Path { package: package.id(), error })
}
