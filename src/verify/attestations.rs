//! Verifies the attestations of one image.
//!
//! Each referrer is fetched and its type is read from its own manifest. An in-toto attestation counts only if
//! manifest, layer, statement and signature agree on its type and subject.

use futures_util::StreamExt;
use futures_util::future::join;

use super::build_record;
use super::fetched::Fetched;
use super::memory::STATEMENT;
use super::referrer::Referrer;
use super::signatures::{Purpose, SignedObjectSearch};
use super::subject;
use super::walk::Walk;
use crate::evidence::{AttestationEvidence, AttestationForm, Failure, ListedReason, ListedReferrer};
use crate::oci::{Descriptor, ImageManifest, Repository, media_type};
use crate::registry::{Freshness, Referrers};
use crate::trust::{AttestationClaims, PREDICATE_TYPE};

/// Whether a listed referrer may be an attestation with separate signatures. The type in a list is a claim of the
/// registry, and can be that of the configuration. It only decides whether the list of signatures is fetched early.
fn may_be_signed_attestation(listed: &Descriptor) -> bool {
    match listed.artifact_type.as_deref() {
        Some(media_type::COSIGN_SIGNATURE | media_type::DSSE_ENVELOPE | media_type::BUILD_RECORD) => false,
        Some(other) => !other.starts_with(media_type::SIGSTORE_BUNDLE_PREFIX),
        None => true,
    }
}

impl Walk<'_> {
    /// Verifies all `referrers` of `image`, at most `Limits::attestations_at_once` of them at a time.
    pub(super) async fn attestations(
        &self,
        repository: &Repository,
        image: &Descriptor,
        referrers: &Referrers,
    ) -> Vec<Referrer> {
        let count = referrers.descriptors.len();
        tracing::debug!(target: "dhi::verify", "{count} referrers of {} to be judged", image.digest);
        if let Some(progress) = &self.options.progress {
            progress.found(count);
        }
        futures_util::stream::iter(&referrers.descriptors)
            .map(|listed| async move {
                // The semaphore is never closed, so a permit always comes.
                let _permit = self.permits.acquire().await;
                let judged = self.verify_referrer(repository, image, listed).await;
                if let Some(progress) = &self.options.progress {
                    progress.done();
                }
                judged
            })
            .buffer_unordered(self.options.limits.attestations_at_once)
            .flat_map(futures_util::stream::iter)
            .collect()
            .await
    }

    /// Verifies one referrer. The result holds one attestation, or one for each envelope that the referrer holds.
    async fn verify_referrer(
        &self,
        repository: &Repository,
        image: &Descriptor,
        listed: &Descriptor,
    ) -> Vec<Referrer> {
        let claimed = listed.annotations.get(PREDICATE_TYPE);
        if let Some(claimed) = claimed
            && !self.is_requested(claimed)
        {
            return vec![Referrer::Listed(ListedReferrer {
                digest: listed.digest,
                artifact_type: listed.artifact_type.clone().unwrap_or_default(),
                predicate_type: Some(claimed.clone()),
                reason: ListedReason::NotRequested,
            })];
        }
        // The digest of the attestation is known, so the list of its signatures is fetched together with its manifest.
        let list = async {
            if may_be_signed_attestation(listed) {
                Some(self.referrers(repository, &listed.digest, Freshness::Cached).await)
            } else {
                None
            }
        };
        let (fetched, list) = join(self.referrer(repository, listed), list).await;
        let judged = |predicate_type, outcome| {
            vec![Referrer::Judged(Box::new(AttestationEvidence {
                digest: listed.digest,
                predicate_type,
                found_in: repository.clone(),
                form: AttestationForm::InToto,
                outcome,
            }))]
        };
        let (manifest, stored) = match fetched {
            Ok(Fetched::Manifest(manifest, stored)) => (manifest, stored),
            Ok(Fetched::Index(artifact_type)) => {
                return vec![Referrer::Listed(ListedReferrer {
                    digest: listed.digest,
                    artifact_type,
                    predicate_type: None,
                    reason: ListedReason::Index,
                })];
            }
            // An unreadable referrer may be an attestation, so it is a failure and not ignored.
            Err(unread) => return judged(claimed.cloned(), Err(unread.into())),
        };
        let annotated = manifest.annotations.get(PREDICATE_TYPE).cloned();
        let (predicate_type, layer) = match self.statement_layer(&manifest, image) {
            None => return self.verify_other_referrer(repository, image, listed, &manifest).await,
            Some(Err(failure)) => return judged(annotated, Err(failure)),
            Some(Ok((predicate_type, _))) if !self.is_requested(&predicate_type) => {
                return vec![Referrer::Listed(ListedReferrer {
                    digest: listed.digest,
                    artifact_type: manifest.artifact_type().to_owned(),
                    predicate_type: annotated,
                    reason: ListedReason::NotRequested,
                })];
            }
            Some(Ok(found)) => found,
        };
        let claims = AttestationClaims { predicate_type, image: image.digest };
        let (purpose, claims) = (Purpose::Attestation, Some(&claims));
        let search = SignedObjectSearch { repository, object: listed, purpose, claims };
        let statement = async {
            // Reserved until the statement is judged.
            let reserved = self.options.memory.attestation(layer.size, STATEMENT).await;
            self.blob(repository, &layer, self.options.limits.statement).await.map(|bytes| (bytes, reserved))
        };
        let (statement, signature) = join(statement, self.signature(search, list)).await;
        let (statement, _reserved) = match statement {
            Ok(statement) => statement,
            Err(error) => return judged(annotated, Err(error.into())),
        };
        let outcome = signature.and_then(|signed| {
            let attested = signed.verify_statement(&stored, statement, image.digest)?;
            let keep = self.options.keep_statements.keeps(&attested.whole().statement().predicate_type);
            Ok(attested.reduce(keep))
        });
        judged(annotated, outcome)
    }

    /// The predicate type and the layer that holds the statement, where the manifest is an in-toto attestation.
    fn statement_layer(
        &self,
        manifest: &ImageManifest,
        image: &Descriptor,
    ) -> Option<Result<(String, Descriptor), Failure>> {
        if manifest.artifact_type() != media_type::IN_TOTO {
            return None;
        }
        if let Err(failure) = subject::check_subject(manifest, image) {
            return Some(Err(failure));
        }
        let [layer] = manifest.layers.as_slice() else {
            return Some(Err(Failure::StatementLayers(manifest.layers.len())));
        };
        if layer.media_type != media_type::IN_TOTO {
            return Some(Err(Failure::StatementType(layer.media_type.clone())));
        }
        let on_manifest = manifest.annotations.get(PREDICATE_TYPE);
        let on_layer = layer.annotations.get(PREDICATE_TYPE);
        match on_manifest {
            Some(predicate_type) if on_layer == on_manifest => {
                Some(Ok((predicate_type.clone(), layer.clone())))
            }
            _ => Some(Err(Failure::PredicateAnnotations {
                manifest: on_manifest.cloned(),
                layer: on_layer.cloned(),
            })),
        }
    }

    /// Handles a referrer that is not a plain in-toto attestation: a bundle, envelopes, a build record, or something
    /// else.
    async fn verify_other_referrer(
        &self,
        repository: &Repository,
        image: &Descriptor,
        listed: &Descriptor,
        manifest: &ImageManifest,
    ) -> Vec<Referrer> {
        let kind = manifest.artifact_type();
        let list = |reason: ListedReason| {
            vec![Referrer::Listed(ListedReferrer {
                digest: listed.digest,
                artifact_type: kind.to_owned(),
                predicate_type: manifest.annotations.get(PREDICATE_TYPE).cloned(),
                reason,
            })]
        };
        if kind == media_type::COSIGN_SIGNATURE {
            return list(ListedReason::Signature);
        }
        if kind.starts_with(media_type::SIGSTORE_BUNDLE_PREFIX) {
            return vec![self.bundle_attestation(repository, image, listed, manifest).await];
        }
        if kind == media_type::BUILD_RECORD {
            return match subject::check_subject(manifest, image) {
                _ if !build_record::has_only_statements(manifest) => list(ListedReason::NotStatements),
                Err(_) => list(ListedReason::BuildRecordOfOther),
                Ok(()) => {
                    let record = build_record::from_manifest(listed, manifest, repository);
                    vec![Referrer::BuildRecord(record)]
                }
            };
        }
        if manifest.layers.iter().any(|layer| layer.media_type == media_type::DSSE_ENVELOPE) {
            return match subject::check_subject(manifest, image) {
                Ok(()) => self.envelopes(repository, image, manifest).await,
                Err(_) => list(ListedReason::EnvelopeOfOther),
            };
        }
        list(ListedReason::NoAttestation)
    }
}
