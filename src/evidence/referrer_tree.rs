//! The tree of referrers of an object. It is for display: no verdict depends on it.

use super::failure::Failure;
use crate::oci::{Digest, Repository};
use crate::trust::SignatureFacts;

/// An object and its referrers.
#[derive(Clone, Debug)]
pub struct ReferrerTree {
    /// Its digest.
    pub digest: Digest,
    /// Its referrers.
    pub referrers: Vec<ReferrerNode>,
    /// Why referrers could not be listed.
    pub failures: Vec<Failure>,
}

/// One referrer.
#[derive(Clone, Debug)]
pub struct ReferrerNode {
    /// Its digest; under cosign's tag the digest of the envelope.
    pub digest: Digest,
    /// The artifact type in its manifest.
    pub artifact_type: String,
    /// The repository in which it was found.
    pub found_in: Repository,
    /// Its kind.
    pub kind: ReferrerKind,
    /// Its referrers.
    pub referrers: Vec<Self>,
    /// Why referrers could not be listed.
    pub failures: Vec<Failure>,
}

/// The kind of a referrer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ReferrerKind {
    /// Signatures, each with its signer or why it does not count.
    Signature(Vec<Result<SignatureFacts, Failure>>),
    /// An attestation with this type in its manifest. The evidence holds its result.
    Attestation(Option<String>),
    /// Something else.
    Other,
    /// It could not be read, or does not name the object as its subject.
    Unread(Failure),
}
