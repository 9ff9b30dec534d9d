//! Log entries as they came with a signature: parsed, not verified.

use serde::Deserialize;
use serde_json::value::RawValue;
use sigstore_merkle::{hash_leaf, verify_inclusion_proof};
use sigstore_verify::types::{KindVersion, MediaType, TransparencyLogEntry};

use crate::limits::Exceeded;
use crate::trust::Error;
use crate::trust::limits::PROOF_HASHES;

/// The log entries that came with a signature.
#[derive(Clone, Debug)]
pub(in crate::trust) enum LogEntries {
    /// None.
    Absent,
    /// Entries of an unsupported form, or not parsed, and why.
    Unsupported(String),
    /// At least one.
    Parsed(Vec<TransparencyLogEntry>),
}

impl LogEntries {
    pub(in crate::trust) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    pub(in crate::trust) fn parsed(&self) -> &[TransparencyLogEntry] {
        match self {
            Self::Absent | Self::Unsupported(_) => &[],
            Self::Parsed(entries) => entries,
        }
    }

    /// The bundle version whose rules entries of an annotation can meet: 0.1 requires an inclusion promise, 0.2 an
    /// inclusion proof.
    pub(in crate::trust) fn version(&self) -> MediaType {
        if self.parsed().iter().all(|entry| entry.inclusion_promise.is_some()) {
            MediaType::Bundle0_1
        } else {
            MediaType::Bundle0_2
        }
    }

    /// Entries that are not checked.
    pub(in crate::trust) fn not_checked(present: bool) -> Self {
        if present { Self::Unsupported("not looked at".to_owned()) } else { Self::Absent }
    }

    /// Reads the entries of a bundle. The error is [`Error::LogBad`] for a malformed entry of a known kind.
    pub(in crate::trust) fn of_bundle(entries: &[Box<RawValue>], version: MediaType) -> Result<Self, Error> {
        let mut read = Vec::with_capacity(entries.len());
        for text in entries {
            match serde_json::from_str::<TransparencyLogEntry>(text.get()) {
                Ok(mut entry) => {
                    let hashes = entry.inclusion_proof.as_ref().map_or(0, |proof| proof.hashes.len());
                    if hashes > PROOF_HASHES {
                        let what = format!("inclusion proof with {hashes} hashes");
                        return Err(Error::Limit(Exceeded::new(what, PROOF_HASHES, "hashes")));
                    }
                    if version == MediaType::Bundle0_1 {
                        check_unsigned_proof(&mut entry)?;
                    }
                    read.push(entry);
                }
                Err(error) => {
                    return match unknown_kind(text.get()) {
                        Some(kind) => Ok(Self::Unsupported(kind)),
                        None => Err(Error::LogBad { cause: error.to_string() }),
                    };
                }
            }
        }
        Ok(if read.is_empty() { Self::Absent } else { Self::Parsed(read) })
    }
}

/// Checks and drops an inclusion proof without a checkpoint, in a bundle of version 0.1. Such bundles depend on the
/// inclusion promise, and early clients wrote the proof without a checkpoint. It is not signed: it must be consistent,
/// and proves nothing.
fn check_unsigned_proof(entry: &mut TransparencyLogEntry) -> Result<(), Error> {
    if entry.inclusion_promise.is_none() {
        return Ok(());
    }
    let Some(proof) = entry.inclusion_proof.take_if(|proof| proof.checkpoint.is_empty()) else {
        return Ok(());
    };
    let leaf = hash_leaf(entry.canonicalized_body.as_bytes());
    let index = proof.log_index.get();
    verify_inclusion_proof(&leaf, index, proof.tree_size, &proof.hashes, &proof.root_hash)
        .map_err(|error| Error::LogBad { cause: format!("its inclusion proof: {error}") })
}

/// The kind that an entry claims, if that is not supported.
fn unknown_kind(entry: &str) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Entry {
        kind_version: Kind,
    }
    #[derive(Deserialize)]
    struct Kind {
        kind: String,
        version: String,
    }
    let Entry { kind_version: Kind { kind, version } } = serde_json::from_str(entry).ok()?;
    known(&kind, &version).is_none().then(|| not_read(&kind, &version))
}

pub(super) fn known(kind: &str, version: &str) -> Option<KindVersion> {
    use KindVersion::{DsseV001, HashedRekordV001, HashedRekordV002, IntotoV002};
    let all = [HashedRekordV001, HashedRekordV002, DsseV001, IntotoV002];
    all.into_iter().find(|known| known.kind() == kind && known.version() == version)
}

pub(super) fn not_read(kind: &str, version: &str) -> String {
    format!("entries of kind {kind} {version} are not supported by this version")
}
