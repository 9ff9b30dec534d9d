//! Checks that the log that an entry names signed the checkpoint of its inclusion proof.
//!
//! An inclusion proof counts only for that log: it signed the checkpoint, the checkpoint is of a tree of the proof's
//! size, and the log was trusted at every proven time. The library accepts a checkpoint by any log of the trusted root,
//! at any time after that log's first day.

use sigstore_verify::crypto::{Checkpoint, VerificationKey};
use sigstore_verify::trust_root::TransparencyLog;
use sigstore_verify::types::{KindVersion, TransparencyLogEntry};

use crate::oci::hex;
use crate::trust::{Error, ProvenTime, TrustedRoot};

/// Why an entry proves nothing.
pub(in crate::trust) enum LogFailure {
    /// The log is not in the trusted root, or the form is not supported.
    Unknown(String),
    Bad(Error),
}

/// Checks what the library omits for `entry`, whose proof it verified. `times` are all proven times of the signature.
pub(in crate::trust) fn check_entry(
    entry: &TransparencyLogEntry,
    root: &TrustedRoot,
    times: &[ProvenTime],
) -> Result<(), LogFailure> {
    let bad = |cause: String| LogFailure::Bad(Error::LogBad { cause });
    let id = entry.log_id.key_id.as_bytes();
    let log = root.log(id).ok_or_else(|| LogFailure::Unknown(unknown_log(id, root)))?;
    if let Some(window) = log.public_key.valid_for
        && let Some(outside) = times.iter().find(|proven| !window.contains(proven.time))
    {
        return Err(bad(format!("its log was not trusted at {}", outside.time)));
    }
    let Some(proof) = &entry.inclusion_proof else { return Ok(()) };
    let checkpoint =
        proof.checkpoint.checkpoint().ok_or_else(|| bad("its proof has no checkpoint".to_owned()))?;
    // In version 2 only the checkpoint has the size.
    if entry.kind_version != KindVersion::HashedRekordV002 && proof.tree_size != checkpoint.tree_size() {
        return Err(bad("its proof is for a tree of another size than the checkpoint".to_owned()));
    }
    if signed_by(checkpoint, log) { Ok(()) } else { Err(bad("another log signed its checkpoint".to_owned())) }
}

/// The cause for a log that is not in the trusted root.
pub(in crate::trust) fn unknown_log(id: &[u8], root: &TrustedRoot) -> String {
    format!("log {} is not in the trusted root ({})", hex::encode(id), root.origin())
}

fn signed_by(checkpoint: &Checkpoint, log: &TransparencyLog) -> bool {
    let Ok(key) = VerificationKey::from_spki(&log.public_key.raw_bytes) else { return false };
    // A signature names its key by the first bytes of the log's ID.
    let hint = log.log_id.key_id.as_bytes().get(..4);
    checkpoint.signatures().iter().any(|signature| {
        Some(signature.key_id.as_bytes().as_slice()) == hint
            && key.verify(checkpoint.signed_data(), &signature.signature).is_ok()
    })
}
