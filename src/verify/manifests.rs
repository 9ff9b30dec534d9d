//! Fetches the manifests that descriptors name, and checks their size and media type against the descriptor.
//!
//! The subject of a referrer is checked in `subject.rs`.

use bytes::Bytes;

use super::fetched::{Fetched, ManifestError};
use super::walk::Walk;
use crate::oci::{self, Descriptor, Manifest, Repository, Version, media_type, quote_untrusted};
use crate::registry;

impl Walk<'_> {
    /// Fetches the manifest that `listed` names and checks its size and type. Its subject is not checked.
    pub(super) async fn manifest(
        &self,
        repository: &Repository,
        listed: &Descriptor,
    ) -> Result<Manifest, ManifestError> {
        Ok(self.manifest_bytes(repository, listed).await?.0)
    }

    /// Like [`Walk::manifest`], with the bytes of the manifest.
    pub(super) async fn manifest_bytes(
        &self,
        repository: &Repository,
        listed: &Descriptor,
    ) -> Result<(Manifest, Bytes), ManifestError> {
        let content = self
            .registry
            .manifest(repository, &Version::Digest(listed.digest))
            .await
            .map_err(ManifestError::Registry)?;
        let size = content.bytes.len() as u64;
        self.count(|| format!("manifest {repository}@{}", listed.digest), size)
            .map_err(ManifestError::Registry)?;
        if size != listed.size {
            return Err(ManifestError::Registry(registry::Error::Size {
                what: format!("manifest {}", listed.digest),
                expected: listed.size,
                found: size,
            }));
        }
        let manifest =
            Manifest::parse(&content.bytes, Some(&listed.media_type)).map_err(ManifestError::Content)?;
        Ok((manifest, content.bytes))
    }

    /// Fetches a listed referrer, or takes it from those of the root that were already fetched.
    pub(super) async fn referrer(
        &self,
        repository: &Repository,
        listed: &Descriptor,
    ) -> Result<Fetched, ManifestError> {
        match self.root_referrers.cell(listed).filter(|_| repository == self.evidence_repository()) {
            Some(cell) => cell.get_or_init(|| self.fetch_referrer(repository, listed)).await.clone(),
            None => self.fetch_referrer(repository, listed).await,
        }
    }

    async fn fetch_referrer(
        &self,
        repository: &Repository,
        listed: &Descriptor,
    ) -> Result<Fetched, ManifestError> {
        match self.manifest_bytes(repository, listed).await? {
            (Manifest::Image(manifest), bytes) => Ok(Fetched::Manifest(manifest, bytes)),
            (Manifest::Index(index), _) => {
                let kind = index.declared_artifact_type.unwrap_or_default();
                if kind == media_type::IN_TOTO
                    || kind == media_type::COSIGN_SIGNATURE
                    || kind.starts_with(media_type::SIGSTORE_BUNDLE_PREFIX)
                {
                    let cause = format!("an index with the artifact type {}", quote_untrusted(&kind));
                    return Err(ManifestError::Content(oci::Error::Manifest(cause)));
                }
                Ok(Fetched::Index(kind))
            }
        }
    }
}
