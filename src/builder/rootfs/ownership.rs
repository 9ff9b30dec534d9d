//! Owner and permissions that a definition states for files, and how they replace those that files have.

use std::collections::BTreeSet;

use super::node::{Metadata, Node, NodeKind};
use super::path::TreePath;
use super::tree::Tree;

/// Owner and permissions that a definition states. What it does not state stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ownership {
    /// The number of the owner.
    pub uid: Option<u32>,
    /// The number of the group.
    pub gid: Option<u32>,
    /// The permission bits, at most `0o7777`.
    pub mode: Option<u16>,
}

impl Ownership {
    /// The metadata of a new file, which belongs to `root` and has `mode` where nothing else is stated.
    pub(super) fn of_new(self, mode: u16, mtime: i64) -> Metadata {
        Metadata {
            mode: self.mode.unwrap_or(mode),
            uid: self.uid.unwrap_or(0),
            gid: self.gid.unwrap_or(0),
            mtime,
            capability: None,
        }
    }

    /// The permissions of the directories of a tree: who may read one may enter it too.
    pub(super) fn directory_mode(self) -> Option<u16> {
        self.mode.map(|mode| mode | (mode & 0o444) >> 2)
    }

    /// Changes the owner, and the permissions to `mode`.
    pub(super) fn change(self, metadata: &mut Metadata, mode: Option<u16>) {
        metadata.uid = self.uid.unwrap_or(metadata.uid);
        metadata.gid = self.gid.unwrap_or(metadata.gid);
        metadata.mode = mode.unwrap_or(metadata.mode);
    }

    /// Changes a node of a tree that it is stated for as a whole. A symbolic link has no permissions. As in Linux, a
    /// program that gets another owner loses its capabilities, and set-user-ID and set-group-ID unless they are stated.
    pub(super) fn change_node(self, node: &mut Node) {
        let mode = match node.kind {
            NodeKind::Directory => self.directory_mode(),
            NodeKind::Symlink { .. } => None,
            NodeKind::File { .. } | NodeKind::Special(_) => {
                let metadata = &mut node.metadata;
                let differs = |stated: Option<u32>, own| stated.is_some_and(|stated| stated != own);
                if differs(self.uid, metadata.uid) || differs(self.gid, metadata.gid) {
                    metadata.mode &= 0o1777;
                    metadata.capability = None;
                }
                self.mode
            }
        };
        self.change(&mut node.metadata, mode);
    }

    /// Changes a directory and everything below it. A file that has other names elsewhere is changed under all of them.
    pub(super) fn apply_below(self, tree: &mut Tree, directory: &TreePath) {
        let mut paths: BTreeSet<TreePath> = tree.below(directory).map(|(path, _)| path.clone()).collect();
        let groups: BTreeSet<_> = tree.below(directory).filter_map(|(_, node)| node.link_group()).collect();
        if !groups.is_empty() {
            let linked = tree
                .iter()
                .filter(|(_, node)| node.link_group().is_some_and(|group| groups.contains(&group)));
            paths.extend(linked.map(|(path, _)| path.clone()));
        }
        paths.insert(directory.clone());
        for path in paths {
            let Some(mut node) = tree.get(&path).cloned() else { continue };
            self.change_node(&mut node);
            tree.change(&path, |metadata| *metadata = node.metadata);
        }
    }
}
