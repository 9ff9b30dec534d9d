//! What an image has instead of an attestation that counts, so that an error can name it.
//!
//! It is for messages. No verdict depends on it.

use std::fmt;

use super::attested::ListedReason;
use super::platform::PlatformEvidence;
use super::reference::{Evidence, RootSignatureStatus};

/// What an image has instead of an attestation that counts. The first that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtherEvidence {
    /// Verified attestations by attestor keys.
    ByAttestors,
    /// Bundles and envelopes that no given signer verifies.
    NotJudged {
        /// Their number.
        count: usize,
        /// Whether a key or identity is given.
        has_signer: bool,
    },
    /// Only a signature of the reference.
    Signature {
        /// Whether a trusted signer made it.
        trusted: bool,
    },
    /// Nothing.
    Nothing,
}

impl OtherEvidence {
    /// What `platform` has.
    pub fn of(platform: &PlatformEvidence, evidence: &Evidence) -> Self {
        if platform.verified(evidence.root.digest).next().is_some() {
            return Self::ByAttestors;
        }
        let signed = |reason: &ListedReason| match reason {
            ListedReason::BundleWithoutKey | ListedReason::EnvelopeWithoutKey => Some(false),
            ListedReason::OtherKey | ListedReason::OtherIdentity { .. } => Some(true),
            _ => None,
        };
        let not_judged: Vec<bool> =
            platform.listed.iter().filter_map(|listed| signed(&listed.reason)).collect();
        match evidence.root_signature_status() {
            _ if !not_judged.is_empty() => {
                Self::NotJudged { count: not_judged.len(), has_signer: not_judged.contains(&true) }
            }
            RootSignatureStatus::SignedBy(_) => Self::Signature { trusted: true },
            RootSignatureStatus::Unknown(_) => Self::Signature { trusted: false },
            RootSignatureStatus::Absent
            | RootSignatureStatus::ListUnknown(_)
            | RootSignatureStatus::Failed(_) => Self::Nothing,
        }
    }
}

/// The phrase after `it has no attestation that counts`; empty for nothing.
impl fmt::Display for OtherEvidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByAttestors => f.write_str("only attestations by attestor keys"),
            Self::NotJudged { count, has_signer } => {
                let one = *count == 1;
                let noun = if one { "signed statement" } else { "signed statements" };
                let why = match (has_signer, one) {
                    (true, _) => "that no given key or identity verifies",
                    (false, true) => "that needs a key or identity",
                    (false, false) => "that need a key or identity",
                };
                write!(f, "only {count} {noun} {why}")
            }
            Self::Signature { trusted: true } => f.write_str("only a signature"),
            Self::Signature { trusted: false } => f.write_str("only a signature by an unknown signer"),
            Self::Nothing => Ok(()),
        }
    }
}
