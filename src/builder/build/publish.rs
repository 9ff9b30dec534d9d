//! Stores an image with its evidence in a registry or layout.
//!
//! Invariant: whatever is stored names only what was stored before, and tags come last: a failure half-way leaves
//! no tag, and no attestation without its signature.

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::image::{BuiltImage, BuiltPlatform};
use super::limits::PARALLEL_UPLOADS;
use super::publish_error::PublishError;
use crate::builder::output::Document;
use crate::limits::Limits;
use crate::oci::{Descriptor, Reference, Repository, Tag, Version};
use crate::registry::Push;
use crate::sign::{
    Document as Predicate, PredicateType, Prepared, Root, SignedName, Signing, Subject, push, unsigned,
};

/// Where an image is stored, and who signs it.
pub struct Publishing<'a> {
    /// The registry or layout.
    pub registry: &'a dyn Push,
    /// The repository in it.
    pub repository: &'a Repository,
    /// The names in the repository.
    pub versions: &'a [Version],
    /// The name that statements have of the image.
    pub name: &'a SignedName,
    /// The tag that statements have of the image.
    pub tag: Option<&'a Tag>,
    /// The signer. Without one, attestations are stored unsigned.
    pub signing: Option<Signing<'a>>,
    /// Limits on sizes.
    pub limits: &'a Limits,
}

impl Publishing<'_> {
    /// Stores the image.
    ///
    /// # Errors
    ///
    /// [`PublishError`]
    pub async fn publish(&self, image: &BuiltImage) -> Result<(), PublishError> {
        // A signer that fails leaves nothing behind.
        let prepared = self.evidence(image).await?;
        for platform in &image.platforms {
            self.platform(platform).await?;
        }
        let index = &image.index;
        self.manifest(index).await?;
        push(self.registry, self.repository, prepared).await?;
        for version in self.versions {
            let bytes = Bytes::from(index.bytes.clone());
            self.registry.push_manifest(self.repository, version, index.media_type, bytes).await?;
        }
        Ok(())
    }

    /// Signatures and attestations, in the order in which they are stored.
    async fn evidence(&self, image: &BuiltImage) -> Result<Vec<Prepared>, PublishError> {
        let index = &image.index;
        let reference = Reference {
            repository: self.repository.clone(),
            tag: self.tag.cloned(),
            name: None,
            digest: None,
        };
        let root = Root::of(&index.bytes, reference)?;
        let mut prepared = Vec::new();
        for platform in &image.platforms {
            let subject = Subject {
                descriptor: descriptor(&platform.manifest),
                platform: Some(platform.platform.clone()),
            };
            let images = std::slice::from_ref(&subject);
            for evidence in &platform.evidence {
                let document =
                    Predicate::parse(evidence.predicate.as_bytes(), evidence.predicate_type, self.limits)?;
                let predicate_type = PredicateType::of_uri(evidence.predicate_type);
                prepared.extend(match &self.signing {
                    Some(signing) => signing.attest(&root, images, &document, &predicate_type).await?,
                    None => unsigned(self.name, &root, images, &document, &predicate_type, self.limits)?,
                });
            }
            if let Some(signing) = &self.signing {
                prepared.extend(signing.sign(images).await?);
            }
        }
        if let Some(signing) = &self.signing {
            let subject = Subject { descriptor: descriptor(index), platform: None };
            prepared.extend(signing.sign(&[subject]).await?);
        }
        Ok(prepared)
    }

    async fn platform(&self, platform: &BuiltPlatform) -> Result<(), PublishError> {
        stream::iter(&platform.layers)
            .map(|layer| async move {
                let bytes = layer.bytes()?;
                self.blob(layer.blob.digest, bytes).await
            })
            .buffer_unordered(PARALLEL_UPLOADS)
            .try_collect::<Vec<()>>()
            .await?;
        self.blob(platform.config.digest, Bytes::from(platform.config.bytes.clone())).await?;
        self.manifest(&platform.manifest).await
    }

    async fn blob(&self, expected: crate::oci::Digest, bytes: Bytes) -> Result<(), PublishError> {
        let found = self.registry.push_blob(self.repository, bytes).await?;
        if found == expected { Ok(()) } else { Err(PublishError::Changed { expected, found }) }
    }

    /// Stores a manifest or index without a name. In a layout only what has a name is listed.
    async fn manifest(&self, document: &Document) -> Result<(), PublishError> {
        let bytes = Bytes::from(document.bytes.clone());
        match self.repository {
            Repository::Layout(_) => self.blob(document.digest, bytes).await,
            _ => {
                let version = Version::Digest(document.digest);
                self.registry.push_manifest(self.repository, &version, document.media_type, bytes).await?;
                Ok(())
            }
        }
    }
}

fn descriptor(document: &Document) -> Descriptor {
    Descriptor::bare(document.media_type, document.digest, document.bytes.len() as u64)
}
