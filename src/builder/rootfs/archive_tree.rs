//! The tree that an archive from a URL unpacks to.
//!
//! Invariant: an entry below a symbolic link of the archive is refused, since unpacking it writes elsewhere.

use std::io::Read;
use std::sync::Arc;

use super::archive_entries::{ArchiveError, EntryKind, EntryRules, read_entries};
use super::limits::{ARCHIVE_ENTRIES, FETCHED_UNPACKED};
use super::node::{LinkGroup, Node, NodeKind, Origin};
use super::path::TreePath;
use super::spool::Spool;
use super::tree::{NotInDirectory, Tree};

/// Why an archive cannot be unpacked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveFault {
    /// It cannot be read.
    #[error("its archive: {0}")]
    Archive(#[from] ArchiveError),
    /// An entry is below something else than a directory.
    #[error("its archive has an entry that is not in a directory: {0}")]
    NotInDirectory(#[from] NotInDirectory),
    /// A hard link to something else than an earlier file.
    #[error("its archive has a hard link `{path}` to `{target}`, which is not an earlier file of it")]
    HardLink {
        /// The path of the link.
        path: TreePath,
        /// Its target.
        target: TreePath,
    },
}

/// What an archive may have.
const RULES: EntryRules = EntryRules {
    bytes: FETCHED_UNPACKED,
    entries: ARCHIVE_ENTRIES,
    accepts_rooted: false,
    accepts_special: false,
};

/// The files of an uncompressed tar archive. `epoch` is the time of directories that it does not describe, in seconds
/// since 1970.
///
/// # Errors
///
/// [`ArchiveFault`]
pub(super) fn archive_tree(
    archive: impl Read,
    spool: &mut dyn Spool,
    epoch: i64,
) -> Result<Tree, ArchiveFault> {
    let mut tree = Tree::new(epoch);
    let mut next_group = 0;
    let origin = Arc::new(Origin::Implied);
    for entry in read_entries(archive, &RULES, spool)? {
        let (path, mut metadata) = (entry.path, entry.metadata);
        let kind = match entry.kind {
            EntryKind::Directory => NodeKind::Directory,
            EntryKind::File(content) => NodeKind::File { content, link: None },
            EntryKind::Symlink(target) => NodeKind::Symlink { target },
            EntryKind::Special(kind) => NodeKind::Special(kind),
            EntryKind::HardLink(target) => {
                let file = tree.get(&target).cloned();
                let Some(Node { metadata: own, kind: NodeKind::File { content, link }, origin }) = file
                else {
                    return Err(ArchiveFault::HardLink { path, target });
                };
                let link = link.or_else(|| {
                    next_group += 1;
                    Some(LinkGroup(next_group))
                });
                let kind = NodeKind::File { content, link };
                tree.put(target, Node { metadata: own.clone(), kind: kind.clone(), origin })?;
                // One file has one owner and one time, under all its names.
                metadata = own;
                kind
            }
        };
        tree.make_parents(&path, epoch)?;
        tree.put(path, Node { metadata, kind, origin: Arc::clone(&origin) })?;
    }
    Ok(tree)
}
