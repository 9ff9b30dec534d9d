//! Signatures of Alpine repositories, and the keys that verify them.
//!
//! A signature names its key by the key's file name, so the name is part of the key. The invariant:
//! [`verify`] answers with a key only if that key signed these very bytes, and no signature by a known key is
//! wrong.
//!
//! Source: RFC 8017, RSASSA-PKCS1-v1_5; SHA-1 is what `.SIGN.RSA.` stands for, and what repositories still
//! publish.

use aws_lc_rs::digest as hash;
use aws_lc_rs::signature::{
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA512, RsaParameters,
};
use x509_cert::der::Decode;
use x509_cert::spki::{ObjectIdentifier, SubjectPublicKeyInfoRef};

use super::container::Signature;
use super::limits::{KEY_FILE, KEY_NAME};

/// `rsaEncryption` (RFC 8017, appendix A.1).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// A public key, RSA with 2048 to 8192 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    name: String,
    spki: Vec<u8>,
}

/// The digest of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SignatureDigest {
    /// SHA-1 (`RSA`).
    Sha1,
    /// SHA-256 (`RSA256`).
    Sha256,
    /// SHA-512 (`RSA512`).
    Sha512,
}

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBy {
    /// The file name of the key.
    pub key: String,
    /// The strongest digest among the key's signatures.
    pub digest: SignatureDigest,
}

/// An error of a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A name that no key file has.
    #[error("no key can have the file name {0:?}")]
    Name(String),
    /// It is larger than any key.
    #[error("the key `{0}` has more than {KEY_FILE} bytes")]
    TooLong(String),
    /// It is not one `PUBLIC KEY` block.
    #[error("the key `{0}` is not one `BEGIN PUBLIC KEY` block")]
    NotPem(String),
    /// It is not an RSA key.
    #[error("the key `{0}` is not an RSA key")]
    NotRsa(String),
    /// Its size is not supported, or it is damaged.
    #[error("the key `{0}` is damaged, or has not 2048 to 8192 bits")]
    Rejected(String),
    /// Two keys with one file name.
    #[error("there are two keys with the file name `{0}`")]
    SameName(String),
}

/// Why signatures do not prove anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is none.
    #[error("it is not signed")]
    NoSignature,
    /// None is by a key with a known file name.
    #[error("it is signed by an unknown key, {}", names(.keys))]
    UnknownKey {
        /// The file names of the keys that the signatures name.
        keys: Vec<String>,
    },
    /// The key is known, the algorithm is not.
    #[error("the signature by `{key}` has the unsupported algorithm `{algorithm}`")]
    Algorithm {
        /// The file name of the key.
        key: String,
        /// The algorithm, as in `.SIGN.ALGORITHM.KEY`.
        algorithm: String,
    },
    /// The key with this file name did not sign these bytes.
    #[error(
        "the signature by `{key}` does not match: the content was changed, or another key has this file name"
    )]
    BadSignature {
        /// The file name of the key.
        key: String,
    },
}

/// Keys, each with its own file name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(Vec<Key>);

impl Key {
    /// Reads a key file. `name` is its file name, the last segment of its address.
    ///
    /// # Errors
    ///
    /// Where it is not one `PUBLIC KEY` block with an RSA key of 2048 to 8192 bits.
    pub fn parse(name: &str, file: &[u8]) -> Result<Self, KeyError> {
        let is_name = !name.is_empty() && name.len() <= KEY_NAME && !name.contains('/');
        if !is_name || name.chars().any(|character| character.is_control() || character.is_whitespace()) {
            return Err(KeyError::Name(name.chars().take(KEY_NAME).collect()));
        }
        if file.len() > KEY_FILE {
            return Err(KeyError::TooLong(name.to_owned()));
        }
        let blocks = pem::parse_many(file).unwrap_or_default();
        let spki = match blocks.as_slice() {
            [block] if block.tag() == "PUBLIC KEY" => block.contents(),
            _ => return Err(KeyError::NotPem(name.to_owned())),
        };
        match SubjectPublicKeyInfoRef::from_der(spki) {
            Ok(info) if info.algorithm.oid == RSA => {}
            Ok(_) => return Err(KeyError::NotRsa(name.to_owned())),
            Err(_) => return Err(KeyError::Rejected(name.to_owned())),
        }
        ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, spki)
            .map_err(|_| KeyError::Rejected(name.to_owned()))?;
        Ok(Self { name: name.to_owned(), spki: spki.to_vec() })
    }

    /// Its file name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of its SubjectPublicKeyInfo as in the file.
    pub fn fingerprint(&self) -> [u8; 32] {
        hash::digest(&hash::SHA256, &self.spki).as_ref().try_into().unwrap_or_default()
    }

    fn verifies(&self, digest: SignatureDigest, signed: &[u8], signature: &[u8]) -> bool {
        ParsedPublicKey::new(digest.parameters(), &self.spki)
            .is_ok_and(|key| key.verify_sig(signed, signature).is_ok())
    }
}

impl Keys {
    /// Adds a key. The same key twice is one.
    ///
    /// # Errors
    ///
    /// [`KeyError::SameName`] if another key has its file name: a signature could not say which it means.
    pub fn add(&mut self, key: Key) -> Result<(), KeyError> {
        match self.get(&key.name) {
            Some(known) if *known == key => Ok(()),
            Some(_) => Err(KeyError::SameName(key.name)),
            None => {
                self.0.push(key);
                Ok(())
            }
        }
    }

    /// The key with this file name.
    pub fn get(&self, name: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.name == name)
    }
}

impl SignatureDigest {
    fn parse(algorithm: &str) -> Option<Self> {
        match algorithm {
            "RSA" => Some(Self::Sha1),
            "RSA256" => Some(Self::Sha256),
            "RSA512" => Some(Self::Sha512),
            _ => None,
        }
    }

    fn parameters(self) -> &'static RsaParameters {
        match self {
            Self::Sha1 => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
            Self::Sha512 => &RSA_PKCS1_2048_8192_SHA512,
        }
    }
}

/// Verifies that a known key signed `signed`.
///
/// # Errors
///
/// Where there is no signature, none by a known key, or one by a known key that is wrong, even if another is
/// right.
pub fn verify(signatures: &[Signature], signed: &[u8], keys: &Keys) -> Result<SignedBy, Error> {
    if signatures.is_empty() {
        return Err(Error::NoSignature);
    }
    let mut by: Option<SignedBy> = None;
    let mut unsupported = None;
    for signature in signatures {
        let Some(key) = keys.get(&signature.key) else { continue };
        let Some(digest) = SignatureDigest::parse(&signature.algorithm) else {
            let (key, algorithm) = (signature.key.clone(), signature.algorithm.clone());
            unsupported = Some(Error::Algorithm { key, algorithm });
            continue;
        };
        if !key.verifies(digest, signed, &signature.bytes) {
            return Err(Error::BadSignature { key: signature.key.clone() });
        }
        if by.as_ref().is_none_or(|known| known.digest < digest) {
            by = Some(SignedBy { key: signature.key.clone(), digest });
        }
    }
    match (by, unsupported) {
        (Some(by), _) => Ok(by),
        (None, Some(error)) => Err(error),
        (None, None) => Err(Error::UnknownKey {
            keys: signatures.iter().map(|signature| signature.key.clone()).collect(),
        }),
    }
}

fn names(keys: &[String]) -> String {
    let mut keys: Vec<_> = keys.iter().map(|key| format!("`{}`", key.escape_debug())).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.join(", ")
}
