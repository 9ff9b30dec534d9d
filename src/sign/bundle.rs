//! Writes Sigstore bundles 0.3 like cosign 3, with a hint for the signer's key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::envelope::Envelope;
use super::log::LogEntry;
use crate::oci::Digest;
use crate::oci::media_type::SIGSTORE_BUNDLE_V03;
use crate::trust::PublicKey;

/// The statement that cosign 3 signs as an image signature.
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
    /// The bundle of the envelope, with the log entry if there is one.
    pub(super) fn bundle(&self, key: &PublicKey, log: Option<&LogEntry>) -> Vec<u8> {
        // cosign finds the key by the SHA-256 of its SPKI.
        let hint = match Digest::of(key.to_der()) {
            Digest::Sha256(bytes) => STANDARD.encode(bytes),
            Digest::Sha512(bytes) => STANDARD.encode(bytes),
        };
        let mut material = json!({ "publicKey": { "hint": hint } });
        if let (Some(entry), Some(members)) = (log, material.as_object_mut()) {
            members.insert("tlogEntries".to_owned(), json!([entry.to_bundle_entry()]));
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
    use crate::oci::media_type::IN_TOTO;
    use crate::sign::envelope::pre_auth_encoding;
    use crate::sign::signer::Signature;
    use crate::sign::{KeyFile, KeyPair, Signer};
    use crate::trust::{Bundle, BundleContent};

    #[tokio::test]
    async fn a_written_bundle_parses_to_the_signed_statement() {
        let pair = KeyPair::generate(b"").unwrap();
        let signer = KeyFile::parse(pair.private.as_bytes(), "test").unwrap().open(b"").unwrap();
        let statement = signature_statement(&Digest::of(b"image"));
        let signature = Signature::make(&signer, &pre_auth_encoding(&statement)).await.unwrap();
        let bundle =
            Envelope { statement: &statement, signature: &signature }.bundle(signer.public_key(), None);
        let read = Bundle::parse(&bundle.into(), &Limits::default()).unwrap();
        let BundleContent::Statement(payload) = read.unverified_content() else { panic!() };
        assert_eq!((payload.bytes.as_ref(), payload.payload_type.as_str()), (&statement[..], IN_TOTO));
    }
}
