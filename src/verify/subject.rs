//! The binding of a referrer to its subject: what a registry lists is taken for a referrer only if the fetched
//! manifest itself names the subject, with the same digest, size and media type.

use bytes::Bytes;

use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};
use crate::oci::{self, Descriptor, ImageManifest, Manifest, Repository, Version, claimed, media_type};
use crate::registry;

use super::Walk;

/// Why a listed object is not a referrer of the subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Registry(registry::Error),
    Content(oci::Error),
    /// The manifest names no subject or another one.
    Subject(Box<Mismatch>),
}

/// The subject that a referrer names, and the one that it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    found: Option<Descriptor>,
    expected: Descriptor,
}

impl ToDiagnostic for Failure {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::Registry(error) => error.to_diagnostic(),
            Self::Content(error) => Diagnostic { code: Code::ATTEST_UNREADABLE, ..error.to_diagnostic() },
            Self::Subject(mismatch) => {
                let Mismatch { found, expected } = mismatch.as_ref();
                let show = |descriptor: &Descriptor| {
                    let media_type = claimed(&descriptor.media_type);
                    format!("{} ({media_type}, {} bytes)", descriptor.digest, descriptor.size)
                };
                Diagnostic::new(
                    Code::TRUST_SUBJECT_MISMATCH,
                    "the referrer's manifest is about another object",
                )
                .fact("subject", found.as_ref().map_or("none".to_owned(), show))
                .fact("expected", show(expected))
            }
        }
    }
}

impl Walk<'_> {
    /// Fetches the manifest that `listed` promises and checks its size and type. Nothing is said about its subject.
    pub(super) async fn manifest(
        &self,
        repository: &Repository,
        listed: &Descriptor,
    ) -> Result<Manifest, Failure> {
        Ok(self.manifest_bytes(repository, listed).await?.0)
    }

    /// The same with its bytes.
    async fn manifest_bytes(
        &self,
        repository: &Repository,
        listed: &Descriptor,
    ) -> Result<(Manifest, Bytes), Failure> {
        let content = self
            .registry
            .manifest(repository, &Version::Digest(listed.digest))
            .await
            .map_err(Failure::Registry)?;
        let size = content.bytes.len() as u64;
        self.count(|| format!("manifest {repository}@{}", listed.digest), size).map_err(Failure::Registry)?;
        if size != listed.size {
            return Err(Failure::Registry(registry::Error::Size {
                what: format!("manifest {}", listed.digest),
                expected: listed.size,
                found: size,
            }));
        }
        let manifest = Manifest::parse(&content.bytes, Some(&listed.media_type)).map_err(Failure::Content)?;
        Ok((manifest, content.bytes))
    }

    /// Fetches a listed referrer.
    pub(super) async fn referrer(
        &self,
        repository: &Repository,
        listed: &Descriptor,
    ) -> Result<Fetched, Failure> {
        match self.manifest_bytes(repository, listed).await? {
            (Manifest::Image(manifest), bytes) => Ok(Fetched::Manifest(manifest, bytes)),
            (Manifest::Index(index), _) => {
                let kind = index.declared_artifact_type.unwrap_or_default();
                if kind == media_type::IN_TOTO
                    || kind == media_type::COSIGN_SIGNATURE
                    || kind.starts_with(media_type::SIGSTORE_BUNDLE_PREFIX)
                {
                    let cause = format!("an index that calls itself {}", claimed(&kind));
                    return Err(Failure::Content(oci::Error::Manifest(cause)));
                }
                Ok(Fetched::Index(kind))
            }
        }
    }
}

/// A referrer as fetched.
#[expect(clippy::large_enum_variant, reason = "nearly all are manifests")]
pub(super) enum Fetched {
    Manifest(ImageManifest, Bytes),
    /// An index of this artifact type, which is neither attestation nor signature.
    Index(String),
}

/// Checks that `manifest` names exactly `subject`.
pub(super) fn bound(manifest: &ImageManifest, subject: &Descriptor) -> Result<(), Failure> {
    let named = manifest.subject.as_ref().is_some_and(|named| {
        named.digest == subject.digest && named.size == subject.size && named.media_type == subject.media_type
    });
    if named {
        Ok(())
    } else {
        Err(Failure::Subject(Box::new(Mismatch {
            found: manifest.subject.clone(),
            expected: subject.clone(),
        })))
    }
}
