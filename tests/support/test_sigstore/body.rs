//! Bodies of log entries, as the logs write them: canonical JSON (RFC 8785).

use serde_json::{Value, json};

use super::key::{Key, base64, certificate_pem, hex, sha256};

/// A body, with the kind and version that bundles repeat beside it.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) kind: &'static str,
    pub(crate) version: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// The key or the certificate of a signature in a log entry.
#[derive(Clone)]
pub(crate) enum Verifier {
    Key(Key),
    Certificate(Vec<u8>),
}

impl Verifier {
    /// Rekor v1 writes PEM.
    pub(crate) fn pem(&self) -> String {
        match self {
            Self::Key(key) => key.pem(),
            Self::Certificate(der) => certificate_pem(der),
        }
    }
}

impl Body {
    fn new(kind: &'static str, version: &'static str, spec: &Value) -> Self {
        let body = sorted(&json!({"apiVersion": version, "kind": kind, "spec": spec}));
        Self { kind, version, bytes: body.to_string().into_bytes() }
    }

    /// Rekor v1, for a signature over bytes with this SHA-256.
    pub(crate) fn hashedrekord_v1(digest: &str, signature: &[u8], pem: &str) -> Self {
        Self::new(
            "hashedrekord",
            "0.0.1",
            &json!({
                "data": {"hash": {"algorithm": "sha256", "value": digest}},
                "signature": {
                    "content": base64(signature),
                    "publicKey": {"content": base64(pem.as_bytes())},
                },
            }),
        )
    }

    /// Rekor v1, for an envelope as it was uploaded.
    pub(crate) fn dsse(envelope: &[u8], payload: &[u8], signature: &[u8], pem: &str) -> Self {
        Self::new(
            "dsse",
            "0.0.1",
            &json!({
                "envelopeHash": sha256_value(envelope),
                "payloadHash": sha256_value(payload),
                "signatures": [{"signature": base64(signature), "verifier": base64(pem.as_bytes())}],
            }),
        )
    }

    /// Rekor v1, for an envelope with an in-toto statement. Signatures are in base64 twice.
    pub(crate) fn intoto(
        envelope: &[u8],
        payload_type: &str,
        payload: &[u8],
        signature: &[u8],
        pem: &str,
    ) -> Self {
        let signature = base64(base64(signature).as_bytes());
        Self::new(
            "intoto",
            "0.0.2",
            &json!({
                "content": {
                    "envelope": {
                        "payloadType": payload_type,
                        "signatures": [{"publicKey": base64(pem.as_bytes()), "sig": signature}],
                    },
                    "hash": sha256_value(envelope),
                    "payloadHash": sha256_value(payload),
                },
            }),
        )
    }

    /// Rekor v1 for cosign 2 and older, for an envelope with an in-toto statement. It has the signature only
    /// by the hash of the envelope.
    pub(crate) fn intoto_old(envelope: &[u8], payload: &[u8], pem: &str) -> Self {
        Self::new(
            "intoto",
            "0.0.1",
            &json!({
                "content": {"hash": sha256_value(envelope), "payloadHash": sha256_value(payload)},
                "publicKey": base64(pem.as_bytes()),
            }),
        )
    }

    /// Rekor v2, for a signature over bytes with this SHA-256: an artifact, or the pre-authentication encoding
    /// of an envelope.
    pub(crate) fn hashedrekord_v2(digest: &[u8; 32], signature: &[u8], verifier: &Verifier) -> Self {
        let verifier = match verifier {
            Verifier::Key(key) => {
                json!({"keyDetails": key.details(), "publicKey": {"rawBytes": base64(&key.spki())}})
            }
            Verifier::Certificate(der) => {
                json!({"keyDetails": "PKIX_ECDSA_P256_SHA_256", "x509Certificate": {"rawBytes": base64(der)}})
            }
        };
        Self::new(
            "hashedrekord",
            "0.0.2",
            &json!({"hashedRekordV002": {
                "data": {"algorithm": "SHA2_256", "digest": base64(digest)},
                "signature": {"content": base64(signature), "verifier": verifier},
            }}),
        )
    }
}

fn sha256_value(bytes: &[u8]) -> Value {
    json!({"algorithm": "sha256", "value": hex(&sha256(bytes))})
}

/// Members in order. The rest of RFC 8785 is what serde_json does with our strings and whole numbers.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            members.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect()
        }
        Value::Array(values) => values.iter().map(sorted).collect(),
        other => other.clone(),
    }
}
