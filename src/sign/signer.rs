//! Signers, and signatures that were verified with the signer's public key.
//!
//! A [`Signature`] cannot exist unverified, so a broken token or program is detected before anything is stored.

use async_trait::async_trait;

use super::Error;
use crate::trust::PublicKey;

/// A holder of a private key.
#[async_trait]
pub trait Signer: Send + Sync {
    /// The public key.
    fn public_key(&self) -> &PublicKey;

    /// Signs `message`: DER for ECDSA, with SHA-256 for P-256 and SHA-384 for P-384; PKCS #1 v1.5 with SHA-256 for RSA;
    /// plain Ed25519.
    ///
    /// # Errors
    ///
    /// If the signer fails.
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error>;
}

/// A signature that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signature(Vec<u8>);

impl Signature {
    /// Signs `message` with `signer`, and verifies the signature.
    pub(super) async fn make(signer: &dyn Signer, message: &[u8]) -> Result<Self, Error> {
        let bytes = signer.sign(message).await?;
        let key = signer.public_key();
        if key.verifies_raw(&bytes, message) {
            Ok(Self(bytes))
        } else {
            Err(Error::BadSignature { key: key.id() })
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::KeyPair;

    struct WrongSigner(crate::sign::PrivateKey, Vec<u8>);

    #[async_trait]
    impl Signer for WrongSigner {
        fn public_key(&self) -> &PublicKey {
            self.0.public_key()
        }

        async fn sign(&self, _: &[u8]) -> Result<Vec<u8>, Error> {
            Ok(self.1.clone())
        }
    }

    #[tokio::test]
    async fn a_signature_that_does_not_verify_is_an_error() {
        let key = || {
            let pair = KeyPair::generate(b"").unwrap();
            crate::sign::KeyFile::parse(pair.private.as_bytes(), "test").unwrap().open(b"").unwrap()
        };
        let signer = key();
        let good = Signature::make(&signer, b"message").await.unwrap();
        assert!(signer.public_key().verifies_raw(good.as_bytes(), b"message"));
        let of_another = key().sign(b"message").await.unwrap();
        let of_other_bytes = signer.sign(b"other").await.unwrap();
        let id = signer.public_key().id();
        for bytes in [Vec::new(), b"garbage".to_vec(), of_another, of_other_bytes] {
            let liar = WrongSigner(signer.clone(), bytes);
            assert_eq!(Signature::make(&liar, b"message").await, Err(Error::BadSignature { key: id }));
        }
    }
}
