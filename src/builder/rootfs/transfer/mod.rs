//! Copies files of one tree into another: artifacts, unpacked archives, Git checkouts.
//!
//! Invariant: what is copied lands inside the image, behind the links that are there; a directory never replaces
//! something else, nor is it replaced; whatever is replaced is reported.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::Arc;

use super::content::Content;
use super::node::{LinkGroup, Node, NodeKind, Origin};
use super::ownership::Ownership;
use super::path::{PathError, TreePath};
use super::resolve::ResolveError;
use super::selection::Selection;
use super::tree::{NotInDirectory, Tree};

/// The bytes of two files that are compared at once.
const COMPARED_BYTES: usize = 64 * 1024;

/// What is copied, where to, and who owns it there.
#[derive(Clone, Debug)]
pub struct Transfer<'a> {
    /// The tree that is copied from.
    pub from: &'a Tree,
    /// The files of it.
    pub selection: &'a Selection,
    /// The directory that they are copied into.
    pub target: TreePath,
    /// Owner and permissions that replace those of the files.
    pub ownership: Ownership,
    /// The origin of the copies.
    pub origin: Origin,
    /// The time of implied directories, in seconds since 1970.
    pub epoch: i64,
}

/// What copying did that a user may not expect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transferred {
    /// Files and links that were replaced, and directories whose metadata were, by path.
    pub replaced: Vec<Replaced>,
    /// Includes that match nothing, as they are written.
    pub unmatched: Vec<String>,
}

/// A path that another source had put there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The path.
    pub path: TreePath,
    /// Where it came from.
    pub before: Arc<Origin>,
    /// Where it comes from now.
    pub after: Arc<Origin>,
    /// What is different.
    pub change: Change,
}

/// What is different about a path that is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing but the time.
    None,
    /// Owner, permissions or capabilities.
    Metadata,
    /// The bytes, or the target of a link.
    Content,
    /// A file for a link, or the other way round.
    Kind,
}

/// Why files cannot be copied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// A path cannot be one of the image.
    #[error("{0}")]
    Path(#[from] PathError),
    /// A path leads through links that lead nowhere.
    #[error("{0}")]
    Resolve(#[from] ResolveError),
    /// Something else than a directory stands where one is needed.
    #[error("{0}")]
    NotInDirectory(#[from] NotInDirectory),
    /// A directory and something else have one path.
    #[error("`{path}` is {} of {before} and {} of {after}", a_kind(*.is_directory), a_kind(!*.is_directory))]
    Conflict {
        /// The path.
        path: TreePath,
        /// Whether a directory was there.
        is_directory: bool,
        /// Where the first one comes from.
        before: Arc<Origin>,
        /// Where the second one comes from.
        after: Arc<Origin>,
    },
    /// A device or named pipe.
    #[error("`{0}` is a device or named pipe, which only base images may have")]
    Special(TreePath),
}

fn a_kind(is_directory: bool) -> &'static str {
    if is_directory { "a directory" } else { "no directory" }
}

/// Copies files into a tree. A file that is there is replaced, a directory is kept with everything in it; one that is
/// selected itself gets the metadata of its copy.
///
/// # Errors
///
/// [`TransferError`]. The tree is then changed in part.
pub fn transfer(tree: &mut Tree, plan: &Transfer<'_>) -> Result<Transferred, TransferError> {
    let origin = Arc::new(plan.origin.clone());
    let mut groups = Groups { next: tree.next_link_group(), known: BTreeMap::new() };
    // The directories whose copies are there.
    let mut made = BTreeSet::new();
    let mut done = Transferred {
        unmatched: plan.selection.unmatched(plan.from.iter().map(|(path, _)| path)),
        ..Transferred::default()
    };
    for (path, node) in plan.from.iter().filter(|(path, _)| plan.selection.contains(path)) {
        if matches!(node.kind, NodeKind::Special(_)) {
            return Err(TransferError::Special(path.clone()));
        }
        if let Some(parent) = path.parent()
            && made.insert(parent)
        {
            for above in path.ancestors() {
                plan.directory(tree, &above, &origin, None)?;
            }
        }
        if node.is_directory() {
            // The root of the image is nobody's.
            let replaced = (!path.is_root()).then_some(&mut done.replaced);
            plan.directory(tree, path, &origin, replaced)?;
            continue;
        }
        let at = tree.resolve(&plan.target.join(path.as_str())?)?;
        let mut copy = plan.copied(node, &origin);
        if let NodeKind::File { link: Some(group), .. } = &mut copy.kind {
            *group = groups.of(*group);
        }
        if let Some(before) = tree.get(&at) {
            if before.is_directory() {
                return Err(conflict(&at, before, &origin));
            }
            done.replaced.push(replaced(&at, before, &copy));
        }
        tree.put(at, copy)?;
    }
    Ok(done)
}

impl Transfer<'_> {
    /// Makes the copy of a directory, if there is none. One that is there gets the metadata of its copy if `replaced` is
    /// given.
    fn directory(
        &self,
        tree: &mut Tree,
        path: &TreePath,
        origin: &Arc<Origin>,
        list: Option<&mut Vec<Replaced>>,
    ) -> Result<(), TransferError> {
        let Some(node) = self.from.get(path) else { return Ok(()) };
        let at = tree.resolve_all(&self.target.join(path.as_str())?)?;
        let copy = self.copied(node, origin);
        match tree.get(&at) {
            None => {
                tree.make_parents(&at, self.epoch)?;
                tree.put(at, copy)?;
            }
            Some(before) if before.is_directory() => {
                if let Some(list) = list {
                    let replaced = replaced(&at, before, &copy);
                    if replaced.change != Change::None {
                        list.push(replaced);
                    }
                    tree.change(&at, |metadata| *metadata = copy.metadata);
                }
            }
            Some(before) => return Err(conflict(&at, before, origin)),
        }
        Ok(())
    }

    fn copied(&self, node: &Node, origin: &Arc<Origin>) -> Node {
        let mut copy = Node { origin: Arc::clone(origin), ..node.clone() };
        self.ownership.change_node(&mut copy);
        copy
    }
}

fn conflict(path: &TreePath, before: &Node, after: &Arc<Origin>) -> TransferError {
    TransferError::Conflict {
        path: path.clone(),
        is_directory: before.is_directory(),
        before: Arc::clone(&before.origin),
        after: Arc::clone(after),
    }
}

fn replaced(path: &TreePath, before: &Node, after: &Node) -> Replaced {
    let is_same_metadata = {
        let (one, other) = (&before.metadata, &after.metadata);
        (one.mode, one.uid, one.gid, &one.capability) == (other.mode, other.uid, other.gid, &other.capability)
    };
    let metadata = if is_same_metadata { Change::None } else { Change::Metadata };
    let change = match (&before.kind, &after.kind) {
        (NodeKind::Directory, NodeKind::Directory) => metadata,
        (NodeKind::File { content: one, .. }, NodeKind::File { content: other, .. }) => {
            if is_same(one, other) { metadata } else { Change::Content }
        }
        (NodeKind::Symlink { target: one }, NodeKind::Symlink { target: other }) => {
            if one == other {
                metadata
            } else {
                Change::Content
            }
        }
        _ => Change::Kind,
    };
    let (before, after) = (Arc::clone(&before.origin), Arc::clone(&after.origin));
    Replaced { path: path.clone(), before, after, change }
}

/// Whether two files have the same bytes. Bytes that cannot be read are different: the error shows when they are used.
fn is_same(one: &Content, other: &Content) -> bool {
    if one == other {
        return true;
    }
    if one.len() != other.len() {
        return false;
    }
    let (mut one, mut other) = (one.reader(), other.reader());
    let (mut left, mut right) = (vec![0; COMPARED_BYTES], vec![0; COMPARED_BYTES]);
    loop {
        match (one.read(&mut left), other.read(&mut right)) {
            (Ok(0), Ok(0)) => return true,
            (Ok(read), Ok(same)) if read == same && left.get(..read) == right.get(..read) => {}
            _ => return false,
        }
    }
}

/// Numbers of hard links that the target does not use yet.
struct Groups {
    next: LinkGroup,
    known: BTreeMap<LinkGroup, LinkGroup>,
}

impl Groups {
    fn of(&mut self, group: LinkGroup) -> LinkGroup {
        *self.known.entry(group).or_insert_with(|| {
            let new = self.next;
            self.next = LinkGroup(new.0.saturating_add(1));
            new
        })
    }
}
