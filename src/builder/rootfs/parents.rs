//! Directories that nothing describes and something needs.

use super::node::{Metadata, Node, NodeKind, Origin};
use super::path::TreePath;
use super::tree::{NotInDirectory, Tree};

impl Tree {
    /// Makes the missing directories above a path: mode 0755, owned by `root`, last changed at `epoch` (seconds since
    /// 1970). Links are not followed: the path is one that [`Tree::resolve`] gave.
    ///
    /// # Errors
    ///
    /// [`NotInDirectory`] if something else than a directory stands there.
    pub fn make_parents(&mut self, path: &TreePath, epoch: i64) -> Result<(), NotInDirectory> {
        for parent in path.ancestors() {
            if self.get(&parent).is_none() {
                let node = Node {
                    metadata: Metadata::of_root(0o755, epoch),
                    kind: NodeKind::Directory,
                    origin: Origin::Implied.into(),
                };
                self.put(parent, node)?;
            } else if !self.get(&parent).is_some_and(Node::is_directory) {
                return Err(NotInDirectory(parent));
            }
        }
        Ok(())
    }
}
