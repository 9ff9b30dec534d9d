//! Applies one entry of `paths`.

use std::sync::Arc;

use super::super::content::Content;
use super::super::context::{Context, ContextError, ContextNode};
use super::super::limits::PATH_BYTES;
use super::super::node::{Metadata, Node, NodeKind, Origin};
use super::super::ownership::Ownership;
use super::super::path::TreePath;
use super::super::tree::{NotInDirectory, Tree};
use super::error::{PathFault, PathRemarkKind};
use crate::builder::definition::{PathEntry, PathKind, Spanned};

/// The permissions of a directory that states none.
const DIRECTORY_MODE: u16 = 0o755;
/// The permissions of a file that states none.
const FILE_MODE: u16 = 0o644;

/// Applies entries to a tree.
pub(super) struct Applier<'a> {
    pub(super) tree: &'a mut Tree,
    pub(super) context: &'a dyn Context,
    pub(super) epoch: i64,
    /// The number of files and directories of the repository that were copied.
    pub(super) copied: usize,
}

impl Applier<'_> {
    pub(super) fn apply(
        &mut self,
        entry: &PathEntry,
        origin: &Arc<Origin>,
    ) -> Result<Option<PathRemarkKind>, PathFault> {
        if entry.path.is_empty() {
            return Ok(Some(PathRemarkKind::EmptyPath));
        }
        let path = TreePath::parse(&entry.path)?;
        let ownership = ownership(entry)?;
        match entry.kind.value {
            PathKind::Directory => self.directory(&path, entry, ownership, origin)?,
            PathKind::File => self.file(&path, entry, ownership, origin)?,
            PathKind::EmptyFile => {
                self.put(&path, content(Vec::new().into()), ownership.of_new(FILE_MODE, self.epoch), origin)?;
            }
            PathKind::Symlink => {
                let target = link_target(entry)?;
                let metadata = Ownership { mode: None, ..ownership }.of_new(0o777, self.epoch);
                self.put(&path, NodeKind::Symlink { target }, metadata, origin)?;
                return Ok(entry.mode.is_some().then_some(PathRemarkKind::LinkMode));
            }
            PathKind::Delete => {
                let path = self.tree.resolve(&path)?;
                if path.is_root() {
                    return Err(PathFault::DeletesRoot);
                }
                let is_missing = self.tree.remove(&path) == 0;
                return Ok(is_missing.then_some(PathRemarkKind::NothingToDelete));
            }
        }
        Ok(None)
    }

    fn file(
        &mut self,
        path: &TreePath,
        entry: &PathEntry,
        ownership: Ownership,
        origin: &Arc<Origin>,
    ) -> Result<(), PathFault> {
        let (bytes, mode) = match &entry.source {
            None => (entry.content.as_ref().map_or("", |content| &content.value).into(), FILE_MODE),
            Some(source) => match self.open(source)? {
                ContextNode::File { content, is_executable } => (content, file_mode(is_executable)),
                ContextNode::Directory(_) => return Err(PathFault::SourceIsDirectory(source.value.clone())),
            },
        };
        self.put(path, content(bytes), ownership.of_new(mode, self.epoch), origin)?;
        Ok(())
    }

    fn directory(
        &mut self,
        path: &TreePath,
        entry: &PathEntry,
        ownership: Ownership,
        origin: &Arc<Origin>,
    ) -> Result<(), PathFault> {
        let at = match &entry.source {
            None => self.make_directory(path, ownership, origin)?,
            Some(source) => self.copy(source, path, entry.path.ends_with('/'), ownership, origin)?,
        };
        if entry.recursive.as_ref().is_some_and(|recursive| recursive.value) {
            ownership.apply_below(self.tree, &at);
        }
        Ok(())
    }

    /// Makes a directory, or changes the one that a path leads to. Returns where it is.
    pub(super) fn make_directory(
        &mut self,
        path: &TreePath,
        ownership: Ownership,
        origin: &Arc<Origin>,
    ) -> Result<TreePath, PathFault> {
        let at = self.tree.resolve_all(path)?;
        match self.tree.get(&at) {
            Some(node) if node.is_directory() => {
                self.tree.change(&at, |metadata| ownership.change(metadata, ownership.mode));
            }
            Some(_) => return Err(NotInDirectory(at).into()),
            None => {
                self.tree.make_parents(&at, self.epoch)?;
                let metadata = ownership.of_new(DIRECTORY_MODE, self.epoch);
                let node = Node { metadata, kind: NodeKind::Directory, origin: Arc::clone(origin) };
                self.tree.put(at.clone(), node)?;
            }
        }
        Ok(at)
    }

    /// Makes a file or a link, in place of one that is there. Returns where it is.
    pub(super) fn put(
        &mut self,
        path: &TreePath,
        kind: NodeKind,
        metadata: Metadata,
        origin: &Arc<Origin>,
    ) -> Result<TreePath, PathFault> {
        let at = self.tree.resolve(path)?;
        if at.is_root() || self.tree.get(&at).is_some_and(Node::is_directory) {
            return Err(PathFault::IsDirectory(at));
        }
        self.tree.make_parents(&at, self.epoch)?;
        self.tree.put(at.clone(), Node { metadata, kind, origin: Arc::clone(origin) })?;
        Ok(at)
    }

    /// What stands at a path of the repository.
    pub(super) fn open(&self, source: &str) -> Result<ContextNode, PathFault> {
        let failed = |cause| PathFault::Source { source_path: source.to_owned(), cause };
        let parts: Vec<&str> = source.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        if parts.contains(&"..") || source.contains('\0') {
            return Err(failed(ContextError::Outside));
        }
        self.context.open(&parts.join("/")).map_err(failed)
    }
}

/// A file that has no other names.
pub(super) fn content(content: Content) -> NodeKind {
    NodeKind::File { content, link: None }
}

/// The permissions of a file of the repository: Git keeps no others.
pub(super) fn file_mode(is_executable: bool) -> u16 {
    if is_executable { 0o755 } else { FILE_MODE }
}

fn ownership(entry: &PathEntry) -> Result<Ownership, PathFault> {
    let mode = match &entry.mode {
        None => None,
        Some(mode) => {
            let bits = mode.value.and_then(|mode| u16::try_from(mode.bits()).ok());
            Some(bits.ok_or_else(|| PathFault::Mode(mode.as_str().to_owned()))?)
        }
    };
    let id = |id: &Option<Spanned<u32>>| id.as_ref().map(|id| id.value);
    Ok(Ownership { uid: id(&entry.uid), gid: id(&entry.gid), mode })
}

fn link_target(entry: &PathEntry) -> Result<String, PathFault> {
    let target = entry.source.as_ref().filter(|target| !target.is_empty()).ok_or(PathFault::NoTarget)?;
    // The last byte that Linux accepts is the NUL behind the target.
    if target.contains('\0') || target.len() >= PATH_BYTES {
        return Err(PathFault::Target(target.chars().take(80).collect()));
    }
    Ok(target.value.clone())
}
