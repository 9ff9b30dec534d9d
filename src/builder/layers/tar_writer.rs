//! Writes a planned layer as a tar archive.

use std::io::{Read, Write};

use super::error::LayerError;
use super::plan::PlannedLayer;
use crate::builder::rootfs::Tree;

/// Writes the entries of `layer` and the end mark.
///
/// # Errors
///
/// [`LayerError`] for content that cannot be read, what an archive cannot hold, and errors of `to`.
pub fn write_tar(tree: &Tree, layer: &PlannedLayer, to: &mut impl Write) -> Result<(), LayerError> {
    todo!()
}
