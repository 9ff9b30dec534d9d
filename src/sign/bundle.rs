//! What is signed is the envelope's type and payload together (DSSE's pre-authentication encoding), never the payload
//! alone. Written is the Sigstore bundle 0.3 of cosign 3, with the signer's key named by hint.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::log::LogEntry;
use super::signer::Signature;
use crate::oci::Digest;
use crate::oci::media_type::{IN_TOTO, SIGSTORE_BUNDLE_V03};
use crate::trust::PublicKey;

/// An in-toto statement in a signed envelope.
pub(super) struct Envelope<'a> {
    pub(super) statement: &'a [u8],
    pub(super) signature: &'a Signature,
}

/// The bytes to sign (DSSE protocol, version 1).
pub(super) fn encoded(statement: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {IN_TOTO} {} ", IN_TOTO.len(), statement.len()).into_bytes();
    bytes.extend_from_slice(statement);
    bytes
}

/// The statement of cosign 3's image signatures.
pub(super) fn signature_statement(digest: &Digest) -> Vec<u8> {
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "digest": { digest.algorithm(): digest.hex() }, "annotations": {} }],
        "predicateType": crate::trust::COSIGN_SIGN,
        "predicate": {},
    });
    statement.to_string().into_bytes()
}

impl Envelope<'_> {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "payload": STANDARD.encode(self.statement),
            "payloadType": IN_TOTO,
            "signatures": [{ "sig": STANDARD.encode(self.signature.as_bytes()) }],
        })
    }

    /// The bundle.
    pub(super) fn bundle(&self, key: &PublicKey, log: Option<&LogEntry>) -> Vec<u8> {
        // cosign looks the key up by the SHA-256 of its SPKI.
        let hint = match Digest::of(key.to_der()) {
            Digest::Sha256(bytes) => STANDARD.encode(bytes),
            Digest::Sha512(bytes) => STANDARD.encode(bytes),
        };
        let mut material = json!({ "publicKey": { "hint": hint } });
        if let (Some(entry), Some(members)) = (log, material.as_object_mut()) {
            members.insert("tlogEntries".to_owned(), json!([entry.in_bundle()]));
        }
        let bundle = json!({
            "mediaType": SIGSTORE_BUNDLE_V03,
            "verificationMaterial": material,
            "dsseEnvelope": self.to_json(),
        });
        bundle.to_string().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::sign::{KeyFile, KeyPair, Signer};
    use crate::trust::{Bundle, BundleContent};

    #[tokio::test]
    async fn a_bundle_is_read_back_as_what_was_signed() {
        let pair = KeyPair::generate(b"").unwrap();
        let signer = KeyFile::parse(pair.private.as_bytes(), "test").unwrap().open(b"").unwrap();
        let statement = signature_statement(&Digest::of(b"image"));
        let signature = Signature::make(&signer, &encoded(&statement)).await.unwrap();
        let bundle =
            Envelope { statement: &statement, signature: &signature }.bundle(signer.public_key(), None);
        let read = Bundle::parse(&bundle.into(), &Limits::default()).unwrap();
        let BundleContent::Statement(payload) = read.unverified_content() else { panic!() };
        assert_eq!((payload.bytes.as_ref(), payload.payload_type.as_str()), (&statement[..], IN_TOTO));
    }

    #[test]
    fn lengths_are_part_of_what_is_signed() {
        assert_eq!(encoded(b"{}"), b"DSSEv1 28 application/vnd.in-toto+json 2 {}");
    }
}
