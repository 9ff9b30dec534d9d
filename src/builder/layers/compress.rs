//! Compresses layers, and computes their digests on the way.
//!
//! Invariant: the bytes do not depend on the number of threads, on the sizes of the pieces in which the archive
//! arrives, or on the machine.

use std::io::Write;

use super::error::LayerError;
use super::plan::PlannedLayer;
use crate::builder::rootfs::Tree;
use crate::oci::{Descriptor, Digest};

/// The annotation of the entry of an index whose image has zstd layers. Without it skopeo rewrites the index when it
/// copies it. The value is `true`.
pub const ZSTD_ANNOTATION: &str = "io.github.containers.compression.zstd";

/// How layers are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// With gzip, which every engine reads.
    Gzip,
    /// With Zstandard.
    Zstd,
}

/// A layer that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerBlob {
    /// The media type (OCI image specification, `layer.md`).
    pub media_type: &'static str,
    /// The digest of the compressed bytes.
    pub digest: Digest,
    /// The digest of the archive.
    pub diff_id: Digest,
    /// The number of compressed bytes.
    pub size: u64,
    /// The number of bytes of the archive.
    pub uncompressed_size: u64,
}

impl LayerBlob {
    /// The descriptor in a manifest.
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::bare(self.media_type, self.digest, self.size)
    }
}

/// Writes a layer in one pass, from the contents of the tree to the compressed bytes.
///
/// # Errors
///
/// [`LayerError`], see [`super::write_tar`].
pub fn write_layer(
    tree: &Tree,
    layer: &PlannedLayer,
    compression: Compression,
    to: &mut impl Write,
) -> Result<LayerBlob, LayerError> {
    todo!()
}
