//! The index of an image with all its platforms (OCI image specification, `image-index.md`).

use std::collections::BTreeMap;

use super::error::OutputError;
use super::manifest::Document;
use crate::builder::layers::Compression;
use crate::oci::Platform;

/// The image of one platform.
#[derive(Clone, Copy, Debug)]
pub struct PlatformImage<'a> {
    /// The platform.
    pub platform: &'a Platform,
    /// The manifest.
    pub manifest: &'a Document,
    /// How its layers are compressed.
    pub compression: Compression,
}

/// Writes the index. Entries are in the order of `images`.
///
/// `title` is the name of the image without registry. It becomes the annotation `org.opencontainers.image.title`, but
/// not if it begins with `dhi/`: `BuildKit` takes an index with such a title for one of Docker's.
///
/// # Errors
///
/// [`OutputError::NoImages`] without images.
pub fn image_index(
    images: &[PlatformImage<'_>],
    title: &str,
    annotations: &BTreeMap<String, String>,
) -> Result<Document, OutputError> {
    todo!()
}
