//! Makes proofs for the tests of this and other modules: real keys sign, and the public functions of
//! [`trust`](crate::trust) verify.

use std::sync::LazyLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::limits::Limits;
use crate::oci::{Digest, media_type};
use crate::trust::{
    Artifact, Attested, EnvelopeLayer, Error, ImageSignature, Keyring, LogPolicy, PREDICATE_TYPE, PublicKey,
    Role, SctPolicy, SignatureFacts, SignedObject, SignedStatement, SimpleSignature, Statement, Threshold,
    Trust, TrustedKey, TrustedRoot, Verified,
};

/// The public half of [`DOCKER`]: a point of P-256.
const DOCKER_POINT: &str =
    "BB4YUy/UdUwC8wQdnHXOszuD/9gax85P6ILMscmLxYlupGwxHE4v9A3ZajZT5uRURdMt/khuztdcepDGoYiBwKM=";

/// The key that counts as Docker's only in the unit tests of this crate. See [`TrustedKey::is_dhi`].
static DOCKER: LazyLock<EcdsaKeyPair> = LazyLock::new(|| {
    let point = STANDARD.decode(DOCKER_POINT).unwrap();
    EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_ASN1_SIGNING, &[7; 32], &point).unwrap()
});
static TEAM: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap());
static ROOT: LazyLock<TrustedRoot> = LazyLock::new(|| TrustedRoot::public_good().unwrap());

/// A signer with a real key, a role and a signed name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TestSigner {
    pub(crate) name: Option<&'static str>,
    /// Whether it signs with Docker's key; otherwise with a team's.
    pub(crate) is_dhi: bool,
    pub(crate) role: Role,
}

impl TestSigner {
    /// Signs with Docker's key and this signed name.
    pub(crate) fn docker(name: &'static str) -> Self {
        Self { name: Some(name), is_dhi: true, role: Role::Image }
    }

    /// The facts of a signature by this signer.
    pub(crate) fn facts(&self) -> SignatureFacts {
        self.sign(Digest::of(b"object"), None).facts().clone()
    }

    /// A statement about `subject`, stored and signed as Docker does it.
    pub(crate) fn attest(
        &self,
        statement: &str,
        subject: Digest,
    ) -> Result<Attested<SignedStatement>, Error> {
        let predicate_type = Statement::parse(statement.as_bytes())?.predicate_type;
        let manifest = manifest(statement, &predicate_type);
        let signed = self.sign_object(&manifest, Some(&predicate_type));
        signed.verify_statement(manifest.as_bytes(), statement.to_owned().into(), subject)
    }

    /// Signs an object, with a threshold of one.
    pub(crate) fn sign_object(&self, object: &str, predicate_type: Option<&str>) -> SignedObject {
        let digest = Digest::of(object.as_bytes());
        self.trust().quorum(digest, &[self.sign(digest, predicate_type)]).unwrap()
    }

    /// A signature of the object that has this digest.
    pub(crate) fn sign(&self, object: Digest, predicate_type: Option<&str>) -> Verified<ImageSignature> {
        let payload = json!({
            "critical": {
                "identity": { "docker-reference": self.name.map_or(String::new(), |name| format!("registry.scout.docker.com/{name}")) },
                "image": { "docker-manifest-digest": object.to_string() },
                "type": "cosign container image signature",
            },
            "optional": { "predicateType": predicate_type },
        })
        .to_string();
        let signature = self.key().sign(&SystemRandom::new(), payload.as_bytes()).unwrap();
        let signature = STANDARD.encode(signature.as_ref());
        let signature = SimpleSignature {
            payload: payload.as_bytes(),
            signature: Some(&signature),
            ..SimpleSignature::default()
        };
        self.trust().verify_simple(signature, &object, &Limits::default()).unwrap()
    }

    /// A statement about `subject` that carries its own signature, as cosign stores it.
    pub(crate) fn sign_statement(
        &self,
        statement: &str,
        subject: Digest,
    ) -> Result<Verified<SignedStatement>, Error> {
        let envelope = json!({
            "payloadType": media_type::IN_TOTO,
            "payload": STANDARD.encode(statement),
            "signatures": [{ "sig": self.envelope_signature(statement) }],
        })
        .to_string();
        let layer = EnvelopeLayer {
            envelope: envelope.as_bytes(),
            log_entry: None,
            certificate: None,
            chain: None,
            timestamp: None,
        };
        let verified = self.trust().verify_envelope(layer, Artifact::of_digest(subject), &Limits::default());
        verified.map(|mut good| good.remove(0))
    }

    /// A signature of an envelope with `statement`, in base64.
    pub(crate) fn envelope_signature(&self, statement: &str) -> String {
        // The pre-authentication encoding of DSSE.
        let (kind, size) = (media_type::IN_TOTO, statement.len());
        let message = format!("DSSEv1 {} {kind} {size} {statement}", kind.len());
        let signature = self.key().sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        STANDARD.encode(signature.as_ref())
    }

    fn key(&self) -> &'static EcdsaKeyPair {
        if self.is_dhi { &DOCKER } else { &TEAM }
    }

    /// The key as a trusted key.
    pub(crate) fn trusted_key(&self) -> TrustedKey {
        let spki = self.key().public_key().as_der().unwrap();
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            STANDARD.encode(spki.as_ref())
        );
        let key = TrustedKey::active("key", PublicKey::from_pem(&pem, "key").unwrap(), "test");
        assert_eq!(key.is_dhi(), self.is_dhi);
        key
    }

    /// Trusts this signer alone.
    pub(crate) fn trust(&self) -> Trust {
        let (given, none) = (Keyring::of([self.trusted_key()]), Keyring::default());
        let (keys, attestors) = match self.role {
            Role::Image => (given, none),
            Role::Attestor => (none, given),
        };
        Trust {
            keys,
            identities: Vec::new(),
            attestors,
            root: ROOT.clone(),
            log: LogPolicy::VerifyIfPresent,
            sct: SctPolicy::Require,
            threshold: Threshold::ONE,
            effective_time: "2026-01-01T00:00:00Z".parse().unwrap(),
        }
    }
}

/// The manifest of an attestation whose one layer is `statement`.
pub(crate) fn manifest(statement: &str, predicate_type: &str) -> String {
    let layer = json!({
        "mediaType": media_type::IN_TOTO,
        "digest": Digest::of(statement.as_bytes()).to_string(),
        "size": statement.len(),
        "annotations": { PREDICATE_TYPE: predicate_type },
    });
    json!({
        "schemaVersion": 2,
        "mediaType": media_type::OCI_MANIFEST,
        "artifactType": media_type::IN_TOTO,
        "config": { "mediaType": media_type::OCI_EMPTY, "digest": Digest::of(b"{}").to_string(), "size": 2 },
        "layers": [layer],
        "annotations": { PREDICATE_TYPE: predicate_type },
    })
    .to_string()
}
