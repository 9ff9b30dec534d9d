//! Copies directories of the repository.

use std::sync::Arc;

use super::super::context::{ContextName, ContextNode};
use super::super::limits::CONTEXT_FILES;
use super::super::node::{Node, NodeKind, Origin};
use super::super::ownership::Ownership;
use super::super::path::TreePath;
use super::applier::{Applier, content, file_mode};
use super::error::PathFault;
use crate::limits::Exceeded;

impl Applier<'_> {
    /// Copies a directory of the repository to a path, or a file to or into it. `mode` is that of files; directories can
    /// be entered by those who may read them. Returns where it is.
    pub(super) fn copy(
        &mut self,
        source: &str,
        path: &TreePath,
        is_into: bool,
        ownership: Ownership,
        origin: &Arc<Origin>,
    ) -> Result<TreePath, PathFault> {
        let names = match self.open(source)? {
            ContextNode::Directory(names) => names,
            ContextNode::File { content: bytes, is_executable } => {
                let at = self.tree.resolve_all(path)?;
                let is_directory = self.tree.get(&at).is_some_and(Node::is_directory);
                let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                let target = if is_into || is_directory { at.join(name)? } else { at };
                let metadata = ownership.of_new(file_mode(is_executable), self.epoch);
                return self.put(&target, content(bytes), metadata, origin);
            }
        };
        let directories = Ownership { mode: ownership.directory_mode(), ..ownership };
        let top = self.make_directory(path, directories, origin)?;
        let mut open = vec![(source.trim_end_matches('/').to_owned(), top.clone(), names)];
        while let Some((source, at, mut names)) = open.pop() {
            names.sort();
            for ContextName { name, target } in names {
                self.copied += 1;
                if self.copied > CONTEXT_FILES {
                    let what = "the number of files that `paths` copies from the repository";
                    return Err(Exceeded::new(what, CONTEXT_FILES, "files").into());
                }
                let (from, to) = (format!("{source}/{name}"), at.join(&name)?);
                if let Some(target) = target {
                    let metadata = Ownership { mode: None, ..ownership }.of_new(0o777, self.epoch);
                    self.put(&to, NodeKind::Symlink { target }, metadata, origin)?;
                    continue;
                }
                match self.open(&from)? {
                    ContextNode::Directory(names) => {
                        let to = self.make_directory(&to, directories, origin)?;
                        open.push((from, to, names));
                    }
                    ContextNode::File { content: bytes, is_executable } => {
                        let metadata = ownership.of_new(file_mode(is_executable), self.epoch);
                        self.put(&to, content(bytes), metadata, origin)?;
                    }
                }
            }
        }
        Ok(top)
    }
}
