//! Verifies signatures by keys and certificates, and what they sign: objects by digest, and in-toto statements.
//!
//! A [`Verified`] value exists only if this module checked a signature over it, with a key or a certificate identity
//! that the caller gave before anything was fetched. Fetched data can select among these, never add one.
//!
//! Formats: cosign's simple signing (a JSON payload with the signature in an annotation of its layer), DSSE
//! envelopes as cosign stores them, and Sigstore bundles of versions 0.1 to 0.3. Each can be signed by a key or keyless.
//! Whether a proof of the transparency log is required depends on the caller's [`LogPolicy`] alone, never on what the
//! fetched data contains. No part of a [`Trust`] has a default: the caller states each one.
//!
//! To verify:
//!
//! 1. Make a [`Trust`] of keys, identities, trusted root and policies.
//! 2. Pass each signature to [`Trust::verify_simple`], [`Trust::verify_bundle`] or [`Trust::verify_envelope`]; those in
//!    files to [`Trust::verify_file`] or [`Trust::verify_attestation_file`].
//! 3. Pass the [`Verified`] values to [`Trust::quorum`] or [`Trust::count_enveloped`], which count the signers.
//!
//! A failed check is an [`Error`] that names its cause; [`Error::meaning`] classifies it.
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
//!     effective_time: jiff::Timestamp::now(),
//! };
//! # Ok::<(), Error>(())
//! ```
//!
//! Without a policy for log entries this does not compile, and neither does a default for the other parts:
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
//!     effective_time: jiff::Timestamp::now(),
//! };
//! # Ok::<(), Error>(())
//! ```
//!
//! ```compile_fail,E0277
//! use dhi::trust::*;
//! let trust = Trust { log: LogPolicy::Require, ..Default::default() };
//! ```
//!
//! # Proof types
//!
//! The values of these types prove that something was verified. Only the functions of [`Trust`] make them. Outside this
//! module, none can be made or changed by a literal, a struct update, a constructor, `Default`, `Deserialize` or mutable
//! access. `compile_fail.rs` has one program for each type and way; none compiles.
//!
//! * [`Verified`]: a signature over the value was checked. Made by [`Trust::verify_simple`], [`Trust::verify_bundle`],
//!   [`Trust::verify_signing_bundle`], [`Trust::verify_envelope`], [`Trust::verify_file`] and
//!   [`Trust::verify_attestation_file`].
//! * [`SignatureFacts`], [`Signer`], [`LogProof`], [`ProvenTime`], [`SignedName`]: who signed, and what log and timestamps
//!   prove. Returned by [`Verified::facts`].
//! * [`ImageSignature`]: the object and predicate type that a good signature names. Returned by [`Verified::value`].
//! * [`SignedStatement`]: these bytes are a statement about that object, and are signed. Returned by
//!   [`Verified::value`].
//! * [`Quorum`]: as many signers as required signed one object. Made by [`Trust::quorum`] and [`Trust::count_enveloped`].
//! * [`SignedObject`]: they signed the object with this digest. Made by [`Trust::quorum`].
//! * [`Attested`]: they signed this statement about that object. Made by [`SignedObject::verify_statement`] and
//!   [`Trust::count_enveloped`].
//! * [`Reduced`]: what is kept of a signed statement. Made by [`Verified::reduce`] and [`Attested::reduce`].
//!
//! The part that is kept of a predicate is computed from the signed statement by its type (`From<&Statement>`), so a
//! caller cannot substitute another value.

mod anchors;
pub mod annotations;
mod attested;
mod bundle;
mod certificate;
mod codes;
#[cfg(doctest)]
mod compile_fail;
mod detached;
mod dsse;
mod endorsement_refusal;
mod envelope;
mod error;
mod expected_payload;
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
mod root;
mod signature;
mod signed_annotations;
mod signed_file;
mod signed_name;
mod signer;
mod simple_signing;
mod spki;
mod statement;
#[cfg(test)]
pub(crate) mod tests;
mod threshold;
mod timestamps;
mod verified;
mod window;

pub use anchors::Trust;
pub use attested::{AttestationResult, Attested, Reduced, SignedObject};
pub use bundle::{Bundle, BundleContent};
pub use certificate::WorkflowClaim;
pub use codes::CODES;
pub use dsse::SignedPayload;
pub use endorsement_refusal::EndorsementRefusal;
pub use envelope::EnvelopeLayer;
pub use error::{Error, ErrorMeaning};
pub use expected_payload::{AttestationClaims, ExpectedPayload};
pub use identity::{IdentityRule, Matcher};
pub use key::PublicKey;
pub use key_endorsement::{Endorser, KeyEndorsement};
pub use key_id::KeyId;
pub use key_rotation::{EndorsedKey, EndorsementProof};
pub use keyring::{EMBEDDED, Keyring, TrustedKey};
pub use log::{LogPolicy, LogProof, SctPolicy};
pub use proven_time::{ProvenTime, TimeSource};
pub use quorum::Quorum;
pub use root::{TrustedRoot, TufUpdate};
pub use signature::Artifact;
pub use signed_name::SignedName;
pub use signer::{Signer, SignerId};
pub use simple_signing::{ImageSignature, SimpleSignature};
pub use statement::{COSIGN_SIGN, PREDICATE_TYPE, RawPredicate, SignedStatement, Statement, Subject};
pub use threshold::Threshold;
pub use verified::{Role, SignatureFacts, SignatureFormat, Verified};
pub use window::{KeyState, Window};
