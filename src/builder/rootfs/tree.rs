//! The files of an image in memory.
//!
//! Invariant: every node but the root stands in a directory.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::node::{LinkGroup, Metadata, Node, NodeKind, Origin};
use super::path::TreePath;

/// The files of an image, each with its origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    nodes: BTreeMap<TreePath, Node>,
}

/// A node cannot stand at its path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a directory of the image")]
pub struct NotInDirectory(pub TreePath);

impl Tree {
    /// A tree with an empty root, of mode 0755, last changed at `epoch`.
    pub fn new(epoch: i64) -> Self {
        let root = Node {
            metadata: Metadata::of_root(0o755, epoch),
            kind: NodeKind::Directory,
            origin: Origin::Implied.into(),
        };
        Self { nodes: BTreeMap::from([(TreePath::ROOT, root)]) }
    }

    /// The node at a path. Links on the way are not followed.
    pub fn get(&self, path: &TreePath) -> Option<&Node> {
        self.nodes.get(path)
    }

    /// All nodes, in the order of the bytes of their paths: the root first, a directory before everything in it.
    pub fn iter(&self) -> impl Iterator<Item = (&TreePath, &Node)> {
        self.nodes.iter()
    }

    /// The number of nodes, with the root.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is nothing but the root.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() <= 1
    }

    /// Everything below a directory, without the directory.
    pub fn below(&self, directory: &TreePath) -> impl Iterator<Item = (&TreePath, &Node)> {
        // Names such as `a-b` stand between `a` and `a/b`.
        let from = if directory.is_root() { String::new() } else { format!("{}/", directory.as_str()) };
        self.nodes
            .range((Bound::Excluded(directory.clone()), Bound::Unbounded))
            .skip_while({
                let from = from.clone();
                move |(path, _)| path.as_str() < from.as_str()
            })
            .take_while(move |(path, _)| path.as_str().starts_with(&from))
    }

    /// Puts a node at a path, in place of what stands there. What was below a directory stays only if the new node is a
    /// directory too.
    ///
    /// # Errors
    ///
    /// [`NotInDirectory`] if the parent is not a directory of the tree.
    pub fn put(&mut self, path: TreePath, node: Node) -> Result<Option<Node>, NotInDirectory> {
        if let Some(parent) = path.parent()
            && !self.get(&parent).is_some_and(Node::is_directory)
        {
            return Err(NotInDirectory(parent));
        }
        if !node.is_directory() && self.get(&path).is_some_and(Node::is_directory) {
            self.remove(&path);
        }
        Ok(self.nodes.insert(path, node))
    }

    /// Removes a node and everything below it. The root itself stays. Says how many nodes are gone.
    pub fn remove(&mut self, path: &TreePath) -> usize {
        let mut gone: Vec<TreePath> = self.below(path).map(|(path, _)| path.clone()).collect();
        if !path.is_root() && self.nodes.contains_key(path) {
            gone.push(path.clone());
        }
        for path in &gone {
            self.nodes.remove(path);
        }
        gone.len()
    }

    /// The first group of hard links that no file belongs to.
    pub fn next_link_group(&self) -> LinkGroup {
        let used = self.nodes.values().filter_map(Node::link_group).max();
        LinkGroup(used.map_or(0, |LinkGroup(last)| last.saturating_add(1)))
    }

    /// Changes the metadata of a node. Whether it is there.
    pub fn change(&mut self, path: &TreePath, change: impl FnOnce(&mut Metadata)) -> bool {
        self.nodes.get_mut(path).map(|node| change(&mut node.metadata)).is_some()
    }
}
