//! Public keys that verify signatures.
//!
//! A key is identified by the SHA-256 of its SubjectPublicKeyInfo in its canonical encoding, never by a name that came
//! with it and never by the encoding in the file.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use sigstore_verify::crypto::{SigningScheme, VerificationKey};
use sigstore_verify::types::{DerPublicKey, SignatureBytes};

use super::spki::{self, Algorithm};
use super::{Error, KeyId};
use crate::diagnostic::{PublicKeyForm, Remedy};
use crate::oci::Digest;

/// A public key that can verify signatures: ECDSA P-256 or P-384, RSA (2048 to 8192 bits), Ed25519.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    spki: DerPublicKey,
    id: KeyId,
    algorithm: Algorithm,
}

impl PublicKey {
    /// Reads one `BEGIN PUBLIC KEY` block. `origin` (file, variable or URL) appears in errors.
    ///
    /// # Errors
    ///
    /// [`Error::KeyFile`] if it is not one supported key, [`Error::KeyEncoding`] if the key can be converted to one.
    pub fn from_pem(pem: &str, origin: &str) -> Result<Self, Error> {
        let wrong = |cause: String| Error::KeyFile { origin: origin.to_owned(), cause };
        if let Some((cause, form)) = other_form(pem) {
            let path = origin.trim_matches('`');
            let path = if path.contains("://") { "KEY" } else { path }.to_owned();
            let (origin, cause) = (origin.to_owned(), cause.to_owned());
            return Err(Error::KeyEncoding {
                origin,
                cause,
                remedy: Remedy::ConvertPublicKey { path, form },
            });
        }
        match pem.matches("-----BEGIN ").count() {
            0 => return Err(wrong("there is no `BEGIN PUBLIC KEY` block in it".to_owned())),
            1 => {}
            several => return Err(wrong(format!("it has {several} PEM blocks; one key is expected"))),
        }
        let spki = DerPublicKey::from_pem(pem).map_err(|error| wrong(error.to_string()))?;
        Self::from_spki(&spki, origin)
    }

    /// Reads a SubjectPublicKeyInfo in DER. Every key is made here, so every key has its canonical encoding.
    pub(super) fn from_spki(spki: &DerPublicKey, origin: &str) -> Result<Self, Error> {
        let (algorithm, spki) = spki::canonical(spki.as_bytes()).map_err(|fault| {
            let (origin, cause) = (origin.to_owned(), fault.cause);
            match fault.remedy {
                Some(remedy) => Error::KeyEncoding { origin, cause, remedy },
                None => Error::KeyFile { origin, cause },
            }
        })?;
        let id = KeyId::of_digest(Digest::of(spki.as_bytes()));
        Ok(Self { spki, id, algorithm })
    }

    /// SHA-256 of the SPKI as openssl and Go write it, independent of the encoding in the file.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// `ecdsa-p256`, `ecdsa-p384`, `rsa` or `ed25519`.
    pub fn algorithm(&self) -> &'static str {
        self.algorithm.as_str()
    }

    /// The key as a `BEGIN PUBLIC KEY` block. Lines end with LF.
    pub fn to_pem(&self) -> String {
        self.spki.to_pem().replace('\r', "")
    }

    pub(super) fn spki(&self) -> &DerPublicKey {
        &self.spki
    }

    /// The SubjectPublicKeyInfo (RFC 5280) in canonical encoding.
    pub fn to_der(&self) -> &[u8] {
        self.spki.as_bytes()
    }

    /// Whether this key made `signature` over `message`. For a signer that checks its own signature: it does not make
    /// a [`super::Verified`].
    pub fn verifies_raw(&self, signature: &[u8], message: &[u8]) -> bool {
        self.verifies(&Message::Bytes(message.into()), signature)
    }

    /// Whether this key made `signature` (DER for ECDSA) over `message`. The key determines the scheme.
    pub(super) fn verifies(&self, message: &Message<'_>, signature: &[u8]) -> bool {
        // cosign before 2.6 signs SHA-256 digests with every key; 2.6 and 3 use the digest of the curve. With Ed25519
        // keys, 2.6 and 3 sign Ed25519ph but verify plain Ed25519, as this does: they reject their own signatures.
        let schemes: &[SigningScheme] = match self.algorithm {
            Algorithm::EcdsaP256 => &[SigningScheme::EcdsaP256Sha256, SigningScheme::EcdsaP256Sha384],
            Algorithm::EcdsaP384 => &[SigningScheme::EcdsaP384Sha384, SigningScheme::EcdsaP384Sha256],
            Algorithm::Rsa => {
                &[SigningScheme::RsaPkcs1Sha256, SigningScheme::RsaPkcs1Sha384, SigningScheme::RsaPkcs1Sha512]
            }
            Algorithm::Ed25519 => &[SigningScheme::Ed25519],
        };
        let signature = SignatureBytes::new(signature.to_vec());
        schemes.iter().any(|scheme| {
            VerificationKey::from_spki_with_scheme(&self.spki, *scheme).is_ok_and(|key| match message {
                Message::Bytes(bytes) => key.verify(bytes, &signature).is_ok(),
                // The library checks that the scheme's hash has this length, which distinguishes SHA-256 and SHA-512.
                Message::Digest(Digest::Sha256(digest)) => key.verify_prehashed(digest, &signature).is_ok(),
                Message::Digest(Digest::Sha512(digest)) => key.verify_prehashed(digest, &signature).is_ok(),
            })
        })
    }
}

/// Recognises a file that is not a public key in PEM but that one can be made from.
fn other_form(text: &str) -> Option<(&'static str, PublicKeyForm)> {
    let has = |label: &str| text.contains(&format!("-----BEGIN {label}-----"));
    if has("ENCRYPTED SIGSTORE PRIVATE KEY") || has("ENCRYPTED COSIGN PRIVATE KEY") {
        let cause = "it is a private key; give the public one, such as `cosign.pub`";
        return Some((cause, PublicKeyForm::CosignPrivate));
    }
    if text.contains("PRIVATE KEY") {
        return Some(("it is a private key; give the public one", PublicKeyForm::Private));
    }
    if has("CERTIFICATE") {
        return Some(("it is a certificate, not a key", PublicKeyForm::Certificate));
    }
    if has("RSA PUBLIC KEY") {
        return Some(("it is an RSA key in the form of PKCS #1", PublicKeyForm::Pkcs1));
    }
    let ssh = ["ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-"].iter().any(|kind| text.starts_with(kind));
    (ssh || has("SSH2 PUBLIC KEY")).then_some(("it is a key of OpenSSH", PublicKeyForm::OpenSsh))
}

/// What was signed: the bytes, or only their digest.
pub(super) enum Message<'a> {
    Bytes(Cow<'a, [u8]>),
    Digest(Digest),
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} {})", self.algorithm(), self.id)
    }
}

impl FromStr for KeyId {
    type Err = Error;

    /// Reads a whole fingerprint: `sha256:` and 64 hex digits. A prefix does not identify a key.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text.parse() {
            Ok(digest @ Digest::Sha256(_)) => Ok(Self::of_digest(digest)),
            _ => Err(Error::Fingerprint { text: text.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::{Endorser, Keyring};

    #[test]
    fn only_a_whole_fingerprint_is_accepted() {
        let id = Keyring::dhi().unwrap().iter().next().unwrap().key.id();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(Endorser::Key(id).to_string().parse(), Ok(Endorser::Key(id)));
        assert_eq!("pin".parse(), Ok(Endorser::Pin));
        let sha512 = format!("sha512:{}", "0".repeat(128));
        for wrong in ["", "sha256:", &id.hex(), &id.short(), &id.to_string()[..70], &sha512, "md5:00"] {
            assert_eq!(wrong.parse::<KeyId>(), Err(Error::Fingerprint { text: wrong.to_owned() }), "{wrong}");
        }
    }
}
