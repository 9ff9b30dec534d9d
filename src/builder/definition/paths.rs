//! Paths that a definition creates, changes or deletes.

use std::ops::Range;

use super::keyword::keywords;
use super::{OctalMode, Spanned, TargetPlatform, Text, Typed};

/// One entry of `paths`. Entries apply in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathEntry {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// What is done.
    pub kind: Spanned<PathKind>,
    /// The path.
    pub path: Text,
    /// The condition under which it is done (`if`).
    pub condition: Option<Text>,
    /// The content of a file.
    pub content: Option<Text>,
    /// The owner.
    pub uid: Option<Spanned<u32>>,
    /// The group.
    pub gid: Option<Spanned<u32>>,
    /// The permissions.
    pub mode: Option<Typed<OctalMode>>,
    /// The target of a link; for a file or directory, a path in the repository of the definition.
    pub source: Option<Text>,
    /// Whether owner and permissions apply to everything below.
    pub recursive: Option<Spanned<bool>>,
    /// The platforms for which it is done. Absent: all.
    pub platforms: Vec<Spanned<TargetPlatform>>,
}

keywords! {
    /// What an entry of `paths` does.
    PathKind {
        /// Makes a directory.
        Directory = "directory",
        /// Makes a file.
        File = "file",
        /// Makes a symbolic link.
        Symlink = "symlink",
        /// Makes a file without content.
        EmptyFile = "emptyfile",
        /// Deletes what is there.
        Delete = "delete",
    }
}
