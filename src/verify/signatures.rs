//! The signatures of one object: all candidates are tried, bounded, and one good one suffices. When none is
//! good the most telling failure is kept.

use bytes::Bytes;
use futures_util::future::join_all;

use super::self_signed::{CERTIFICATE, CHAIN, LOG_ENTRY, TIMESTAMP};
use super::subject::Fetched;
use super::{Walk, subject};
use crate::attestation::{COSIGN_SIGN, Statement};
use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci::{Descriptor, ImageManifest, Repository, claimed, media_type};
use crate::registry::{self, Freshness, Referrers};
use crate::trust::{
    Artifact, Bundle, BundleContent, Error, Quorum, Role, SignatureFacts, SimpleSignature, Standing,
};

/// Annotation of cosign's signature layers: the signature.
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
/// Signature manifests of one subject that are fetched at once.
const AT_ONCE: usize = 8;

/// Good signatures by enough authorities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Good {
    pub(super) signatures: Quorum,
    /// The predicate types that their payloads name, where they do.
    pub(super) predicate_types: Vec<String>,
}

/// What is found while the signatures of one object are tried.
#[derive(Default)]
struct Tally {
    good: Vec<SignatureFacts>,
    predicate_types: Vec<String>,
    failures: Vec<Failure>,
    tried: usize,
}

/// What a signature is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To vouch for an attestation: its name must be one that the reference accepts.
    Attestation,
    /// To vouch for the root: the name is only reported, and keys of attestors do not count.
    Root,
}

/// Why an object has no good signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Trust(Error),
    Subject(subject::Failure),
    Registry(registry::Error),
}

impl Failure {
    /// Whether nothing speaks against the object: there are only signatures that no given key made.
    pub(super) fn is_of_others(&self) -> bool {
        matches!(self, Self::Trust(error) if matches!(error.standing(), Standing::Foreign | Standing::Unreadable))
    }

    fn is_of_registry(&self) -> bool {
        matches!(self, Self::Registry(_) | Self::Subject(subject::Failure::Registry(_)))
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Trust(error) => 10 + error.rank(),
            Self::Registry(error) | Self::Subject(subject::Failure::Registry(error)) => {
                if error.code() == Code::TRUST_TAMPERED { 0 } else { 15 }
            }
            Self::Subject(_) => 14,
        }
    }
}

impl ToDiagnostic for Failure {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::Trust(error) => error.to_diagnostic(),
            Self::Subject(failure) => failure.to_diagnostic(),
            Self::Registry(error) => error.to_diagnostic(),
        }
    }
}

impl Walk<'_> {
    /// Finds good signatures of `subject` in `repository`.
    pub(super) async fn signature(
        &self,
        repository: &Repository,
        subject: &Descriptor,
        purpose: Purpose,
        freshness: Freshness,
    ) -> Result<Good, Failure> {
        let referrers =
            self.referrers(repository, &subject.digest, freshness).await.map_err(Failure::Registry)?;
        if referrers.age.is_some() && freshness == Freshness::Cached {
            // A list from the cache can only lack what came later; a good signature in it is as good as any.
            let mut tally = Tally::default();
            self.try_referrers(repository, subject, purpose, &referrers, &mut tally).await;
            if let Some(good) = self.enough(&tally) {
                return Ok(good);
            }
            let fresh = self
                .referrers(repository, &subject.digest, Freshness::Now)
                .await
                .map_err(Failure::Registry)?;
            return self.signature_among(repository, subject, purpose, &fresh).await;
        }
        self.signature_among(repository, subject, purpose, &referrers).await
    }

    /// Finds good signatures of `subject` among `referrers`, and under cosign's tag where those are not enough.
    pub(super) async fn signature_among(
        &self,
        repository: &Repository,
        subject: &Descriptor,
        purpose: Purpose,
        referrers: &Referrers,
    ) -> Result<Good, Failure> {
        let mut tally = Tally::default();
        self.try_referrers(repository, subject, purpose, referrers, &mut tally).await;
        // Who was caught lying about the one is not asked for the other.
        let answers = !tally.failures.iter().any(Failure::is_of_registry);
        if answers && self.enough(&tally).is_none() {
            match self.tagged(repository, subject, "sig").await {
                Ok(Some(manifest)) => {
                    self.try_manifest(repository, subject, purpose, &manifest, &mut tally).await;
                }
                Ok(None) => {}
                Err(error) => tally.failures.push(Failure::Registry(error)),
            }
        }
        if let Some(good) = self.enough(&tally) {
            return Ok(good);
        }
        if !tally.good.is_empty() {
            tally.failures.push(Failure::Trust(self.trust.too_few(&tally.good)));
        }
        let worst = tally.failures.into_iter().min_by_key(Failure::rank);
        Err(worst.unwrap_or(Failure::Trust(Error::Unsigned)))
    }

    /// The good signatures, once they are by enough authorities.
    fn enough(&self, tally: &Tally) -> Option<Good> {
        let signatures = self.trust.quorum(&tally.good)?;
        Some(Good { signatures, predicate_types: tally.predicate_types.clone() })
    }

    /// Whether nothing more can be learned: signatures of attestors give way to those that answer the question.
    fn is_decided(&self, tally: &Tally) -> bool {
        self.trust.quorum(&tally.good).is_some_and(|quorum| quorum.first().role == Role::Image)
    }

    async fn try_referrers(
        &self,
        repository: &Repository,
        subject: &Descriptor,
        purpose: Purpose,
        referrers: &Referrers,
        tally: &mut Tally,
    ) {
        for listed in referrers.descriptors.chunks(AT_ONCE) {
            // All of them are here before one is tried: what is fetched holds a permit of its host, and would keep it
            // while nobody polls it, and a payload waits for one.
            let manifests = join_all(listed.iter().map(|listed| self.referrer(repository, listed))).await;
            for manifest in manifests {
                let manifest = match manifest {
                    Ok(Fetched::Manifest(manifest)) => manifest,
                    Ok(Fetched::Index(_)) => continue,
                    // Whatever it is, it may have been the signature.
                    Err(failure) => {
                        tally.failures.push(Failure::Subject(failure));
                        continue;
                    }
                };
                let kind = manifest.artifact_type();
                let is_bundle = kind.starts_with(media_type::SIGSTORE_BUNDLE_PREFIX);
                if kind != media_type::COSIGN_SIGNATURE && !is_bundle {
                    continue;
                }
                if let Err(failure) = subject::bound(&manifest, subject) {
                    tally.failures.push(Failure::Subject(failure));
                    continue;
                }
                let go_on = self.try_manifest(repository, subject, purpose, &manifest, tally).await;
                if !go_on || self.is_decided(tally) {
                    return;
                }
            }
        }
    }

    /// Tries the layers of one signature manifest. `false` at the bound on all signatures.
    async fn try_manifest(
        &self,
        repository: &Repository,
        subject: &Descriptor,
        purpose: Purpose,
        manifest: &ImageManifest,
        tally: &mut Tally,
    ) -> bool {
        tally.tried += manifest.layers.len();
        if tally.tried > self.options.limits.signatures {
            tally.failures.push(Failure::Trust(Error::Limit(Exceeded::new(
                format!("{} with {} or more signatures", subject.digest.short(), tally.tried),
                self.options.limits.signatures,
                "signatures",
            ))));
            return false;
        }
        let is_bundle = manifest.artifact_type().starts_with(media_type::SIGSTORE_BUNDLE_PREFIX);
        for layer in &manifest.layers {
            let tried = if is_bundle {
                self.bundle(repository, layer, subject, purpose).await
            } else {
                self.simple(repository, layer, subject, purpose).await.map(Some)
            };
            match tried {
                Ok(Some((facts, predicate_type))) => {
                    tally.good.push(facts);
                    tally.predicate_types.extend(predicate_type);
                    if self.is_decided(tally) {
                        return true;
                    }
                }
                // An attestation is no signature, however many there are: the list of referrers bounds those.
                Ok(None) if manifest.layers.len() == 1 => tally.tried -= 1,
                Ok(None) => {}
                Err(failure) => tally.failures.push(failure),
            }
        }
        true
    }

    /// Tries one layer of a simple-signing manifest.
    async fn simple(
        &self,
        repository: &Repository,
        layer: &Descriptor,
        subject: &Descriptor,
        purpose: Purpose,
    ) -> Result<(SignatureFacts, Option<String>), Failure> {
        if layer.media_type != media_type::SIMPLE_SIGNING {
            let cause = format!("its layer is {}, not a signed payload", claimed(&layer.media_type));
            return Err(Failure::Trust(Error::Unreadable { cause }));
        }
        let limits = &self.options.limits;
        let payload = self.blob(repository, layer, limits.payload).await.map_err(Failure::Registry)?;
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
        Ok((verified.facts().clone(), verified.value().predicate_type.clone()))
    }

    /// Tries one layer of a bundle manifest. A bundle is a signature if it signs the object itself, or a statement
    /// that says "this was signed"; any other statement about it is an attestation and does not count here: `None`.
    async fn bundle(
        &self,
        repository: &Repository,
        layer: &Descriptor,
        subject: &Descriptor,
        purpose: Purpose,
    ) -> Result<Option<(SignatureFacts, Option<String>)>, Failure> {
        let limit = self.options.limits.bundle;
        let _room = self.options.memory.signature(layer.size).await;
        let bytes = self.blob(repository, layer, limit).await.map_err(Failure::Registry)?;
        let facts = self.signing_bundle(&bytes, subject, purpose).map_err(Failure::Trust)?;
        Ok(facts.map(|facts| (facts, None)))
    }

    fn signing_bundle(
        &self,
        bytes: &Bytes,
        subject: &Descriptor,
        purpose: Purpose,
    ) -> Result<Option<SignatureFacts>, Error> {
        let limits = &self.options.limits;
        let bundle = Bundle::parse(bytes, limits)?;
        if let BundleContent::Statement(payload) = bundle.unverified_content() {
            let claims_to_sign = Statement::parse(&payload.bytes)
                .is_ok_and(|statement| statement.predicate_type == COSIGN_SIGN);
            if !claims_to_sign {
                return Ok(None);
            }
        }
        let verified = self.trust.verify_bundle(&bundle, Artifact::named(subject.digest))?;
        if let BundleContent::Statement(payload) = verified.value() {
            let statement = Statement::parse(&payload.bytes)
                .map_err(|error| Error::Payload { cause: error.to_string() })?;
            if statement.predicate_type != COSIGN_SIGN {
                return Err(Error::Payload { cause: "the envelope holds no signing statement".to_owned() });
            }
            if !statement.is_about(&subject.digest) {
                return Err(Error::SubjectMismatch {
                    signed: statement.subject_digests().join(", "),
                    expected: subject.digest,
                });
            }
        }
        self.counts(verified.facts(), purpose)?;
        Ok(Some(verified.facts().clone()))
    }

    /// Whether a signature that verified counts for the purpose.
    fn counts(&self, facts: &SignatureFacts, purpose: Purpose) -> Result<(), Error> {
        match (purpose, facts.role) {
            (Purpose::Attestation, _) => self.options.names.check(facts),
            (Purpose::Root, Role::Image) => Ok(()),
            (Purpose::Root, Role::Attestor) => Err(Error::OnlyAttestor {
                signer: facts.signer.to_string(),
                trusted: self.trust.keys.iter().map(ToString::to_string).collect(),
            }),
        }
    }
}
