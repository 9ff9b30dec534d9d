//! Everything that hangs on an object, whatever it is, with what hangs on that in turn. This is for people who look what
//! is there; no verdict rests on it.

use super::failure::Failure;
use crate::oci::{Digest, Repository};
use crate::trust::SignatureFacts;

/// An object, and what hangs on it.
#[derive(Clone, Debug)]
pub struct ReferrerTree {
    /// Its digest.
    pub digest: Digest,
    /// What hangs on it.
    pub referrers: Vec<ReferrerNode>,
    /// What could not be listed.
    pub failures: Vec<Failure>,
}

/// Something that hangs on an object.
#[derive(Clone, Debug)]
pub struct ReferrerNode {
    /// Its digest; of an envelope under cosign's tag that of the envelope.
    pub digest: Digest,
    /// Its artifact type, as its manifest says.
    pub artifact_type: String,
    /// Where it was found.
    pub found_in: Repository,
    /// What it is.
    pub kind: ReferrerKind,
    /// What hangs on it.
    pub referrers: Vec<Self>,
    /// What could not be listed.
    pub failures: Vec<Failure>,
}

/// What hangs on an object.
#[derive(Clone, Debug)]
pub enum ReferrerKind {
    /// Signatures, each with who made it or why it does not count.
    Signature(Vec<Result<SignatureFacts, Failure>>),
    /// An attestation, which its manifest says to be of this type. What came of it is in the evidence.
    Attestation(Option<String>),
    /// Something else.
    Other,
    /// It could not be read, or does not name the object.
    Unread(Failure),
}
