//! Attestations that hold their own signature: Sigstore bundles, and DSSE envelopes as cosign stores them.
//!
//! They are verified only if the caller gave keys or identities for them. Those that none of these signed are listed
//! and not judged.

use futures_util::{StreamExt, stream};

use super::limits::SIGNATURES_AT_ONCE;
use super::memory::BUNDLE;
use super::referrer::{EnvelopedAttestation, Referrer};
use super::subject;
use super::walk::Walk;
use crate::evidence::{AttestationEvidence, AttestationForm, Failure, ListedReason, ListedReferrer};
use crate::limits::Exceeded;
use crate::oci::{Descriptor, Digest, ImageManifest, Manifest, Repository, Tag, Version, media_type};
use crate::registry;
use crate::trust::annotations::{BUNDLE_PREDICATE_TYPE, CERTIFICATE, CHAIN, LOG_ENTRY, TIMESTAMP};
use crate::trust::{Artifact, Bundle, COSIGN_SIGN, EnvelopeLayer, Error, SignedStatement, Verified};

/// Annotation of cosign's envelope layers: the predicate type.
const ENVELOPE_PREDICATE: &str = "predicateType";

/// Where an attestation is stored, and the predicate type that it claims.
struct StoredAttestation<'a> {
    digest: Digest,
    artifact_type: &'a str,
    claimed: Option<String>,
    repository: &'a Repository,
    form: AttestationForm,
}

impl StoredAttestation<'_> {
    fn failed(&self, predicate_type: Option<String>, failure: Failure) -> Referrer {
        Referrer::Judged(Box::new(AttestationEvidence {
            digest: self.digest,
            predicate_type,
            found_in: self.repository.clone(),
            form: self.form,
            outcome: Err(failure),
        }))
    }

    fn listed(&self, predicate_type: Option<String>, reason: ListedReason) -> Referrer {
        Referrer::Listed(ListedReferrer {
            digest: self.digest,
            artifact_type: self.artifact_type.to_owned(),
            predicate_type,
            reason,
        })
    }
}

impl Walk<'_> {
    /// Verifies the bundle that a referrer holds.
    pub(super) async fn bundle_attestation(
        &self,
        repository: &Repository,
        image: &Descriptor,
        listed: &Descriptor,
        manifest: &ImageManifest,
    ) -> Referrer {
        let claimed = manifest.annotations.get(BUNDLE_PREDICATE_TYPE).cloned();
        let stored = StoredAttestation {
            digest: listed.digest,
            artifact_type: manifest.artifact_type(),
            claimed: claimed.clone(),
            repository,
            form: AttestationForm::Bundle,
        };
        if !self.options.judge_enveloped {
            return stored.listed(claimed, ListedReason::BundleWithoutKey);
        }
        let ([layer], Ok(())) = (manifest.layers.as_slice(), subject::check_subject(manifest, image)) else {
            return stored.listed(claimed, ListedReason::BundleOfOther);
        };
        let _reserved = self.options.memory.attestation(layer.size, BUNDLE).await;
        let bytes = match self.blob(repository, layer, self.options.limits.bundle).await {
            Ok(bytes) => bytes,
            Err(error) => return stored.failed(claimed, error.into()),
        };
        let limits = &self.options.limits;
        let bundle = match Bundle::parse(&bytes, limits) {
            Ok(bundle) => bundle,
            Err(error) => return self.unverified(&stored, error),
        };
        match self.trust.verify_bundle(&bundle, Artifact::of_digest(image.digest)) {
            Ok(verified) => match verified.into_statement() {
                Some(statement) => self.signed_statement(&stored, vec![statement]),
                None => stored.listed(claimed, ListedReason::Signature),
            },
            Err(error) => self.unverified(&stored, error),
        }
    }

    /// Verifies every envelope in `manifest`.
    pub(super) async fn envelopes(
        &self,
        repository: &Repository,
        image: &Descriptor,
        manifest: &ImageManifest,
    ) -> Vec<Referrer> {
        let limit = self.options.limits.signatures;
        if manifest.layers.len() > limit {
            let what = format!("{} attestations in one manifest", manifest.layers.len());
            let stored = StoredAttestation {
                digest: image.digest,
                artifact_type: media_type::DSSE_ENVELOPE,
                claimed: None,
                repository,
                form: AttestationForm::Envelope,
            };
            return vec![stored.failed(None, Exceeded::new(what, limit, "attestations").into())];
        }
        let layers = stream::iter(&manifest.layers);
        let judged = layers.map(|layer| self.envelope(repository, image, layer));
        judged.buffered(SIGNATURES_AT_ONCE).collect().await
    }

    async fn envelope(&self, repository: &Repository, image: &Descriptor, layer: &Descriptor) -> Referrer {
        let annotation = |name: &str| layer.annotations.get(name).map(String::as_str);
        let claimed = annotation(ENVELOPE_PREDICATE).map(str::to_owned);
        let stored = StoredAttestation {
            digest: layer.digest,
            artifact_type: &layer.media_type,
            claimed: claimed.clone(),
            repository,
            form: AttestationForm::Envelope,
        };
        if layer.media_type != media_type::DSSE_ENVELOPE {
            return stored.listed(claimed, ListedReason::NoAttestation);
        }
        if !self.options.judge_enveloped {
            return stored.listed(claimed, ListedReason::EnvelopeWithoutKey);
        }
        let limits = &self.options.limits;
        let _reserved = self.options.memory.attestation(layer.size, BUNDLE).await;
        let bytes = match self.blob(repository, layer, limits.bundle).await {
            Ok(bytes) => bytes,
            Err(error) => return stored.failed(claimed, error.into()),
        };
        let envelope = EnvelopeLayer {
            envelope: &bytes,
            log_entry: annotation(LOG_ENTRY),
            certificate: annotation(CERTIFICATE),
            chain: annotation(CHAIN),
            timestamp: annotation(TIMESTAMP),
        };
        match self.trust.verify_envelope(envelope, Artifact::of_digest(image.digest), limits) {
            Ok(statements) => self.signed_statement(&stored, statements),
            Err(error) => self.unverified(&stored, error),
        }
    }

    /// Checks type and signed names of a statement about the image, given once for each signature that verified.
    fn signed_statement(
        &self,
        stored: &StoredAttestation<'_>,
        statements: Vec<Verified<SignedStatement>>,
    ) -> Referrer {
        let Some(first) = statements.first() else {
            return stored.listed(stored.claimed.clone(), ListedReason::OtherKey);
        };
        let predicate_type = first.value().statement().predicate_type.clone();
        if predicate_type == COSIGN_SIGN {
            return stored.listed(Some(predicate_type), ListedReason::Signature);
        }
        if !self.is_requested(&predicate_type) {
            return stored.listed(Some(predicate_type), ListedReason::NotRequested);
        }
        let keep = self.options.keep_statements.keeps(&predicate_type);
        let (mut named, mut failed) = (Vec::with_capacity(statements.len()), None);
        for statement in statements {
            match self.options.names.check(statement.facts()) {
                Ok(()) => named.push(statement.reduce(keep)),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match failed.filter(|_| named.is_empty()) {
            Some(error) => stored.failed(Some(predicate_type), error.into()),
            None => Referrer::Enveloped(Box::new(EnvelopedAttestation {
                digest: stored.digest,
                found_in: stored.repository.clone(),
                form: stored.form,
                statements: named,
            })),
        }
    }

    /// Decides the attestations that hold their own signature, once all of them are known: enough signers must have
    /// signed the same statement.
    pub(super) fn apply_threshold(&self, referrers: Vec<Referrer>) -> Vec<Referrer> {
        let mut decided = Vec::with_capacity(referrers.len());
        let (mut pending, mut labels) = (Vec::new(), Vec::new());
        for referrer in referrers {
            match referrer {
                Referrer::Enveloped(signed) => {
                    let EnvelopedAttestation { digest, found_in, form, statements } = *signed;
                    let label = labels.len();
                    let first = statements.first();
                    let predicate_type = first.map(|first| first.value().statement().predicate_type.clone());
                    labels.push(Some((digest, found_in, form, predicate_type)));
                    pending.extend(statements.into_iter().map(|statement| (label, statement)));
                }
                referrer => decided.push(referrer),
            }
        }
        for (label, outcome) in self.trust.count_enveloped(pending) {
            // All signatures of one envelope are over one statement, so the first outcome holds for all.
            let Some((digest, found_in, form, predicate_type)) = labels.get_mut(label).and_then(Option::take)
            else {
                continue;
            };
            decided.push(Referrer::Judged(Box::new(AttestationEvidence {
                digest,
                predicate_type,
                found_in,
                form,
                outcome: outcome.map_err(Failure::from),
            })));
        }
        decided
    }

    /// Lists what no trusted key or identity signed. A bad signature by one of them is a failure.
    fn unverified(&self, stored: &StoredAttestation<'_>, error: Error) -> Referrer {
        match error {
            Error::WrongKey { .. } => stored.listed(stored.claimed.clone(), ListedReason::OtherKey),
            // Such a certificate is not checked, so it is no proof of a signer.
            Error::WrongIdentity { identity, issuer, .. } => {
                stored.listed(stored.claimed.clone(), ListedReason::OtherIdentity { identity, issuer })
            }
            Error::Unreadable { cause } => {
                stored.listed(stored.claimed.clone(), ListedReason::Unreadable(cause))
            }
            error => stored.failed(stored.claimed.clone(), error.into()),
        }
    }

    /// Verifies the attestations under cosign's tag `sha256-HEX.att`. Only their statements bind them to the image.
    pub(super) async fn tagged_attestations(
        &self,
        repository: &Repository,
        image: &Descriptor,
    ) -> Result<Vec<Referrer>, registry::Error> {
        let Some(manifest) = self.cosign_tag_manifest(repository, image, "att").await? else {
            return Ok(Vec::new());
        };
        Ok(self.envelopes(repository, image, &manifest).await)
    }

    /// Fetches the manifest under the tag that cosign derives from the digest of `subject`. Returns `None` if there
    /// is none.
    pub(super) async fn cosign_tag_manifest(
        &self,
        repository: &Repository,
        subject: &Descriptor,
        suffix: &str,
    ) -> Result<Option<ImageManifest>, registry::Error> {
        let digest = subject.digest;
        let tag = format!("{}-{}.{suffix}", digest.algorithm(), digest.hex());
        // The tag of a SHA-512 digest is longer than the 128 characters that a tag may have.
        let Ok(tag) = tag.parse::<Tag>() else { return Ok(None) };
        let what = || format!("{repository}:{tag}");
        let content = match self.registry.manifest(repository, &Version::Tag(tag.clone())).await {
            Ok(content) => content,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        self.count(what, content.bytes.len() as u64)?;
        match Manifest::parse(&content.bytes, content.media_type.as_deref()) {
            Ok(Manifest::Image(manifest)) => Ok(Some(manifest)),
            Ok(Manifest::Index(_)) => {
                let cause = "an index, expected a manifest with signatures or attestations".to_owned();
                Err(registry::Error::BadContent { what: what(), cause })
            }
            Err(error) => Err(registry::Error::BadContent { what: what(), cause: error.to_string() }),
        }
    }
}
