//! Identifiers that follow from what they identify.

use std::fmt::Write as _;

use crate::oci::{Digest, hex};

/// The first bytes of the SHA-256 of the parts, in hexadecimal: 16 digits.
pub(super) fn short_hash(parts: &[&str]) -> String {
    hex::encode(hash(parts).get(..8).unwrap_or_default())
}

/// The identifier of what these parts identify: a UUID of version 8, made of SHA-256 (RFC 9562, 5.8).
pub(super) fn uuid(parts: &[&str]) -> String {
    let mut bytes = hash(parts);
    bytes.truncate(16);
    if let Some(byte) = bytes.get_mut(6) {
        *byte = (*byte & 0x0f) | 0x80;
    }
    if let Some(byte) = bytes.get_mut(8) {
        *byte = (*byte & 0x3f) | 0x80;
    }
    let mut text = String::with_capacity(36);
    for (position, byte) in bytes.iter().enumerate() {
        if matches!(position, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn hash(parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(part.as_bytes());
        bytes.push(0);
    }
    match Digest::of(&bytes) {
        Digest::Sha256(hash) => hash.to_vec(),
        Digest::Sha512(hash) => hash.to_vec(),
    }
}
