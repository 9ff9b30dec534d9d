//! The attestations of one image: each referrer is fetched, its type read from its own manifest, and an
//! in-toto attestation counts only when manifest, layer, statement and signature agree about it.

use bytes::Bytes;
use futures_util::StreamExt;

use super::signatures::{Good, Purpose};
use super::subject::Fetched;
use super::{Walk, about, subject};
use crate::attestation::{COSIGN_SIGN, PREDICATE_TYPE, Statement};
use crate::error::{Explain, Id, Problem};
use crate::evidence::{AttestationEvidence, AttestationForm, Attested, Listed, NOT_ASKED_FOR};
use crate::oci::{Descriptor, ImageManifest, Repository, media_type};
use crate::registry::{Freshness, Referrers};
use crate::trust::{self, Bundle};

/// What a referrer turned out to be.
pub(super) enum Referrer {
    Judged(Box<AttestationEvidence>),
    Listed(Listed),
}

/// What a referrer's manifest holds.
enum Content {
    /// An in-toto statement, as fetched.
    Statement(Bytes),
    /// An in-toto attestation that cannot be used.
    Broken(Problem),
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
            .collect()
            .await
    }

    async fn one(&self, repository: &Repository, image: &Descriptor, listed: &Descriptor) -> Referrer {
        let claimed = listed.annotations.get(PREDICATE_TYPE);
        if let Some(claimed) = claimed
            && !self.asked_for(claimed)
        {
            return Referrer::Listed(Listed {
                digest: listed.digest,
                artifact_type: listed.artifact_type.clone().unwrap_or_default(),
                predicate_type: Some(claimed.clone()),
                reason: NOT_ASKED_FOR.to_owned(),
            });
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
            let manifest = match self.referrer(repository, listed).await? {
                Fetched::Manifest(manifest) => manifest,
                Fetched::Index(kind) => return Ok(Err(kind)),
            };
            let content = match self.statement_layer(&manifest, image) {
                None => Content::Other,
                Some(Err(problem)) => Content::Broken(problem),
                Some(Ok((predicate_type, _))) if !self.asked_for(&predicate_type) => Content::NotAskedFor,
                Some(Ok((_, layer))) => {
                    match self.blob(repository, &layer, self.options.limits.statement).await {
                        Ok(bytes) => Content::Statement(bytes),
                        Err(error) => Content::Broken(error.problem()),
                    }
                }
            };
            Ok::<_, subject::Failure>(Ok((manifest, content)))
        };
        let (signature, read) = futures_util::future::join(signature, read).await;
        let judged = |predicate_type, outcome| {
            Referrer::Judged(Box::new(AttestationEvidence {
                digest: listed.digest,
                predicate_type,
                found_in: repository.clone(),
                form: AttestationForm::InToto,
                outcome,
            }))
        };
        let (manifest, content) = match read {
            Ok(Ok(read)) => read,
            Ok(Err(artifact_type)) => {
                return Referrer::Listed(Listed {
                    digest: listed.digest,
                    artifact_type,
                    predicate_type: None,
                    reason: "an index, not an attestation".to_owned(),
                });
            }
            // What cannot be read may have been an attestation: it is not passed over.
            Err(failure) => return judged(claimed.cloned(), Err(failure.problem())),
        };
        let predicate_type = manifest.annotations.get(PREDICATE_TYPE).cloned();
        let bytes = match content {
            Content::Statement(bytes) => bytes,
            Content::Broken(problem) => return judged(predicate_type, Err(problem)),
            Content::NotAskedFor => {
                return Referrer::Listed(Listed {
                    digest: listed.digest,
                    artifact_type: manifest.artifact_type().to_owned(),
                    predicate_type,
                    reason: NOT_ASKED_FOR.to_owned(),
                });
            }
            Content::Other => return self.not_in_toto(repository, image, listed, &manifest).await,
        };
        let signature = match signature {
            Some(signature) => signature,
            None => self.signature(repository, listed, Purpose::Attestation, Freshness::Cached).await,
        };
        let outcome = match signature {
            Ok(good) => bind(good, bytes, predicate_type.as_deref(), image),
            Err(failure) => Err(failure.problem()),
        };
        judged(predicate_type, outcome)
    }

    fn asked_for(&self, predicate_type: &str) -> bool {
        self.options.predicate_types.is_empty()
            || self.options.predicate_types.iter().any(|wanted| wanted == predicate_type)
    }

    /// The predicate type and the layer that holds the statement, where the manifest is an in-toto attestation.
    fn statement_layer(
        &self,
        manifest: &ImageManifest,
        image: &Descriptor,
    ) -> Option<Result<(String, Descriptor), Problem>> {
        if manifest.artifact_type() != media_type::IN_TOTO {
            return None;
        }
        if let Err(failure) = subject::bound(manifest, image) {
            return Some(Err(failure.problem()));
        }
        let unreadable = |what: String| Some(Err(Problem::new(Id::AttestUnreadable, what)));
        let [layer] = manifest.layers.as_slice() else {
            return unreadable(format!(
                "the attestation has {} layers, not one statement",
                manifest.layers.len()
            ));
        };
        if layer.media_type != media_type::IN_TOTO {
            return unreadable(format!("the attestation's layer is `{}`, not a statement", layer.media_type));
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
                Some(Err(Problem::new(Id::TrustPredicateMismatch, what)
                    .fact("manifest", show(on_manifest))
                    .fact("layer", show(on_layer))))
            }
        }
    }

    /// A referrer that is no plain in-toto attestation: judged if it is a bundle and keys for it were given.
    async fn not_in_toto(
        &self,
        repository: &Repository,
        image: &Descriptor,
        listed: &Descriptor,
        manifest: &ImageManifest,
    ) -> Referrer {
        let kind = manifest.artifact_type();
        let list = |predicate_type: Option<String>, reason: &str| {
            Referrer::Listed(Listed {
                digest: listed.digest,
                artifact_type: kind.to_owned(),
                predicate_type,
                reason: reason.to_owned(),
            })
        };
        if kind == media_type::COSIGN_SIGNATURE {
            return list(None, "a signature of the image, not an attestation");
        }
        if !kind.starts_with(media_type::SIGSTORE_BUNDLE_PREFIX) {
            return list(manifest.annotations.get(PREDICATE_TYPE).cloned(), "not an attestation");
        }
        let claimed = manifest.annotations.get("dev.sigstore.bundle.predicateType").cloned();
        if !self.options.judge_bundles {
            return list(claimed, "a bundle; give the key that signed it with `--key` or `--attestor-key`");
        }
        let ([layer], Ok(())) = (manifest.layers.as_slice(), subject::bound(manifest, image)) else {
            return list(claimed, "a bundle that does not name this image as its subject");
        };
        let judged = |predicate_type, outcome| {
            Referrer::Judged(Box::new(AttestationEvidence {
                digest: listed.digest,
                predicate_type,
                found_in: repository.clone(),
                form: AttestationForm::Bundle,
                outcome,
            }))
        };
        let bytes = match self.blob(repository, layer, self.options.limits.bundle).await {
            Ok(bytes) => bytes,
            Err(error) => return judged(claimed, Err(error.problem())),
        };
        let verified = Bundle::parse(&bytes, &self.options.limits)
            .and_then(|bundle| self.trust.verify_bundle(&bundle, &image.digest));
        let verified = match verified {
            Ok(verified) => verified,
            Err(trust::Error::WrongKey { .. }) => {
                return list(claimed, "a bundle that no given key verifies");
            }
            Err(trust::Error::Unreadable { cause }) => return list(claimed, &cause),
            Err(error) => return judged(claimed, Err(error.problem())),
        };
        let statement = match Statement::parse(&verified.value().bytes) {
            Ok(statement) if verified.value().payload_type == media_type::IN_TOTO => statement,
            Ok(_) => return list(claimed, "a signed envelope of another type than in-toto"),
            Err(error) => return judged(claimed, Err(error.problem())),
        };
        let predicate_type = statement.predicate_type.clone();
        if predicate_type == COSIGN_SIGN {
            return list(Some(predicate_type), "a signature of the image, not an attestation");
        }
        if !self.asked_for(&predicate_type) {
            return list(Some(predicate_type), NOT_ASKED_FOR);
        }
        let outcome = match self.options.names.check(verified.facts()) {
            Err(error) => Err(error.problem()),
            Ok(()) => about_image(&statement, image).map(|()| Attested {
                signature: verified.facts().clone(),
                bytes: verified.value().bytes.clone(),
                statement,
            }),
        };
        judged(Some(predicate_type), outcome)
    }
}

/// Binds statement and signature: same predicate type everywhere, and this image as subject.
fn bind(
    good: Good,
    bytes: Bytes,
    predicate_type: Option<&str>,
    image: &Descriptor,
) -> Result<Attested, Problem> {
    let statement = Statement::parse(&bytes).map_err(|error| error.problem())?;
    let signed = good.predicate_type.as_deref();
    let agree = predicate_type == Some(statement.predicate_type.as_str())
        && signed.is_none_or(|signed| signed == statement.predicate_type);
    if !agree {
        let problem = Problem::new(
            Id::TrustPredicateMismatch,
            "the attestation claims another predicate type than its statement has",
        )
        .fact("manifest", predicate_type.unwrap_or("none"))
        .fact("statement", &statement.predicate_type);
        return Err(match signed {
            Some(signed) => problem.fact("signed payload", signed),
            None => problem,
        });
    }
    about_image(&statement, image)?;
    Ok(Attested { signature: good.facts, bytes, statement })
}

fn about_image(statement: &Statement, image: &Descriptor) -> Result<(), Problem> {
    if statement.is_about(&image.digest) {
        return Ok(());
    }
    let subjects = statement.subject_digests();
    let subjects = if subjects.is_empty() { "none".to_owned() } else { subjects.join(", ") };
    Err(Problem::new(Id::TrustSubjectMismatch, "the statement is not about this image")
        .fact("subjects", subjects)
        .fact("expected", image.digest))
}

/// Marks a failure with the repository that it happened in, where that is not the image's own.
pub(super) fn elsewhere(repository: &Repository, error: &dyn Explain) -> Problem {
    about(&format!("attestations in {repository}"), error)
}
