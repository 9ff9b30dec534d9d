//! The attestations of one image: each referrer is fetched, its type read from its own manifest, and an
//! in-toto attestation counts only when manifest, layer, statement and signature agree about it.

use bytes::Bytes;
use futures_util::StreamExt;

use super::memory::{Room, STATEMENT};
use super::self_signed::{SIGNS_IMAGE, SelfSigned};
use super::signatures::Purpose;
use super::subject::Fetched;
use super::{Walk, about, subject};
use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};
use crate::evidence::{AttestationEvidence, AttestationForm, Listed, NOT_ASKED_FOR};
use crate::oci::{Descriptor, ImageManifest, Repository, claimed, media_type};
use crate::registry::{Freshness, Referrers};
use crate::trust::PREDICATE_TYPE;

/// What a referrer turned out to be.
pub(super) enum Referrer {
    Judged(Box<AttestationEvidence>),
    /// Good, but whether enough have signed is known only with all the others.
    Signed(Box<SelfSigned>),
    Listed(Listed),
}

/// What a referrer's manifest holds.
enum Content {
    /// An in-toto statement and the bytes of its manifest, as fetched, with the room that it takes until it is judged.
    Statement { manifest: Bytes, statement: Bytes, room: Room },
    /// An in-toto attestation that cannot be used.
    Broken(Diagnostic),
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
        if let Some(progress) = &self.options.progress {
            progress.found(referrers.descriptors.len());
        }
        futures_util::stream::iter(&referrers.descriptors)
            .map(|listed| async move {
                // The places are never closed, so one always comes.
                let _place = self.places.acquire().await;
                let judged = self.one(repository, image, listed).await;
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
    async fn one(&self, repository: &Repository, image: &Descriptor, listed: &Descriptor) -> Vec<Referrer> {
        let claimed = listed.annotations.get(PREDICATE_TYPE);
        if let Some(claimed) = claimed
            && !self.asked_for(claimed)
        {
            return vec![Referrer::Listed(Listed {
                digest: listed.digest,
                artifact_type: listed.artifact_type.clone().unwrap_or_default(),
                predicate_type: Some(claimed.clone()),
                reason: NOT_ASKED_FOR.to_owned(),
            })];
        }
        // The signatures of an attestation hang on its digest, which is known already: asking for both at once
        // shortens the chain. The list's type only decides whether that is likely to be of use.
        let likely = listed.artifact_type.as_deref().is_none_or(|listed| listed == media_type::IN_TOTO);
        let signature = async {
            if likely {
                Some(self.signature(repository, listed, Purpose::Attestation, Freshness::Cached).await)
            } else {
                None
            }
        };
        let read = async {
            let (manifest, bytes) = match self.referrer(repository, listed).await? {
                Fetched::Manifest(manifest, bytes) => (manifest, bytes),
                Fetched::Index(kind) => return Ok(Err(kind)),
            };
            let content = match self.statement_layer(&manifest, image) {
                None => Content::Other,
                Some(Err(problem)) => Content::Broken(problem),
                Some(Ok((predicate_type, _))) if !self.asked_for(&predicate_type) => Content::NotAskedFor,
                Some(Ok((_, layer))) => {
                    let room = self.options.memory.attestation(layer.size, STATEMENT).await;
                    match self.blob(repository, &layer, self.options.limits.statement).await {
                        Ok(statement) => Content::Statement { manifest: bytes, statement, room },
                        Err(error) => Content::Broken(error.to_diagnostic()),
                    }
                }
            };
            Ok::<_, subject::Failure>(Ok((manifest, content)))
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
                    reason: "an index, not an attestation".to_owned(),
                })];
            }
            // What cannot be read may have been an attestation: it is not passed over.
            Err(failure) => return judged(claimed.cloned(), Err(failure.to_diagnostic())),
        };
        let predicate_type = manifest.annotations.get(PREDICATE_TYPE).cloned();
        let (stored, statement, _room) = match content {
            Content::Statement { manifest, statement, room } => (manifest, statement, room),
            Content::Broken(problem) => return judged(predicate_type, Err(problem)),
            Content::NotAskedFor => {
                return vec![Referrer::Listed(Listed {
                    digest: listed.digest,
                    artifact_type: manifest.artifact_type().to_owned(),
                    predicate_type,
                    reason: NOT_ASKED_FOR.to_owned(),
                })];
            }
            Content::Other => return self.not_in_toto(repository, image, listed, &manifest).await,
        };
        let signature = match signature {
            Some(signature) => signature,
            None => self.signature(repository, listed, Purpose::Attestation, Freshness::Cached).await,
        };
        let outcome = match signature {
            Ok(signed) => signed
                .attests(&stored, statement, image.digest)
                .map(|attested| attested.reduce(self.options.keep_statements))
                .map_err(|error| error.to_diagnostic()),
            Err(failure) => Err(failure.to_diagnostic()),
        };
        judged(predicate_type, outcome)
    }

    pub(super) fn asked_for(&self, predicate_type: &str) -> bool {
        self.options.predicate_types.is_empty()
            || self.options.predicate_types.iter().any(|wanted| wanted == predicate_type)
    }

    /// The predicate type and the layer that holds the statement, where the manifest is an in-toto attestation.
    fn statement_layer(
        &self,
        manifest: &ImageManifest,
        image: &Descriptor,
    ) -> Option<Result<(String, Descriptor), Diagnostic>> {
        if manifest.artifact_type() != media_type::IN_TOTO {
            return None;
        }
        if let Err(failure) = subject::bound(manifest, image) {
            return Some(Err(failure.to_diagnostic()));
        }
        let unreadable = |what: String| Some(Err(Diagnostic::new(Code::ATTEST_UNREADABLE, what)));
        let [layer] = manifest.layers.as_slice() else {
            return unreadable(format!(
                "the attestation has {} layers, not one statement",
                manifest.layers.len()
            ));
        };
        if layer.media_type != media_type::IN_TOTO {
            let media_type = claimed(&layer.media_type);
            return unreadable(format!("the attestation's layer is {media_type}, not a statement"));
        }
        let on_manifest = manifest.annotations.get(PREDICATE_TYPE);
        let on_layer = layer.annotations.get(PREDICATE_TYPE);
        match on_manifest {
            Some(predicate_type) if on_layer == on_manifest => {
                Some(Ok((predicate_type.clone(), layer.clone())))
            }
            _ => {
                let show = |annotation: Option<&String>| annotation.map_or("none".to_owned(), Clone::clone);
                let what = "manifest and layer of the attestation name different predicate types";
                Some(Err(Diagnostic::new(Code::TRUST_PREDICATE_MISMATCH, what)
                    .fact("manifest", show(on_manifest))
                    .fact("layer", show(on_layer))))
            }
        }
    }

    /// A referrer that is no plain in-toto attestation: a bundle, envelopes, or something else.
    async fn not_in_toto(
        &self,
        repository: &Repository,
        image: &Descriptor,
        listed: &Descriptor,
        manifest: &ImageManifest,
    ) -> Vec<Referrer> {
        let kind = manifest.artifact_type();
        let list = |reason: &str| {
            vec![Referrer::Listed(Listed {
                digest: listed.digest,
                artifact_type: kind.to_owned(),
                predicate_type: manifest.annotations.get(PREDICATE_TYPE).cloned(),
                reason: reason.to_owned(),
            })]
        };
        if kind == media_type::COSIGN_SIGNATURE {
            return list(SIGNS_IMAGE);
        }
        if kind.starts_with(media_type::SIGSTORE_BUNDLE_PREFIX) {
            return vec![self.bundle_attestation(repository, image, listed, manifest).await];
        }
        if manifest.layers.iter().any(|layer| layer.media_type == media_type::DSSE_ENVELOPE) {
            return match subject::bound(manifest, image) {
                Ok(()) => self.envelopes(repository, image, manifest).await,
                Err(_) => list("an envelope that does not name this image as its subject"),
            };
        }
        list("not an attestation")
    }
}

/// Marks a failure with the repository that it happened in, where that is not the image's own.
pub(super) fn elsewhere(repository: &Repository, error: &dyn ToDiagnostic) -> Diagnostic {
    about(&format!("attestations in {repository}"), error)
}
