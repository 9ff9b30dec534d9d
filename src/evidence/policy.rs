//! The trait of policies. A policy has an identity, states what it needs, and returns checks.
//!
//! It receives the evidence and not the verdict, so it can add checks and cannot remove one.

use super::accepted_evidence::AcceptedEvidence;
use super::base::BaseProof;
use super::check::Check;
use super::findings::Findings;
use super::reference::Evidence;
use crate::oci::Digest;

/// Decides what must hold besides signatures.
pub trait Policy {
    /// Its name, and the digest of everything that it consists of.
    fn identity(&self) -> PolicyIdentity;

    /// What it needs besides the evidence.
    fn needs(&self) -> PolicyNeeds;

    /// Makes the checks of the policy. It must not pass if something that it needs is missing.
    ///
    /// An image for which it makes no check on base or attestations still needs an attestation: [`super::judge`] adds
    /// that check, unless the policy decides by the root's signature.
    fn decide(&self, evidence: &Evidence, needed: &PolicyInput<'_>) -> Vec<Check>;
}

/// The identity of the policy that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyIdentity {
    /// Its name in options, reports and summaries.
    pub name: String,
    /// Digest of its source, its configuration and its data.
    pub digest: Digest,
}

/// What a policy needs besides the evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyNeeds {
    /// Whether it needs the base proof. All attestations are then verified, whichever types are requested.
    pub base: bool,
    /// Which evidence it accepts.
    pub accepts: AcceptedEvidence,
    /// Whether it needs the signed statements, manifests, configurations and the index as they were fetched.
    pub documents: bool,
    /// Whether it reads findings of a scan.
    pub findings: bool,
}

/// The input of a policy besides the evidence.
#[derive(Clone, Copy, Debug, Default)]
pub struct PolicyInput<'a> {
    /// What the images are built on.
    pub base: Option<&'a BaseProof>,
    /// Findings of scans. Each counts only for the image that it names by digest.
    pub findings: &'a [Findings],
}

impl PolicyNeeds {
    /// What two policies need together. The evidence that is accepted is that of the first, which decides.
    #[must_use]
    pub fn and(self, added: Self) -> Self {
        Self {
            base: self.base || added.base,
            accepts: self.accepts,
            documents: self.documents || added.documents,
            findings: self.findings || added.findings,
        }
    }
}
