//! A proof of the transparency log that is present must be good, and only the caller's policy says whether
//! one is needed: stripping it never turns a failure into a pass where it is required.
//!
//! Entries come in bundles or in cosign's annotation `dev.sigstore.cosign/bundle`, of Rekor v1 (`hashedrekord`
//! and `dsse` 0.0.1, `intoto` 0.0.2) or v2 (`hashedrekord` 0.0.2). They are read here; what they prove is checked
//! by the sigstore library: signed entry timestamp (SET), inclusion proof, checkpoint, and that the entry is about
//! the signature at hand.

mod annotation;
mod checkpoint;
mod entries;
mod policy;
mod proof;

pub(super) use annotation::{annotation, named_key};
pub(super) use checkpoint::{Failure, check, unknown};
pub(super) use entries::LogEntries;
pub use policy::{LogPolicy, SctPolicy};
pub(super) use policy::{judge_absent, required};
pub(super) use proof::Found;
pub use proof::LogProof;
