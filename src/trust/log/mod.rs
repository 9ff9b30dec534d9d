//! Proofs of the transparency log (Rekor).
//!
//! A proof that is present must be good. Only the caller's policy decides whether one is required, so removing a
//! required proof never turns a failure into a pass.
//!
//! Entries come in bundles or in cosign's annotation `dev.sigstore.cosign/bundle`, of Rekor v1 (`hashedrekord`
//! and `dsse` 0.0.1, `intoto` 0.0.2) or v2 (`hashedrekord` 0.0.2). This module reads them. The sigstore library checks
//! signed entry timestamp (SET), inclusion proof and checkpoint, and that the entry is about the signature;
//! `checkpoint.rs` adds the checks that it omits.

mod annotation;
mod checkpoint;
mod entries;
mod policy;
mod proof;

pub(super) use annotation::{named_key, read_annotation};
pub(super) use checkpoint::{LogFailure, check_entry, unknown_log};
pub(super) use entries::LogEntries;
pub use policy::{LogPolicy, SctPolicy};
pub(super) use policy::{apply, apply_to_absent};
pub(super) use proof::LogOutcome;
pub use proof::LogProof;
