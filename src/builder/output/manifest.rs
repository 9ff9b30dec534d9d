//! The manifest of one platform (OCI image specification, `manifest.md`).

use std::collections::BTreeMap;

use super::error::OutputError;
use crate::oci::{Descriptor, Digest};

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
    todo!()
}
