//! cosign's simple signing: the signature covers the payload's bytes as stored, and the payload names the digest.
//!
//! The payload is parsed only after its signature verified.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};

use sigstore_verify::types::MediaType;

use super::certificate::Certificate;
use super::log::{self, LogEntries};
use super::signature::{Candidate, Content};
use super::signed_annotations::{self, Annotations};
use super::{Artifact, Error, SignatureFormat, SignedName, Trust, Verified, timestamps};
use crate::limits::Limits;
use crate::oci::{Digest, json};

/// `critical.type` of every payload of this format.
pub(super) const TYPE: &str = "cosign container image signature";

/// One signature as fetched: a layer of a signature manifest. Not trusted.
#[derive(Clone, Copy, Debug, Default)]
pub struct SimpleSignature<'a> {
    /// The layer's bytes.
    pub payload: &'a [u8],
    /// Annotation `dev.cosignproject.cosign/signature`.
    pub signature: Option<&'a str>,
    /// Annotation `dev.sigstore.cosign/bundle`.
    pub log_entry: Option<&'a str>,
    /// Annotation `dev.sigstore.cosign/certificate`, of keyless signatures.
    pub certificate: Option<&'a str>,
    /// Annotation `dev.sigstore.cosign/chain`.
    pub chain: Option<&'a str>,
    /// Annotation `dev.sigstore.cosign/rfc3161timestamp`.
    pub timestamp: Option<&'a str>,
}

/// The object that a good signature names, and the predicate type if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSignature {
    pub(super) digest: Digest,
    pub(super) predicate_type: Option<String>,
}

impl ImageSignature {
    /// The signed object: `critical.image.docker-manifest-digest`, or the object or file of a bundle.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// `optional.predicateType`, which Docker adds to signatures of attestations. Bundles have none.
    pub fn predicate_type(&self) -> Option<&str> {
        self.predicate_type.as_deref()
    }
}

#[derive(Deserialize)]
struct Payload {
    critical: Critical,
    #[serde(default)]
    optional: Option<Map<String, Value>>,
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

impl Trust {
    /// Verifies a signature of the object `digest`.
    ///
    /// 1. Finds the trusted key or identity that made the signature over the payload.
    /// 2. Checks that the payload is an image signature of `digest`.
    /// 3. Checks log entry and timestamp by [`Trust::log`].
    /// 4. Checks that the key or certificate was valid at every proven time.
    ///
    /// # Errors
    ///
    /// The first check that fails; [`Error`] has one variant for each cause.
    pub fn verify_simple(
        &self,
        signature: SimpleSignature<'_>,
        digest: &Digest,
        limits: &Limits,
    ) -> Result<Verified<ImageSignature>, Error> {
        let unreadable = |cause: String| Error::Unreadable { cause };
        let text = signature.signature.ok_or_else(|| {
            unreadable("the layer has no `dev.cosignproject.cosign/signature` annotation".to_owned())
        })?;
        let bytes = STANDARD
            .decode(text.trim())
            .map_err(|error| unreadable(format!("the signature is not base64: {error}")))?;
        let mut candidate = Candidate {
            format: SignatureFormat::SimpleSigning,
            content: Content::Message { signature: bytes, digest: None },
            artifact: Artifact::of_bytes(signature.payload),
            certificate: None,
            entries: LogEntries::Absent,
            timestamps: Vec::new(),
            timestamped: None,
            version: MediaType::Bundle0_1,
        };
        // A good signature by a key stays good if a certificate was added to it.
        let author = match (self.match_key(&candidate), signature.certificate) {
            (Some(author), _) => author,
            (None, Some(leaf)) => {
                candidate.certificate = Some(Certificate::from_pem(leaf, signature.chain, limits)?);
                self.match_signer(&candidate)?
            }
            (None, None) => {
                let named = signature.log_entry.and_then(log::named_key);
                return Err(match named {
                    Some(id) if self.keys_with_roles().any(|(key, _)| key.key.id() == id) => {
                        Error::Altered { named: id.short() }
                    }
                    named => Error::WrongKey { named, trusted: self.signer_names() },
                });
            }
        };
        let payload = read(signature.payload)?;
        if payload.digest.as_ref() != Some(digest) {
            return Err(Error::SubjectMismatch { signed: payload.written, expected: *digest });
        }
        candidate.entries = log::read_annotation(signature.log_entry, self.log, limits)?;
        candidate.version = candidate.entries.version();
        candidate.timestamps =
            signature.timestamp.map(timestamps::from_annotation).transpose()?.into_iter().collect();
        let name = SignedName::parse(&payload.docker_reference);
        let facts = self.prove(&candidate, &author, name)?;
        let value = ImageSignature { digest: *digest, predicate_type: payload.predicate_type };
        Ok(Verified::new(value, facts).annotated(payload.annotations))
    }
}

struct ReadPayload {
    digest: Option<Digest>,
    written: String,
    docker_reference: String,
    predicate_type: Option<String>,
    annotations: Annotations,
}

fn read(bytes: &[u8]) -> Result<ReadPayload, Error> {
    let payload: Payload =
        json::parse(bytes, "signed payload").map_err(|error| Error::Payload { cause: error.to_string() })?;
    if payload.critical.kind != TYPE {
        return Err(Error::Payload {
            cause: format!("its type is `{}`, not `{TYPE}`", payload.critical.kind),
        });
    }
    let optional = payload.optional.unwrap_or_default();
    let predicate_type = match optional.get("predicateType") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => return Err(Error::Payload { cause: "`optional.predicateType` is not text".to_owned() }),
    };
    Ok(ReadPayload {
        digest: payload.critical.image.docker_manifest_digest.parse().ok(),
        written: payload.critical.image.docker_manifest_digest,
        docker_reference: payload.critical.identity.docker_reference,
        predicate_type,
        annotations: signed_annotations::of_payload(&optional),
    })
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
        KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    };

    use super::*;
    use crate::trust::{Keyring, LogPolicy, PublicKey, Role, SctPolicy, Threshold, TrustedKey, TrustedRoot};

    fn pem(spki: &[u8]) -> String {
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(spki))
    }

    fn trust(pem: &str) -> Trust {
        Trust {
            keys: Keyring::of([TrustedKey::active(
                "test",
                PublicKey::from_pem(pem, "test").unwrap(),
                "test",
            )]),
            identities: Vec::new(),
            attestors: Keyring::default(),
            root: TrustedRoot::public_good().unwrap(),
            log: LogPolicy::VerifyIfPresent,
            sct: SctPolicy::Require,
            threshold: Threshold::ONE,
            effective_time: "2026-01-01T00:00:00Z".parse().unwrap(),
        }
    }

    fn payload(digest: &Digest) -> String {
        format!(
            r#"{{"critical":{{"identity":{{"docker-reference":"registry.example.com/team/api"}},"image":{{"docker-manifest-digest":"{digest}"}},"type":"{TYPE}"}},"optional":null}}"#
        )
    }

    /// Keys of all kinds, each with its public half and a function that signs.
    type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;
    fn keys() -> Vec<(&'static str, String, Sign)> {
        let random = SystemRandom::new();
        let mut keys: Vec<(&'static str, String, Sign)> = Vec::new();
        for (name, algorithm) in
            [("ecdsa-p256", &ECDSA_P256_SHA256_ASN1_SIGNING), ("ecdsa-p384", &ECDSA_P384_SHA384_ASN1_SIGNING)]
        {
            let pair = EcdsaKeyPair::generate(algorithm).unwrap();
            let public = pem(pair.public_key().as_der().unwrap().as_ref());
            let random = SystemRandom::new();
            keys.push((name, public, Box::new(move |m| pair.sign(&random, m).unwrap().as_ref().to_vec())));
        }
        let pair = Ed25519KeyPair::generate().unwrap();
        let public = pem(pair.public_key().as_der().unwrap().as_ref());
        keys.push(("ed25519", public, Box::new(move |m| pair.sign(m).as_ref().to_vec())));
        let pair = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let public = pem(pair.public_key().as_der().unwrap().as_ref());
        keys.push((
            "rsa",
            public,
            Box::new(move |m| {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, m, &mut signature).unwrap();
                signature
            }),
        ));
        keys
    }

    #[test]
    fn every_kind_of_key_verifies_only_its_own_signatures() {
        let digest = Digest::of(b"manifest");
        let payload = payload(&digest);
        let keys = keys();
        for (name, public, sign) in &keys {
            let signature = STANDARD.encode(sign(payload.as_bytes()));
            let candidate = SimpleSignature {
                payload: payload.as_bytes(),
                signature: Some(&signature),
                ..SimpleSignature::default()
            };
            let verified = trust(public).verify_simple(candidate, &digest, &Limits::default()).unwrap();
            let facts = verified.facts();
            assert_eq!((facts.algorithm, facts.role, facts.log.as_str()), (*name, Role::Image, "absent"));
            assert_eq!(facts.signed_name.as_ref().unwrap().as_str(), "team/api");
            assert!(!facts.signer.is_dhi());
            for (_, other, _) in keys.iter().filter(|(_, other, _)| other != public) {
                let wrong = trust(other).verify_simple(candidate, &digest, &Limits::default());
                assert!(matches!(wrong, Err(Error::WrongKey { named: None, .. })), "{wrong:?}");
            }
        }
    }

    #[test]
    fn the_payload_must_be_an_image_signature_of_the_digest() {
        let digest = Digest::of(b"manifest");
        let (_, public, sign) = keys().remove(0);
        let verify = |payload: &str| {
            let signature = STANDARD.encode(sign(payload.as_bytes()));
            let candidate = SimpleSignature {
                payload: payload.as_bytes(),
                signature: Some(&signature),
                ..SimpleSignature::default()
            };
            trust(&public).verify_simple(candidate, &digest, &Limits::default()).map(|_| ())
        };
        let good = payload(&digest);
        assert_eq!(verify(&good), Ok(()));
        let other = Digest::of(b"other");
        assert_eq!(
            verify(&payload(&other)),
            Err(Error::SubjectMismatch { signed: other.to_string(), expected: digest })
        );
        let mismatched = good.replace(&digest.to_string(), &digest.to_string().to_uppercase());
        assert!(matches!(verify(&mismatched), Err(Error::SubjectMismatch { .. })));
        for bad in [
            "garbage".to_owned(),
            "{}".to_owned(),
            good.replace(TYPE, "cosign blob signature"),
            good.replace(r#""optional":null"#, r#""optional":{"predicateType":7}"#),
            good.replace(r#""optional":null"#, r#""optional":null,"optional":null"#),
            good.replacen("{", r#"{"critical":1,"#, 1),
        ] {
            assert!(matches!(verify(&bad), Err(Error::Payload { .. })), "{bad}");
        }
    }

    #[test]
    fn a_missing_or_malformed_signature_is_unreadable() {
        let (_, public, _) = keys().remove(0);
        let digest = Digest::of(b"manifest");
        for signature in [None, Some("not base64!")] {
            let candidate = SimpleSignature { payload: b"{}", signature, ..SimpleSignature::default() };
            let result = trust(&public).verify_simple(candidate, &digest, &Limits::default());
            assert!(matches!(result, Err(Error::Unreadable { .. })), "{result:?}");
        }
    }
}
