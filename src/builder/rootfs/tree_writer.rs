//! Writes files, directories and links that the builder makes itself.
//!
//! Invariant: links above a path are followed inside the tree only, and what is written has the epoch as its time.

use super::path::{PathError, TreePath};

/// Why something cannot be written into the tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A path that no image can have.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A file or a link without target stands where a directory is needed.
    #[error("`{0}` cannot be written: something above it is not a directory")]
    NotInDirectory(TreePath),
    /// Symbolic links above the path lead to each other, or there are too many.
    #[error("`{0}` leads through too many symbolic links")]
    Links(TreePath),
    /// A file of the tree cannot be read from its store.
    #[error("`{path}` cannot be read: {cause}")]
    Read {
        /// The file.
        path: TreePath,
        /// The cause.
        cause: String,
    },
}
