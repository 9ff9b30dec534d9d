//! Signatures by which a primary key speaks about itself, its names and its subkeys.

use jiff::Timestamp;
use pgp::packet::{KeyFlags, Signature, SubpacketData};
use pgp::types::{Duration, KeyDetails, Timestamp as PgpTimestamp};

use super::error::KeyError;
use super::strength::is_strong_hash;

/// A time of OpenPGP (seconds, 32 bits).
pub(super) fn time(timestamp: PgpTimestamp) -> Timestamp {
    Timestamp::from_second(i64::from(timestamp.as_secs())).unwrap_or(Timestamp::MAX)
}

/// The end of what began at `start`. `None` if it has no end: zero seconds mean that too.
pub(super) fn end(start: PgpTimestamp, after: Option<Duration>) -> Option<Timestamp> {
    let seconds = after.map(Duration::as_secs).filter(|seconds| *seconds != 0)?;
    Timestamp::from_second(i64::from(start.as_secs()) + i64::from(seconds)).ok()
}

/// The fingerprint of a key in upper-case hexadecimal.
pub(super) fn fingerprint(key: &impl KeyDetails) -> String {
    format!("{:X}", key.fingerprint())
}

/// Whether the signature names `key` as its maker, or no key.
pub(super) fn may_be_by(signature: &Signature, key: &impl KeyDetails) -> bool {
    let (ids, fingerprints) = (signature.issuer_key_id(), signature.issuer_fingerprint());
    ids.is_empty() && fingerprints.is_empty()
        || fingerprints.iter().any(|one| **one == key.fingerprint())
        || ids.iter().any(|one| **one == key.legacy_key_id())
}

/// Whether all critical parts are understood. An unknown one could limit what the signature means.
///
/// Notations are names of the signer's own choice, so none is understood.
pub(super) fn critical_parts_are_known(signature: &Signature) -> bool {
    signature.config().is_some_and(|config| {
        config.hashed_subpackets().filter(|part| part.is_critical).all(|part| {
            !matches!(
                part.data,
                SubpacketData::Notation(_)
                    | SubpacketData::Experimental(..)
                    | SubpacketData::Other(..)
                    | SubpacketData::RegularExpression(_)
                    | SubpacketData::SignatureTarget(..)
                    | SubpacketData::IntendedRecipientFingerprint(_)
            )
        })
    })
}

/// The key flags, if the signature has any. Without flags a key may do whatever its algorithm can.
pub(super) fn key_flags(signature: &Signature) -> Option<KeyFlags> {
    signature.config()?.hashed_subpackets().find_map(|part| match &part.data {
        SubpacketData::KeyFlags(flags) => Some(flags.clone()),
        _ => None,
    })
}

/// The signatures that are embedded in `signature`.
///
/// They prove themselves, so those that are not hashed count too.
pub(super) fn embedded(signature: &Signature) -> impl Iterator<Item = &Signature> {
    signature.config().into_iter().flat_map(|config| {
        config.hashed_subpackets().chain(config.unhashed_subpackets()).filter_map(|part| match &part.data {
            SubpacketData::EmbeddedSignature(signature) => Some(&**signature),
            _ => None,
        })
    })
}

/// Whether a self-signature counts at `at`, apart from the mathematics.
pub(super) fn is_usable(signature: &Signature, at: Timestamp) -> bool {
    let Some(created) = signature.created() else { return false };
    time(created) <= at
        && end(created, signature.signature_expiration_time()).is_none_or(|expires| at < expires)
        && signature.hash_alg().is_some_and(is_strong_hash)
        && critical_parts_are_known(signature)
}

/// The newest of `signatures` that counts at `at` and that `verify` accepts.
pub(super) fn newest<'a, T>(
    signatures: impl Iterator<Item = (&'a T, &'a Signature)>,
    at: Timestamp,
    verify: impl Fn(&T, &Signature) -> bool,
) -> Option<(&'a T, &'a Signature)> {
    let mut usable: Vec<_> = signatures.filter(|(_, signature)| is_usable(signature, at)).collect();
    usable.sort_by_key(|(_, signature)| std::cmp::Reverse(signature.created().map(PgpTimestamp::as_secs)));
    usable.into_iter().find(|(subject, signature)| verify(subject, signature))
}

/// Why there is no self-signature that counts: perhaps all have a weak hash.
pub(super) fn unbound<'a>(signatures: impl Iterator<Item = &'a Signature>) -> KeyError {
    let mut hashes: Vec<_> = signatures.filter_map(Signature::hash_alg).collect();
    hashes.retain(|hash| !is_strong_hash(*hash));
    match hashes.first() {
        Some(hash) => KeyError::WeakBinding { hash: hash.to_string() },
        None => KeyError::NotBound,
    }
}
