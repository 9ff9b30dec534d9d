//! A signature over an artifact or a statement, with the log entries and timestamps that a test asks for, as a bundle
//! of any version or in the form of cosign.
//!
//! Each step appends a correct answer. The fields are open, so that a test can change them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::body::{Body, Verifier};
use super::key::{Key, base64, hex, sha256};
use super::log::{Entry, Log, Rekor};
use super::tsa::Tsa;

/// The payload type of in-toto statements.
pub(crate) const IN_TOTO: &str = "application/vnd.in-toto+json";

/// A signer: a key, or a key with a certificate that is valid for minutes.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) key: Key,
    pub(crate) certificate: Option<Vec<u8>>,
    /// The issuers of the certificate, the root last.
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) time: Timestamp,
}

impl Signer {
    /// Signs the bytes of an artifact.
    pub(crate) fn sign(&self, artifact: &[u8]) -> Signed {
        let signature = self.key.sign(artifact);
        self.signed(Content::Message { digest: sha256(artifact), signature })
    }

    /// Signs a statement in an envelope.
    pub(crate) fn attest(&self, statement: &str) -> Signed {
        self.seal(IN_TOTO, statement.as_bytes())
    }

    /// Signs any payload in an envelope.
    pub(crate) fn seal(&self, payload_type: &str, payload: &[u8]) -> Signed {
        let signature = self.key.sign(&encoded(payload_type, payload));
        self.signed(Content::Envelope {
            payload_type: payload_type.to_owned(),
            payload: payload.to_vec(),
            signatures: vec![signature],
        })
    }

    fn signed(&self, content: Content) -> Signed {
        let material = match &self.certificate {
            Some(certificate) => Material::Certificate(certificate.clone()),
            None => Material::Key { hint: base64(&self.key.id()) },
        };
        Signed { content, material, signer: self.clone(), entries: Vec::new(), timestamps: Vec::new() }
    }

    /// The signer in log entries.
    pub(crate) fn verifier(&self) -> Verifier {
        match &self.certificate {
            Some(certificate) => Verifier::Certificate(certificate.clone()),
            None => Verifier::Key(self.key.clone()),
        }
    }
}

/// What was signed.
#[derive(Clone)]
pub(crate) enum Content {
    Message { digest: [u8; 32], signature: Vec<u8> },
    Envelope { payload_type: String, payload: Vec<u8>, signatures: Vec<Vec<u8>> },
}

/// The signer in a bundle.
#[derive(Clone)]
pub(crate) enum Material {
    Key {
        hint: String,
    },
    /// One certificate: a field of its own in v0.3, a chain of one before.
    Certificate(Vec<u8>),
    /// A chain in any version.
    Chain(Vec<Vec<u8>>),
}

/// How an envelope is logged by Rekor v1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Logged {
    /// `dsse` 0.0.1.
    Dsse,
    /// `intoto` 0.0.2.
    Intoto,
    /// `intoto` 0.0.1.
    IntotoOld,
}

/// Versions of the bundle format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    V01,
    V02,
    V03,
}

impl Version {
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::V01 => "application/vnd.dev.sigstore.bundle+json;version=0.1",
            Self::V02 => "application/vnd.dev.sigstore.bundle+json;version=0.2",
            Self::V03 => "application/vnd.dev.sigstore.bundle.v0.3+json",
        }
    }
}

/// A signature with its log entries and timestamps.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) content: Content,
    pub(crate) material: Material,
    pub(crate) entries: Vec<Entry>,
    /// Responses of timestamp authorities.
    pub(crate) timestamps: Vec<Vec<u8>>,
    pub(crate) signer: Signer,
}

impl Signed {
    /// Logged, at the time of signing.
    pub(crate) fn logged(self, log: &Log) -> Self {
        let time = self.signer.time;
        self.logged_at(log, time)
    }

    /// Logged, at any time.
    pub(crate) fn logged_at(mut self, log: &Log, time: Timestamp) -> Self {
        self.entries.push(log.record(self.body(log.version, Logged::Dsse), time));
        self
    }

    /// Logged by Rekor v1 in a kind that is not the usual one.
    pub(crate) fn logged_as(mut self, log: &Log, kind: Logged) -> Self {
        self.entries.push(log.record(self.body(log.version, kind), self.signer.time));
        self
    }

    /// Dated, at the time of signing.
    pub(crate) fn dated(self, tsa: &Tsa) -> Self {
        let time = self.signer.time;
        self.dated_at(tsa, time)
    }

    /// Dated, at any time.
    pub(crate) fn dated_at(mut self, tsa: &Tsa, time: Timestamp) -> Self {
        self.timestamps.push(tsa.stamp(self.signature(), time));
        self
    }

    /// Changed by a test.
    pub(crate) fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The signature; of several, the first.
    pub(crate) fn signature(&self) -> &[u8] {
        match &self.content {
            Content::Message { signature, .. } => signature,
            Content::Envelope { signatures, .. } => &signatures[0],
        }
    }

    /// The only log entry.
    pub(crate) fn entry(&mut self) -> &mut Entry {
        let [entry] = self.entries.as_mut_slice() else { panic!("there is not one log entry") };
        entry
    }

    /// The body of a log entry about the signature.
    pub(crate) fn body(&self, rekor: Rekor, kind: Logged) -> Body {
        let verifier = self.signer.verifier();
        let (signature, pem) = (self.signature(), verifier.pem());
        match (rekor, &self.content) {
            (Rekor::V1, Content::Message { digest, .. }) => {
                Body::hashedrekord_v1(&hex(digest), signature, &pem)
            }
            (Rekor::V1, Content::Envelope { payload_type, payload, .. }) => {
                let envelope = self.envelope().to_string();
                match kind {
                    Logged::Dsse => Body::dsse(envelope.as_bytes(), payload, signature, &pem),
                    Logged::IntotoOld => Body::intoto_old(envelope.as_bytes(), payload, &pem),
                    Logged::Intoto => {
                        Body::intoto(envelope.as_bytes(), payload_type, payload, signature, &pem)
                    }
                }
            }
            (Rekor::V2, Content::Message { digest, .. }) => {
                Body::hashedrekord_v2(digest, signature, &verifier)
            }
            (Rekor::V2, Content::Envelope { payload_type, payload, .. }) => {
                Body::hashedrekord_v2(&sha256(&encoded(payload_type, payload)), signature, &verifier)
            }
        }
    }

    /// The envelope as JSON.
    pub(crate) fn envelope(&self) -> Value {
        let Content::Envelope { payload_type, payload, signatures } = &self.content else {
            panic!("a message has no envelope")
        };
        let signatures: Vec<Value> =
            signatures.iter().map(|signature| json!({"keyid": "", "sig": base64(signature)})).collect();
        json!({"payload": base64(payload), "payloadType": payload_type, "signatures": signatures})
    }

    /// The bundle.
    pub(crate) fn bundle(&self, version: Version) -> Value {
        let raw = |der: &Vec<u8>| json!({"rawBytes": base64(der)});
        let (member, material) = match &self.material {
            Material::Key { hint } => ("publicKey", json!({"hint": hint})),
            Material::Certificate(der) if version == Version::V03 => ("certificate", raw(der)),
            Material::Certificate(der) => ("x509CertificateChain", json!({"certificates": [raw(der)]})),
            Material::Chain(chain) => {
                let chain: Vec<Value> = chain.iter().map(raw).collect();
                ("x509CertificateChain", json!({"certificates": chain}))
            }
        };
        let entries: Vec<Value> = self.entries.iter().map(Entry::bundled).collect();
        let timestamps: Vec<Value> =
            self.timestamps.iter().map(|token| json!({"signedTimestamp": base64(token)})).collect();
        let mut bundle = json!({
            "mediaType": version.media_type(),
            "verificationMaterial": {member: material, "tlogEntries": entries},
        });
        if !timestamps.is_empty() {
            bundle["verificationMaterial"]["timestampVerificationData"] =
                json!({"rfc3161Timestamps": timestamps});
        }
        match &self.content {
            Content::Message { digest, signature } => {
                bundle["messageSignature"] = json!({
                    "messageDigest": {"algorithm": "SHA2_256", "digest": base64(digest)},
                    "signature": base64(signature),
                });
            }
            Content::Envelope { .. } => bundle["dsseEnvelope"] = self.envelope(),
        }
        bundle
    }
}

/// What the signature of an envelope covers: DSSE's pre-authentication encoding.
pub(crate) fn encoded(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}
