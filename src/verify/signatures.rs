//! The signatures of one object: all candidates are tried, bounded, and one good one suffices. When none is
//! good the most telling failure is kept.

use bytes::Bytes;
use futures_util::StreamExt;

use super::subject::Fetched;
use super::{Walk, subject};
use crate::attestation::{COSIGN_SIGN, Statement};
use crate::error::{Explain, Id, Problem};
use crate::limits::Exceeded;
use crate::oci::{Descriptor, Repository, media_type};
use crate::registry::{self, Freshness, Referrers};
use crate::trust::{Bundle, Error, Role, SignatureFacts, SimpleSignature};

/// Annotation of cosign's signature layers: the signature.
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
/// Annotation of cosign's signature layers: the log entry.
const LOG_ENTRY: &str = "dev.sigstore.cosign/bundle";
/// Signature manifests of one subject that are fetched at once.
const AT_ONCE: usize = 8;

/// A good signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Good {
    pub(super) facts: SignatureFacts,
    /// The predicate type that the signed payload names, where it does.
    pub(super) predicate_type: Option<String>,
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
        matches!(self, Self::Trust(Error::WrongKey { .. } | Error::Unreadable { .. }))
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Trust(error) => 10 + error.rank(),
            Self::Registry(error) | Self::Subject(subject::Failure::Registry(error)) => {
                if error.id() == Id::TrustTampered { 0 } else { 15 }
            }
            Self::Subject(_) => 14,
        }
    }
}

impl Explain for Failure {
    fn problem(&self) -> Problem {
        match self {
            Self::Trust(error) => error.problem(),
            Self::Subject(failure) => failure.problem(),
            Self::Registry(error) => error.problem(),
        }
    }
}

impl Walk<'_> {
    /// Finds a good signature of `subject` in `repository`.
    pub(super) async fn signature(
        &self,
        repository: &Repository,
        subject: &Descriptor,
        purpose: Purpose,
        freshness: Freshness,
    ) -> Result<Good, Failure> {
        let referrers =
            self.referrers(repository, &subject.digest, freshness).await.map_err(Failure::Registry)?;
        let cached = referrers.age.is_some();
        match self.signature_among(repository, subject, purpose, &referrers).await {
            // A list from the cache can only lack what came later; a good signature in it is as good as any.
            Err(_) if cached && freshness == Freshness::Cached => {
                let fresh = self
                    .referrers(repository, &subject.digest, Freshness::Now)
                    .await
                    .map_err(Failure::Registry)?;
                self.signature_among(repository, subject, purpose, &fresh).await
            }
            other => other,
        }
    }

    /// Finds a good signature of `subject` among `referrers`.
    pub(super) async fn signature_among(
        &self,
        repository: &Repository,
        subject: &Descriptor,
        purpose: Purpose,
        referrers: &Referrers,
    ) -> Result<Good, Failure> {
        let mut failures = Vec::new();
        let mut tried = 0;
        let mut candidates = futures_util::stream::iter(&referrers.descriptors)
            .map(|listed| self.referrer(repository, listed))
            .buffered(AT_ONCE);
        while let Some(manifest) = candidates.next().await {
            let manifest = match manifest {
                Ok(Fetched::Manifest(manifest)) => manifest,
                Ok(Fetched::Index(_)) => continue,
                // Whatever it is, it may have been the signature.
                Err(failure) => {
                    failures.push(Failure::Subject(failure));
                    continue;
                }
            };
            let kind = manifest.artifact_type().to_owned();
            let is_bundle = kind.starts_with(media_type::SIGSTORE_BUNDLE_PREFIX);
            if kind != media_type::COSIGN_SIGNATURE && !is_bundle {
                continue;
            }
            tried += manifest.layers.len();
            if tried > self.options.limits.signatures {
                failures.push(Failure::Trust(Error::Limit(Exceeded::new(
                    format!("{} with {tried} or more signatures", subject.digest.short()),
                    self.options.limits.signatures,
                    "signatures",
                ))));
                break;
            }
            if let Err(failure) = subject::bound(&manifest, subject) {
                failures.push(Failure::Subject(failure));
                continue;
            }
            for layer in &manifest.layers {
                let tried = if is_bundle {
                    self.bundle(repository, layer, subject, purpose).await
                } else {
                    self.simple(repository, layer, subject, purpose).await.map(Some)
                };
                match tried {
                    Ok(Some(good)) => return Ok(good),
                    Ok(None) => {}
                    Err(failure) => failures.push(failure),
                }
            }
        }
        Err(failures.into_iter().min_by_key(Failure::rank).unwrap_or(Failure::Trust(Error::Unsigned)))
    }

    /// Tries one layer of a simple-signing manifest.
    async fn simple(
        &self,
        repository: &Repository,
        layer: &Descriptor,
        subject: &Descriptor,
        purpose: Purpose,
    ) -> Result<Good, Failure> {
        if layer.media_type != media_type::SIMPLE_SIGNING {
            let cause = format!("its layer is `{}`, not a signed payload", layer.media_type);
            return Err(Failure::Trust(Error::Unreadable { cause }));
        }
        let limits = &self.options.limits;
        let payload = self.blob(repository, layer, limits.payload).await.map_err(Failure::Registry)?;
        let signature = SimpleSignature {
            payload: &payload,
            signature: layer.annotations.get(SIGNATURE).map(String::as_str),
            log_entry: layer.annotations.get(LOG_ENTRY).map(String::as_str),
        };
        let verified =
            self.trust.verify_simple(signature, &subject.digest, limits).map_err(Failure::Trust)?;
        self.counts(verified.facts(), purpose).map_err(Failure::Trust)?;
        Ok(Good { facts: verified.facts().clone(), predicate_type: verified.value().predicate_type.clone() })
    }

    /// Tries one layer of a bundle manifest. Only a bundle whose statement says "this was signed" is a signature;
    /// any other statement about the subject is an attestation and does not count here: `None`.
    async fn bundle(
        &self,
        repository: &Repository,
        layer: &Descriptor,
        subject: &Descriptor,
        purpose: Purpose,
    ) -> Result<Option<Good>, Failure> {
        let limit = self.options.limits.bundle;
        let bytes = self.blob(repository, layer, limit).await.map_err(Failure::Registry)?;
        self.signing_bundle(&bytes, subject, purpose).map_err(Failure::Trust)
    }

    fn signing_bundle(
        &self,
        bytes: &Bytes,
        subject: &Descriptor,
        purpose: Purpose,
    ) -> Result<Option<Good>, Error> {
        let bundle = Bundle::parse(bytes, &self.options.limits)?;
        let claims_to_sign = Statement::parse(&bundle.unverified_payload().bytes)
            .is_ok_and(|statement| statement.predicate_type == COSIGN_SIGN);
        if !claims_to_sign {
            return Ok(None);
        }
        let verified = self.trust.verify_bundle(&bundle, &subject.digest)?;
        let statement = Statement::parse(&verified.value().bytes)
            .map_err(|error| Error::Payload { cause: error.to_string() })?;
        if verified.value().payload_type != media_type::IN_TOTO || statement.predicate_type != COSIGN_SIGN {
            return Err(Error::Payload { cause: "the envelope holds no signing statement".to_owned() });
        }
        if !statement.is_about(&subject.digest) {
            return Err(Error::SubjectMismatch {
                signed: statement.subject_digests().join(", "),
                expected: subject.digest,
            });
        }
        self.counts(verified.facts(), purpose)?;
        Ok(Some(Good { facts: verified.facts().clone(), predicate_type: None }))
    }

    /// Whether a signature that verified counts for the purpose.
    fn counts(&self, facts: &SignatureFacts, purpose: Purpose) -> Result<(), Error> {
        match (purpose, facts.role) {
            (Purpose::Attestation, _) => self.options.names.check(facts),
            (Purpose::Root, Role::Image) => Ok(()),
            (Purpose::Root, Role::Attestor) => Err(Error::WrongKey {
                named: Some(facts.key_id),
                trusted: self.trust.keys.iter().map(ToString::to_string).collect(),
            }),
        }
    }
}
