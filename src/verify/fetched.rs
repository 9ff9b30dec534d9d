//! A manifest that was promised, as it came or why it did not.

use bytes::Bytes;

use crate::evidence::Failure;
use crate::oci::{self, ImageManifest};
use crate::registry;

/// Why a manifest could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    Registry(registry::Error),
    Content(oci::Error),
}

impl From<Unread> for Failure {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Registry(error) => error.into(),
            Unread::Content(error) => Self::Manifest(error),
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
