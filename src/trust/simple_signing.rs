//! cosign's simple signing: the signature covers the payload's bytes as stored, and the payload names the
//! digest. The payload is read only after its signature verified.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::log::{self, Subject};
use super::{Error, Form, SignatureFacts, SignedName, Trust, Verified};
use crate::limits::Limits;
use crate::oci::{Digest, json};

/// `critical.type` of every payload of this format.
const TYPE: &str = "cosign container image signature";

/// One signature as fetched: a layer of a signature manifest. Nothing of it is trusted.
#[derive(Clone, Copy, Debug)]
pub struct SimpleSignature<'a> {
    /// The layer's bytes.
    pub payload: &'a [u8],
    /// Annotation `dev.cosignproject.cosign/signature`.
    pub signature: Option<&'a str>,
    /// Annotation `dev.sigstore.cosign/bundle`.
    pub log_entry: Option<&'a str>,
}

/// What a good signature says: this digest, under this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSignature {
    /// `critical.image.docker-manifest-digest`, equal to the digest asked about.
    pub digest: Digest,
    /// `critical.identity.docker-reference`.
    pub docker_reference: String,
    /// `optional.predicateType`, which Docker writes into signatures of attestations.
    pub predicate_type: Option<String>,
}

#[derive(Deserialize)]
struct Payload {
    critical: Critical,
    #[serde(default)]
    optional: Option<Optional>,
}

#[derive(Deserialize)]
struct Critical {
    identity: Identity,
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Identity {
    #[serde(rename = "docker-reference")]
    docker_reference: String,
}

#[derive(Deserialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    docker_manifest_digest: String,
}

#[derive(Deserialize)]
struct Optional {
    #[serde(rename = "predicateType")]
    predicate_type: Option<serde_json::Value>,
}

impl Trust {
    /// Checks that `signature` is one of `digest` by a given key, in that key's window, with the log proof that
    /// the policy demands.
    pub fn verify_simple(
        &self,
        signature: SimpleSignature<'_>,
        digest: &Digest,
        limits: &Limits,
    ) -> Result<Verified<ImageSignature>, Error> {
        let text = signature.signature.ok_or_else(|| Error::Unreadable {
            cause: "the layer has no `dev.cosignproject.cosign/signature` annotation".to_owned(),
        })?;
        let bytes = STANDARD
            .decode(text.trim())
            .map_err(|error| Error::Unreadable { cause: format!("the signature is not base64: {error}") })?;
        let subject = Subject { message: signature.payload, signature: &bytes };

        let Some((key, role)) = self.signer(signature.payload, &bytes) else {
            let named = signature.log_entry.and_then(log::named_key);
            return Err(match named {
                Some(id) if self.candidates().any(|(key, _)| key.key.id() == id) => {
                    Error::Altered { named: id }
                }
                named => Error::WrongKey { named, trusted: self.key_names() },
            });
        };
        let payload = read(signature.payload)?;
        if payload.digest.as_ref() != Some(digest) {
            return Err(Error::SubjectMismatch { signed: payload.written, expected: *digest });
        }
        let log = log::judge_annotation(signature.log_entry, subject, key, self, limits)?;
        key.check_window(log.time().unwrap_or(self.at), log.time().is_some())?;
        let facts = SignatureFacts {
            key: key.name.clone(),
            key_id: key.key.id(),
            is_dhi: key.is_dhi(),
            algorithm: key.key.algorithm(),
            role,
            form: Form::SimpleSigning,
            signed_name: SignedName::parse(&payload.docker_reference),
            log,
        };
        let value = ImageSignature {
            digest: *digest,
            docker_reference: payload.docker_reference,
            predicate_type: payload.predicate_type,
        };
        Ok(Verified::new(value, facts))
    }
}

struct ReadPayload {
    digest: Option<Digest>,
    written: String,
    docker_reference: String,
    predicate_type: Option<String>,
}

fn read(bytes: &[u8]) -> Result<ReadPayload, Error> {
    let payload: Payload =
        json::parse(bytes, "signed payload").map_err(|error| Error::Payload { cause: error.to_string() })?;
    if payload.critical.kind != TYPE {
        return Err(Error::Payload {
            cause: format!("its type is `{}`, not `{TYPE}`", payload.critical.kind),
        });
    }
    let predicate_type = match payload.optional.and_then(|optional| optional.predicate_type) {
        None | Some(serde_json::Value::Null) => None,
        Some(serde_json::Value::String(text)) => Some(text),
        Some(_) => return Err(Error::Payload { cause: "`optional.predicateType` is not text".to_owned() }),
    };
    Ok(ReadPayload {
        digest: payload.critical.image.docker_manifest_digest.parse().ok(),
        written: payload.critical.image.docker_manifest_digest,
        docker_reference: payload.critical.identity.docker_reference,
        predicate_type,
    })
}
