//! Which hashes and keys are strong enough.
//!
//! Source: RFC 9580, sections 9.1 and 9.5; the archive keys of Debian and apt's rules.

use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::ser::Serialize;
use pgp::types::{KeyDetails, PublicParams};

use super::error::KeyError;

/// RSA keys with fewer bits can be broken.
const RSA_BITS: u64 = 2048;

/// Whether `hash` resists collisions. SHA-1, MD5 and RIPEMD-160 do not.
pub(super) fn is_strong_hash(hash: HashAlgorithm) -> bool {
    matches!(
        hash,
        HashAlgorithm::Sha224
            | HashAlgorithm::Sha256
            | HashAlgorithm::Sha384
            | HashAlgorithm::Sha512
            | HashAlgorithm::Sha3_256
            | HashAlgorithm::Sha3_512
    )
}

/// Checks algorithm and size of a key.
///
/// # Errors
///
/// [`KeyError::Algorithm`] unless it is RSA, ECDSA, Ed25519 or EdDSA; [`KeyError::ShortRsa`].
pub(super) fn check_key(key: &impl KeyDetails) -> Result<(), KeyError> {
    match (key.algorithm(), key.public_params()) {
        (PublicKeyAlgorithm::RSA | PublicKeyAlgorithm::RSASign, PublicParams::RSA(rsa)) => {
            // The modulus comes first, as a number of bits (16 bits, big-endian) and its bytes.
            let bytes = rsa.to_bytes().unwrap_or_default();
            let bits = match bytes.as_slice() {
                [high, low, ..] => u64::from(u16::from_be_bytes([*high, *low])),
                _ => 0,
            };
            if bits < RSA_BITS { Err(KeyError::ShortRsa { bits }) } else { Ok(()) }
        }
        (PublicKeyAlgorithm::ECDSA, PublicParams::ECDSA(_))
        | (PublicKeyAlgorithm::EdDSALegacy, PublicParams::EdDSALegacy(_))
        | (PublicKeyAlgorithm::Ed25519, PublicParams::Ed25519(_)) => Ok(()),
        (other, _) => Err(KeyError::Algorithm(format!("{other:?}"))),
    }
}
