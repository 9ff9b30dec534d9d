//! The entries of a layer.

use super::super::content::Content;
use super::super::node::{Metadata, SpecialKind};
use super::super::path::TreePath;

/// An entry of a layer.
#[derive(Clone, Debug, PartialEq)]
pub enum LayerEntry {
    /// A file, directory, link or device.
    Node {
        /// The path, as the layer has it.
        path: TreePath,
        /// Owner, permissions and time.
        metadata: Metadata,
        /// What it is.
        kind: LayerEntryKind,
    },
    /// Removes a path of lower layers (`.wh.NAME`).
    Whiteout(TreePath),
    /// Removes everything that lower layers have in a directory (`.wh..wh..opq`).
    Opaque(TreePath),
}

/// What an entry of a layer is.
#[derive(Clone, Debug, PartialEq)]
pub enum LayerEntryKind {
    /// A directory.
    Directory,
    /// A regular file.
    File(Content),
    /// A symbolic link, with its target.
    Symlink(String),
    /// Another name of the file at this path.
    HardLink(TreePath),
    /// A device or named pipe.
    Special(SpecialKind),
}
