//! The files of an image: the tree that its layers make, without their content.
//!
//! Invariants:
//!
//! * Layers are applied in order, as container engines do. An entry that engines unpack differently is an error, and so
//!   is one that leads out of the tree.
//! * Nothing is written to disk. The number of nodes, the length of names and the depth of directories are bounded.
//! * A whiteout hides what lower layers have. A layer that adds and hides one path is refused.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::error::{EntryError, LayerError};
use crate::archive::escaped;
use crate::limits::Exceeded;
use crate::scan::limits::{FILE_NAME, FILES, FOLDERS, LINKS};

/// The prefix of whiteouts (OCI image specification, `layer.md`).
const WHITEOUT: &[u8] = b".wh.";
/// The prefix of the metadata of AUFS, which no engine unpacks.
const WHITEOUT_METADATA: &[u8] = b".wh..wh.";
/// The whiteout of everything in a directory.
const OPAQUE: &[u8] = b".wh..wh..opq";

/// The files of an image.
#[derive(Debug)]
pub(super) struct Tree {
    /// Never shrinks: it has replaced nodes too. The first one is the root.
    nodes: Vec<Node>,
    /// The number of layers that were applied.
    layers: u32,
    /// What whiteouts of the current layer hide: a directory, and a name in it.
    hidden: BTreeSet<(NodeId, Box<[u8]>)>,
}

/// The position of a node. Hard links share one.
pub(super) type NodeId = usize;

/// The root directory.
pub(super) const ROOT: NodeId = 0;

/// A file or directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// Permission bits, with set-user-ID, set-group-ID and sticky.
    pub(super) mode: u16,
    /// The user that owns it.
    pub(super) user: u64,
    /// The group that owns it.
    pub(super) group: u64,
    /// What it is.
    pub(super) content: Content,
    /// The layer that added or changed it.
    layer: u32,
    /// Whether it is a directory that no entry of its layer names.
    is_implied: bool,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A directory: its entries by name.
    Directory(BTreeMap<Box<[u8]>, NodeId>),
    /// A regular file.
    File(File),
    /// A symbolic link with its target.
    Link(Box<[u8]>),
    /// A device or pipe.
    Device,
}

/// A regular file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct File {
    /// Its content, if it is one of the files that are read.
    pub(super) text: Option<Box<[u8]>>,
    /// Whether it gives capabilities to the process that runs it.
    pub(super) has_capabilities: bool,
}

/// An entry of a layer.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its name as written.
    pub(super) name: Vec<u8>,
    /// Permission bits, with set-user-ID, set-group-ID and sticky.
    pub(super) mode: u16,
    /// The user that owns it.
    pub(super) user: u64,
    /// The group that owns it.
    pub(super) group: u64,
    /// What it is.
    pub(super) kind: EntryKind,
}

/// What an entry is.
#[derive(Clone, Debug)]
pub(super) enum EntryKind {
    Directory,
    File(File),
    Link(Vec<u8>),
    /// Another name of the file with this name.
    HardLink(Vec<u8>),
    Device,
}

/// A path that was looked up: the node, and its names without links.
pub(super) struct Found {
    pub(super) node: NodeId,
    pub(super) path: Vec<Box<[u8]>>,
}

/// Which links a walk follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Links {
    /// All.
    Follow,
    /// Those of this layer. Engines that unpack each layer into a directory of its own replace the others, and other
    /// engines follow them, so they are refused.
    OfLayer(u32),
}

/// Why a walk through the tree ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Obstacle {
    Missing,
    Entry(EntryError),
    Limit(Exceeded),
}

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: vec![Node::implied_directory(0)], layers: 0, hidden: BTreeSet::new() }
    }
}

impl Content {
    fn directory() -> Self {
        Self::Directory(BTreeMap::new())
    }
}

impl Node {
    /// A directory that no entry names.
    fn implied_directory(layer: u32) -> Self {
        Self { mode: 0o755, user: 0, group: 0, content: Content::directory(), layer, is_implied: true }
    }

    /// Whether anybody may execute it.
    pub(super) fn is_executable_file(&self) -> bool {
        matches!(self.content, Content::File(_)) && self.mode & 0o111 != 0
    }
}

/// A path as text. Bytes that are no UTF-8 are replaced.
pub(super) fn path_text(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

/// The parts of a path. `None`: it leads upwards.
fn parts(path: &[u8]) -> Option<Vec<&[u8]>> {
    let parts: Vec<&[u8]> =
        path.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b".")).collect();
    (!parts.contains(&b"..".as_slice())).then_some(parts)
}

impl Tree {
    /// Begins the next layer.
    pub(super) fn begin_layer(&mut self) {
        self.layers += 1;
        self.hidden.clear();
    }

    /// A node.
    pub(super) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id)
    }

    /// The entries of a directory, by name. Empty if it is none.
    pub(super) fn entries(&self, id: NodeId) -> impl Iterator<Item = (&[u8], NodeId, &Node)> {
        let entries = match self.node(id).map(|node| &node.content) {
            Some(Content::Directory(entries)) => Some(entries),
            _ => None,
        };
        let entries = entries.into_iter().flatten();
        entries.filter_map(|(name, id)| Some((&**name, *id, self.node(*id)?)))
    }

    /// The file or directory at `path`, links followed within the tree.
    pub(super) fn find(&self, path: &[u8]) -> Option<Found> {
        let start: Vec<&[u8]> = path.split(|byte| *byte == b'/').collect();
        let mut walk = Walk::new(&start, Links::Follow);
        while let Some(name) = walk.open.pop_front() {
            walk.step(self, &name).ok()?;
        }
        Some(walk.found())
    }

    /// Applies the next entry of the current layer.
    ///
    /// # Errors
    ///
    /// [`LayerError::Entry`] or [`LayerError::Limit`].
    pub(super) fn apply(&mut self, entry: Entry) -> Result<(), LayerError> {
        let Entry { name, mode, user, group, kind } = entry;
        let refused = |cause| LayerError::Entry { name: escaped(&name), cause };
        check_length(&name)?;
        let parts = parts(&name).ok_or_else(|| refused(EntryError::LeadsOut))?;
        let Some((last, above)) = parts.split_last() else {
            return match kind {
                EntryKind::Directory => {
                    self.change(ROOT, mode, user, group);
                    Ok(())
                }
                _ => Err(refused(EntryError::Root)),
            };
        };
        if last.starts_with(WHITEOUT) {
            return self.hide(last, above).map_err(|obstacle| obstacle.error(&name));
        }
        let parent = self.made_directory(above).map_err(|obstacle| obstacle.error(&name))?;
        let known = self.child(parent, last);
        let content = match kind {
            EntryKind::Directory => {
                let merged = known.filter(|known| self.is_directory(*known));
                if let Some(known) = merged {
                    self.change(known, mode, user, group);
                    return Ok(());
                }
                Content::directory()
            }
            EntryKind::HardLink(target) => {
                let target = self.hard_link(&target).map_err(|obstacle| obstacle.error(&name))?;
                // As engines do: mode and owner are those of the file itself.
                self.change(target, mode, user, group);
                return self.set_child(parent, last, target).map_err(|obstacle| obstacle.error(&name));
            }
            EntryKind::File(file) => Content::File(file),
            EntryKind::Link(target) => {
                check_length(&target)?;
                Content::Link(target.into_boxed_slice())
            }
            EntryKind::Device => Content::Device,
        };
        let node = Node { mode, user, group, content, layer: self.layers, is_implied: false };
        let node = self.add(node).map_err(|obstacle| obstacle.error(&name))?;
        self.set_child(parent, last, node).map_err(|obstacle| obstacle.error(&name))
    }

    /// The file that a hard link names. A file of a lower layer is copied for both names.
    fn hard_link(&mut self, target: &[u8]) -> Result<NodeId, Obstacle> {
        let parts = parts(target).ok_or(Obstacle::Entry(EntryError::LeadsOut))?;
        let missing = Obstacle::Entry(EntryError::MissingTarget);
        let (last, above) = parts.split_last().ok_or(Obstacle::Entry(EntryError::DirectoryTarget))?;
        let parent = self.directory(above, Links::Follow).map_err(|obstacle| match obstacle {
            Obstacle::Missing => missing.clone(),
            other => other,
        })?;
        let id = self.child(parent, last).ok_or_else(|| missing.clone())?;
        let node = self.node(id).ok_or(missing)?;
        if matches!(node.content, Content::Directory(_)) {
            return Err(Obstacle::Entry(EntryError::DirectoryTarget));
        }
        if node.layer == self.layers {
            return Ok(id);
        }
        let copy = Node { layer: self.layers, ..node.clone() };
        let copy = self.add(copy)?;
        self.set_child(parent, last, copy)?;
        Ok(copy)
    }

    /// Applies a whiteout: removes what lower layers have. `above` is the directory that it is in.
    fn hide(&mut self, whiteout: &[u8], above: &[&[u8]]) -> Result<(), Obstacle> {
        let is_opaque = whiteout == OPAQUE;
        if whiteout.starts_with(WHITEOUT_METADATA) && !is_opaque {
            return Ok(());
        }
        let hidden = whiteout.strip_prefix(WHITEOUT).unwrap_or_default();
        if matches!(hidden, b"" | b"." | b"..") {
            return Err(Obstacle::Entry(EntryError::Whiteout));
        }
        // Engines make the directory of a whiteout too.
        let parent = self.made_directory(above)?;
        let ambiguous = || Obstacle::Entry(EntryError::HiddenByOwnLayer);
        if is_opaque {
            // A second one is refused too: it would make the work quadratic.
            let is_first = self.hidden.insert((parent, whiteout.into()));
            return if is_first && self.hide_lower(parent) { Ok(()) } else { Err(ambiguous()) };
        }
        if let Some(child) = self.child(parent, hidden) {
            if self.has_current(child) {
                return Err(ambiguous());
            }
            if let Some(Content::Directory(entries)) = self.content_mut(parent) {
                entries.remove(hidden);
            }
        }
        self.hidden.insert((parent, hidden.into()));
        Ok(())
    }

    /// Whether the current layer added or changed a node, or something below it. The depth is bounded by [`FOLDERS`].
    fn has_current(&self, id: NodeId) -> bool {
        self.node(id).is_some_and(|node| node.layer == self.layers)
            || self.entries(id).any(|(_, child, _)| self.has_current(child))
    }

    /// Removes what lower layers have below a directory. Returns whether engines agree on what remains: some keep a
    /// directory only if an entry of the current layer names it.
    fn hide_lower(&mut self, id: NodeId) -> bool {
        let entries: Vec<(Box<[u8]>, NodeId)> =
            self.entries(id).map(|(name, child, _)| (name.into(), child)).collect();
        let mut is_agreed = true;
        for (name, child) in entries {
            if !self.has_current(child) {
                if let Some(Content::Directory(entries)) = self.content_mut(id) {
                    entries.remove(&name);
                }
                continue;
            }
            let named = self.node(child).is_some_and(|node| node.layer == self.layers && !node.is_implied);
            is_agreed &= named && self.hide_lower(child);
        }
        is_agreed
    }

    /// The directory with these names.
    fn directory(&self, names: &[&[u8]], links: Links) -> Result<NodeId, Obstacle> {
        let mut walk = Walk::new(names, links);
        while let Some(name) = walk.open.pop_front() {
            walk.step(self, &name)?;
        }
        walk.directory(self)
    }

    /// The directory with these names. The current layer makes those that are missing.
    fn made_directory(&mut self, names: &[&[u8]]) -> Result<NodeId, Obstacle> {
        let mut walk = Walk::new(names, Links::OfLayer(self.layers));
        while let Some(name) = walk.open.pop_front() {
            match walk.step(self, &name) {
                Err(Obstacle::Missing) => {
                    let made = self.add(Node::implied_directory(self.layers))?;
                    self.set_child(walk.current(), &name, made)?;
                    walk.enter(&name, made)?;
                }
                other => other?,
            }
        }
        walk.directory(self)
    }

    fn is_directory(&self, id: NodeId) -> bool {
        self.node(id).is_some_and(|node| matches!(node.content, Content::Directory(_)))
    }

    fn child(&self, id: NodeId, name: &[u8]) -> Option<NodeId> {
        match &self.node(id)?.content {
            Content::Directory(entries) => entries.get(name).copied(),
            _ => None,
        }
    }

    fn content_mut(&mut self, id: NodeId) -> Option<&mut Content> {
        self.nodes.get_mut(id).map(|node| &mut node.content)
    }

    fn set_child(&mut self, id: NodeId, name: &[u8], child: NodeId) -> Result<(), Obstacle> {
        if !self.hidden.is_empty() && self.hidden.contains(&(id, name.into())) {
            return Err(Obstacle::Entry(EntryError::HiddenByOwnLayer));
        }
        if let Some(Content::Directory(entries)) = self.content_mut(id) {
            entries.insert(name.into(), child);
        }
        Ok(())
    }

    fn add(&mut self, node: Node) -> Result<NodeId, Obstacle> {
        if self.nodes.len() >= FILES {
            let what = "the number of files and directories of the image";
            return Err(Obstacle::Limit(Exceeded::new(what, FILES, "files")));
        }
        self.nodes.push(node);
        Ok(self.nodes.len() - 1)
    }

    fn change(&mut self, id: NodeId, mode: u16, user: u64, group: u64) {
        let layer = self.layers;
        if let Some(node) = self.nodes.get_mut(id) {
            (node.mode, node.user, node.group, node.layer) = (mode, user, group, layer);
            node.is_implied = false;
        }
    }
}

fn check_length(name: &[u8]) -> Result<(), LayerError> {
    if name.len() <= FILE_NAME {
        return Ok(());
    }
    let what = format!("a name of {} bytes", name.len());
    Err(LayerError::Limit(Exceeded::new(what, FILE_NAME, "bytes")))
}

impl Obstacle {
    fn error(self, name: &[u8]) -> LayerError {
        let cause = match self {
            Self::Missing => EntryError::NotADirectory,
            Self::Entry(cause) => cause,
            Self::Limit(exceeded) => return LayerError::Limit(exceeded),
        };
        LayerError::Entry { name: escaped(name), cause }
    }
}

/// A walk along a path: links are followed, and `..` of their targets ends at the root.
struct Walk {
    /// The directories from below the root to the current node.
    entered: Vec<(Box<[u8]>, NodeId)>,
    /// The names that are left.
    open: VecDeque<Box<[u8]>>,
    links: Links,
    /// The number of links that were followed.
    followed: usize,
}

impl Walk {
    fn new(names: &[&[u8]], links: Links) -> Self {
        let open = names.iter().copied().map(Box::from).collect();
        Self { entered: Vec::new(), open, links, followed: 0 }
    }

    fn directory(&self, tree: &Tree) -> Result<NodeId, Obstacle> {
        let found = self.current();
        if tree.is_directory(found) { Ok(found) } else { Err(Obstacle::Entry(EntryError::NotADirectory)) }
    }

    fn current(&self) -> NodeId {
        self.entered.last().map_or(ROOT, |(_, id)| *id)
    }

    fn enter(&mut self, name: &[u8], id: NodeId) -> Result<(), Obstacle> {
        if self.entered.len() >= FOLDERS {
            let what = "the number of directories above a file";
            return Err(Obstacle::Limit(Exceeded::new(what, FOLDERS, "directories")));
        }
        self.entered.push((name.into(), id));
        Ok(())
    }

    fn step(&mut self, tree: &Tree, name: &[u8]) -> Result<(), Obstacle> {
        match name {
            b"" | b"." => return Ok(()),
            b".." => {
                self.entered.pop();
                return Ok(());
            }
            _ => {}
        }
        let current = self.current();
        if !tree.is_directory(current) {
            return Err(Obstacle::Entry(EntryError::NotADirectory));
        }
        let child = tree.child(current, name).ok_or(Obstacle::Missing)?;
        match tree.node(child) {
            Some(Node { layer, content: Content::Link(_), .. }) if matches!(self.links, Links::OfLayer(current) if current != *layer) => {
                Err(Obstacle::Entry(EntryError::BelowLowerLink))
            }
            Some(Node { content: Content::Link(target), .. }) => {
                self.followed += 1;
                if self.followed > LINKS {
                    return Err(Obstacle::Entry(EntryError::LinkLoop));
                }
                if target.starts_with(b"/") {
                    self.entered.clear();
                }
                for part in target.rsplit(|byte| *byte == b'/') {
                    self.open.push_front(part.into());
                }
                Ok(())
            }
            _ => self.enter(name, child),
        }
    }

    fn found(self) -> Found {
        let node = self.current();
        Found { node, path: self.entered.into_iter().map(|(name, _)| name).collect() }
    }
}
