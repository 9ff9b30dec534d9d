//! A [`Verified`] value exists only because a signature over it was checked here with a key or identity that was
//! given beforehand: fetched data can select among those, never add one.
//!
//! Formats: cosign's simple signing (a JSON payload with the signature in an annotation of its layer), DSSE
//! envelopes as cosign stores them, and Sigstore bundles of versions 0.1 to 0.3, each by a key or keyless. The
//! proof of the transparency log is judged by the caller's [`LogPolicy`], never by what the fetched data happens
//! to carry. There is no default for any part of a [`Trust`]: who asks says what counts.
//!
//! ```
//! use dhi::trust::*;
//! let trust = Trust {
//!     keys: Keyring::dhi()?,
//!     identities: Vec::new(),
//!     attestors: Keyring::default(),
//!     root: TrustedRoot::public_good()?,
//!     log: LogPolicy::Require,
//!     certificate_log: CertificateLog::Require,
//!     threshold: Threshold::ONE,
//!     at: jiff::Timestamp::now(),
//! };
//! # Ok::<(), Error>(())
//! ```
//!
//! The same without a word on log entries, and the same with what somebody else chose, are not programs:
//!
//! ```compile_fail,E0063
//! use dhi::trust::*;
//! let trust = Trust {
//!     keys: Keyring::dhi()?,
//!     identities: Vec::new(),
//!     attestors: Keyring::default(),
//!     root: TrustedRoot::public_good()?,
//!     certificate_log: CertificateLog::Require,
//!     threshold: Threshold::ONE,
//!     at: jiff::Timestamp::now(),
//! };
//! # Ok::<(), Error>(())
//! ```
//!
//! ```compile_fail,E0277
//! use dhi::trust::*;
//! let trust = Trust { log: LogPolicy::Require, ..Default::default() };
//! ```
//!
//! # What nobody else makes
//!
//! These values say that something was verified. They come out of the functions of [`Trust`] alone; of each, no literal,
//! no struct update, no public constructor, no `Default`, no mutable access and no `Deserialize` is a program.
//! `forged.rs` has one program that does not compile for each value and way, and the private functions that make them.
//!
//! | value | says | comes from |
//! |---|---|---|
//! | [`Verified`] | a signature over the value was checked | [`Trust::verify_simple`], [`Trust::verify_bundle`], [`Trust::verify_signing_bundle`], [`Trust::verify_envelope`] |
//! | [`SignatureFacts`], [`Signer`], [`LogProof`], [`ProvenTime`], [`SignedName`] | who signed, and what log and timestamps prove | [`Verified::facts`] |
//! | [`ImageSignature`] | the object and predicate type that a good signature names | [`Verified::value`] |
//! | [`SignedStatement`] | these bytes are a statement about that object, and are signed | [`Verified::value`] |
//! | [`Quorum`] | as many authorities signed one object as were demanded | [`Trust::quorum`], [`Trust::attested`] |
//! | [`SignedObject`] | they signed the object with this digest | [`Trust::quorum`] |
//! | [`Attested`] | they signed this statement about that object | [`SignedObject::attests`], [`Trust::attested`] |
//! | [`Reduced`] | what is kept of a signed statement | [`Verified::reduce`], [`Attested::reduce`] |
//!
//! What is kept of a predicate is made by the type that it is kept as, so nobody puts other words into a statement that
//! somebody signed.

mod admission;
mod attested;
mod bundle;
mod certificate;
mod codes;
mod continuity;
mod dsse;
mod envelope;
mod error;
#[cfg(doctest)]
mod forged;
mod identity;
mod key;
mod key_id;
mod keyring;
pub mod limits;
mod log;
mod proven_time;
mod quorum;
mod refusal;
mod root;
mod signature;
mod signed_name;
mod signer;
mod simple_signing;
mod spki;
mod statement;
#[cfg(test)]
pub(crate) mod tests;
mod time;
mod verified;
mod window;

pub use admission::{Admission, Voucher};
pub use attested::{Attested, Counted, Reduced, SignedObject};
pub use bundle::{Bundle, BundleContent};
pub use certificate::Claim;
pub use codes::CODES;
pub use continuity::{Admitted, Proof};
pub use dsse::SignedPayload;
pub use envelope::EnvelopeLayer;
pub use error::{Error, Standing};
pub use identity::{IdentityRule, Matcher};
pub use key::PublicKey;
pub use key_id::KeyId;
pub use keyring::{EMBEDDED, Keyring, TrustedKey};
pub use log::{CertificateLog, LogPolicy, LogProof};
pub use proven_time::{ProvenTime, Witness};
pub use quorum::{Quorum, Threshold};
pub use refusal::Refusal;
pub use root::{TrustedRoot, Update};
pub use signature::Artifact;
pub use signed_name::SignedName;
pub use signer::{Authority, Signer};
pub use simple_signing::{ImageSignature, SimpleSignature};
pub use statement::{COSIGN_SIGN, PREDICATE_TYPE, SignedStatement, Statement, Subject, Written};
pub use verified::{Form, Role, SignatureFacts, Verified};
pub use window::{State, Window};

use jiff::Timestamp;

use key::Message;

/// Everything that a verification trusts, decided before anything is fetched.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Keys whose signatures answer the question.
    pub keys: Keyring,
    /// Identities whose certificates answer the question.
    pub identities: Vec<IdentityRule>,
    /// Keys of others who attach attestations. They never answer "is it a DHI?".
    pub attestors: Keyring,
    /// Transparency logs, certificate authorities and timestamp authorities that count.
    pub root: TrustedRoot,
    /// What a log proof is worth. A keyless signature needs one unless it is [`LogPolicy::Skip`].
    pub log: LogPolicy,
    /// Whether certificates must be in a log of certificates; not looked at under [`LogPolicy::Skip`] either.
    pub certificate_log: CertificateLog,
    /// How many authorities must have signed each object.
    pub threshold: Threshold,
    /// The time at which keys and certificates must be valid when nothing proves the time of the signature.
    pub at: Timestamp,
}

impl Trust {
    /// The keys to try, in order, each with the role that it was given for.
    fn candidates(&self) -> impl Iterator<Item = (&TrustedKey, Role)> {
        let image = self.keys.iter().map(|key| (key, Role::Image));
        let attestors = self.attestors.iter().map(|key| (key, Role::Attestor));
        image.chain(attestors)
    }

    /// Finds the key that made `signature` over `message`. A key that is valid is preferred to a retired one
    /// with the same public key.
    fn signer(&self, message: &Message<'_>, signature: &[u8]) -> Option<(&TrustedKey, Role)> {
        let mut retired = None;
        for (key, role) in self.candidates() {
            if key.key.verifies(message, signature) {
                if key.state == State::Active {
                    return Some((key, role));
                }
                retired.get_or_insert((key, role));
            }
        }
        retired
    }

    /// Names of all keys and identities given, for messages.
    fn authority_names(&self) -> Vec<String> {
        let keys = self.candidates().map(|(key, _)| key.to_string());
        keys.chain(self.identities.iter().map(ToString::to_string)).collect()
    }
}
