//! Canonical encoding of public keys.
//!
//! A SubjectPublicKeyInfo (RFC 5280, 4.1.2.7) in any accepted encoding is re-encoded to the DER that openssl and Go
//! write for that key; otherwise the key is refused. So its SHA-256 identifies the key and not a file.
//!
//! Accepted besides that DER, and re-encoded: RSA keys without the `NULL` parameters, and compressed points of P-256
//! and P-384. Refused: BER, trailing bytes, other parameters, explicit curves, hybrid points, and keys that verify no
//! signature or for which signatures can be made without a private key.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    VerificationAlgorithm,
};
use curve25519_dalek::edwards::CompressedEdwardsY;
use sigstore_verify::types::DerPublicKey;
use x509_cert::der::asn1::UintRef;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::oid::db::rfc5912::{ID_EC_PUBLIC_KEY, RSA_ENCRYPTION, SECP_256_R_1, SECP_384_R_1};
use x509_cert::der::oid::db::rfc8410::ID_ED_25519;
use x509_cert::der::{self, Decode, Reader, SliceReader};
use x509_cert::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::diagnostic::Remedy;

/// The algorithm of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    EcdsaP256,
    EcdsaP384,
    Rsa,
    Ed25519,
}

/// Accepted sizes of RSA moduli, in bits.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Why a key is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SpkiError {
    /// What is wrong, for messages.
    pub(super) cause: String,
    /// How to convert the key to an accepted encoding, if that is possible.
    pub(super) remedy: Option<Remedy>,
}

impl<T: Into<String>> From<T> for SpkiError {
    fn from(cause: T) -> Self {
        Self { cause: cause.into(), remedy: None }
    }
}

/// Returns the algorithm of the key and its canonical encoding.
pub(super) fn canonical(spki: &[u8]) -> Result<(Algorithm, DerPublicKey), SpkiError> {
    let read = SubjectPublicKeyInfoRef::from_der(spki).map_err(|error| SpkiError {
        cause: format!("it is not a SubjectPublicKeyInfo in DER: {error}"),
        remedy: Some(Remedy::RewriteKey),
    })?;
    let key =
        read.subject_public_key.as_bytes().ok_or("the length of its key is not a whole number of bytes")?;
    let (algorithm, scheme): (_, &'static dyn VerificationAlgorithm) = match read.algorithm.oid {
        ID_EC_PUBLIC_KEY => curve(&read.algorithm, key)?,
        RSA_ENCRYPTION => {
            check_rsa(&read.algorithm, key)?;
            (Algorithm::Rsa, &RSA_PKCS1_2048_8192_SHA256)
        }
        ID_ED_25519 => {
            check_ed25519(&read.algorithm, key)?;
            (Algorithm::Ed25519, &ED25519)
        }
        other => return Err(format!("keys of type {} are not supported", type_name(other)).into()),
    };
    // Checks that a point is on its curve, and that an RSA key is valid.
    let parsed = ParsedPublicKey::new(scheme, key).map_err(|_| {
        format!("it is not a valid {} key: {}", algorithm.as_str(), algorithm.invalid_key_cause())
    })?;
    let der = parsed.as_der().map_err(|_| "it cannot be encoded".to_owned())?;
    Ok((algorithm, DerPublicKey::new(der.as_ref().to_vec())))
}

/// The curve of an ECDSA key. Checks the length of its point.
fn curve(
    algorithm: &AlgorithmIdentifierRef<'_>,
    point: &[u8],
) -> Result<(Algorithm, &'static dyn VerificationAlgorithm), SpkiError> {
    let plain = |cause: &str| SpkiError { cause: cause.to_owned(), remedy: Some(Remedy::RewriteEcKey) };
    let (curve, scheme, length): (_, &'static dyn VerificationAlgorithm, _) = match algorithm.parameters_oid()
    {
        Ok(SECP_256_R_1) => (Algorithm::EcdsaP256, &ECDSA_P256_SHA256_ASN1, 32),
        Ok(SECP_384_R_1) => (Algorithm::EcdsaP384, &ECDSA_P384_SHA384_ASN1, 48),
        Ok(other) => return Err(format!("the curve {} is not supported", type_name(other)).into()),
        // Explicit parameters can describe a curve on which the private key is known (CVE-2020-0601).
        Err(_) => return Err(plain("its curve is not given by name")),
    };
    // SEC 1, 2.3.3. The provider would also accept a whole SubjectPublicKeyInfo here.
    match point {
        [0x04, rest @ ..] if rest.len() == 2 * length => Ok((curve, scheme)),
        [0x02 | 0x03, rest @ ..] if rest.len() == length => Ok((curve, scheme)),
        [0x06 | 0x07, ..] => Err(plain("its point is in the hybrid form, which is not read")),
        _ => Err(format!("its point is not a point of {}", curve.as_str()).into()),
    }
}

fn check_rsa(algorithm: &AlgorithmIdentifierRef<'_>, key: &[u8]) -> Result<(), SpkiError> {
    if algorithm.parameters.is_some_and(|parameters| !parameters.is_null()) {
        return Err("an RSA key has the parameters `NULL` or none, but this one has others".into());
    }
    let modulus = rsa_modulus(key).map_err(|error| SpkiError {
        cause: format!("it is not an RSA key in DER: {error}"),
        remedy: Some(Remedy::RewriteKey),
    })?;
    let bits = match modulus {
        [first, rest @ ..] => rest.len() * 8 + (u8::BITS - first.leading_zeros()) as usize,
        [] => 0,
    };
    if !RSA_BITS.contains(&bits) {
        let (least, most) = (RSA_BITS.start(), RSA_BITS.end());
        return Err(
            format!("RSA keys of {least} to {most} bits are supported, but this one has {bits}").into()
        );
    }
    Ok(())
}

/// The modulus of an `RSAPublicKey` (RFC 8017, A.1.1), without leading zeros.
fn rsa_modulus(key: &[u8]) -> der::Result<&[u8]> {
    let mut reader = SliceReader::new(key)?;
    let modulus = reader.sequence(|numbers| {
        let modulus = UintRef::decode(numbers)?;
        UintRef::decode(numbers)?;
        Ok(modulus)
    })?;
    reader.finish(modulus.as_bytes())
}

/// Checks that the key is a canonically encoded multiple of the base point, as every key with a private half is. Some
/// other points verify nothing, and for some, signatures can be made without a private key.
fn check_ed25519(algorithm: &AlgorithmIdentifierRef<'_>, key: &[u8]) -> Result<(), SpkiError> {
    if algorithm.parameters.is_some() {
        return Err("an Ed25519 key has no parameters, but this one has".into());
    }
    let wrong = || format!("it is not a valid ed25519 key: {}", Algorithm::Ed25519.invalid_key_cause());
    let encoded = CompressedEdwardsY::from_slice(key).map_err(|_| wrong())?;
    let point = encoded.decompress().ok_or_else(wrong)?;
    if point.compress() != encoded || point.is_small_order() || !point.is_torsion_free() {
        return Err(wrong().into());
    }
    Ok(())
}

/// An object identifier with its name, if it has one.
fn type_name(oid: ObjectIdentifier) -> String {
    match der::oid::db::DB.by_oid(&oid) {
        Some(name) => format!("`{name}` ({oid})"),
        None => oid.to_string(),
    }
}

impl Algorithm {
    /// `ecdsa-p256`, `ecdsa-p384`, `rsa` or `ed25519`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::EcdsaP256 => "ecdsa-p256",
            Self::EcdsaP384 => "ecdsa-p384",
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }

    /// What is wrong with a well-formed key that the provider refuses.
    fn invalid_key_cause(self) -> &'static str {
        match self {
            Self::EcdsaP256 | Self::EcdsaP384 => "its point is not on the curve",
            Self::Rsa => "its numbers verify no signature",
            Self::Ed25519 => "its 32 bytes belong to no private key",
        }
    }
}

#[cfg(test)]
mod tests;
