//! An inclusion proof counts for the log that the entry names, and for no other: that log signed the checkpoint,
//! of a tree of that size, while it was trusted.
//!
//! The library accepts a checkpoint by any log of the trusted root, at any time after that log's first day.

use sigstore_verify::crypto::{Checkpoint, VerificationKey};
use sigstore_verify::trust_root::TransparencyLog;
use sigstore_verify::types::{KindVersion, TransparencyLogEntry};

use crate::oci::hex;
use crate::trust::{Error, ProvenTime, TrustedRoot};

/// Why an entry is not proven.
pub(in crate::trust) enum Failure {
    /// The root does not hold the log.
    Unknown(String),
    Bad(Error),
}

/// Checks what the library leaves open about `entry`, whose proof it found good. `times` are all that are proven
/// of the signature.
pub(in crate::trust) fn check(
    entry: &TransparencyLogEntry,
    root: &TrustedRoot,
    times: &[ProvenTime],
) -> Result<(), Failure> {
    let bad = |cause: String| Failure::Bad(Error::LogBad { cause });
    let id = entry.log_id.key_id.as_bytes();
    let log = root.log(id).ok_or_else(|| Failure::Unknown(unknown(id, root)))?;
    if let Some(window) = log.public_key.valid_for
        && let Some(outside) = times.iter().find(|proven| !window.contains(proven.time))
    {
        return Err(bad(format!("its log was not trusted at {}", outside.time)));
    }
    let Some(proof) = &entry.inclusion_proof else { return Ok(()) };
    let checkpoint =
        proof.checkpoint.checkpoint().ok_or_else(|| bad("its proof has no checkpoint".to_owned()))?;
    // Version 2 has the size in the checkpoint alone and leaves the other out.
    if entry.kind_version != KindVersion::HashedRekordV002 && proof.tree_size != checkpoint.tree_size() {
        return Err(bad("its proof is for a tree of another size than the checkpoint".to_owned()));
    }
    if signed_by(checkpoint, log) { Ok(()) } else { Err(bad("another log signed its checkpoint".to_owned())) }
}

/// What is said of a log that the root does not hold.
pub(in crate::trust) fn unknown(id: &[u8], root: &TrustedRoot) -> String {
    format!("log {} is not in the trusted root ({})", hex::encode(id), root.origin())
}

fn signed_by(checkpoint: &Checkpoint, log: &TransparencyLog) -> bool {
    let Ok(key) = VerificationKey::from_spki(&log.public_key.raw_bytes) else { return false };
    // A signature names its key by the beginning of the log's id.
    let hint = log.log_id.key_id.as_bytes().get(..4);
    checkpoint.signatures().iter().any(|signature| {
        Some(signature.key_id.as_bytes().as_slice()) == hint
            && key.verify(checkpoint.signed_data(), &signature.signature).is_ok()
    })
}
