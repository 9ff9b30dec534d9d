//! The attestations of one image: each referrer is fetched, its type read from its own manifest, and an
//! in-toto attestation counts only when manifest, layer, statement and signature agree about it.

use bytes::Bytes;
use futures_util::StreamExt;

use super::build_record;
use super::fetched::Fetched;
use super::memory::{Room, STATEMENT};
use super::referrer::Referrer;
use super::subject;
use super::walk::Walk;
use crate::evidence::{AttestationEvidence, AttestationForm, Failure, Listed, ListedReason};
use crate::oci::{Descriptor, ImageManifest, Repository, media_type};
use crate::registry::{Freshness, Referrers};
use crate::trust::PREDICATE_TYPE;

/// What a referrer's manifest holds.
enum Content {
    /// An in-toto statement and the bytes of its manifest, as fetched, with the room that it takes until it is judged.
    Statement { manifest: Bytes, statement: Bytes, room: Room },
    /// An in-toto attestation that cannot be used.
    Broken(Failure),
    /// An in-toto attestation of another predicate type than was asked for.
    NotAskedFor,
    /// No in-toto attestation.
    Other,
}

impl Walk<'_> {
    /// Judges all `referrers` of `image`.
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
                // The places are never closed, so one always comes.
                let _place = self.places.acquire().await;
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

    /// Judges one referrer: one attestation, or as many as it has envelopes.
    async fn verify_referrer(
        &self,
        repository: &Repository,
        image: &Descriptor,
        listed: &Descriptor,
    ) -> Vec<Referrer> {
        let claimed = listed.annotations.get(PREDICATE_TYPE);
        if let Some(claimed) = claimed
            && !self.asked_for(claimed)
        {
            return vec![Referrer::Listed(Listed {
                digest: listed.digest,
                artifact_type: listed.artifact_type.clone().unwrap_or_default(),
                predicate_type: Some(claimed.clone()),
                reason: ListedReason::NotAskedFor,
            })];
        }
        // The signatures of an attestation hang on its digest, which is known already: asking for both at once
        // shortens the chain. The list's type only decides whether that is likely to be of use.
        let likely = listed.artifact_type.as_deref().is_none_or(|listed| listed == media_type::IN_TOTO);
        let signature = async {
            if likely { Some(self.signature(repository, listed, Freshness::Cached).await) } else { None }
        };
        let read = async {
            let (manifest, bytes) = match self.referrer(repository, listed).await? {
                Fetched::Manifest(manifest, bytes) => (manifest, bytes),
                Fetched::Index(kind) => return Ok(Err(kind)),
            };
            let content = match self.statement_layer(&manifest, image) {
                None => Content::Other,
                Some(Err(failure)) => Content::Broken(failure),
                Some(Ok((predicate_type, _))) if !self.asked_for(&predicate_type) => Content::NotAskedFor,
                Some(Ok((_, layer))) => {
                    let room = self.options.memory.attestation(layer.size, STATEMENT).await;
                    match self.blob(repository, &layer, self.options.limits.statement).await {
                        Ok(statement) => Content::Statement { manifest: bytes, statement, room },
                        Err(error) => Content::Broken(error.into()),
                    }
                }
            };
            Ok::<_, super::fetched::Unread>(Ok((manifest, content)))
        };
        let (signature, read) = futures_util::future::join(signature, read).await;
        let judged = |predicate_type, outcome| {
            vec![Referrer::Judged(Box::new(AttestationEvidence {
                digest: listed.digest,
                predicate_type,
                found_in: repository.clone(),
                form: AttestationForm::InToto,
                outcome,
            }))]
        };
        let (manifest, content) = match read {
            Ok(Ok(read)) => read,
            Ok(Err(artifact_type)) => {
                return vec![Referrer::Listed(Listed {
                    digest: listed.digest,
                    artifact_type,
                    predicate_type: None,
                    reason: ListedReason::Index,
                })];
            }
            // What cannot be read may have been an attestation: it is not passed over.
            Err(unread) => return judged(claimed.cloned(), Err(unread.into())),
        };
        let predicate_type = manifest.annotations.get(PREDICATE_TYPE).cloned();
        let (stored, statement, _room) = match content {
            Content::Statement { manifest, statement, room } => (manifest, statement, room),
            Content::Broken(failure) => return judged(predicate_type, Err(failure)),
            Content::NotAskedFor => {
                return vec![Referrer::Listed(Listed {
                    digest: listed.digest,
                    artifact_type: manifest.artifact_type().to_owned(),
                    predicate_type,
                    reason: ListedReason::NotAskedFor,
                })];
            }
            Content::Other => return self.not_in_toto(repository, image, listed, &manifest).await,
        };
        let signature = match signature {
            Some(signature) => signature,
            None => self.signature(repository, listed, Freshness::Cached).await,
        };
        let outcome = match signature {
            Ok(signed) => signed
                .verify_statement(&stored, statement, image.digest)
                .map(|attested| attested.reduce(self.options.keep_statements))
                .map_err(Failure::from),
            Err(failure) => Err(failure),
        };
        judged(predicate_type, outcome)
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

    /// A referrer that is no plain in-toto attestation: a bundle, envelopes, the record of a build, or something else.
    async fn not_in_toto(
        &self,
        repository: &Repository,
        image: &Descriptor,
        listed: &Descriptor,
        manifest: &ImageManifest,
    ) -> Vec<Referrer> {
        let kind = manifest.artifact_type();
        let list = |reason: ListedReason| {
            vec![Referrer::Listed(Listed {
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
                _ if !build_record::holds_statements_alone(manifest) => list(ListedReason::NotStatements),
                Err(_) => list(ListedReason::BuildRecordOfOther),
                Ok(()) => {
                    let record = build_record::of(listed, manifest, repository);
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
