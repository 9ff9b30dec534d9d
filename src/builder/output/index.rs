//! The index of an image with all its platforms (OCI image specification, `image-index.md`).
//!
//! Invariant: `BuildKit` never takes an index of this module for one of Docker's. It does if the title begins with
//! `dhi/` and every entry has the annotation `com.docker.dhi.build.id`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::error::OutputError;
use super::manifest::Document;
use crate::builder::layers::{Compression, ZSTD_ANNOTATION};
use crate::oci::{Descriptor, Platform, media_type};

/// The annotation with the name of the image.
const TITLE: &str = "org.opencontainers.image.title";
/// How Docker's names begin.
const DOCKER: &str = "dhi/";
/// The annotation of Docker's builds.
const BUILD_ID: &str = "com.docker.dhi.build.id";

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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    schema_version: u8,
    media_type: &'static str,
    manifests: Vec<Descriptor>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

/// Writes the index. Entries are in the order of `images`.
///
/// `title` is the name of the image without registry. It becomes the annotation `org.opencontainers.image.title`, unless
/// `annotations` have one. A title that begins with `dhi/` and the annotation `com.docker.dhi.build.id` are left out,
/// wherever they come from.
///
/// # Errors
///
/// [`OutputError::NoImages`] without images.
pub fn image_index(
    images: &[PlatformImage<'_>],
    title: &str,
    annotations: &BTreeMap<String, String>,
) -> Result<Document, OutputError> {
    if images.is_empty() {
        return Err(OutputError::NoImages);
    }
    let mut annotations = annotations.clone();
    annotations.entry(TITLE.to_owned()).or_insert_with(|| title.to_owned());
    annotations.retain(|key, value| key != BUILD_ID && (key != TITLE || is_own(value)));
    let wire = Wire {
        schema_version: 2,
        media_type: media_type::OCI_INDEX,
        manifests: images.iter().map(entry).collect(),
        annotations,
    };
    Document::new(media_type::OCI_INDEX, &wire)
}

fn is_own(title: &str) -> bool {
    !title.is_empty() && !title.starts_with(DOCKER)
}

fn entry(image: &PlatformImage<'_>) -> Descriptor {
    let mut entry = image.manifest.descriptor();
    entry.platform = Some(image.platform.clone());
    if image.compression == Compression::Zstd {
        entry.annotations.insert(ZSTD_ANNOTATION.to_owned(), "true".to_owned());
    }
    entry
}

#[cfg(test)]
mod tests;
