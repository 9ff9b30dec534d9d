//! Where a VEX document comes from, and whether its statements may suppress findings.

use std::sync::OnceLock;

use bytes::Bytes;
use jiff::Timestamp;

use crate::oci::Digest;
use crate::trust::{Quorum, SignatureFacts};

/// Where a document comes from.
#[derive(Clone, Debug)]
pub struct Source {
    /// What users call it: a path, `OpenVEX of dhi.io/python (linux/amd64) sha256:1234abcd5678`, the name of a
    /// repository.
    pub name: String,
    /// What kind of source it is.
    pub kind: SourceKind,
    /// SHA-256 of the bytes of the document.
    pub digest: LazyDigest,
    /// Whether its statements may suppress findings.
    pub trust: SourceTrust,
    /// Position of its group in the order of priority; lower is asked first.
    pub priority: usize,
}

/// A digest that is computed when it is first asked for: documents have many megabytes, and most runs show no digest.
#[derive(Clone, Debug)]
pub struct LazyDigest {
    bytes: Bytes,
    digest: OnceLock<Digest>,
}

impl LazyDigest {
    /// The SHA-256 digest of `bytes`.
    pub fn of(bytes: Bytes) -> Self {
        Self { bytes, digest: OnceLock::new() }
    }

    /// The digest.
    pub fn get(&self) -> Digest {
        *self.digest.get_or_init(|| Digest::of(&self.bytes))
    }
}

impl From<Digest> for LazyDigest {
    /// A digest that is known already.
    fn from(digest: Digest) -> Self {
        Self { bytes: Bytes::new(), digest: OnceLock::from(digest) }
    }
}

/// What kind of source it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceKind {
    /// A file that the user named.
    File,
    /// An attestation about the scanned image, or the index that contains it.
    Image {
        /// Digest of the attestation manifest or bundle.
        attestation: Digest,
    },
    /// An attestation about the proven base image.
    Base {
        /// Digest of the attestation manifest or bundle.
        attestation: Digest,
    },
    /// A document of a VEX repository.
    Repository,
}

/// Whether the statements of a source may suppress findings.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SourceTrust {
    /// It is signed by trusted signers. Only a verification makes a [`Quorum`] or [`SignatureFacts`].
    Verified(VerifiedBy),
    /// It is not verified, and the user named it as trusted.
    TrustedByUser,
    /// It is not verified. It suppresses nothing.
    Unverified,
    /// Its proof is bad. It suppresses nothing.
    Failed {
        /// Why, as `CODE: message`.
        cause: String,
    },
    /// It is older than the user accepts. It suppresses nothing. What it keeps is kept.
    TooOld {
        /// Who signed it. `None`: the user named it as trusted.
        by: Option<VerifiedBy>,
        /// The newest effective time of its statements. `None`: no statement has a time.
        newest: Option<Timestamp>,
    },
}

/// Who signed a document. It can be made only of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedBy {
    signers: Vec<String>,
    is_dhi: bool,
}

impl VerifiedBy {
    /// The signers of a verified attestation.
    pub fn of_quorum(quorum: &Quorum) -> Self {
        Self::of(quorum.iter())
    }

    /// The signer of a verified file.
    pub fn of_signature(facts: &SignatureFacts) -> Self {
        Self::of(std::iter::once(facts))
    }

    fn of<'a>(facts: impl Iterator<Item = &'a SignatureFacts>) -> Self {
        let signers: Vec<_> = facts.map(SignatureFacts::signer).collect();
        Self {
            is_dhi: signers.iter().any(|signer| signer.is_dhi()),
            signers: signers.into_iter().map(|signer| signer.name().to_owned()).collect(),
        }
    }

    /// The names of the signers.
    pub fn signers(&self) -> &[String] {
        &self.signers
    }

    /// Whether the DHI key signed it.
    pub fn is_dhi(&self) -> bool {
        self.is_dhi
    }
}

impl SourceTrust {
    /// Whether statements of the source may suppress findings.
    pub fn may_suppress(&self) -> bool {
        matches!(self, Self::Verified(_) | Self::TrustedByUser)
    }

    /// Who signed it, whatever its age is. `None`: no signature of it was verified.
    pub fn verified_by(&self) -> Option<&VerifiedBy> {
        match self {
            Self::Verified(by) | Self::TooOld { by: Some(by), .. } => Some(by),
            Self::TrustedByUser | Self::Unverified | Self::Failed { .. } | Self::TooOld { by: None, .. } => {
                None
            }
        }
    }

    /// Whether the DHI key signed it.
    pub fn is_dhi(&self) -> bool {
        self.verified_by().is_some_and(VerifiedBy::is_dhi)
    }
}
