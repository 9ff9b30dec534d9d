//! OpenPGP signatures of Debian repositories: `InRelease` (cleartext) and `Release` with `Release.gpg` (detached).
//!
//! Invariant: text is returned only with at least one good signature by a key of the given set, and exactly that text was
//! hashed. Keys of one repository are never judged by those of another: the caller gives the set.
//!
//! A signature is good if a signing key of a given certificate made it, with a hash that still resists collisions, and if
//! that key is bound, neither revoked nor expired at the given time. A signing subkey needs a back-signature.
//!
//! Source: RFC 9580; RFC 4880 for certificates of version 4.

mod armor;
mod certificate;
mod cleartext;
mod error;
mod keyring;
pub mod limits;
mod self_signature;
mod strength;
#[cfg(test)]
pub(in crate::builder) mod tests;
mod verify;

pub use certificate::{Certificate, CertificateDetails, SigningKey};
pub use error::{Error, FramingError, KeyError, RejectedSignature, SignatureError};
pub use keyring::Keyring;
pub use verify::{GoodSignature, SignedText, verify, verify_detached};
