//! Writes files, directories and links that the builder makes itself.
//!
//! Invariant: links above a path are followed inside the tree only, and what is written has the epoch as its
//! time.

use std::sync::Arc;

use super::content::Content;
use super::node::{Metadata, Node, NodeKind, Origin};
use super::path::{PathError, TreePath};
use super::resolve::ResolveError;
use super::tree::{NotInDirectory, Tree};
use crate::limits::Exceeded;

/// Why something cannot be written into the tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A path that no image can have.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A file stands where a directory is needed.
    #[error(transparent)]
    NotInDirectory(#[from] NotInDirectory),
    /// Something else stands there already.
    #[error("`{0}` is there already")]
    Occupied(TreePath),
    /// Symbolic links lead nowhere.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// A file of the tree cannot be read from its store.
    #[error("`{path}` cannot be read: {cause}")]
    Read {
        /// The file.
        path: TreePath,
        /// The cause.
        cause: String,
    },
    /// A file of the tree is larger than one of its kind is.
    #[error(transparent)]
    Exceeded(#[from] Exceeded),
}

/// Writes into a tree what has one origin.
#[derive(Debug)]
pub(super) struct TreeWriter<'a> {
    tree: &'a mut Tree,
    origin: Arc<Origin>,
    epoch: i64,
}

impl<'a> TreeWriter<'a> {
    pub(super) fn new(tree: &'a mut Tree, origin: Origin, epoch: i64) -> Self {
        Self { tree, origin: origin.into(), epoch }
    }

    /// A writer of what a script of `package` would have made.
    pub(super) fn synthesized(tree: &'a mut Tree, package: &str, epoch: i64) -> Self {
        Self::new(tree, Origin::Synthesized { by: package.to_owned() }, epoch)
    }

    pub(super) fn tree(&self) -> &Tree {
        self.tree
    }

    /// Whether something stands at the path, be it a link without target.
    pub(super) fn exists(&self, path: &TreePath) -> Result<bool, WriteError> {
        Ok(self.tree.get(&self.tree.resolve(path)?).is_some())
    }

    /// Makes a directory of `root` where nothing is.
    pub(super) fn directory(&mut self, path: &TreePath, mode: u16) -> Result<(), WriteError> {
        self.directory_of(path, mode, 0)
    }

    /// Makes a directory of `root` and a group where nothing is.
    pub(super) fn directory_of(&mut self, path: &TreePath, mode: u16, gid: u32) -> Result<(), WriteError> {
        if self.exists(path)? {
            return Ok(());
        }
        let metadata = Metadata { gid, ..Metadata::of_root(mode, self.epoch) };
        self.put(path, metadata, NodeKind::Directory)
    }

    /// Writes a file of `root`, in place of what is there.
    pub(super) fn file(&mut self, path: &TreePath, mode: u16, content: Content) -> Result<(), WriteError> {
        self.file_of(path, mode, 0, content)
    }

    /// Writes a file of `root` and a group, in place of what is there.
    pub(super) fn file_of(
        &mut self,
        path: &TreePath,
        mode: u16,
        gid: u32,
        content: Content,
    ) -> Result<(), WriteError> {
        let metadata = Metadata { gid, ..Metadata::of_root(mode, self.epoch) };
        self.put(path, metadata, NodeKind::File { content, link: None })
    }

    /// Writes a symbolic link, in place of what is there.
    pub(super) fn link(&mut self, path: &TreePath, target: &str) -> Result<(), WriteError> {
        let metadata = Metadata::of_root(0o777, self.epoch);
        self.put(path, metadata, NodeKind::Symlink { target: target.to_owned() })
    }

    /// Copies a file with its permissions to where nothing is. Whether there is such a file.
    pub(super) fn copy(&mut self, from: &TreePath, to: &TreePath) -> Result<bool, WriteError> {
        let Some(found) = follow(self.tree, from)? else { return Ok(false) };
        let Some(node) = self.tree.get(&found) else { return Ok(false) };
        let Some(content) = node.content().cloned() else { return Ok(false) };
        let mode = node.metadata.mode;
        if !self.exists(to)? {
            self.file(to, mode, content)?;
        }
        Ok(true)
    }

    fn put(&mut self, path: &TreePath, metadata: Metadata, kind: NodeKind) -> Result<(), WriteError> {
        let path = self.tree.resolve(path)?;
        for parent in path.ancestors() {
            if self.tree.get(&parent).is_none() {
                let metadata = Metadata::of_root(0o755, self.epoch);
                let origin = Origin::Implied.into();
                self.tree.put(parent, Node { metadata, kind: NodeKind::Directory, origin })?;
            }
        }
        if self.tree.get(&path).is_some_and(Node::is_directory) && !matches!(kind, NodeKind::Directory) {
            return Err(WriteError::Occupied(path));
        }
        self.tree.put(path, Node { metadata, kind, origin: Arc::clone(&self.origin) })?;
        Ok(())
    }
}

/// The path of what a path leads to, with all links followed. `None` if there is nothing.
pub(super) fn follow(tree: &Tree, path: &TreePath) -> Result<Option<TreePath>, WriteError> {
    let found = tree.resolve_all(path)?;
    Ok(tree.get(&found).is_some().then_some(found))
}

/// The bytes of the file that a path leads to. `None` if there is none.
pub(super) fn read(
    tree: &Tree,
    path: &TreePath,
    limit: u64,
    kind: &'static str,
) -> Result<Option<Arc<[u8]>>, WriteError> {
    let Some(found) = follow(tree, path)? else { return Ok(None) };
    let Some(content) = tree.get(&found).and_then(Node::content) else { return Ok(None) };
    if content.len() > limit {
        return Err(Exceeded::new(format!("{kind} `{path}`"), limit, "bytes").into());
    }
    let bytes = content
        .read_all()
        .map_err(|error| WriteError::Read { path: path.clone(), cause: error.to_string() })?;
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> TreePath {
        TreePath::parse(text).unwrap()
    }

    #[test]
    fn writing_follows_links_inside_the_tree() {
        let mut tree = Tree::new(5);
        let mut writer = TreeWriter::synthesized(&mut tree, "p", 5);
        writer.directory(&path("/usr/lib"), 0o755).unwrap();
        writer.link(&path("/lib"), "usr/lib").unwrap();
        writer.link(&path("/out"), "../../../usr/./lib").unwrap();
        writer.link(&path("/abs"), "/out").unwrap();
        writer.file(&path("/lib/a"), 0o644, "1".into()).unwrap();
        writer.file(&path("/abs/b/c"), 0o600, "2".into()).unwrap();
        let names: Vec<&str> = tree.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            names,
            ["", "abs", "lib", "out", "usr", "usr/lib", "usr/lib/a", "usr/lib/b", "usr/lib/b/c"]
        );
        let node = tree.get(&path("usr/lib/b")).unwrap();
        assert_eq!((node.metadata.mode, &*node.origin), (0o755, &Origin::Implied));
        assert_eq!(read(&tree, &path("/abs/a"), 1, "x"), Ok(Some(b"1".as_slice().into())));
        assert!(matches!(read(&tree, &path("/abs/a"), 0, "x"), Err(WriteError::Exceeded(_))));
        assert_eq!(read(&tree, &path("/abs"), 1, "x"), Ok(None));
    }

    #[test]
    fn loops_and_files_in_the_way_are_errors() {
        let mut tree = Tree::new(0);
        let mut writer = TreeWriter::synthesized(&mut tree, "p", 0);
        writer.link(&path("/a"), "b").unwrap();
        writer.link(&path("/b"), "a").unwrap();
        writer.file(&path("/f"), 0o644, "".into()).unwrap();
        writer.directory(&path("/d"), 0o755).unwrap();
        assert_eq!(
            writer.file(&path("/a/x"), 0o644, "".into()),
            Err(WriteError::Resolve(ResolveError::Loop(path("/a/x"))))
        );
        assert_eq!(
            writer.link(&path("/f/x"), "y"),
            Err(WriteError::NotInDirectory(NotInDirectory(path("/f"))))
        );
        assert_eq!(writer.link(&path("/d"), "y"), Err(WriteError::Occupied(path("/d"))));
    }

    #[test]
    fn a_copy_takes_the_permissions_and_keeps_others() {
        let mut tree = Tree::new(0);
        let mut writer = TreeWriter::synthesized(&mut tree, "p", 9);
        writer.file(&path("/from"), 0o640, "new".into()).unwrap();
        writer.file(&path("/there"), 0o600, "old".into()).unwrap();
        assert_eq!(writer.copy(&path("/from"), &path("/to")), Ok(true));
        assert_eq!(writer.copy(&path("/from"), &path("/there")), Ok(true));
        assert_eq!(writer.copy(&path("/absent"), &path("/x")), Ok(false));
        let node = tree.get(&path("/to")).unwrap();
        assert_eq!((node.metadata.mode, node.metadata.mtime), (0o640, 9));
        assert_eq!(read(&tree, &path("/there"), 9, "x"), Ok(Some(b"old".as_slice().into())));
    }
}
