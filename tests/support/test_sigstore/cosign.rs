//! Signatures in the form of cosign 2: layers of an image tagged `sha256-HEX.sig` or `.att`, with everything but the
//! payload in annotations.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::key::{base64, certificate_pem};
use super::signed::{Content, Signed};
use super::tsa::Tsa;

/// One layer of a `.sig` or `.att` image.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) media_type: &'static str,
    pub(crate) payload: Vec<u8>,
    pub(crate) annotations: Map<String, Value>,
}

pub(crate) const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
pub(crate) const BUNDLE: &str = "dev.sigstore.cosign/bundle";
pub(crate) const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
pub(crate) const CHAIN: &str = "dev.sigstore.cosign/chain";
pub(crate) const TIMESTAMP: &str = "dev.sigstore.cosign/rfc3161timestamp";

/// The payload that names an image, as cosign writes it.
pub(crate) fn simple_signing(repository: &str, digest: &str) -> String {
    json!({
        "critical": {
            "identity": {"docker-reference": repository},
            "image": {"docker-manifest-digest": digest},
            "type": "cosign container image signature",
        },
        "optional": null,
    })
    .to_string()
}

impl Signed {
    /// Dated as cosign 2 has its layers dated: of an envelope, the whole of it, not the signature.
    pub(crate) fn dated_as_layer(mut self, tsa: &Tsa, time: Timestamp) -> Self {
        let dated = match &self.content {
            Content::Message { signature, .. } => signature.clone(),
            Content::Envelope { .. } => self.envelope().to_string().into_bytes(),
        };
        self.timestamps.push(tsa.stamp(&dated, time));
        self
    }

    /// As a layer: a message with the payload that was signed, or an envelope with a statement.
    pub(crate) fn layer(&self, payload: &str) -> Layer {
        let mut annotations = Map::new();
        let mut annotate = |name: &str, text: String| annotations.insert(name.to_owned(), text.into());
        let (media_type, payload) = match &self.content {
            Content::Message { signature, .. } => {
                annotate(SIGNATURE, base64(signature));
                ("application/vnd.dev.cosign.simplesigning.v1+json", payload.as_bytes().to_vec())
            }
            Content::Envelope { .. } => {
                // The signature is in the envelope.
                annotate(SIGNATURE, String::new());
                let statement: Value = serde_json::from_str(payload).unwrap();
                if let Some(predicate_type) = statement["predicateType"].as_str() {
                    annotate("predicateType", predicate_type.to_owned());
                }
                ("application/vnd.dsse.envelope.v1+json", self.envelope().to_string().into_bytes())
            }
        };
        if let Some(certificate) = &self.signer.certificate {
            annotate(CERTIFICATE, certificate_pem(certificate));
            annotate(CHAIN, self.signer.chain.iter().map(|der| certificate_pem(der)).collect());
        }
        if let Some(entry) = self.entries.first() {
            annotate(BUNDLE, entry.annotated().to_string());
        }
        if let Some(timestamp) = self.timestamps.first() {
            annotate(TIMESTAMP, json!({"SignedRFC3161Timestamp": base64(timestamp)}).to_string());
        }
        Layer { media_type, payload, annotations }
    }
}
