//! Checks layers that are written, by rule: that an engine loads an image proves little about it.
//!
//! Invariant: layers that pass give exactly the tree when they are applied in order, whatever engine applies them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use super::fault::LayerFault;
use super::tar_reader::{ReadEntry, read_entries};
use crate::archive::{Kind, escaped};
use crate::builder::rootfs::{Content, LinkGroup, Node, NodeKind, Origin, SpecialKind, Tree, TreePath};

/// Compares the layers of an image with its tree, one after the other.
#[derive(Debug)]
pub struct LayerCheck<'a> {
    tree: &'a Tree,
    /// The paths in the layers so far.
    found: BTreeSet<TreePath>,
    /// The hard links in the layers so far.
    links: BTreeSet<LinkGroup>,
}

/// The entries of one layer so far.
#[derive(Default)]
struct Seen {
    last: Option<TreePath>,
    directories: BTreeSet<TreePath>,
    /// The first name of each hard link.
    first: BTreeMap<LinkGroup, TreePath>,
}

impl<'a> LayerCheck<'a> {
    /// A check against this tree.
    pub fn new(tree: &'a Tree) -> Self {
        Self { tree, found: BTreeSet::new(), links: BTreeSet::new() }
    }

    /// Checks the next layer, uncompressed.
    ///
    /// 1. The archive has one form: no times of access, no names of owners, two blocks of zeros at its end.
    /// 2. Names are normal and ascend, none deletes files, and each comes after the directory that holds it.
    /// 3. A hard link leads to an earlier file of the layer, and all its names are in the layer.
    /// 4. Each entry equals the node of the tree, repeated directories too.
    ///
    /// # Errors
    ///
    /// The first [`LayerFault`].
    pub fn layer(&mut self, archive: impl Read) -> Result<(), LayerFault> {
        let mut seen = Seen::default();
        read_entries(archive, |entry, content| self.entry(&mut seen, &entry, content))?;
        self.links.extend(seen.first.into_keys());
        Ok(())
    }

    /// Checks that the layers have everything that is in the tree and does not come from an extended image.
    ///
    /// # Errors
    ///
    /// [`LayerFault::Missing`] with the first path that is in no layer.
    pub fn finish(self) -> Result<(), LayerFault> {
        let is_new = |node: &Node| !matches!(*node.origin, Origin::Base(_));
        match self.tree.iter().find(|(path, node)| is_new(node) && !self.found.contains(path)) {
            Some((path, _)) => Err(LayerFault::Missing(path.clone())),
            None => Ok(()),
        }
    }

    fn entry(
        &mut self,
        seen: &mut Seen,
        entry: &ReadEntry,
        content: &mut dyn Read,
    ) -> Result<(), LayerFault> {
        let path = path(entry)?;
        if seen.last.as_ref().is_some_and(|last| *last >= path) {
            return Err(LayerFault::Order(path));
        }
        seen.last = Some(path.clone());
        if path.parent().is_some_and(|parent| !seen.directories.contains(&parent)) {
            return Err(LayerFault::Parent(path));
        }
        let node = self.tree.get(&path).ok_or_else(|| LayerFault::NotInTree(path.clone()))?;
        if let Some(what) = differing_metadata(entry, node) {
            return Err(LayerFault::Differs { path, what });
        }
        self.kind(seen, entry, &path, node, content)?;
        if entry.kind == Kind::Directory {
            seen.directories.insert(path.clone());
        } else if self.found.contains(&path) {
            return Err(LayerFault::Twice(path));
        }
        self.found.insert(path);
        Ok(())
    }

    fn kind(
        &self,
        seen: &mut Seen,
        entry: &ReadEntry,
        path: &TreePath,
        node: &Node,
        content: &mut dyn Read,
    ) -> Result<(), LayerFault> {
        let differs = |what| LayerFault::Differs { path: path.clone(), what };
        match (&node.kind, entry.kind) {
            (NodeKind::Directory, Kind::Directory) => Ok(()),
            (NodeKind::File { content: expected, link }, Kind::File) => {
                let is_second = |link: &LinkGroup| self.links.contains(link) || seen.first.contains_key(link);
                if link.as_ref().is_some_and(is_second) {
                    return Err(LayerFault::NotLinked(path.clone()));
                }
                if let Some(link) = link {
                    seen.first.insert(*link, path.clone());
                }
                compare(path, expected, entry.size, content)
            }
            (NodeKind::File { link, .. }, Kind::HardLink) => {
                let first =
                    link.and_then(|link| seen.first.get(&link)).map(|first| first.as_str().as_bytes());
                match first.is_some() && first == entry.target.as_deref() {
                    true => Ok(()),
                    false => Err(LayerFault::Link(path.clone())),
                }
            }
            (NodeKind::Symlink { target }, Kind::SymbolicLink) => {
                match entry.target.as_deref() == Some(target.as_bytes()) {
                    true => Ok(()),
                    false => Err(differs("target")),
                }
            }
            (NodeKind::Special(special), Kind::Device) => {
                let (flag, major, minor) = match *special {
                    SpecialKind::Character { major, minor } => (b'3', major, minor),
                    SpecialKind::Block { major, minor } => (b'4', major, minor),
                    SpecialKind::Pipe => (b'6', 0, 0),
                };
                if entry.flag != flag {
                    return Err(differs("type"));
                }
                match entry.device == (i64::from(major), i64::from(minor)) {
                    true => Ok(()),
                    false => Err(differs("device number")),
                }
            }
            _ => Err(differs("type")),
        }
    }
}

/// The path of an entry: a directory ends in `/`, the root is `./`.
fn path(entry: &ReadEntry) -> Result<TreePath, LayerFault> {
    let path = TreePath::of_bytes(&entry.name)?;
    let name = if path.is_root() { "." } else { path.as_str() };
    let end = if entry.kind == Kind::Directory { "/" } else { "" };
    if entry.name == format!("{name}{end}").as_bytes() {
        Ok(path)
    } else {
        Err(LayerFault::Name(escaped(&entry.name)))
    }
}

fn differing_metadata(entry: &ReadEntry, node: &Node) -> Option<&'static str> {
    let expected = &node.metadata;
    if entry.mode != expected.mode {
        Some("mode")
    } else if (entry.uid, entry.gid) != (u64::from(expected.uid), u64::from(expected.gid)) {
        Some("owner")
    } else if entry.mtime != expected.mtime {
        Some("time")
    } else if entry.capability.as_deref() != expected.capability.as_deref() {
        Some("capability")
    } else {
        None
    }
}

/// Compares the content of an entry, of `size` bytes, with that of the tree.
fn compare(path: &TreePath, expected: &Content, size: u64, content: &mut dyn Read) -> Result<(), LayerFault> {
    let differs = || LayerFault::Differs { path: path.clone(), what: "content" };
    if size != expected.len() {
        return Err(differs());
    }
    let mut expected = expected.reader();
    let (mut one, mut other) = ([0; BUFFER], [0; BUFFER]);
    let mut rest = size;
    while rest > 0 {
        let length = usize::try_from(rest).unwrap_or(BUFFER).min(BUFFER);
        let (one, other) =
            (one.get_mut(..length).unwrap_or_default(), other.get_mut(..length).unwrap_or_default());
        content.read_exact(one).map_err(|_| LayerFault::Archive("it is cut off".to_owned()))?;
        expected
            .read_exact(other)
            .map_err(|error| LayerFault::Content { path: path.clone(), cause: error.to_string() })?;
        if one != other {
            return Err(differs());
        }
        rest -= length as u64;
    }
    Ok(())
}

/// How many bytes of a file are compared at once.
const BUFFER: usize = 16 * 1024;

#[cfg(test)]
mod tests;
