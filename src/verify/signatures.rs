//! Finds the signatures of one object.
//!
//! Candidates are tried up to a limit, until there are enough good signatures for the threshold. If none is good, the
//! most informative failure is kept.

use futures_util::future::join_all;

use super::fetched::Fetched;
use super::limits::SIGNATURES_AT_ONCE;
use super::options::Scope;
use super::subject;
use super::walk::Walk;
use crate::diagnostic::ToDiagnostic as _;
use crate::evidence::{Failure, ListSource, RegistryFailure, UnknownList};
use crate::limits::Exceeded;
use crate::oci::{Descriptor, ImageManifest, Repository, media_type, quote_untrusted};
use crate::registry::{self, Freshness, Referrers};
use crate::trust::annotations::{CERTIFICATE, CHAIN, LOG_ENTRY, SIGNATURE, TIMESTAMP};
use crate::trust::{
    AttestationClaims, Bundle, Error, ImageSignature, Role, SignatureFacts, SignedObject, SimpleSignature,
    Verified,
};

/// The result of the candidates that were tried so far.
#[derive(Default)]
struct SignatureAttempts {
    good: Vec<Verified<ImageSignature>>,
    failures: Vec<Failure>,
    tried: usize,
    /// A list with unknown content.
    unknown_list: Option<UnknownList>,
}

/// The result of the search for the signatures of one object.
pub(super) struct SignatureSearch {
    /// Enough good signatures, or why there are not enough.
    pub(super) signed: Result<SignedObject, Failure>,
    /// A list with unknown content, in which there may be another signature.
    pub(super) unknown_list: Option<UnknownList>,
    /// Why other signatures that were tried are not good, if enough are.
    pub(super) other_failures: Vec<Failure>,
}

/// What a signature must prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// An attestation: the signed name must be accepted for the reference.
    Attestation,
    /// The root: attestor keys do not count. The signed name is only reported, unless the policy decides by this
    /// signature.
    Root,
}

/// The object whose signatures are searched, where, and what they must prove.
#[derive(Clone, Copy)]
pub(super) struct SignedObjectSearch<'a> {
    pub(super) repository: &'a Repository,
    pub(super) object: &'a Descriptor,
    pub(super) purpose: Purpose,
    /// What the signature may name besides the object, if it is an attestation. It only saves requests.
    pub(super) claims: Option<&'a AttestationClaims>,
}

/// The rank of a failure: the one with the least rank explains best why there is no good signature.
fn rank(failure: &Failure) -> u8 {
    match failure {
        Failure::Trust(error) => 10 + error.rank(),
        Failure::Registry { kind: RegistryFailure::Tampered, .. } => 0,
        Failure::Registry { .. } => 15,
        _ => 14,
    }
}

impl Walk<'_> {
    /// Finds good signatures of an attestation. `list` is its list of referrers, if it was fetched; a cached one is
    /// accepted.
    ///
    /// # Errors
    ///
    /// The failure of the best candidate; or, if no signature is found and a list is withheld, that of the list.
    pub(super) async fn signature(
        &self,
        search: SignedObjectSearch<'_>,
        list: Option<Result<Referrers, registry::Error>>,
    ) -> Result<SignedObject, Failure> {
        let digest = &search.object.digest;
        let mut referrers = match list {
            Some(list) => list?,
            None => self.referrers(search.repository, digest, Freshness::Cached).await?,
        };
        if referrers.age.is_some() {
            // A list from the cache can lack only later referrers; a good signature in it counts.
            let mut attempts = SignatureAttempts::default();
            self.try_referrers(search, &referrers, &mut attempts).await;
            if let Some(good) = self.trust.quorum(*digest, &attempts.good) {
                return Ok(good);
            }
            referrers = self.referrers(search.repository, digest, Freshness::Now).await?;
        }
        let searched = self.signature_among(search, &referrers).await;
        for failure in &searched.other_failures {
            let what = failure.to_diagnostic().message;
            tracing::info!(target: "dhi::verify", "{digest} is signed; another signature failed: {what}");
        }
        searched.signed.map_err(|failure| match searched.unknown_list {
            Some(unknown) if !failure.is_bad() || failure.is_only_unproven() => unknown.failure,
            _ => failure,
        })
    }

    /// Finds good signatures of an object among `referrers`, and under cosign's tag if those are not enough.
    pub(super) async fn signature_among(
        &self,
        search: SignedObjectSearch<'_>,
        referrers: &Referrers,
    ) -> SignatureSearch {
        let SignedObjectSearch { repository, object, .. } = search;
        let withheld = referrers.withheld.clone().map(registry::Error::from);
        let unknown_list =
            withheld.map(|error| UnknownList { source: ListSource::Referrers, failure: error.into() });
        let mut attempts = SignatureAttempts { unknown_list, ..SignatureAttempts::default() };
        self.try_referrers(search, referrers, &mut attempts).await;
        // A registry that failed or tampered with a referrer is not asked for the tag.
        let is_reliable =
            !attempts.failures.iter().any(|failure| matches!(failure, Failure::Registry { .. }));
        if is_reliable && self.trust.quorum(object.digest, &attempts.good).is_none() {
            match self.cosign_tag_manifest(repository, object, "sig").await {
                Ok(Some(manifest)) => {
                    self.try_manifest(search, &manifest, &mut attempts).await;
                }
                Ok(None) => {}
                Err(error) if error.is_withheld() => {
                    let (source, failure) = (ListSource::CosignTag, error.into());
                    attempts.unknown_list.get_or_insert(UnknownList { source, failure });
                }
                Err(error) => attempts.failures.push(error.into()),
            }
        }
        let SignatureAttempts { good, mut failures, unknown_list, .. } = attempts;
        if let Some(signed) = self.trust.quorum(object.digest, &good) {
            return SignatureSearch { signed: Ok(signed), unknown_list, other_failures: failures };
        }
        let good: Vec<_> = good.iter().map(Verified::facts).collect();
        if !good.is_empty() {
            failures.push(Failure::Trust(self.trust.threshold_error(&good)));
        }
        let worst = failures.into_iter().min_by_key(rank);
        let signed = Err(worst.unwrap_or(Failure::Trust(Error::Unsigned)));
        SignatureSearch { signed, unknown_list, other_failures: Vec::new() }
    }

    /// Whether the search can stop: enough signatures are good, and they are not by attestor keys. Signatures by
    /// attestor keys give way to others.
    fn is_decided(&self, object: &Descriptor, attempts: &SignatureAttempts) -> bool {
        let signed = self.trust.quorum(object.digest, &attempts.good);
        signed.is_some_and(|signed| signed.signatures().first().role() == Role::Image)
    }

    async fn try_referrers(
        &self,
        search: SignedObjectSearch<'_>,
        referrers: &Referrers,
        attempts: &mut SignatureAttempts,
    ) {
        let SignedObjectSearch { repository, object, .. } = search;
        for listed in referrers.descriptors.chunks(SIGNATURES_AT_ONCE) {
            // All manifests of a batch are complete before one is tried. A running fetch holds a permit of its host,
            // also while it is not polled, and the fetch of a payload waits for a permit.
            let manifests = join_all(listed.iter().map(|listed| self.referrer(repository, listed))).await;
            for manifest in manifests {
                let manifest = match manifest {
                    Ok(Fetched::Manifest(manifest, _)) => manifest,
                    Ok(Fetched::Index(_)) => continue,
                    // An unreadable referrer may be the signature, so it is a failure.
                    Err(failure) => {
                        attempts.failures.push(failure.into());
                        continue;
                    }
                };
                let kind = manifest.artifact_type();
                let is_bundle = kind.starts_with(media_type::SIGSTORE_BUNDLE_PREFIX);
                if kind != media_type::COSIGN_SIGNATURE && !is_bundle {
                    continue;
                }
                if let Err(failure) = subject::check_subject(&manifest, object) {
                    attempts.failures.push(failure);
                    continue;
                }
                let may_continue = self.try_manifest(search, &manifest, attempts).await;
                if !may_continue || self.is_decided(search.object, attempts) {
                    return;
                }
            }
        }
    }

    /// Tries the layers of one signature manifest: the first, then several at once, until there are enough good
    /// signatures. Returns `false` when the limit on all signatures is reached.
    async fn try_manifest(
        &self,
        search: SignedObjectSearch<'_>,
        manifest: &ImageManifest,
        attempts: &mut SignatureAttempts,
    ) -> bool {
        let is_bundle = manifest.artifact_type().starts_with(media_type::SIGSTORE_BUNDLE_PREFIX);
        let limit = self.options.limits.signatures;
        let (first, others) = manifest.layers.split_at(manifest.layers.len().min(1));
        for batch in std::iter::once(first).chain(others.chunks(SIGNATURES_AT_ONCE)) {
            let (batch, beyond) = batch.split_at(batch.len().min(limit.saturating_sub(attempts.tried)));
            let tried = join_all(batch.iter().map(|layer| async move {
                if is_bundle {
                    self.verify_bundle_signature(search, layer).await
                } else {
                    self.verify_simple_signature(search, layer).await.map(Some)
                }
            }))
            .await;
            for tried in tried {
                attempts.tried += 1;
                match tried {
                    Ok(Some(good)) => attempts.good.push(good),
                    // Attestations are not counted as signatures; the list of referrers limits them.
                    Ok(None) if manifest.layers.len() == 1 => attempts.tried -= 1,
                    Ok(None) => {}
                    Err(failure) => attempts.failures.push(failure),
                }
            }
            if self.is_decided(search.object, attempts) {
                return true;
            }
            if !beyond.is_empty() {
                attempts.failures.push(Failure::Trust(Error::Limit(Exceeded::new(
                    format!(
                        "{} with more signatures than the limit, none of the tried ones good enough:",
                        search.object.digest.short()
                    ),
                    limit,
                    "signatures",
                ))));
                return false;
            }
        }
        true
    }

    /// Verifies one layer of a simple-signing manifest.
    pub(super) async fn verify_simple_signature(
        &self,
        search: SignedObjectSearch<'_>,
        layer: &Descriptor,
    ) -> Result<Verified<ImageSignature>, Failure> {
        if layer.media_type != media_type::SIMPLE_SIGNING {
            let cause = format!("its layer is {}, not a signed payload", quote_untrusted(&layer.media_type));
            return Err(Failure::Trust(Error::Unreadable { cause }));
        }
        let limits = &self.options.limits;
        let payload = self.payload(search, layer).await?;
        let annotation = |name: &str| layer.annotations.get(name).map(String::as_str);
        let signature = SimpleSignature {
            payload: &payload,
            signature: annotation(SIGNATURE),
            log_entry: annotation(LOG_ENTRY),
            certificate: annotation(CERTIFICATE),
            chain: annotation(CHAIN),
            timestamp: annotation(TIMESTAMP),
        };
        let verified =
            self.trust.verify_simple(signature, &search.object.digest, limits).map_err(Failure::Trust)?;
        self.check_purpose(verified.facts(), search.purpose).map_err(Failure::Trust)?;
        Ok(verified)
    }

    /// Verifies one layer of a bundle manifest. A bundle is a signature if it signs the object itself, or a cosign
    /// statement of type `COSIGN_SIGN` about it. A bundle with any other statement is an attestation and not a
    /// signature: `None`.
    pub(super) async fn verify_bundle_signature(
        &self,
        search: SignedObjectSearch<'_>,
        layer: &Descriptor,
    ) -> Result<Option<Verified<ImageSignature>>, Failure> {
        let limit = self.options.limits.bundle;
        let _reserved = self.options.memory.signature(layer.size).await;
        let bytes = self.blob(search.repository, layer, limit).await?;
        let judged = Bundle::parse(&bytes, &self.options.limits)
            .and_then(|bundle| self.trust.verify_signing_bundle(&bundle, search.object.digest))
            .and_then(|verified| {
                if let Some(verified) = &verified {
                    self.check_purpose(verified.facts(), search.purpose)?;
                }
                Ok(verified)
            });
        judged.map_err(Failure::Trust)
    }

    /// Checks whether a signature that verified counts for the purpose.
    fn check_purpose(&self, facts: &SignatureFacts, purpose: Purpose) -> Result<(), Error> {
        match (purpose, facts.role()) {
            (Purpose::Attestation, _) => self.options.names.check(facts),
            // If the policy decides by this signature, name and annotations must match.
            (Purpose::Root, Role::Image) if self.options.scope == Scope::Root => {
                self.root_signature_rule().check(facts)
            }
            (Purpose::Root, Role::Image) => Ok(()),
            (Purpose::Root, Role::Attestor) => Err(Error::OnlyAttestor {
                signer: facts.signer().to_string(),
                trusted: self.trust.keys.iter().map(ToString::to_string).collect(),
            }),
        }
    }
}
