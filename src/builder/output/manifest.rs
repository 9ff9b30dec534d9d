//! The manifest of one platform (OCI image specification, `manifest.md`).

use std::collections::BTreeMap;

use serde::Serialize;

use super::error::OutputError;
use crate::oci::{Descriptor, Digest, media_type};

/// A JSON document, with the bytes that its digest is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The media type.
    pub media_type: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The digest of the bytes.
    pub digest: Digest,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    schema_version: u8,
    media_type: &'static str,
    config: Descriptor,
    layers: &'a [Descriptor],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'a BTreeMap<String, String>,
}

impl Document {
    pub(super) fn new(media_type: &'static str, value: &impl Serialize) -> Result<Self, OutputError> {
        let bytes = serde_json::to_vec(value).map_err(|error| OutputError::Json(error.to_string()))?;
        let digest = Digest::of(&bytes);
        Ok(Self { media_type, bytes, digest })
    }

    /// The descriptor.
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::bare(self.media_type, self.digest, self.bytes.len() as u64)
    }
}

/// Writes the manifest of an image with this configuration and these layers, those of an extended image first.
///
/// # Errors
///
/// [`OutputError::Json`], which no value of these types causes.
pub fn image_manifest(
    config: &Document,
    layers: &[Descriptor],
    annotations: &BTreeMap<String, String>,
) -> Result<Document, OutputError> {
    let wire = Wire {
        schema_version: 2,
        media_type: media_type::OCI_MANIFEST,
        config: config.descriptor(),
        layers,
        annotations,
    };
    Document::new(media_type::OCI_MANIFEST, &wire)
}
