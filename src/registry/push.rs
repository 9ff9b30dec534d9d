//! What is written is hashed here, never named by what came from elsewhere, and a referrer counts as stored only
//! once a list of referrers of its subject names it.

use async_trait::async_trait;
use bytes::Bytes;

use super::{Error, FoundBy, Registry};
use crate::oci::{Descriptor, Digest, Repository, Version};

/// A manifest that names a subject, ready to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referrer {
    /// What lists of referrers say of it: media type, digest and size of `bytes`, artifact type, annotations.
    pub descriptor: Descriptor,
    /// The digest of the object that it is about, as its manifest names it.
    pub subject: Digest,
    /// The manifest.
    pub bytes: Bytes,
}

/// Write access to blobs, manifests and lists of referrers. Mirrors are never written to.
#[async_trait]
pub trait Push: Registry {
    /// Stores `bytes` as a blob. Nothing is sent where it is there already.
    async fn push_blob(&self, repository: &Repository, bytes: Bytes) -> Result<Digest, Error>;

    /// Stores a manifest or index under `version`; under a digest only bytes that have it.
    async fn push_manifest(
        &self,
        repository: &Repository,
        version: &Version,
        media_type: &str,
        bytes: Bytes,
    ) -> Result<Digest, Error>;

    /// Stores a referrer by digest, and sees to it that a list of referrers of its subject names it. Says by which
    /// list it is found.
    async fn push_referrer(&self, repository: &Repository, referrer: &Referrer) -> Result<FoundBy, Error>;
}
