//! What is wrong with an entry of `paths`, and what is worth a remark.

use std::ops::Range;

use super::super::context::ContextError;
use super::super::path::{PathError, TreePath};
use super::super::resolve::ResolveError;
use super::super::tree::NotInDirectory;
use crate::limits::Exceeded;

/// An entry of `paths` that cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the entry `{}` of `paths`: {cause}", .path.escape_debug())]
pub struct PathEntryError {
    /// The position of the entry, from 0.
    pub position: usize,
    /// The bytes of the definition that hold the entry.
    pub range: Range<usize>,
    /// The path, as it is written.
    pub path: String,
    /// The cause.
    pub cause: PathFault,
}

/// Why an entry of `paths` cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathFault {
    /// The path, or one that is copied, cannot be a path of an image.
    #[error("{0}")]
    Path(#[from] PathError),
    /// The path leads through links that lead nowhere.
    #[error("{0}")]
    Resolve(#[from] ResolveError),
    /// Something else than a directory stands where one is needed.
    #[error("{0}")]
    NotInDirectory(#[from] NotInDirectory),
    /// A directory stands where a file or link is made.
    #[error("`{0}` is a directory of the image: delete it first with an entry of the type `delete`")]
    IsDirectory(TreePath),
    /// A symbolic link without a target.
    #[error("a symbolic link needs a target: add `source`")]
    NoTarget,
    /// A target that no link can have.
    #[error("the target `{}` contains a NUL byte or is too long", .0.escape_debug())]
    Target(String),
    /// Permissions that are not octal.
    #[error("`{0}` is no file mode: expected 3 or 4 octal digits, such as `0755`")]
    Mode(String),
    /// A file of the repository cannot be read.
    #[error("`source: {source_path}`: {cause}")]
    Source {
        /// The path in the repository.
        source_path: String,
        /// Why.
        cause: ContextError,
    },
    /// `source` of a file is a directory.
    #[error("`source: {0}` is a directory: use the type `directory`")]
    SourceIsDirectory(String),
    /// The root would be deleted.
    #[error("it deletes the whole image")]
    DeletesRoot,
    /// A limit was reached.
    #[error("{0}")]
    Limit(#[from] Exceeded),
}

/// Something about an entry of `paths` that its author may not expect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathRemark {
    /// The position of the entry, from 0.
    pub position: usize,
    /// The bytes of the definition that hold the entry.
    pub range: Range<usize>,
    /// The path, as it is written.
    pub path: String,
    /// What it is.
    pub kind: PathRemarkKind,
}

/// What an author of `paths` may not expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathRemarkKind {
    /// The path is empty.
    #[error("the path is empty, so the entry is ignored")]
    EmptyPath,
    /// A symbolic link with `mode`.
    #[error("a symbolic link has no permissions of its own, so `mode` is ignored")]
    LinkMode,
    /// Nothing stands at the path that is deleted.
    #[error("nothing is at the path that is deleted")]
    NothingToDelete,
}
