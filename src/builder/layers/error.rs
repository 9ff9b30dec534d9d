//! Errors of layers.

use std::io;

use super::limits::LAYERS;
use crate::builder::rootfs::TreePath;

/// A layer cannot be planned or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayerError {
    /// A number of layers that no image can have.
    #[error("an image cannot have {0} layers: expected 1 to {LAYERS}")]
    Budget(usize),
    /// The content of a file cannot be read.
    #[error("`{path}` cannot be read: {cause}")]
    Content {
        /// The file.
        path: TreePath,
        /// The message of its store.
        cause: String,
    },
    /// A path that a tree does not have.
    #[error("`{0}` is not in the tree")]
    Absent(TreePath),
    /// A symbolic link without a target, or with a NUL byte in it.
    #[error("the symbolic link `{0}` has an empty target or one with a NUL byte")]
    Target(TreePath),
    /// A device whose number does not fit into the archive.
    #[error("the device `{path}` has the number {major}:{minor}, which is too large for an archive")]
    Device {
        /// The device.
        path: TreePath,
        /// The major number.
        major: u32,
        /// The minor number.
        minor: u32,
    },
    /// The layer cannot be written.
    #[error("the layer cannot be written: {0}")]
    Write(String),
    /// The compression library refuses its settings.
    #[error("the layer cannot be compressed: {0}")]
    Compression(String),
}

impl LayerError {
    pub(super) fn write(error: &io::Error) -> Self {
        Self::Write(error.to_string())
    }
}
