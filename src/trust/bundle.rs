//! Sigstore bundles of versions 0.1 to 0.3: a DSSE envelope or a message signature, by a key or by the holder of
//! a certificate.
//!
//! Returns the content of a bundle only after a trusted key or identity verified it and it is about the artifact.
//! Does not interpret the content further.
//!
//! Source: `sigstore_bundle.proto` of the Sigstore protobuf specifications.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use sigstore_verify::types::{DerCertificate, HashAlgorithm, MediaType, MessageDigest, TimestampToken};

use super::certificate::Certificate;
use super::dsse::{Envelope, SignedPayload, decode};
use super::log::LogEntries;
use super::signature::{Candidate, Content as SignedContent};
use super::signed_annotations::{self, Annotations};
use super::{
    Artifact, COSIGN_SIGN, Error, ImageSignature, KeyId, LogPolicy, SignatureFormat, SignedStatement,
    Statement, Trust, Verified, timestamps,
};
use crate::limits::{Exceeded, Limits};
use crate::oci::{Digest, hex, json, quote_untrusted};

/// What a bundle signs. Until it is verified, a statement is an unparsed payload.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BundleContent<S = SignedPayload> {
    /// A statement about the artifact.
    Statement(S),
    /// The artifact itself.
    Message,
}

/// A bundle as fetched: its syntax is checked, its content is not trusted.
#[derive(Clone, Debug)]
pub struct Bundle {
    version: MediaType,
    content: BundleContent,
    signature: Vec<u8>,
    message_digest: Option<MessageDigest>,
    key_hint: Option<String>,
    certificate: Option<Certificate>,
    entries: Vec<Box<RawValue>>,
    timestamps: Vec<TimestampToken>,
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
    public_key: Option<KeyHint>,
    tlog_entries: Option<Vec<Box<RawValue>>>,
    timestamp_verification_data: Option<Timestamps>,
}

/// The hint is an unsigned claim, but its type is checked: protobuf's JSON form has no other, and other readers refuse
/// it.
#[derive(Deserialize)]
struct KeyHint {
    hint: Option<String>,
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
    /// Reads a bundle. Log entries stay unparsed until they are verified.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if it is not a bundle of a known version, and [`Error::Limit`] if it is too large.
    pub fn parse(bytes: &Bytes, limits: &Limits) -> Result<Self, Error> {
        let unreadable = |cause: String| Error::Unreadable { cause };
        let wire: Wire<'_> =
            json::parse(bytes, "Sigstore bundle").map_err(|error| unreadable(error.to_string()))?;
        let version: MediaType = wire.media_type.parse().map_err(|_| {
            unreadable(format!(
                "bundle type {} is not supported by this version",
                quote_untrusted(&wire.media_type)
            ))
        })?;
        let (content, signature, message_digest) = match (wire.dsse_envelope, wire.message_signature) {
            (Some(envelope), None) => {
                let (payload, signature) = envelope.open(limits)?.into_single()?;
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
        let key_hint = material.public_key.as_ref().and_then(|key| key.hint.clone());
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
        timestamps::check_count(tokens.len(), limits)?;
        let timestamps = tokens
            .iter()
            .map(|token| decode(&token.signed_timestamp).map(TimestampToken::new))
            .collect::<Result<_, _>>()?;
        Ok(Self { version, content, signature, message_digest, key_hint, certificate, entries, timestamps })
    }

    /// The content that the bundle claims, unverified. Use it only to list the bundle.
    pub fn unverified_content(&self) -> &BundleContent {
        &self.content
    }

    /// Whether the bundle names the key with this ID. It is an unsigned claim.
    pub(super) fn names_key(&self, id: KeyId) -> bool {
        // cosign writes the SHA-256 of the key in base64.
        let hint = self.key_hint.as_deref().and_then(|hint| decode(hint).ok());
        hint.is_some_and(|hint| hex::encode(&hint) == id.hex())
    }

    /// Checks the digest that a message signature names: an unsigned claim, which must not contradict the artifact.
    pub(super) fn check_message_digest(&self, artifact: &Artifact<'_>) -> Result<(), Error> {
        check_message_digest(self.message_digest.as_ref(), artifact)
    }
}

impl Trust {
    /// Verifies a bundle.
    ///
    /// 1. Finds the trusted key or identity that made the signature.
    /// 2. Checks that the signed content is about `artifact`.
    /// 3. Checks log entries and timestamps by [`Trust::log`].
    /// 4. Checks that the key or certificate was valid at every proven time.
    ///
    /// # Errors
    ///
    /// The first check that fails; [`Error`] has one variant for each cause.
    pub fn verify_bundle(
        &self,
        bundle: &Bundle,
        artifact: Artifact<'_>,
    ) -> Result<Verified<BundleContent<SignedStatement>>, Error> {
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
            format: SignatureFormat::Bundle,
            content,
            artifact,
            certificate: bundle.certificate.clone(),
            entries: LogEntries::Absent,
            timestamps: bundle.timestamps.clone(),
            timestamped: None,
            version: bundle.version,
        };
        let author = self.match_signer(&candidate)?;
        let content = match &bundle.content {
            BundleContent::Statement(payload) => {
                BundleContent::Statement(SignedStatement::of_payload(payload, &artifact)?)
            }
            BundleContent::Message => {
                bundle.check_message_digest(&artifact)?;
                BundleContent::Message
            }
        };
        candidate.entries = if self.log == LogPolicy::Skip {
            LogEntries::not_checked(!bundle.entries.is_empty())
        } else {
            LogEntries::of_bundle(&bundle.entries, bundle.version)?
        };
        let facts = self.prove(&candidate, &author, None)?;
        Ok(Verified::new(content, facts))
    }
}

impl Trust {
    /// Verifies a bundle as a signature of the object itself: over the object, or over a statement of the type
    /// [`COSIGN_SIGN`]. Returns `None` without any check for any other statement, which is an attestation.
    ///
    /// # Errors
    ///
    /// As [`Trust::verify_bundle`].
    pub fn verify_signing_bundle(
        &self,
        bundle: &Bundle,
        object: Digest,
    ) -> Result<Option<Verified<ImageSignature>>, Error> {
        self.verify_signing(bundle, Artifact::of_digest(object))
    }

    pub(super) fn verify_signing(
        &self,
        bundle: &Bundle,
        artifact: Artifact<'_>,
    ) -> Result<Option<Verified<ImageSignature>>, Error> {
        let object = artifact.digest();
        let annotations = match &bundle.content {
            BundleContent::Statement(payload) => {
                let signs = Statement::parse(&payload.bytes)
                    .is_ok_and(|statement| statement.predicate_type == COSIGN_SIGN);
                signs.then(|| signed_annotations::of_statement(&payload.bytes, &object))
            }
            BundleContent::Message => Some(Annotations::new()),
        };
        let Some(annotations) = annotations else { return Ok(None) };
        let verified = self.verify_bundle(bundle, artifact)?;
        let signature = verified.map(|_| ImageSignature { digest: object, predicate_type: None });
        Ok(Some(signature.annotated(annotations)))
    }
}

impl Verified<BundleContent<SignedStatement>> {
    /// The statement with its signature, if the bundle has one.
    pub fn into_statement(self) -> Option<Verified<SignedStatement>> {
        let (content, facts) = self.into_parts();
        match content {
            BundleContent::Statement(statement) => Some(Verified::new(statement, facts)),
            BundleContent::Message => None,
        }
    }
}

/// Checks the digest that a message signature names: an unsigned claim, which must not contradict the artifact.
fn check_message_digest(digest: Option<&MessageDigest>, artifact: &Artifact<'_>) -> Result<(), Error> {
    let Some(digest) = digest else { return Ok(()) };
    match (digest.algorithm, artifact.digest()) {
        (HashAlgorithm::Sha2256, Digest::Sha256(expected)) if digest.digest.as_bytes() != expected => {
            let signed = hex::encode(digest.digest.as_bytes());
            Err(Error::SubjectMismatch { signed, expected: artifact.digest() })
        }
        (HashAlgorithm::Sha2256, Digest::Sha256(_)) => Ok(()),
        // Another algorithm needs the bytes.
        (algorithm, _) => {
            let found = artifact.hash(algorithm).ok_or_else(|| Error::Unreadable {
                cause: format!(
                    "it names the artifact by {algorithm}, which cannot be computed without its bytes"
                ),
            })?;
            if found == digest.digest.as_bytes() {
                return Ok(());
            }
            let signed = hex::encode(digest.digest.as_bytes());
            Err(Error::SubjectMismatch { signed, expected: artifact.digest() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bundle with this `publicKey`.
    fn bundle(public_key: &str) -> Result<Bundle, Error> {
        let text = format!(
            r#"{{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{{"publicKey":{public_key}}},"messageSignature":{{"signature":"MEUC"}}}}"#
        );
        Bundle::parse(&Bytes::from(text), &Limits::default())
    }

    #[test]
    fn a_hint_is_text_or_absent_as_in_protobuf_json() {
        for written in [r#"{"hint":"EYul"}"#, r#"{"hint":""}"#, r#"{"hint":null}"#, "{}", r#"{"other":1}"#] {
            bundle(written).unwrap();
        }
        for refused in [r#"{"hint":1}"#, r#"{"hint":["EYul"]}"#, r#"{"hint":{}}"#, "1", r#""EYul""#] {
            assert!(matches!(bundle(refused), Err(Error::Unreadable { .. })), "{refused}");
        }
    }
}
