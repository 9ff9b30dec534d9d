//! Verifies one signature, in any format: who made it, and what log entries, timestamps and certificate prove.
//!
//! The readers of the formats (`simple_signing.rs`, `bundle.rs`, `envelope.rs`) turn each signature into a [`Candidate`].
//! A new signature format is a file beside them. A signature counts only if a trusted key or
//! identity made it, its log entries and timestamps are about it, and the key or certificate was valid at every time
//! that they prove.

use std::borrow::Cow;

use sigstore_verify::types::bundle::{
    CertificateContent, MessageSignature, PublicKeyIdentifier, Rfc3161Timestamp, TimestampVerificationData,
    VerificationMaterial, VerificationMaterialContent, X509Certificate,
};
use sigstore_verify::types::dsse::{DsseSignature, pae};
use sigstore_verify::types::{
    Artifact as WireArtifact, Bundle, DsseEnvelope, HashAlgorithm, KeyId as WireKeyId, KindVersion,
    MediaType, MessageDigest, PayloadBytes, Sha256Hash, SignatureBytes, SignatureContent, TimestampToken,
    TransparencyLogEntry,
};
use sigstore_verify::{
    Error as WireError, PublicKeyVerificationPolicy, VerificationPolicy, VerificationResult, Verifier,
};

use super::certificate::Certificate;
use super::key::Message;
use super::log::{self, LogEntries, LogFailure, LogOutcome};
use super::signed_annotations::Annotations;
use super::{
    Error, LogPolicy, LogProof, ProvenTime, Role, SctPolicy, SignatureFacts, SignatureFormat, SignedName,
    SignedPayload, Signer, TimeSource, Trust, TrustedKey, TrustedRoot, timestamps,
};
use crate::oci::Digest;
use jiff::Timestamp;

/// The object that a signature must be about.
#[derive(Clone, Copy, Debug)]
pub struct Artifact<'a> {
    digest: Digest,
    bytes: Option<&'a [u8]>,
}

impl<'a> Artifact<'a> {
    /// An object known by digest only. Signatures by Ed25519 keys cannot be checked with that: they need the bytes.
    pub fn of_digest(digest: Digest) -> Self {
        Self { digest, bytes: None }
    }

    /// An object whose bytes are available.
    pub fn of_bytes(bytes: &'a [u8]) -> Self {
        Self { digest: Digest::of(bytes), bytes: Some(bytes) }
    }

    /// Its digest.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The hash of its bytes, if they are available.
    pub(super) fn hash(&self, algorithm: HashAlgorithm) -> Option<Vec<u8>> {
        use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
        let hash = match algorithm {
            HashAlgorithm::Sha2256 => &SHA256,
            HashAlgorithm::Sha2384 => &SHA384,
            HashAlgorithm::Sha2512 => &SHA512,
            _ => return None,
        };
        Some(digest(hash, self.bytes?).as_ref().to_vec())
    }

    fn to_library(self) -> Result<WireArtifact<'a>, Error> {
        match (self.bytes, self.digest) {
            (Some(bytes), _) => Ok(bytes.into()),
            (None, Digest::Sha256(digest)) => Ok(Sha256Hash::new(digest).into()),
            (None, Digest::Sha512(_)) => {
                Err(Error::LogMissing { cause: "the subject's digest is not SHA-256".to_owned() })
            }
        }
    }
}

/// A signature and everything that came with it. Not trusted.
#[derive(Clone, Debug)]
pub(super) struct Candidate<'a> {
    pub(super) format: SignatureFormat,
    pub(super) content: Content,
    pub(super) artifact: Artifact<'a>,
    pub(super) certificate: Option<Certificate>,
    pub(super) entries: LogEntries,
    pub(super) timestamps: Vec<TimestampToken>,
    /// The bytes that the timestamps are over, if that is not the signature.
    pub(super) timestamped: Option<&'a [u8]>,
    /// The bundle version whose rules apply to log entries and timestamps.
    pub(super) version: MediaType,
}

/// The signed content, with its signature.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// The artifact itself.
    Message { signature: Vec<u8>, digest: Option<MessageDigest> },
    /// A payload in a DSSE envelope.
    Envelope { signature: Vec<u8>, payload: SignedPayload },
}

impl Content {
    /// Whether logs record such content in entries of this kind.
    fn is_logged_as(&self, kind: KindVersion) -> bool {
        match self {
            Self::Message { .. } => {
                matches!(kind, KindVersion::HashedRekordV001 | KindVersion::HashedRekordV002)
            }
            Self::Envelope { .. } => !matches!(kind, KindVersion::HashedRekordV001),
        }
    }

    fn signature_bytes(&self) -> &[u8] {
        match self {
            Self::Message { signature, .. } | Self::Envelope { signature, .. } => signature,
        }
    }
}

/// The trusted signer who made a signature. The signature itself is verified; what came with it is not.
pub(super) enum MatchedSigner<'t> {
    Key(&'t TrustedKey, Role),
    /// The holder of the candidate's certificate, which is not verified yet, by the index of the matching rule.
    Certificate(usize),
}

impl Candidate<'_> {
    fn message(&self) -> Message<'_> {
        match (&self.content, self.artifact.bytes, self.artifact.digest) {
            (Content::Envelope { payload, .. }, _, _) => {
                Message::Bytes(Cow::Owned(pae(&payload.payload_type, &payload.bytes)))
            }
            (Content::Message { .. }, Some(bytes), _) => Message::Bytes(Cow::Borrowed(bytes)),
            (Content::Message { .. }, None, digest) => Message::Digest(digest),
        }
    }

    fn times(&self, root: &TrustedRoot) -> Result<Vec<ProvenTime>, Error> {
        timestamps::check(&self.timestamps, self.timestamped.unwrap_or(self.content.signature_bytes()), root)
    }

    /// The candidate as a bundle of the library, with this certificate or with a public key.
    fn to_bundle(&self, certificate: Option<&Certificate>, timestamps: &[TimestampToken]) -> Bundle {
        let material = match certificate {
            Some(certificate) if self.version == MediaType::Bundle0_3 => {
                VerificationMaterialContent::Certificate(CertificateContent::new(certificate.leaf().clone()))
            }
            Some(certificate) => VerificationMaterialContent::X509CertificateChain {
                certificates: certificate.chain().cloned().map(X509Certificate::new).collect(),
            },
            None => VerificationMaterialContent::PublicKey(PublicKeyIdentifier::new("")),
        };
        let timestamps = timestamps.iter().cloned().map(Rfc3161Timestamp::new).collect();
        let material = VerificationMaterial::new(material)
            .with_tlog_entries(self.entries.parsed().to_vec())
            .with_timestamp_verification_data(TimestampVerificationData::new(timestamps));
        let content = match &self.content {
            Content::Envelope { signature, payload } => SignatureContent::DsseEnvelope(DsseEnvelope::new(
                payload.payload_type.clone(),
                PayloadBytes::from_bytes(&payload.bytes),
                DsseSignature::new(SignatureBytes::new(signature.clone()), WireKeyId::default()),
            )),
            Content::Message { signature, digest } => {
                let message = MessageSignature::new(SignatureBytes::new(signature.clone()));
                SignatureContent::MessageSignature(match digest {
                    Some(digest) => message.with_message_digest(digest.clone()),
                    None => message,
                })
            }
        };
        Bundle::new(self.version, material, content)
    }
}

impl Trust {
    /// The trusted key that made the signature.
    pub(super) fn match_key(&self, candidate: &Candidate<'_>) -> Option<MatchedSigner<'_>> {
        self.find_key(&candidate.message(), candidate.content.signature_bytes())
            .map(|(key, role)| MatchedSigner::Key(key, role))
    }

    /// The trusted key or identity that made the signature.
    pub(super) fn match_signer(&self, candidate: &Candidate<'_>) -> Result<MatchedSigner<'_>, Error> {
        let Some(certificate) = &candidate.certificate else {
            return self
                .match_key(candidate)
                .ok_or_else(|| Error::WrongKey { named: None, trusted: self.signer_names() });
        };
        let Some(rule) = self.identities.iter().position(|rule| rule.matches(certificate)) else {
            return Err(Error::WrongIdentity {
                identity: certificate.identity().to_owned(),
                issuer: certificate.issuer().to_owned(),
                trusted: self.signer_names(),
            });
        };
        if !certificate.key()?.verifies(&candidate.message(), candidate.content.signature_bytes()) {
            return Err(Error::Altered { named: certificate.identity().to_owned() });
        }
        Ok(MatchedSigner::Certificate(rule))
    }

    /// The last step of every verification: log entries, timestamps, and validity at the proven times.
    pub(super) fn prove(
        &self,
        candidate: &Candidate<'_>,
        author: &MatchedSigner<'_>,
        signed_name: Option<SignedName>,
    ) -> Result<SignatureFacts, Error> {
        match (author, &candidate.certificate) {
            (MatchedSigner::Key(key, role), _) => self.prove_key(candidate, key, *role, signed_name),
            (MatchedSigner::Certificate(rule), Some(certificate)) => {
                self.prove_certificate(candidate, certificate, *rule, signed_name)
            }
            (MatchedSigner::Certificate(_), None) => Err(Error::Unsigned),
        }
    }

    fn prove_key(
        &self,
        candidate: &Candidate<'_>,
        key: &TrustedKey,
        role: Role,
        signed_name: Option<SignedName>,
    ) -> Result<SignatureFacts, Error> {
        let mut times = candidate.times(&self.root)?;
        let log = match (self.log, &candidate.entries) {
            (LogPolicy::Skip, entries) => LogOutcome::Skipped { present: !entries.is_absent() },
            (policy, LogEntries::Absent) => log::apply_to_absent(policy)?,
            (policy, LogEntries::Unsupported(cause)) => {
                log::apply(LogOutcome::Unknown { cause: cause.clone() }, policy)?
            }
            (policy, LogEntries::Parsed(_)) => {
                let wire = PublicKeyVerificationPolicy::new(key.key.spki().clone());
                let found = self
                    .logged(candidate, |verifier, artifact| {
                        verifier.verify(artifact, &candidate.to_bundle(None, &[]), &wire)
                    })
                    .and_then(|result| {
                        let logged = result.integrated_time();
                        let mut all = times.clone();
                        let by_logs = result.verified_timestamps().iter();
                        all.extend(
                            by_logs
                                .map(|time| ProvenTime { time: *time, source: TimeSource::TransparencyLog }),
                        );
                        Ok((self.proof(candidate, logged, &all)?, all))
                    });
                let proof = match found {
                    Ok((proof, all)) => {
                        times = all;
                        proof
                    }
                    Err(LogFailure::Unknown(cause)) => LogOutcome::Unknown { cause },
                    Err(LogFailure::Bad(error)) => return Err(error),
                };
                log::apply(proof, policy)?
            }
        };
        if times.is_empty() {
            key.check_window(self.effective_time, None)?;
        }
        for proven in &times {
            key.check_window(proven.time, Some(proven.source))?;
        }
        Ok(SignatureFacts {
            signer: Signer::of_key(key),
            algorithm: key.key.algorithm(),
            role,
            format: candidate.format,
            signed_name,
            annotations: Annotations::new(),
            log: LogProof(log),
            times,
        })
    }

    fn prove_certificate(
        &self,
        candidate: &Candidate<'_>,
        certificate: &Certificate,
        rule: usize,
        signed_name: Option<SignedName>,
    ) -> Result<SignatureFacts, Error> {
        if candidate.format == SignatureFormat::Bundle && certificate.includes_root() {
            return Err(Error::Certificate { cause: "the bundle includes a root certificate".to_owned() });
        }
        let (log, times) = match (self.log, &candidate.entries) {
            (LogPolicy::Skip, entries) => {
                let times = candidate.times(&self.root)?;
                (LogOutcome::Skipped { present: !entries.is_absent() }, times)
            }
            // A certificate is valid for minutes, and only the log shows its owner what was signed in their name.
            (_, LogEntries::Absent) => return Err(Error::LogMissing { cause: "absent".to_owned() }),
            (_, LogEntries::Unsupported(cause)) => return Err(Error::LogMissing { cause: cause.clone() }),
            (_, LogEntries::Parsed(_)) => self.logged_certificate(candidate, certificate)?,
        };
        if times.is_empty() {
            certificate.check(&self.root, self.effective_time)?;
        }
        for proven in &times {
            certificate.check(&self.root, proven.time)?;
        }
        Ok(SignatureFacts {
            signer: Signer::of_certificate(certificate, rule),
            algorithm: certificate.algorithm(),
            role: Role::Image,
            format: candidate.format,
            signed_name,
            annotations: Annotations::new(),
            log: LogProof(log),
            times,
        })
    }

    /// Verifies log entries, timestamps, certificate and SCT, all bound to this signature.
    fn logged_certificate(
        &self,
        candidate: &Candidate<'_>,
        certificate: &Certificate,
    ) -> Result<(LogOutcome, Vec<ProvenTime>), Error> {
        let mut policy = VerificationPolicy::any_identity().require_issuer(certificate.issuer());
        if let Some(identity) = &certificate.info().identity {
            policy = policy.require_identity(identity);
        }
        if self.sct == SctPolicy::Skip {
            policy = policy.skip_sct();
        }
        // The timestamps of cosign's annotations are over other bytes, which the library does not support.
        let (timestamps, mut times) = match candidate.format {
            SignatureFormat::Bundle => (candidate.timestamps.as_slice(), Vec::new()),
            SignatureFormat::SimpleSigning | SignatureFormat::Envelope | SignatureFormat::Detached => {
                (&[][..], candidate.times(&self.root)?)
            }
        };
        let wire = candidate.to_bundle(Some(certificate), timestamps);
        let strict = |failure| match failure {
            LogFailure::Unknown(cause) => Error::LogMissing { cause },
            LogFailure::Bad(error) => error,
        };
        let result = self
            .logged(candidate, |verifier, artifact| verifier.verify(artifact, &wire, &policy))
            .map_err(strict)?;
        let logged = result.integrated_time();
        let by = |time: Timestamp| {
            let logged = candidate
                .entries
                .parsed()
                .iter()
                .any(|entry| entry.inclusion_promise.is_some() && entry.integrated_time == Some(time));
            if logged { TimeSource::TransparencyLog } else { TimeSource::TimestampAuthority }
        };
        times.extend(
            result.verified_timestamps().iter().map(|time| ProvenTime { time: *time, source: by(*time) }),
        );
        let proof = self.proof(candidate, logged, &times).map_err(strict)?;
        Ok((proof, times))
    }

    fn logged(
        &self,
        candidate: &Candidate<'_>,
        verify: impl Fn(&Verifier, WireArtifact<'_>) -> Result<VerificationResult, WireError>,
    ) -> Result<VerificationResult, LogFailure> {
        let entries = candidate.entries.parsed();
        // The library checks the proofs of an entry, but not that each entry has one.
        if entries.iter().any(|entry| entry.inclusion_proof.is_none() && entry.inclusion_promise.is_none()) {
            let cause = "an entry has no proof of the log".to_owned();
            return Err(LogFailure::Bad(Error::LogBad { cause }));
        }
        // A repeated entry proves nothing more, and an honest signer has no reason to send it.
        let is_repeated = entries.iter().enumerate().any(|(at, entry)| {
            let same = |earlier: &TransparencyLogEntry| {
                earlier.log_id == entry.log_id
                    && (earlier.log_index == entry.log_index
                        || earlier.canonicalized_body == entry.canonicalized_body)
            };
            entries.iter().take(at).any(same)
        });
        if is_repeated {
            return Err(LogFailure::Bad(Error::LogBad { cause: "the same entry occurs twice".to_owned() }));
        }
        if let Some(other) = entries.iter().find(|entry| !candidate.content.is_logged_as(entry.kind_version))
        {
            let (kind, version) = (other.kind_version.kind(), other.kind_version.version());
            let cause = format!("an entry of kind {kind} {version} is for another form of signature");
            return Err(LogFailure::Bad(Error::LogBad { cause }));
        }
        let artifact = candidate.artifact.to_library().map_err(LogFailure::Bad)?;
        let verifier = Verifier::new(self.root.wire())
            .map_err(|error| LogFailure::Bad(Error::LogBad { cause: error.to_string() }))?;
        verify(&verifier, artifact).map_err(|error| {
            let ids = entries.iter().map(|entry| entry.log_id.key_id.as_bytes());
            let foreign = ids.into_iter().find(|id| self.root.log(id).is_none());
            match (error, foreign) {
                (WireError::TransparencyLog(_), Some(id)) => {
                    LogFailure::Unknown(log::unknown_log(id, &self.root))
                }
                (WireError::UnsupportedBundle(cause), _) => LogFailure::Unknown(cause),
                (error, _) => LogFailure::Bad(classify(&error)),
            }
        })
    }

    /// What the log proves, after the library verified the entries. `times` are all proven times.
    fn proof(
        &self,
        candidate: &Candidate<'_>,
        time: Option<Timestamp>,
        times: &[ProvenTime],
    ) -> Result<LogOutcome, LogFailure> {
        let entries = candidate.entries.parsed();
        for entry in entries {
            log::check_entry(entry, &self.root, times)?;
        }
        // Log, index and time are those of one entry: the one with the earliest time, if any has one.
        let dated = entries.iter().find(|entry| {
            time.is_some() && entry.inclusion_promise.is_some() && entry.integrated_time == time
        });
        let first = dated.or(entries.first());
        let log = first.and_then(|entry| self.root.log(entry.log_id.key_id.as_bytes()));
        Ok(LogOutcome::Proven {
            log: log.map(|log| log.base_url.clone()).unwrap_or_default(),
            index: first.map_or(0, proven_index),
            time,
        })
    }
}

/// The index that the proof covers. With only an inclusion proof of Rekor v1 that is the index in the tree.
fn proven_index(entry: &TransparencyLogEntry) -> u64 {
    match (&entry.inclusion_promise, &entry.inclusion_proof, entry.kind_version) {
        (Some(_), _, _) | (_, None, _) | (_, _, KindVersion::HashedRekordV002) => entry.log_index.get(),
        (None, Some(proof), _) => proof.log_index.get(),
    }
}

fn classify(error: &WireError) -> Error {
    let cause = error.to_string();
    match error {
        WireError::Certificate(_) => Error::Certificate { cause },
        WireError::Timestamp(_) => Error::Time { cause },
        WireError::SignatureInvalid(_) => Error::Unreadable { cause },
        _ => Error::LogBad { cause },
    }
}
