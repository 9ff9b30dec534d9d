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
//!     sct: SctPolicy::Require,
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
//!     sct: SctPolicy::Require,
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

mod anchors;
mod annotated;
pub mod annotations;
mod attested;
mod bundle;
mod certificate;
mod codes;
mod dsse;
mod envelope;
mod error;
#[cfg(doctest)]
mod forged;
mod identity;
mod key;
mod key_endorsement;
mod key_id;
mod key_rotation;
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
mod threshold;
mod time;
mod verified;
mod window;

pub use anchors::Trust;
pub use attested::{Attested, Counted, Reduced, SignedObject};
pub use bundle::{Bundle, BundleContent};
pub use certificate::Claim;
pub use codes::CODES;
pub use dsse::SignedPayload;
pub use envelope::EnvelopeLayer;
pub use error::{Error, ErrorMeaning};
pub use identity::{IdentityRule, Matcher};
pub use key::PublicKey;
pub use key_endorsement::{Endorser, KeyEndorsement};
pub use key_id::KeyId;
pub use key_rotation::{EndorsedKey, Proof};
pub use keyring::{EMBEDDED, Keyring, TrustedKey};
pub use log::{LogPolicy, LogProof, SctPolicy};
pub use proven_time::{ProvenTime, TimeSource};
pub use quorum::Quorum;
pub use refusal::Refusal;
pub use root::{TrustedRoot, Update};
pub use signature::Artifact;
pub use signed_name::SignedName;
pub use signer::{Signer, SignerId};
pub use simple_signing::{ImageSignature, SimpleSignature};
pub use statement::{COSIGN_SIGN, PREDICATE_TYPE, SignedStatement, Statement, Subject, Written};
pub use threshold::Threshold;
pub use verified::{Form, Role, SignatureFacts, Verified};
pub use window::{State, Window};
