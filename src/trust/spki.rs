//! One key has one encoding. However a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7) was written, what is kept of it is the
//! DER that openssl and Go write for that key, or the key is refused; so its SHA-256 is the identity of the key and
//! not of a file.
//!
//! Accepted beside that DER, and re-encoded: RSA keys without the `NULL` parameters, and compressed points of P-256 and
//! P-384. Refused: BER, trailing bytes, other parameters, explicit curves, hybrid points, and keys that verify nothing
//! or that anybody can sign for.

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

/// What a key signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    EcdsaP256,
    EcdsaP384,
    Rsa,
    Ed25519,
}

/// Sizes of RSA moduli in bits that signatures are verified with.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Why a key is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// What is wrong, for people.
    pub(super) cause: String,
    /// How the same key is written so that it is read, where there is a way.
    pub(super) remedy: Option<Remedy>,
}

impl<T: Into<String>> From<T> for Fault {
    fn from(cause: T) -> Self {
        Self { cause: cause.into(), remedy: None }
    }
}

/// The algorithm of the key and its one encoding.
pub(super) fn canonical(spki: &[u8]) -> Result<(Algorithm, DerPublicKey), Fault> {
    let read = SubjectPublicKeyInfoRef::from_der(spki).map_err(|error| Fault {
        cause: format!("it is no SubjectPublicKeyInfo in DER: {error}"),
        remedy: Some(Remedy::RewriteKey),
    })?;
    let key =
        read.subject_public_key.as_bytes().ok_or("the length of its key is no whole number of bytes")?;
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
    // Checks that a point is on its curve, and that an RSA key is one.
    let parsed = ParsedPublicKey::new(scheme, key)
        .map_err(|_| format!("it is no {} key: {}", algorithm.as_str(), algorithm.usual_fault()))?;
    let der = parsed.as_der().map_err(|_| "it cannot be encoded".to_owned())?;
    Ok((algorithm, DerPublicKey::new(der.as_ref().to_vec())))
}

/// The curve of an ECDSA key, whose point has the length that its form demands.
fn curve(
    algorithm: &AlgorithmIdentifierRef<'_>,
    point: &[u8],
) -> Result<(Algorithm, &'static dyn VerificationAlgorithm), Fault> {
    let plain = |cause: &str| Fault { cause: cause.to_owned(), remedy: Some(Remedy::RewriteEcKey) };
    let (curve, scheme, length): (_, &'static dyn VerificationAlgorithm, _) = match algorithm.parameters_oid()
    {
        Ok(SECP_256_R_1) => (Algorithm::EcdsaP256, &ECDSA_P256_SHA256_ASN1, 32),
        Ok(SECP_384_R_1) => (Algorithm::EcdsaP384, &ECDSA_P384_SHA384_ASN1, 48),
        Ok(other) => return Err(format!("the curve {} is not supported", type_name(other)).into()),
        // Explicit parameters can describe a curve on which everybody knows the private key (CVE-2020-0601).
        Err(_) => return Err(plain("its curve is not given by name")),
    };
    // SEC 1, 2.3.3. The provider would take a whole SubjectPublicKeyInfo here as well.
    match point {
        [0x04, rest @ ..] if rest.len() == 2 * length => Ok((curve, scheme)),
        [0x02 | 0x03, rest @ ..] if rest.len() == length => Ok((curve, scheme)),
        [0x06 | 0x07, ..] => Err(plain("its point is in the hybrid form, which is not read")),
        _ => Err(format!("its point is no point of {}", curve.as_str()).into()),
    }
}

fn check_rsa(algorithm: &AlgorithmIdentifierRef<'_>, key: &[u8]) -> Result<(), Fault> {
    if algorithm.parameters.is_some_and(|parameters| !parameters.is_null()) {
        return Err("an RSA key has the parameters `NULL` or none, and this one has others".into());
    }
    let modulus = rsa_modulus(key).map_err(|error| Fault {
        cause: format!("it is no RSA key in DER: {error}"),
        remedy: Some(Remedy::RewriteKey),
    })?;
    let bits = match modulus {
        [first, rest @ ..] => rest.len() * 8 + (u8::BITS - first.leading_zeros()) as usize,
        [] => 0,
    };
    if !RSA_BITS.contains(&bits) {
        let (least, most) = (RSA_BITS.start(), RSA_BITS.end());
        return Err(format!("RSA keys have {least} to {most} bits, and this one has {bits}").into());
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

/// A point in its one encoding that is a multiple of the base point, as those of all private keys are. Of the other
/// points some verify nothing, and signatures for some can be made without any private key.
fn check_ed25519(algorithm: &AlgorithmIdentifierRef<'_>, key: &[u8]) -> Result<(), Fault> {
    if algorithm.parameters.is_some() {
        return Err("an Ed25519 key has no parameters, and this one has".into());
    }
    let wrong = || format!("it is no ed25519 key: {}", Algorithm::Ed25519.usual_fault());
    let encoded = CompressedEdwardsY::from_slice(key).map_err(|_| wrong())?;
    let point = encoded.decompress().ok_or_else(wrong)?;
    if point.compress() != encoded || point.is_small_order() || !point.is_torsion_free() {
        return Err(wrong().into());
    }
    Ok(())
}

/// What people call an object identifier, where they have a name for it.
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

    /// What is wrong with a key that has the right form.
    fn usual_fault(self) -> &'static str {
        match self {
            Self::EcdsaP256 | Self::EcdsaP384 => "its point is not on the curve",
            Self::Rsa => "its numbers verify no signature",
            Self::Ed25519 => "its 32 bytes are the point of no private key",
        }
    }
}

#[cfg(test)]
mod tests;
