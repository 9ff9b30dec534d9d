//! The signatures of one object: all candidates are tried, bounded, and one good one suffices. When none is
//! good the most telling failure is kept.

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
    Bundle, Error, ImageSignature, Role, SignatureFacts, SignedObject, SimpleSignature, Verified,
};

/// What is found while the signatures of one object are tried.
#[derive(Default)]
struct SignatureAttempts {
    good: Vec<Verified<ImageSignature>>,
    failures: Vec<Failure>,
    tried: usize,
    /// A list of which it is unknown what it holds.
    unknown_list: Option<UnknownList>,
}

/// What came of a search for good signatures of one object.
pub(super) struct Searched {
    /// Enough good ones, or why there are not.
    pub(super) signed: Result<SignedObject, Failure>,
    /// A list of which it is unknown what it holds: there may be another signature.
    pub(super) unknown_list: Option<UnknownList>,
    /// Why others that were tried are not good, where enough are.
    pub(super) beside: Vec<Failure>,
}

/// What a signature is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To vouch for an attestation: its name must be one that the reference accepts.
    Attestation,
    /// To vouch for the root: keys of attestors do not count, and the name is only reported, unless this is what answers.
    Root,
}

/// How little a failure tells of why there is no good signature: the first in this order is shown.
fn rank(failure: &Failure) -> u8 {
    match failure {
        Failure::Trust(error) => 10 + error.rank(),
        Failure::Registry { kind: RegistryFailure::Tampered, .. } => 0,
        Failure::Registry { .. } => 15,
        _ => 14,
    }
}

impl Walk<'_> {
    /// Finds good signatures of the attestation `subject` in `repository`. Where none is found and it is unknown what a
    /// list holds, that is the failure.
    pub(super) async fn signature(
        &self,
        repository: &Repository,
        subject: &Descriptor,
        freshness: Freshness,
    ) -> Result<SignedObject, Failure> {
        let purpose = Purpose::Attestation;
        let mut referrers =
            self.referrers(repository, &subject.digest, freshness).await.map_err(Failure::from)?;
        if referrers.age.is_some() && freshness == Freshness::Cached {
            // A list from the cache can only lack what came later; a good signature in it is as good as any.
            let mut tally = SignatureAttempts::default();
            self.try_referrers(repository, subject, purpose, &referrers, &mut tally).await;
            if let Some(good) = self.trust.quorum(subject.digest, &tally.good) {
                return Ok(good);
            }
            referrers =
                self.referrers(repository, &subject.digest, Freshness::Now).await.map_err(Failure::from)?;
        }
        let searched = self.signature_among(repository, subject, purpose, &referrers).await;
        for failure in &searched.beside {
            let what = failure.to_diagnostic().message;
            tracing::info!(target: "dhi::verify", "{} is signed; beside it: {what}", subject.digest);
        }
        searched.signed.map_err(|failure| match searched.unknown_list {
            Some(unknown) if !failure.is_bad() || failure.is_of_others() => unknown.failure,
            _ => failure,
        })
    }

    /// Finds good signatures of `subject` among `referrers`, and under cosign's tag where those are not enough.
    pub(super) async fn signature_among(
        &self,
        repository: &Repository,
        subject: &Descriptor,
        purpose: Purpose,
        referrers: &Referrers,
    ) -> Searched {
        let withheld = referrers.withheld.clone().map(registry::Error::from);
        let unknown_list =
            withheld.map(|error| UnknownList { source: ListSource::Referrers, failure: error.into() });
        let mut tally = SignatureAttempts { unknown_list, ..SignatureAttempts::default() };
        self.try_referrers(repository, subject, purpose, referrers, &mut tally).await;
        // Who was caught lying about the one is not asked for the other.
        let answers = !tally.failures.iter().any(|failure| matches!(failure, Failure::Registry { .. }));
        if answers && self.trust.quorum(subject.digest, &tally.good).is_none() {
            match self.tagged(repository, subject, "sig").await {
                Ok(Some(manifest)) => {
                    self.try_manifest(repository, subject, purpose, &manifest, &mut tally).await;
                }
                Ok(None) => {}
                Err(error) if error.is_withheld() => {
                    let (source, failure) = (ListSource::CosignTag, error.into());
                    tally.unknown_list.get_or_insert(UnknownList { source, failure });
                }
                Err(error) => tally.failures.push(error.into()),
            }
        }
        let SignatureAttempts { good, mut failures, unknown_list, .. } = tally;
        if let Some(signed) = self.trust.quorum(subject.digest, &good) {
            return Searched { signed: Ok(signed), unknown_list, beside: failures };
        }
        let good: Vec<_> = good.iter().map(Verified::facts).collect();
        if !good.is_empty() {
            failures.push(Failure::Trust(self.trust.threshold_error(&good)));
        }
        let worst = failures.into_iter().min_by_key(rank);
        let signed = Err(worst.unwrap_or(Failure::Trust(Error::Unsigned)));
        Searched { signed, unknown_list, beside: Vec::new() }
    }

    /// Whether nothing more can be learned: signatures of attestors give way to those that answer the question.
    fn is_decided(&self, subject: &Descriptor, tally: &SignatureAttempts) -> bool {
        let signed = self.trust.quorum(subject.digest, &tally.good);
        signed.is_some_and(|signed| signed.signatures().first().role() == Role::Image)
    }

    async fn try_referrers(
        &self,
        repository: &Repository,
        subject: &Descriptor,
        purpose: Purpose,
        referrers: &Referrers,
        tally: &mut SignatureAttempts,
    ) {
        for listed in referrers.descriptors.chunks(SIGNATURES_AT_ONCE) {
            // All of them are here before one is tried: what is fetched holds a permit of its host, and would keep it
            // while nobody polls it, and a payload waits for one.
            let manifests = join_all(listed.iter().map(|listed| self.referrer(repository, listed))).await;
            for manifest in manifests {
                let manifest = match manifest {
                    Ok(Fetched::Manifest(manifest, _)) => manifest,
                    Ok(Fetched::Index(_)) => continue,
                    // Whatever it is, it may have been the signature.
                    Err(failure) => {
                        tally.failures.push(failure.into());
                        continue;
                    }
                };
                let kind = manifest.artifact_type();
                let is_bundle = kind.starts_with(media_type::SIGSTORE_BUNDLE_PREFIX);
                if kind != media_type::COSIGN_SIGNATURE && !is_bundle {
                    continue;
                }
                if let Err(failure) = subject::check_subject(&manifest, subject) {
                    tally.failures.push(failure);
                    continue;
                }
                let go_on = self.try_manifest(repository, subject, purpose, &manifest, tally).await;
                if !go_on || self.is_decided(subject, tally) {
                    return;
                }
            }
        }
    }

    /// Tries the layers of one signature manifest: the first, then several at once, until one of them decides. `false`
    /// at the bound on all signatures that are tried.
    async fn try_manifest(
        &self,
        repository: &Repository,
        subject: &Descriptor,
        purpose: Purpose,
        manifest: &ImageManifest,
        tally: &mut SignatureAttempts,
    ) -> bool {
        let is_bundle = manifest.artifact_type().starts_with(media_type::SIGSTORE_BUNDLE_PREFIX);
        let limit = self.options.limits.signatures;
        let (first, others) = manifest.layers.split_at(manifest.layers.len().min(1));
        for batch in std::iter::once(first).chain(others.chunks(SIGNATURES_AT_ONCE)) {
            let (batch, beyond) = batch.split_at(batch.len().min(limit.saturating_sub(tally.tried)));
            let tried = join_all(batch.iter().map(|layer| async move {
                if is_bundle {
                    self.bundle(repository, layer, subject, purpose).await
                } else {
                    self.simple(repository, layer, subject, purpose).await.map(Some)
                }
            }))
            .await;
            for tried in tried {
                tally.tried += 1;
                match tried {
                    Ok(Some(good)) => tally.good.push(good),
                    // An attestation is no signature, however many there are: the list of referrers bounds those.
                    Ok(None) if manifest.layers.len() == 1 => tally.tried -= 1,
                    Ok(None) => {}
                    Err(failure) => tally.failures.push(failure),
                }
            }
            if self.is_decided(subject, tally) {
                return true;
            }
            if !beyond.is_empty() {
                tally.failures.push(Failure::Trust(Error::Limit(Exceeded::new(
                    format!(
                        "{} with more signatures than are tried, none of them good enough:",
                        subject.digest.short()
                    ),
                    limit,
                    "signatures",
                ))));
                return false;
            }
        }
        true
    }

    /// Tries one layer of a simple-signing manifest.
    pub(super) async fn simple(
        &self,
        repository: &Repository,
        layer: &Descriptor,
        subject: &Descriptor,
        purpose: Purpose,
    ) -> Result<Verified<ImageSignature>, Failure> {
        if layer.media_type != media_type::SIMPLE_SIGNING {
            let cause = format!("its layer is {}, not a signed payload", quote_untrusted(&layer.media_type));
            return Err(Failure::Trust(Error::Unreadable { cause }));
        }
        let limits = &self.options.limits;
        let payload = self.blob(repository, layer, limits.payload).await.map_err(Failure::from)?;
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
            self.trust.verify_simple(signature, &subject.digest, limits).map_err(Failure::Trust)?;
        self.counts(verified.facts(), purpose).map_err(Failure::Trust)?;
        Ok(verified)
    }

    /// Tries one layer of a bundle manifest. A bundle is a signature if it signs the object itself, or a statement
    /// that says "this was signed"; any other statement about it is an attestation and does not count here: `None`.
    pub(super) async fn bundle(
        &self,
        repository: &Repository,
        layer: &Descriptor,
        subject: &Descriptor,
        purpose: Purpose,
    ) -> Result<Option<Verified<ImageSignature>>, Failure> {
        let limit = self.options.limits.bundle;
        let _room = self.options.memory.signature(layer.size).await;
        let bytes = self.blob(repository, layer, limit).await.map_err(Failure::from)?;
        let judged = Bundle::parse(&bytes, &self.options.limits)
            .and_then(|bundle| self.trust.verify_signing_bundle(&bundle, subject.digest))
            .and_then(|verified| {
                if let Some(verified) = &verified {
                    self.counts(verified.facts(), purpose)?;
                }
                Ok(verified)
            });
        judged.map_err(Failure::Trust)
    }

    /// Whether a signature that verified counts for the purpose.
    fn counts(&self, facts: &SignatureFacts, purpose: Purpose) -> Result<(), Error> {
        match (purpose, facts.role()) {
            (Purpose::Attestation, _) => self.options.names.check(facts),
            // Where nothing else answers, it must be for this name and say what is demanded.
            (Purpose::Root, Role::Image) if self.options.scope == Scope::Root => {
                self.root_demand().check(facts)
            }
            (Purpose::Root, Role::Image) => Ok(()),
            (Purpose::Root, Role::Attestor) => Err(Error::OnlyAttestor {
                signer: facts.signer().to_string(),
                trusted: self.trust.keys.iter().map(ToString::to_string).collect(),
            }),
        }
    }
}
