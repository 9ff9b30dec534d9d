//! Keys of all parties. Each is made for one test.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{KeyPair, PublicKeyData as _, SigningKey as _};

/// A signing key. Clones are the same key.
#[derive(Clone, Debug)]
pub(crate) struct Key(Arc<KeyPair>);

impl Key {
    /// ECDSA P-256 with SHA-256, as Sigstore clients and logs use it.
    pub(crate) fn p256() -> Self {
        Self(Arc::new(KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap()))
    }

    /// ECDSA P-384 with SHA-384, as Fulcio and the timestamp authority use it.
    pub(crate) fn p384() -> Self {
        Self(Arc::new(KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap()))
    }

    /// Ed25519, as logs of Rekor v2 use it.
    pub(crate) fn ed25519() -> Self {
        Self(Arc::new(KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap()))
    }

    /// Signs: ECDSA as ASN.1 DER, Ed25519 as its 64 bytes.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).unwrap()
    }

    /// The DER of the `SubjectPublicKeyInfo`.
    pub(crate) fn spki(&self) -> Vec<u8> {
        self.0.subject_public_key_info()
    }

    /// The public key as PEM, with line feeds only.
    pub(crate) fn pem(&self) -> String {
        self.0.public_key_pem()
    }

    /// SHA-256 of the SPKI: the id of logs in RFC 6962 and in Rekor v1.
    pub(crate) fn id(&self) -> [u8; 32] {
        sha256(&self.spki())
    }

    /// The name of the algorithm in Sigstore's `PublicKeyDetails`.
    pub(crate) fn details(&self) -> &'static str {
        if self.0.algorithm() == &rcgen::PKCS_ED25519 {
            "PKIX_ED25519"
        } else if self.0.algorithm() == &rcgen::PKCS_ECDSA_P384_SHA384 {
            "PKIX_ECDSA_P384_SHA_384"
        } else {
            "PKIX_ECDSA_P256_SHA_256"
        }
    }

    pub(crate) fn pair(&self) -> &KeyPair {
        &self.0
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().unwrap()
}

pub(crate) fn sha512(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA512, bytes).as_ref().to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads what a client sent.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A certificate as PEM.
pub(crate) fn certificate_pem(der: &[u8]) -> String {
    let text = base64(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
