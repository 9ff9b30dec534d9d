//! Applies the entries of a layer to the tree of the layers below it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::super::limits::{BASE_FILES, LINKS_FOLLOWED};
use super::super::node::{LinkGroup, Metadata, Node, NodeKind, Origin};
use super::super::path::{PathError, TreePath};
use super::super::resolve::ResolveError;
use super::super::tree::{NotInDirectory, Tree};
use super::entry::{LayerEntry, LayerEntryKind};
use crate::limits::Exceeded;

/// An entry of a layer that cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its entry `{path}`: {cause}")]
pub struct LayerError {
    /// The path of the entry. That of a whiteout is the path that it removes.
    pub path: TreePath,
    /// The cause.
    pub cause: LayerFault,
}

/// Why an entry of a layer cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayerFault {
    /// The layer adds a path and removes it.
    #[error("it is added and hidden by one layer, which engines unpack differently")]
    HiddenByOwnLayer,
    /// The entry is below a link of a lower layer.
    #[error("it is below the symbolic link `{0}` of a lower layer, which engines unpack differently")]
    BelowLowerLink(TreePath),
    /// Links on the way lead to each other.
    #[error("it is below more than {LINKS_FOLLOWED} symbolic links")]
    Loop,
    /// A part of the path is no directory.
    #[error("{0}")]
    NotInDirectory(#[from] NotInDirectory),
    /// A path is none of an image.
    #[error("{0}")]
    Path(#[from] PathError),
    /// The target of a hard link leads nowhere.
    #[error("{0}")]
    Resolve(#[from] ResolveError),
    /// The target of a hard link does not exist.
    #[error("it is a hard link to `{0}`, which does not exist")]
    MissingTarget(TreePath),
    /// The target of a hard link is a directory.
    #[error("it is a hard link to the directory `{0}`")]
    DirectoryTarget(TreePath),
    /// The root is no directory.
    #[error("the root of the image is not a directory")]
    Root,
    /// A limit was reached.
    #[error("{0}")]
    Limit(#[from] Exceeded),
}

/// Applies a layer to the tree that the layers below it make. `origin` is that of its files: [`Origin::Base`] with the
/// position of the layer. `epoch` is the time of directories that no layer describes, in seconds since 1970.
///
/// # Errors
///
/// [`LayerError`]. The tree is then changed in part.
pub fn add_layer(
    tree: &mut Tree,
    entries: impl IntoIterator<Item = LayerEntry>,
    origin: Origin,
    epoch: i64,
) -> Result<(), LayerError> {
    let next_group = tree.next_link_group();
    let mut layer = Layer {
        tree,
        origin: origin.into(),
        epoch,
        own: BTreeSet::new(),
        implied: BTreeSet::new(),
        hidden: BTreeSet::new(),
        opaque: BTreeSet::new(),
        groups: BTreeMap::new(),
        next_group,
    };
    for entry in entries {
        let path = match &entry {
            LayerEntry::Node { path, .. } | LayerEntry::Whiteout(path) | LayerEntry::Opaque(path) => {
                path.clone()
            }
        };
        layer.apply(entry).map_err(|cause| LayerError { path, cause })?;
    }
    Ok(())
}

/// A layer that is applied.
struct Layer<'a> {
    tree: &'a mut Tree,
    origin: Arc<Origin>,
    epoch: i64,
    /// The paths that the layer has, implied ones too.
    own: BTreeSet<TreePath>,
    /// The directories that no entry of the layer names.
    implied: BTreeSet<TreePath>,
    /// The paths that whiteouts of the layer remove.
    hidden: BTreeSet<TreePath>,
    /// The directories in which the layer removes everything.
    opaque: BTreeSet<TreePath>,
    /// The names of each file that the layer gives several.
    groups: BTreeMap<LinkGroup, Vec<TreePath>>,
    next_group: LinkGroup,
}

impl Layer<'_> {
    fn apply(&mut self, entry: LayerEntry) -> Result<(), LayerFault> {
        match entry {
            LayerEntry::Node { path, metadata, kind } => self.add(&path, metadata, kind),
            LayerEntry::Whiteout(path) => self.hide(&path),
            LayerEntry::Opaque(path) => self.hide_below(&path),
        }
    }

    fn add(&mut self, path: &TreePath, metadata: Metadata, kind: LayerEntryKind) -> Result<(), LayerFault> {
        if path.is_root() {
            if kind != LayerEntryKind::Directory {
                return Err(LayerFault::Root);
            }
            self.tree.change(path, |own| *own = metadata);
            return Ok(());
        }
        let at = self.place(path)?;
        if self.hidden.contains(&at) {
            return Err(LayerFault::HiddenByOwnLayer);
        }
        let kind = match kind {
            LayerEntryKind::Directory => NodeKind::Directory,
            LayerEntryKind::File(content) => NodeKind::File { content, link: None },
            LayerEntryKind::Symlink(target) => NodeKind::Symlink { target },
            LayerEntryKind::Special(kind) => NodeKind::Special(kind),
            LayerEntryKind::HardLink(target) => return self.link(at, &metadata, &target),
        };
        self.put(at, metadata, kind)
    }

    fn put(&mut self, at: TreePath, metadata: Metadata, kind: NodeKind) -> Result<(), LayerFault> {
        if self.tree.len() > BASE_FILES {
            let what = "the number of files and directories of the image";
            return Err(Exceeded::new(what, BASE_FILES, "files").into());
        }
        self.tree.put(at.clone(), Node { metadata, kind, origin: Arc::clone(&self.origin) })?;
        self.implied.remove(&at);
        self.own.insert(at);
        Ok(())
    }

    /// Gives a file another name. As in engines, both have the metadata of the link then, and a file of a lower layer is
    /// copied, so that it no longer shares anything with its other names there.
    fn link(&mut self, at: TreePath, metadata: &Metadata, target: &TreePath) -> Result<(), LayerFault> {
        let from = self.tree.resolve(target)?;
        // Engines remove what is at the path of a link first.
        let node = self.tree.get(&from).filter(|_| from != at);
        let node = node.ok_or_else(|| LayerFault::MissingTarget(target.clone()))?;
        let mut kind = node.kind.clone();
        if node.is_directory() {
            return Err(LayerFault::DirectoryTarget(target.clone()));
        }
        let is_own = self.own.contains(&from);
        let mut names = vec![from.clone(), at];
        if let NodeKind::File { link, .. } = &mut kind {
            let known = link.filter(|_| is_own).filter(|group| self.groups.contains_key(group));
            let group = known.unwrap_or(self.next_group);
            if known.is_none() {
                self.next_group = LinkGroup(group.0.saturating_add(1));
            }
            *link = Some(group);
            let all = self.groups.entry(group).or_default();
            // A name that was replaced since is another file.
            let is_name =
                |path: &TreePath| self.tree.get(path).is_some_and(|node| node.link_group() == Some(group));
            all.retain(is_name);
            all.append(&mut names);
            all.sort();
            all.dedup();
            names.clone_from(all);
        }
        for name in names {
            self.put(name, metadata.clone(), kind.clone())?;
        }
        Ok(())
    }

    fn hide(&mut self, path: &TreePath) -> Result<(), LayerFault> {
        if path.is_root() {
            return Err(LayerFault::Root);
        }
        let at = self.place(path)?;
        if self.has_own(&at) {
            return Err(LayerFault::HiddenByOwnLayer);
        }
        self.tree.remove(&at);
        self.hidden.insert(at);
        Ok(())
    }

    /// Removes what lower layers have below a directory. Some engines keep a directory only if an entry of the layer names
    /// it.
    fn hide_below(&mut self, path: &TreePath) -> Result<(), LayerFault> {
        let at = match path.is_root() {
            true => path.clone(),
            false => self.directory(path)?,
        };
        // A second one is refused too: it would make the work quadratic.
        if !self.opaque.insert(at.clone()) {
            return Err(LayerFault::HiddenByOwnLayer);
        }
        let below: Vec<TreePath> = self.tree.below(&at).map(|(path, _)| path.clone()).collect();
        if below.iter().any(|path| self.implied.contains(path)) {
            return Err(LayerFault::HiddenByOwnLayer);
        }
        let mut kept: BTreeSet<TreePath> = BTreeSet::new();
        for path in below.iter().filter(|path| self.own.contains(*path)) {
            let parents = path
                .ancestors()
                .into_iter()
                .filter(|above| above.below(&at).is_some_and(|rest| !rest.is_empty()));
            for above in parents {
                if !self.own.contains(&above) {
                    return Err(LayerFault::HiddenByOwnLayer);
                }
            }
            kept.insert(path.clone());
        }
        for path in below.iter().rev().filter(|path| !kept.contains(*path)) {
            self.tree.remove(path);
        }
        Ok(())
    }

    /// Whether the layer has a path, or something below it.
    fn has_own(&self, path: &TreePath) -> bool {
        self.tree.get(path).is_some()
            && (self.own.contains(path) || self.tree.below(path).any(|(below, _)| self.own.contains(below)))
    }

    /// Where an entry lands: behind the links of its own layer.
    fn place(&mut self, path: &TreePath) -> Result<TreePath, LayerFault> {
        let parent = match path.parent() {
            Some(parent) => self.directory(&parent)?,
            None => TreePath::ROOT,
        };
        Ok(parent.join(path.name())?)
    }

    /// The directory at a path. It is made if it is missing.
    fn directory(&mut self, path: &TreePath) -> Result<TreePath, LayerFault> {
        let mut open: VecDeque<String> = path.parts().map(str::to_owned).collect();
        let mut at = TreePath::ROOT;
        let mut followed = 0;
        while let Some(part) = open.pop_front() {
            if part == ".." {
                at = at.parent().unwrap_or_default();
                continue;
            }
            let next = at.join(&part)?;
            match self.tree.get(&next) {
                None if self.hidden.contains(&next) => return Err(LayerFault::HiddenByOwnLayer),
                None => {
                    self.put(next.clone(), Metadata::of_root(0o755, self.epoch), NodeKind::Directory)?;
                    self.implied.insert(next.clone());
                    at = next;
                }
                Some(node) if node.is_directory() => at = next,
                Some(node) => {
                    let target = node.link_target().ok_or_else(|| NotInDirectory(next.clone()))?;
                    if !self.own.contains(&next) {
                        return Err(LayerFault::BelowLowerLink(next));
                    }
                    followed += 1;
                    if followed > LINKS_FOLLOWED {
                        return Err(LayerFault::Loop);
                    }
                    if target.starts_with('/') {
                        at = TreePath::ROOT;
                    }
                    let parts = target.rsplit('/').filter(|part| !matches!(*part, "" | "."));
                    parts.for_each(|part| open.push_front(part.to_owned()));
                }
            }
        }
        Ok(at)
    }
}
