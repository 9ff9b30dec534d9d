//! Sigstore bundles of versions 0.1 to 0.3: a DSSE envelope or a message signature, by a key or by the holder of
//! a certificate. What they hold leaves this module only after a given key or identity verified it and it was
//! found to be about the artifact; what it means beyond that is for others to say.
//!
//! Source: `sigstore_bundle.proto` of the Sigstore protobuf specifications.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use sigstore_verify::types::{DerCertificate, HashAlgorithm, MediaType, MessageDigest, TimestampToken};

use super::certificate::Certificate;
use super::dsse::{Envelope, SignedPayload, decode};
use super::log::Entries;
use super::signature::{Candidate, Content as SignedContent, hex};
use super::{Artifact, Error, Form, LogPolicy, Trust, Verified, time};
use crate::limits::{Exceeded, Limits};
use crate::oci::{Digest, claimed, json, media_type};

/// What a bundle signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BundleContent {
    /// A statement about the artifact.
    Statement(SignedPayload),
    /// The artifact itself.
    Message,
}

/// A bundle as fetched, its syntax checked, nothing of it trusted.
#[derive(Clone, Debug)]
pub struct Bundle {
    version: MediaType,
    content: BundleContent,
    signature: Vec<u8>,
    message_digest: Option<MessageDigest>,
    certificate: Option<Certificate>,
    entries: Vec<Box<RawValue>>,
    stamps: Vec<TimestampToken>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    media_type: String,
    verification_material: Material,
    #[serde(borrow)]
    dsse_envelope: Option<Envelope<'a>>,
    message_signature: Option<MessageSignature>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Material {
    certificate: Option<RawBytes>,
    x509_certificate_chain: Option<Chain>,
    public_key: Option<serde::de::IgnoredAny>,
    tlog_entries: Option<Vec<Box<RawValue>>>,
    timestamp_verification_data: Option<Timestamps>,
}

#[derive(Deserialize)]
struct Chain {
    certificates: Vec<RawBytes>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawBytes {
    raw_bytes: String,
}

#[derive(Deserialize)]
struct Timestamps {
    #[serde(rename = "rfc3161Timestamps")]
    tokens: Option<Vec<SignedTimestamp>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignedTimestamp {
    signed_timestamp: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MessageSignature {
    message_digest: Option<MessageDigest>,
    signature: String,
}

impl Bundle {
    /// Reads a bundle. Nothing about log entries is said before they are judged.
    pub fn parse(bytes: &Bytes, limits: &Limits) -> Result<Self, Error> {
        let unreadable = |cause: String| Error::Unreadable { cause };
        let wire: Wire<'_> =
            json::parse(bytes, "Sigstore bundle").map_err(|error| unreadable(error.to_string()))?;
        let version: MediaType = wire.media_type.parse().map_err(|_| {
            unreadable(format!("bundle type {} is not read by this version", claimed(&wire.media_type)))
        })?;
        let (content, signature, message_digest) = match (wire.dsse_envelope, wire.message_signature) {
            (Some(envelope), None) => {
                let (payload, signature) = envelope.open(limits)?;
                (BundleContent::Statement(payload), signature, None)
            }
            (None, Some(message)) => {
                (BundleContent::Message, decode(&message.signature)?, message.message_digest)
            }
            (Some(_), Some(_)) => {
                return Err(unreadable("the bundle has an envelope and a message signature".to_owned()));
            }
            (None, None) => return Err(unreadable("the bundle has no signature".to_owned())),
        };
        let material = wire.verification_material;
        let certificate = match (material.certificate, material.x509_certificate_chain, material.public_key) {
            (Some(certificate), None, None) => Some(vec![certificate]),
            (None, Some(_), None) if version == MediaType::Bundle0_3 => {
                return Err(unreadable("a bundle of version 0.3 with a certificate chain".to_owned()));
            }
            (None, Some(chain), None) => Some(chain.certificates),
            (None, None, Some(_)) => None,
            _ => {
                let cause = "the bundle has not exactly one of certificate, certificate chain and public key";
                return Err(unreadable(cause.to_owned()));
            }
        };
        let certificate = certificate
            .map(|chain| {
                let chain = chain
                    .iter()
                    .map(|certificate| decode(&certificate.raw_bytes).map(DerCertificate::new))
                    .collect::<Result<_, _>>()?;
                Certificate::from_der(chain, limits)
            })
            .transpose()?;
        let entries = material.tlog_entries.unwrap_or_default();
        if entries.len() > limits.log_entries {
            let what = format!("bundle with {} log entries", entries.len());
            return Err(Error::Limit(Exceeded::new(what, limits.log_entries, "log entries")));
        }
        let tokens = material.timestamp_verification_data.and_then(|data| data.tokens).unwrap_or_default();
        time::bounded(tokens.len(), limits)?;
        let stamps = tokens
            .iter()
            .map(|token| decode(&token.signed_timestamp).map(TimestampToken::new))
            .collect::<Result<_, _>>()?;
        Ok(Self { version, content, signature, message_digest, certificate, entries, stamps })
    }

    /// What the bundle claims to hold, unverified: only for listing it.
    pub fn unverified_content(&self) -> &BundleContent {
        &self.content
    }
}

impl Trust {
    /// Checks that a given key or identity signed the bundle, valid when it did so, with the log proof that the
    /// policy demands, and that what it signed is about `artifact`.
    pub fn verify_bundle(
        &self,
        bundle: &Bundle,
        artifact: Artifact<'_>,
    ) -> Result<Verified<BundleContent>, Error> {
        let content = match &bundle.content {
            BundleContent::Statement(payload) => {
                SignedContent::Envelope { signature: bundle.signature.clone(), payload: payload.clone() }
            }
            BundleContent::Message => SignedContent::Message {
                signature: bundle.signature.clone(),
                digest: bundle.message_digest.clone(),
            },
        };
        let mut candidate = Candidate {
            form: Form::Bundle,
            content,
            artifact,
            certificate: bundle.certificate.clone(),
            entries: Entries::Absent,
            stamps: bundle.stamps.clone(),
            stamped: None,
            version: bundle.version,
        };
        let author = self.author(&candidate)?;
        match &bundle.content {
            BundleContent::Statement(payload) => about(payload, &artifact)?,
            BundleContent::Message => named(bundle.message_digest.as_ref(), &artifact)?,
        }
        candidate.entries = if self.log == LogPolicy::Skip {
            Entries::unseen(!bundle.entries.is_empty())
        } else {
            Entries::of_bundle(&bundle.entries, bundle.version)?
        };
        let facts = self.prove(&candidate, &author, None)?;
        Ok(Verified::new(bundle.content.clone(), facts))
    }
}

/// The digest that stands beside a message signature is a claim, and must not contradict the artifact.
fn named(digest: Option<&MessageDigest>, artifact: &Artifact<'_>) -> Result<(), Error> {
    let Some(digest) = digest else { return Ok(()) };
    match (digest.algorithm, artifact.digest()) {
        (HashAlgorithm::Sha2256, Digest::Sha256(expected)) if digest.digest.as_bytes() != expected => {
            let signed = hex(digest.digest.as_bytes());
            Err(Error::SubjectMismatch { signed, expected: artifact.digest() })
        }
        (HashAlgorithm::Sha2256, Digest::Sha256(_)) => Ok(()),
        // Only the bytes tell what they hash to in another way.
        (algorithm, _) => {
            let found = artifact.hashed(algorithm).ok_or_else(|| Error::Unreadable {
                cause: format!("it names the artifact by {algorithm}, which is not known of it"),
            })?;
            if found == digest.digest.as_bytes() {
                return Ok(());
            }
            let signed = hex(digest.digest.as_bytes());
            Err(Error::SubjectMismatch { signed, expected: artifact.digest() })
        }
    }
}

/// A statement must have the artifact among its subjects.
pub(super) fn about(payload: &SignedPayload, artifact: &Artifact<'_>) -> Result<(), Error> {
    #[derive(Deserialize)]
    struct Statement {
        #[serde(rename = "_type")]
        statement_type: String,
        subject: Vec<Subject>,
    }
    #[derive(Deserialize)]
    struct Subject {
        digest: std::collections::BTreeMap<String, String>,
    }
    if payload.payload_type != media_type::IN_TOTO {
        let cause = format!("its type is `{}`, not a statement", payload.payload_type);
        return Err(Error::Payload { cause });
    }
    let statement: Statement = json::parse(&payload.bytes, "signed statement")
        .map_err(|error| Error::Payload { cause: error.to_string() })?;
    if !media_type::STATEMENT_TYPES.contains(&statement.statement_type.as_str()) {
        let cause = format!("`_type` is `{}`, which is no in-toto statement", statement.statement_type);
        return Err(Error::Payload { cause });
    }
    // Some name packages by SHA-512 alone, which can be compared where the bytes are at hand.
    let digest = artifact.digest();
    let mut known = vec![(digest.algorithm(), digest.hex())];
    known.extend(artifact.hashed(HashAlgorithm::Sha2512).map(|hash| ("sha512", hex(&hash))));
    let names =
        |subject: &Subject| known.iter().any(|(algorithm, hex)| subject.digest.get(*algorithm) == Some(hex));
    if statement.subject.iter().any(names) {
        return Ok(());
    }
    let signed = statement
        .subject
        .iter()
        .flat_map(|subject| &subject.digest)
        .map(|(algorithm, hex)| format!("{algorithm}:{hex}"))
        .collect::<Vec<_>>()
        .join(", ");
    Err(Error::SubjectMismatch { signed, expected: digest })
}
