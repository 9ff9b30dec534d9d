//! Signs images and attestations, and stores the results.
//!
//! A signature is stored only after it was verified with the signer's public key. Nothing is stored before all parts
//! are signed, so a failed signer leaves nothing behind.
//!
//! Two forms are written. *Simple signing* is the form of Docker Hardened Images: an in-toto statement as a plain layer
//! of an attestation manifest, and cosign's payload with the signature as a referrer of that manifest. A *bundle* is
//! the form of cosign 3: a DSSE envelope in a Sigstore bundle 0.3.

mod artifact;
mod bundle;
mod codes;
mod envelope;
mod error;
mod key_file;
pub mod limits;
mod log;
mod payload;
mod predicate;
mod program;
mod signer;
mod signing;
mod target;

pub use codes::CODES;
pub use error::Error;
pub use key_file::{KeyFile, KeyPair, PrivateKey};
pub use log::{Log, LogEntry};
pub use payload::SignedName;
pub use predicate::{Document, PredicateType};
pub use program::SigningProgram;
pub use signer::Signer;
pub use signing::{ArtifactKind, Form, Prepared, Pushed, SignedStatement, Signing, push, unsigned};
pub use target::{Platforms, Root, Subject};
