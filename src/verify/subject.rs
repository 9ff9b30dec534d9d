//! The binding of a referrer to its subject: what a registry lists is taken for a referrer only if the fetched
//! manifest itself names the subject, with the same digest, size and media type.

use bytes::Bytes;

use super::fetched::{Fetched, Unread};
use super::walk::Walk;
use crate::evidence::Failure;
use crate::oci::{
    self, Descriptor, ImageManifest, Manifest, Repository, Version, media_type, quote_untrusted,
};
use crate::registry;

impl Walk<'_> {
    /// Fetches the manifest that `listed` promises and checks its size and type. Nothing is said about its subject.
    pub(super) async fn manifest(
        &self,
        repository: &Repository,
        listed: &Descriptor,
    ) -> Result<Manifest, Unread> {
        Ok(self.manifest_bytes(repository, listed).await?.0)
    }

    /// The same with its bytes.
    async fn manifest_bytes(
        &self,
        repository: &Repository,
        listed: &Descriptor,
    ) -> Result<(Manifest, Bytes), Unread> {
        let content = self
            .registry
            .manifest(repository, &Version::Digest(listed.digest))
            .await
            .map_err(Unread::Registry)?;
        let size = content.bytes.len() as u64;
        self.count(|| format!("manifest {repository}@{}", listed.digest), size).map_err(Unread::Registry)?;
        if size != listed.size {
            return Err(Unread::Registry(registry::Error::Size {
                what: format!("manifest {}", listed.digest),
                expected: listed.size,
                found: size,
            }));
        }
        let manifest = Manifest::parse(&content.bytes, Some(&listed.media_type)).map_err(Unread::Content)?;
        Ok((manifest, content.bytes))
    }

    /// Fetches a listed referrer.
    pub(super) async fn referrer(
        &self,
        repository: &Repository,
        listed: &Descriptor,
    ) -> Result<Fetched, Unread> {
        match self.of_root.of(listed).filter(|_| repository == self.evidence_repository()) {
            Some(cell) => cell.get_or_init(|| self.fetch_referrer(repository, listed)).await.clone(),
            None => self.fetch_referrer(repository, listed).await,
        }
    }

    async fn fetch_referrer(&self, repository: &Repository, listed: &Descriptor) -> Result<Fetched, Unread> {
        match self.manifest_bytes(repository, listed).await? {
            (Manifest::Image(manifest), bytes) => Ok(Fetched::Manifest(manifest, bytes)),
            (Manifest::Index(index), _) => {
                let kind = index.declared_artifact_type.unwrap_or_default();
                if kind == media_type::IN_TOTO
                    || kind == media_type::COSIGN_SIGNATURE
                    || kind.starts_with(media_type::SIGSTORE_BUNDLE_PREFIX)
                {
                    let cause = format!("an index that calls itself {}", quote_untrusted(&kind));
                    return Err(Unread::Content(oci::Error::Manifest(cause)));
                }
                Ok(Fetched::Index(kind))
            }
        }
    }
}

/// Checks that `manifest` names exactly `subject`.
pub(super) fn check_subject(manifest: &ImageManifest, subject: &Descriptor) -> Result<(), Failure> {
    let named = manifest.subject.as_ref().is_some_and(|named| {
        named.digest == subject.digest && named.size == subject.size && named.media_type == subject.media_type
    });
    if named {
        Ok(())
    } else {
        Err(Failure::Subject {
            found: manifest.subject.clone().map(Box::new),
            expected: Box::new(subject.clone()),
        })
    }
}
