//! The files of an image that a definition copies from.

use std::io::{Cursor, Read};

use bytes::Bytes;

use super::limits::ARTIFACT_UNPACKED;
use super::spool::SpoolFile;
use crate::builder::rootfs::archive_entries::ArchiveError;
use crate::builder::rootfs::{LayerError, Origin, Tree, add_layer, read_layer};
use crate::diagnostic::IoCause;

/// Why the layers of an image cannot be unpacked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArtifactLayersError {
    /// A layer with a media type that is not that of an archive.
    #[error("its layer {layer} has the media type `{media_type}`, which is no archive of files")]
    MediaType {
        /// The position of the layer, from 1.
        layer: usize,
        /// The media type.
        media_type: String,
    },
    /// A layer that cannot be read.
    #[error("its layer {layer}: {cause}")]
    Archive {
        /// The position of the layer, from 1.
        layer: usize,
        /// The cause.
        cause: ArchiveError,
    },
    /// An entry that cannot be applied.
    #[error("its layer {layer}: {cause}")]
    Entry {
        /// The position of the layer, from 1.
        layer: usize,
        /// The cause.
        cause: LayerError,
    },
    /// A layer that cannot be decompressed.
    #[error("its layer {layer} cannot be decompressed: {cause}")]
    Damaged {
        /// The position of the layer, from 1.
        layer: usize,
        /// The cause.
        cause: String,
    },
}

/// The tree that the layers make, with their media types, lowest first. `epoch` is the time of directories that no
/// layer describes.
///
/// # Errors
///
/// [`ArtifactLayersError`]
pub(super) fn artifact_tree(
    layers: &[(String, Bytes)],
    spool: &mut SpoolFile,
    epoch: i64,
) -> Result<Tree, ArtifactLayersError> {
    let mut tree = Tree::new(epoch);
    for (at, (media_type, bytes)) in layers.iter().enumerate() {
        let layer = at + 1;
        let reader = decompressed(media_type, bytes, layer)?.take(ARTIFACT_UNPACKED);
        let entries =
            read_layer(reader, spool).map_err(|cause| ArtifactLayersError::Archive { layer, cause })?;
        add_layer(&mut tree, entries, Origin::Base(at), epoch)
            .map_err(|cause| ArtifactLayersError::Entry { layer, cause })?;
    }
    Ok(tree)
}

fn decompressed<'a>(
    media_type: &str,
    bytes: &'a Bytes,
    layer: usize,
) -> Result<Box<dyn Read + 'a>, ArtifactLayersError> {
    let bytes = Cursor::new(bytes.as_ref());
    match media_type {
        "application/vnd.oci.image.layer.v1.tar" => Ok(Box::new(bytes)),
        "application/vnd.oci.image.layer.v1.tar+gzip"
        | "application/vnd.docker.image.rootfs.diff.tar.gzip" => {
            Ok(Box::new(flate2::bufread::MultiGzDecoder::new(bytes)))
        }
        "application/vnd.oci.image.layer.v1.tar+zstd"
        | "application/vnd.docker.image.rootfs.diff.tar.zstd" => {
            let reader = zstd::stream::read::Decoder::with_buffer(bytes).map_err(|error| {
                ArtifactLayersError::Damaged { layer, cause: IoCause(&error).to_string() }
            })?;
            Ok(Box::new(reader))
        }
        _ => Err(ArtifactLayersError::MediaType { layer, media_type: media_type.to_owned() }),
    }
}
