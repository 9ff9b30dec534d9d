//! Signs images and statements, then stores the results.
//!
//! Everything is signed, verified and logged before anything is stored, so a signer that fails leaves nothing behind.
//! Signatures are stored before the attestations that they sign, so no reader sees an unsigned attestation.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;

use super::artifact::Artifact;
use super::bundle;
use super::envelope::{self, Envelope};
use super::log::{Log, LogEntry};
use super::payload::{Optional, SignedName, payload};
use super::predicate::{Document, PredicateType, StatementText, statement_json};
use super::signer::{Signature, Signer};
use super::target::Subject;
use super::{Error, Root};
use crate::limits::{Exceeded, Limits};
use crate::oci::{Descriptor, Digest, Repository, Tag};
use crate::registry::{self, FoundBy, Push};
use crate::trust::{self, COSIGN_SIGN};

/// The `_type` of statements of version 1.
const STATEMENT_V1: &str = "https://in-toto.io/Statement/v1";

/// The format in which signatures are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// cosign's simple signing, the format of hardened images.
    SimpleSigning,
    /// A DSSE envelope in a Sigstore bundle, the format of cosign 3.
    Bundle,
}

impl From<Form> for trust::SignatureFormat {
    fn from(form: Form) -> Self {
        match form {
            Form::SimpleSigning => Self::SimpleSigning,
            Form::Bundle => Self::Bundle,
        }
    }
}

/// The signer and options for signing.
pub struct Signing<'a> {
    /// The signer.
    pub signer: &'a dyn Signer,
    /// The signed name. Payloads and statements require one; a bundle that is only a signature has none.
    pub name: Option<SignedName>,
    /// The format.
    pub form: Form,
    /// The transparency log, if signatures are logged.
    pub log: Option<&'a Log>,
    /// The creation time in the manifests of bundles. It is informative only.
    pub created: Timestamp,
    /// Limits on sizes.
    pub limits: &'a Limits,
}

/// The signed artifacts of one subject, not stored yet.
#[derive(Debug)]
pub struct Prepared {
    subject: Subject,
    /// In the order in which they are stored.
    artifacts: Vec<(ArtifactKind, Artifact)>,
    log: Option<LogEntry>,
}

/// A signed statement about several objects.
#[derive(Debug)]
pub struct SignedStatement {
    /// The bundle, as the content of a file.
    pub bundle: Bytes,
    /// The same bundle as a referrer of each object.
    pub attached: Vec<Prepared>,
}

/// The kind of an artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArtifactKind {
    /// An attestation manifest with a plain statement.
    Attestation,
    /// A signature manifest, of an attestation or of the subject itself.
    Signature,
    /// A bundle: attestation and signature in one.
    Bundle,
}

impl ArtifactKind {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Attestation => "attestation",
            Self::Signature => "signature",
            Self::Bundle => "bundle",
        }
    }
}

/// The stored artifacts of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The subject.
    pub subject: Subject,
    /// Kind and digest of each manifest. The last one refers to the subject.
    pub stored: Vec<(ArtifactKind, Digest)>,
    /// Which list of referrers names it.
    pub found_by: FoundBy,
    /// The entry in the transparency log.
    pub log: Option<LogEntry>,
}

impl Pushed {
    /// The manifest that refers to the subject.
    pub fn referrer(&self) -> Option<Digest> {
        self.stored.last().map(|(_, digest)| *digest)
    }
}

impl Signing<'_> {
    /// Signs each of `subjects`. Nothing is stored; see [`push`].
    ///
    /// # Errors
    ///
    /// If the signer or log fails, or simple signing has no name.
    pub async fn sign(&self, subjects: &[Subject]) -> Result<Vec<Prepared>, Error> {
        self.check_log_support()?;
        let mut prepared = Vec::with_capacity(subjects.len());
        for subject in subjects {
            prepared.push(self.sign_one(subject).await?);
        }
        Ok(prepared)
    }

    /// Signs a statement with the predicate of `document` about each of `images`, which are in `root`. Nothing is
    /// stored; see [`push`].
    ///
    /// # Errors
    ///
    /// If the signer or log fails, there is no name, or `document` is a statement about another image.
    pub async fn attest(
        &self,
        root: &Root,
        images: &[Subject],
        document: &Document,
        predicate_type: &PredicateType,
    ) -> Result<Vec<Prepared>, Error> {
        self.check_log_support()?;
        let identity = self.required_name()?;
        let tag = root.reference.tag.as_ref().map(Tag::as_str);
        let mut prepared = Vec::with_capacity(images.len());
        for image in images {
            let name = identity.package_url(tag, &root.descriptor.digest, image.platform.as_ref());
            let digest = &image.descriptor.digest;
            let statement = document.statement_about(&name, digest, predicate_type, self.limits)?;
            prepared.push(match self.form {
                Form::Bundle => self.sign_bundle(image, &statement.bytes, predicate_type.as_str()).await?,
                Form::SimpleSigning => {
                    self.attest_simple_signing(identity, image, statement, predicate_type).await?
                }
            });
        }
        Ok(prepared)
    }

    /// Signs one statement (version 1) about all of `subjects`, called `name`, with `predicate` (JSON). The bundle is
    /// to be attached to each of them. A verifier without the key lists such a referrer, but does not evaluate it.
    ///
    /// # Errors
    ///
    /// If the signer or log fails, or the statement is too long.
    pub async fn sign_statement(
        &self,
        subjects: &[Descriptor],
        name: &str,
        predicate_type: &str,
        predicate: &str,
    ) -> Result<SignedStatement, Error> {
        let digests: Vec<&Digest> = subjects.iter().map(|subject| &subject.digest).collect();
        let text = statement_json(STATEMENT_V1, name, &digests, predicate_type, predicate);
        if text.len() as u64 > self.limits.statement {
            let what = format!("statement of {} bytes", text.len());
            return Err(Error::Limit(Exceeded::new(what, self.limits.statement, "bytes")));
        }
        let (bundle, log) = self.signed_envelope(text.as_bytes()).await?;
        let attached = subjects.iter().map(|subject| Prepared {
            artifacts: vec![(
                ArtifactKind::Bundle,
                Artifact::bundle(subject, predicate_type, bundle.clone(), self.created),
            )],
            subject: Subject { descriptor: subject.clone(), platform: None },
            log: log.clone(),
        });
        Ok(SignedStatement { attached: attached.collect(), bundle })
    }

    /// Checks before signing that the log accepts the signer's key.
    fn check_log_support(&self) -> Result<(), Error> {
        match (self.form, self.log) {
            (Form::SimpleSigning, Some(_)) => Log::check_payload_key(self.signer.public_key()),
            _ => Ok(()),
        }
    }

    async fn sign_one(&self, subject: &Subject) -> Result<Prepared, Error> {
        match self.form {
            Form::SimpleSigning => {
                let payload = payload(self.required_name()?, &subject.descriptor.digest, None);
                let (artifact, log) = self.sign_payload(&subject.descriptor, payload).await?;
                Ok(Prepared {
                    subject: subject.clone(),
                    artifacts: vec![(ArtifactKind::Signature, artifact)],
                    log,
                })
            }
            Form::Bundle => {
                let statement = bundle::signature_statement(&subject.descriptor.digest);
                self.sign_bundle(subject, &statement, COSIGN_SIGN).await
            }
        }
    }

    /// A statement as a plain layer, and a signature of its manifest.
    async fn attest_simple_signing(
        &self,
        identity: &SignedName,
        subject: &Subject,
        statement: StatementText,
        predicate_type: &PredicateType,
    ) -> Result<Prepared, Error> {
        let attestation =
            Artifact::attestation(&subject.descriptor, predicate_type.as_str(), Bytes::from(statement.bytes));
        let optional = Optional {
            statement_type: &statement.statement_type,
            predicate_type: predicate_type.as_str(),
            subject: format!("{}@{}", identity.path(), subject.descriptor.digest),
        };
        let payload = payload(identity, &attestation.descriptor().digest, Some(optional));
        let (signature, log) = self.sign_payload(attestation.descriptor(), payload).await?;
        let artifacts = vec![(ArtifactKind::Signature, signature), (ArtifactKind::Attestation, attestation)];
        Ok(Prepared { subject: subject.clone(), artifacts, log })
    }

    async fn sign_payload(
        &self,
        subject: &Descriptor,
        payload: Vec<u8>,
    ) -> Result<(Artifact, Option<LogEntry>), Error> {
        let signature = Signature::make(self.signer, &payload).await?;
        let log = match self.log {
            Some(log) => Some(log.log_payload(&payload, &signature, self.signer.public_key()).await?),
            None => None,
        };
        let annotation = log.as_ref().map(LogEntry::to_annotation);
        let text = STANDARD.encode(signature.as_bytes());
        Ok((Artifact::signature(subject, Bytes::from(payload), &text, annotation.as_deref()), log))
    }

    async fn sign_bundle(
        &self,
        subject: &Subject,
        statement: &[u8],
        predicate_type: &str,
    ) -> Result<Prepared, Error> {
        let (bytes, log) = self.signed_envelope(statement).await?;
        let artifact = Artifact::bundle(&subject.descriptor, predicate_type, bytes, self.created);
        Ok(Prepared { subject: subject.clone(), artifacts: vec![(ArtifactKind::Bundle, artifact)], log })
    }

    /// Signs and logs the statement in an envelope, and returns the bundle.
    async fn signed_envelope(&self, statement: &[u8]) -> Result<(Bytes, Option<LogEntry>), Error> {
        let signature = Signature::make(self.signer, &envelope::pre_auth_encoding(statement)).await?;
        let envelope = Envelope { statement, signature: &signature };
        let key = self.signer.public_key();
        let log = match self.log {
            Some(log) => Some(log.log_envelope(&envelope, key).await?),
            None => None,
        };
        Ok((Bytes::from(envelope.bundle(key, log.as_ref())), log))
    }

    fn required_name(&self) -> Result<&SignedName, Error> {
        self.name.as_ref().ok_or(Error::NoName)
    }
}

impl Prepared {
    /// The digest of the subject.
    pub fn subject(&self) -> &Digest {
        &self.subject.descriptor.digest
    }
}

/// A statement with the predicate of `document` about each of `images`, which are in `root`, without a signature: a claim
/// that proves nothing, as builds without a key store it. Nothing is stored; see [`push`].
///
/// # Errors
///
/// If the statement is too long, or `document` is a statement about another image.
pub fn unsigned(
    name: &SignedName,
    root: &Root,
    images: &[Subject],
    document: &Document,
    predicate_type: &PredicateType,
    limits: &Limits,
) -> Result<Vec<Prepared>, Error> {
    let tag = root.reference.tag.as_ref().map(Tag::as_str);
    let statement = |image: &Subject| {
        let subject = name.package_url(tag, &root.descriptor.digest, image.platform.as_ref());
        let statement =
            document.statement_about(&subject, &image.descriptor.digest, predicate_type, limits)?;
        let artifact =
            Artifact::attestation(&image.descriptor, predicate_type.as_str(), Bytes::from(statement.bytes));
        Ok(Prepared {
            subject: image.clone(),
            artifacts: vec![(ArtifactKind::Attestation, artifact)],
            log: None,
        })
    };
    images.iter().map(statement).collect()
}

/// Stores the prepared artifacts in `repository`.
///
/// # Errors
///
/// [`Error::Registry`] if nothing was stored, [`Error::PartlyStored`] after the first manifest.
pub async fn push(
    registry: &dyn Push,
    repository: &Repository,
    prepared: Vec<Prepared>,
) -> Result<Vec<Pushed>, Error> {
    let mut all = Vec::with_capacity(prepared.len());
    let mut stored: Vec<Digest> = Vec::new();
    for one in prepared {
        match push_one(registry, repository, one, &mut stored).await {
            Ok(pushed) => all.push(pushed),
            Err(error) if stored.is_empty() => return Err(Error::Registry(error)),
            Err(error) => return Err(Error::PartlyStored { stored, error }),
        }
    }
    Ok(all)
}

async fn push_one(
    registry: &dyn Push,
    repository: &Repository,
    prepared: Prepared,
    stored: &mut Vec<Digest>,
) -> Result<Pushed, registry::Error> {
    let mut pushed =
        Pushed { subject: prepared.subject, stored: Vec::new(), found_by: FoundBy::Api, log: prepared.log };
    for (kind, artifact) in prepared.artifacts {
        for blob in artifact.blobs {
            registry.push_blob(repository, blob).await?;
        }
        pushed.found_by = registry.push_referrer(repository, &artifact.referrer).await?;
        let digest = artifact.referrer.descriptor.digest;
        stored.push(digest);
        pushed.stored.push((kind, digest));
    }
    Ok(pushed)
}
