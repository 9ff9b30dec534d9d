//! A fetched referrer, and why a manifest could not be read.

use bytes::Bytes;

use crate::evidence::Failure;
use crate::oci::{self, ImageManifest};
use crate::registry;

/// Why a manifest could not be read: the registry failed, or the content is malformed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ManifestError {
    Registry(registry::Error),
    Content(oci::Error),
}

impl From<ManifestError> for Failure {
    fn from(error: ManifestError) -> Self {
        match error {
            ManifestError::Registry(error) => error.into(),
            ManifestError::Content(error) => Self::Manifest(error),
        }
    }
}

/// A referrer as fetched.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all are manifests")]
pub(super) enum Fetched {
    Manifest(ImageManifest, Bytes),
    /// An index of this artifact type, which is neither attestation nor signature.
    Index(String),
}
