//! Where a path of an image leads: symbolic links are followed inside the tree.
//!
//! Invariant: no link leads out of the tree. The target of an absolute one begins at the root of the tree, and `..` ends
//! there.

use std::collections::VecDeque;

use super::limits::LINKS_FOLLOWED;
use super::path::{PathError, TreePath};
use super::tree::Tree;

/// A path that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// Links lead to each other, or too many to each other's targets.
    #[error("`{0}` leads through more than {LINKS_FOLLOWED} symbolic links")]
    Loop(TreePath),
    /// A part of the path is no directory.
    #[error("`{0}` is not a directory of the image")]
    NotADirectory(TreePath),
    /// The target of a link is no path.
    #[error("{0}")]
    Target(#[from] PathError),
}

impl Tree {
    /// The path that `path` leads to: links on the way are followed, a link at its end is not. Parts that do not exist
    /// stay as they are.
    ///
    /// # Errors
    ///
    /// [`ResolveError`]
    pub fn resolve(&self, path: &TreePath) -> Result<TreePath, ResolveError> {
        self.walk(path, false)
    }

    /// The same, and a link at the end is followed too.
    ///
    /// # Errors
    ///
    /// [`ResolveError`]
    pub fn resolve_all(&self, path: &TreePath) -> Result<TreePath, ResolveError> {
        self.walk(path, true)
    }

    fn walk(&self, path: &TreePath, follows_last: bool) -> Result<TreePath, ResolveError> {
        let mut open: VecDeque<String> = path.parts().map(str::to_owned).collect();
        let mut at = TreePath::ROOT;
        let mut followed = 0;
        while let Some(part) = open.pop_front() {
            if part == ".." {
                at = at.parent().unwrap_or_default();
                continue;
            }
            let next = at.join(&part)?;
            let node = self.get(&next);
            if let Some(target) =
                node.and_then(|node| node.link_target()).filter(|_| follows_last || !open.is_empty())
            {
                followed += 1;
                if followed > LINKS_FOLLOWED {
                    return Err(ResolveError::Loop(path.clone()));
                }
                if target.starts_with('/') {
                    at = TreePath::ROOT;
                }
                let parts = target.rsplit('/').filter(|part| !matches!(*part, "" | "."));
                parts.for_each(|part| open.push_front(part.to_owned()));
                continue;
            }
            if node.is_some_and(|node| !node.is_directory()) && !open.is_empty() {
                return Err(ResolveError::NotADirectory(next));
            }
            at = next;
        }
        Ok(at)
    }
}
