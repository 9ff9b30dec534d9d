//! Key IDs: a key is identified by its fingerprint alone.

use std::fmt;

use crate::oci::Digest;

/// SHA-256 of a key's SubjectPublicKeyInfo in canonical encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(Digest);

impl KeyId {
    pub(super) fn of_digest(spki: Digest) -> Self {
        Self(spki)
    }

    /// The first 12 hex digits, for tables.
    pub fn short(&self) -> String {
        self.0.hex().get(..12).unwrap_or_default().to_owned()
    }

    /// All 64 hex digits.
    pub fn hex(&self) -> String {
        self.0.hex()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
