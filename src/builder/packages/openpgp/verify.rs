//! Verification of signed texts.

use jiff::Timestamp;
use pgp::packet::{Packet, PacketParser, Signature, SignatureType, SignatureVersion};

use super::armor::decode_blocks;
use super::cleartext::{Cleartext, with_line_feeds};
use super::error::{Error, RejectedSignature, SignatureError};
use super::keyring::Keyring;
use super::limits::{CLOCK_SKEW, KEYS_TRIED, SIGNATURE_BLOCK, SIGNATURES, SIGNED_TEXT};
use super::self_signature::{critical_parts_are_known, end, time};
use super::strength::is_strong_hash;
use crate::limits::Exceeded;

const ARMOR: &str = "PGP SIGNATURE";
const WHAT: &str = "signature";

/// A text with at least one good signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedText {
    /// What was signed, with line feeds at the ends of its lines. Use this, never the file that it came from.
    pub text: String,
    /// The good signatures, at least one.
    pub signatures: Vec<GoodSignature>,
    /// Signatures that do not count, with the reasons.
    pub rejected: Vec<RejectedSignature>,
}

/// A signature that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoodSignature {
    /// The fingerprint of the key that signed, in upper-case hexadecimal.
    pub key: String,
    /// The fingerprint of its certificate, which is that of the primary key.
    pub certificate: String,
    /// When it was made, as the signer says.
    pub created: Timestamp,
}

/// Verifies a cleartext signed message (`InRelease`).
///
/// 1. The frame is taken apart: [the rules](super).
/// 2. Every signature is verified with the keys that it names among `keys`.
/// 3. One good signature suffices; the others are listed.
///
/// `at` is the time at which keys and signatures must be valid.
///
/// # Errors
///
/// [`Error::NotSigned`], [`Error::Framing`], [`Error::NotUtf8`] and [`Error::Packets`] for a text that cannot be read,
/// [`Error::Limit`], [`Error::NoSignature`], [`Error::NotTrusted`] if no signature is good.
pub fn verify(message: &[u8], keys: &Keyring, at: Timestamp) -> Result<SignedText, Error> {
    let message = utf8(message, "signed message")?;
    let frame = Cleartext::read(message)?;
    let mut blocks = decode_blocks(frame.signatures, ARMOR, frame.signature_line)?;
    let signatures = read_signatures(&mut blocks)?;
    // The line end before the signature is not part of what is signed.
    let signed = frame.text.strip_suffix('\n').unwrap_or(&frame.text).replace('\n', "\r\n");
    judge(frame.text, signed.as_bytes(), &signatures, keys, at)
}

/// Verifies a text with its signature in another file (`Release` and `Release.gpg`). The signature is armored or binary.
///
/// # Errors
///
/// As [`verify`].
pub fn verify_detached(
    text: &[u8],
    signature: &[u8],
    keys: &Keyring,
    at: Timestamp,
) -> Result<SignedText, Error> {
    let signed = utf8(text, "signed text")?;
    let mut blocks = if signature.first().is_some_and(|byte| byte & 0x80 != 0) {
        vec![signature.to_vec()]
    } else {
        check_size(signature.len(), SIGNATURE_BLOCK, WHAT)?;
        decode_blocks(utf8(signature, WHAT)?, ARMOR, 1)?
    };
    let signatures = read_signatures(&mut blocks)?;
    judge(with_line_feeds(signed)?, text, &signatures, keys, at)
}

fn utf8<'a>(bytes: &'a [u8], what: &'static str) -> Result<&'a str, Error> {
    check_size(bytes.len(), SIGNED_TEXT, what)?;
    std::str::from_utf8(bytes).map_err(|error| Error::NotUtf8 { what, offset: error.valid_up_to() })
}

fn check_size(size: usize, limit: usize, what: &str) -> Result<(), Error> {
    if size > limit {
        return Err(Exceeded::new(format!("a {what} of {size} bytes"), limit, "bytes").into());
    }
    Ok(())
}

/// The signatures in the decoded blocks, in order.
fn read_signatures(blocks: &mut Vec<Vec<u8>>) -> Result<Vec<Signature>, Error> {
    check_size(blocks.iter().map(Vec::len).sum(), SIGNATURE_BLOCK, WHAT)?;
    let mut signatures = Vec::new();
    for block in blocks.drain(..) {
        for packet in PacketParser::new(block.as_slice()) {
            match packet {
                Ok(Packet::Signature(signature)) => signatures.push(signature),
                Ok(Packet::Marker(_) | Packet::Padding(_)) => {}
                Ok(_) => {
                    let cause = "it has a packet that is not a signature".to_owned();
                    return Err(Error::Packets { what: WHAT, cause });
                }
                Err(error) => return Err(Error::parser(WHAT, &error)),
            }
            if signatures.len() > SIGNATURES {
                return Err(Exceeded::new("the signature block", SIGNATURES, "signatures").into());
            }
        }
    }
    if signatures.is_empty() { Err(Error::NoSignature) } else { Ok(signatures) }
}

fn judge(
    text: String,
    signed: &[u8],
    signatures: &[Signature],
    keys: &Keyring,
    at: Timestamp,
) -> Result<SignedText, Error> {
    let (mut good, mut rejected) = (Vec::new(), Vec::new());
    for signature in signatures {
        match judge_one(signature, signed, keys, at) {
            Ok(signature) => good.push(signature),
            Err(cause) => rejected.push(RejectedSignature { issuer: issuer(signature), cause }),
        }
    }
    if good.is_empty() {
        return Err(Error::NotTrusted { rejected });
    }
    Ok(SignedText { text, signatures: good, rejected })
}

/// The key that a signature names. It is a claim, of use in messages alone.
fn issuer(signature: &Signature) -> Option<String> {
    let fingerprint = signature.issuer_fingerprint().first().map(|one| format!("{one:X}"));
    fingerprint.or_else(|| signature.issuer_key_id().first().map(|one| one.to_string().to_uppercase()))
}

fn judge_one(
    signature: &Signature,
    signed: &[u8],
    keys: &Keyring,
    at: Timestamp,
) -> Result<GoodSignature, SignatureError> {
    let kind = (signature.version(), signature.typ());
    let (SignatureVersion::V4 | SignatureVersion::V6, Some(SignatureType::Binary | SignatureType::Text)) =
        kind
    else {
        let kind = match kind {
            (version, Some(kind)) => format!("{version:?}, {kind:?}"),
            (version, None) => format!("{version:?}"),
        };
        return Err(SignatureError::Unsupported(kind));
    };
    match signature.hash_alg() {
        Some(hash) if is_strong_hash(hash) => {}
        Some(hash) => return Err(SignatureError::WeakHash { hash: hash.to_string() }),
        None => return Err(SignatureError::Unsupported("no hash".to_owned())),
    }
    if !critical_parts_are_known(signature) {
        return Err(SignatureError::Critical);
    }
    let created = signature.created().ok_or(SignatureError::NoTime)?;
    let expires = end(created, signature.signature_expiration_time());
    let created = time(created);
    if at.checked_add(CLOCK_SKEW).is_ok_and(|latest| created > latest) {
        return Err(SignatureError::Future { created });
    }
    if let Some(expired) = expires.filter(|expires| *expires <= at) {
        return Err(SignatureError::Expired { expired });
    }
    if signature.issuer_fingerprint().is_empty() && signature.issuer_key_id().is_empty() {
        return Err(SignatureError::NoIssuer);
    }
    let certificates = keys.certificates().iter();
    let named = certificates.flat_map(|one| one.named_by(signature).map(move |key| (one, key)));
    let mut cause = SignatureError::UnknownKey;
    for (certificate, key) in named.take(KEYS_TRIED) {
        if !key.made(signature, signed) {
            cause = SignatureError::Mismatch;
        } else if created < key.created() {
            cause = SignatureError::BeforeKey { created };
        } else {
            match certificate.check_signing_key(key, at) {
                Ok(_) => {
                    let (key, certificate) = (key.fingerprint(), certificate.fingerprint());
                    return Ok(GoodSignature { key, certificate, created });
                }
                Err(error) => cause = SignatureError::Key { fingerprint: key.fingerprint(), cause: error },
            }
        }
    }
    Err(cause)
}
