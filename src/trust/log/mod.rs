//! A proof of the transparency log that is present must be good, and only the caller's policy says whether
//! one is needed: stripping it never turns a failure into a pass where it is required.
//!
//! Entries come in bundles or in cosign's annotation `dev.sigstore.cosign/bundle`, of Rekor v1 (`hashedrekord`
//! and `dsse` 0.0.1, `intoto` 0.0.2) or v2 (`hashedrekord` 0.0.2). They are read here; what they prove is checked
//! by the sigstore library: signed entry timestamp (SET), inclusion proof, checkpoint, and that the entry is about
//! the signature at hand.

mod annotation;
mod named;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use sigstore_merkle::{hash_leaf, verify_inclusion_proof};
use sigstore_verify::types::{KindVersion, MediaType, TransparencyLogEntry};

use super::Error;
use crate::limits::{Exceeded, Limits};
use crate::trust::limits::PROOF_HASHES;

pub(super) use annotation::named_key;
pub(super) use named::{Failure, check, unknown};

/// What the caller demands of the transparency log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogPolicy {
    /// A proof that is there must be good; none is needed.
    VerifyIfPresent,
    /// A good proof is needed.
    Require,
    /// Proofs are not looked at, and the report says so.
    Skip,
}

impl LogPolicy {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VerifyIfPresent => "verify-if-present",
            Self::Require => "require",
            Self::Skip => "skip",
        }
    }

    /// The policy that [`Self::as_str`] calls so.
    pub fn from_text(text: &str) -> Option<Self> {
        [Self::VerifyIfPresent, Self::Require, Self::Skip].into_iter().find(|policy| policy.as_str() == text)
    }

    /// Whether whatever holds under this policy holds under `other`.
    pub fn is_at_least(self, other: Self) -> bool {
        let strictness = |policy| match policy {
            Self::Skip => 0,
            Self::VerifyIfPresent => 1,
            Self::Require => 2,
        };
        strictness(self) >= strictness(other)
    }
}

/// What is known from the log about one signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogProof(pub(super) Found);

/// What was found out about the entries that came with a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A log of the trusted root signed the entry, and the entry is that of this signature.
    Proven {
        /// The log's URL.
        log: String,
        /// Index in the log.
        index: u64,
        /// When the log took it in. Absent where the proof does not cover a time.
        time: Option<Timestamp>,
    },
    /// There is no entry.
    Absent,
    /// There is one that cannot be judged: of a log that the trusted root does not hold, or of another form.
    Unknown {
        /// Why.
        cause: String,
    },
    /// It was not looked at.
    Skipped {
        /// Whether there is one.
        present: bool,
    },
}

impl LogProof {
    /// Whether a log of the trusted root signed the entry, and that is the entry of this signature.
    pub fn is_proven(&self) -> bool {
        matches!(self.0, Found::Proven { .. })
    }

    /// The URL of the log that proves it.
    pub fn log(&self) -> Option<&str> {
        match &self.0 {
            Found::Proven { log, .. } => Some(log),
            _ => None,
        }
    }

    /// The place of the proven entry in the log.
    pub fn index(&self) -> Option<u64> {
        match self.0 {
            Found::Proven { index, .. } => Some(index),
            _ => None,
        }
    }

    /// The time of the signature, where the log proves it.
    pub fn time(&self) -> Option<Timestamp> {
        match self.0 {
            Found::Proven { time, .. } => time,
            _ => None,
        }
    }

    /// Why an entry that is there cannot be judged.
    pub fn cause(&self) -> Option<&str> {
        match &self.0 {
            Found::Unknown { cause } => Some(cause),
            _ => None,
        }
    }

    /// Whether there is an entry, where nobody looked at it.
    pub fn skipped(&self) -> Option<bool> {
        match self.0 {
            Found::Skipped { present } => Some(present),
            _ => None,
        }
    }

    /// One word for tables and reports.
    pub fn as_str(&self) -> &'static str {
        match self.0 {
            Found::Proven { .. } => "proven",
            Found::Absent => "absent",
            Found::Unknown { .. } => "unknown",
            Found::Skipped { .. } => "skipped",
        }
    }
}

/// The log entries that came with a signature.
#[derive(Clone, Debug)]
pub(super) enum Entries {
    /// None.
    Absent,
    /// Some in a form that is not read by this version, and why.
    Unread(String),
    /// At least one.
    Read(Vec<TransparencyLogEntry>),
}

impl Entries {
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    pub(super) fn read(&self) -> &[TransparencyLogEntry] {
        match self {
            Self::Absent | Self::Unread(_) => &[],
            Self::Read(entries) => entries,
        }
    }

    /// The bundle version whose rules these entries of an annotation can meet: the first wants a promise of the
    /// log, the second a proof.
    pub(super) fn version(&self) -> MediaType {
        if self.read().iter().all(|entry| entry.inclusion_promise.is_some()) {
            MediaType::Bundle0_1
        } else {
            MediaType::Bundle0_2
        }
    }

    /// What is known of entries that nobody looks at.
    pub(super) fn unseen(present: bool) -> Self {
        if present { Self::Unread("not looked at".to_owned()) } else { Self::Absent }
    }

    /// Reads the entries of a bundle. [`Error::LogBad`] for one that is of a known kind and malformed.
    pub(super) fn of_bundle(entries: &[Box<RawValue>], version: MediaType) -> Result<Self, Error> {
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
                        unsigned_path(&mut entry)?;
                    }
                    read.push(entry);
                }
                Err(error) => {
                    return match unknown_kind(text.get()) {
                        Some(kind) => Ok(Self::Unread(kind)),
                        None => Err(Error::LogBad { cause: error.to_string() }),
                    };
                }
            }
        }
        Ok(if read.is_empty() { Self::Absent } else { Self::Read(read) })
    }
}

/// Bundles of version 0.1 rest on the promise of the log, and the first clients wrote the path without the
/// checkpoint. Nobody signed such a path: it must not contradict itself, and proves nothing.
fn unsigned_path(entry: &mut TransparencyLogEntry) -> Result<(), Error> {
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

/// What an entry says that it is, where that is nothing that is read here.
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

fn known(kind: &str, version: &str) -> Option<KindVersion> {
    use KindVersion::{DsseV001, HashedRekordV001, HashedRekordV002, IntotoV002};
    let all = [HashedRekordV001, HashedRekordV002, DsseV001, IntotoV002];
    all.into_iter().find(|known| known.kind() == kind && known.version() == version)
}

fn not_read(kind: &str, version: &str) -> String {
    format!("entries of kind {kind} {version} are not read by this version")
}

/// Reads cosign's annotation, unless proofs are not looked at.
pub(super) fn annotation(text: Option<&str>, policy: LogPolicy, limits: &Limits) -> Result<Entries, Error> {
    match (text, policy) {
        (None, _) => Ok(Entries::Absent),
        (Some(_), LogPolicy::Skip) => Ok(Entries::unseen(true)),
        (Some(text), _) => annotation::read(text, limits),
    }
}

/// The policy's answer where there is no entry.
pub(super) fn judge_absent(policy: LogPolicy) -> Result<Found, Error> {
    match policy {
        LogPolicy::VerifyIfPresent => Ok(Found::Absent),
        LogPolicy::Require => Err(Error::LogMissing { cause: "absent".to_owned() }),
        LogPolicy::Skip => Ok(Found::Skipped { present: false }),
    }
}

/// The policy's answer to a proof.
pub(super) fn required(found: Found, policy: LogPolicy) -> Result<Found, Error> {
    match (found, policy) {
        (Found::Unknown { cause }, LogPolicy::Require) => Err(Error::LogMissing { cause }),
        (found, _) => Ok(found),
    }
}
