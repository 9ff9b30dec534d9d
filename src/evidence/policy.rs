//! What a policy is: named by what it consists of, it says what it needs and answers with checks. It sees the evidence
//! and not the verdict, so it adds checks and cannot remove one.

use super::answered_by::AnsweredBy;
use super::base::BaseProof;
use super::check::Check;
use super::reference::Evidence;
use crate::oci::Digest;

/// Decides what must hold beside signatures.
pub trait Policy {
    /// What it is called, and the digest of all that it consists of.
    fn identity(&self) -> PolicyIdentity;

    /// What it decides over beside the evidence.
    fn needs(&self) -> Needs;

    /// Its checks. Where something is not there that it needs, it must not pass. An image about whose base or attestations
    /// it says nothing needs an attestation: [`super::judge`] adds that check, unless the root's signature answers.
    fn decide(&self, evidence: &Evidence, needed: &Needed<'_>) -> Vec<Check>;
}

/// Which policy decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyIdentity {
    /// The name in flags, reports and summaries.
    pub name: String,
    /// Digest of its source, its configuration and its data.
    pub digest: Digest,
}

/// What a policy needs beside the evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// What the images are built on. This takes all attestations, whichever types are asked for.
    pub base: bool,
    /// What answers its question.
    pub answered_by: AnsweredBy,
}

/// What was had for a policy of what it needs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Needed<'a> {
    /// What the images are built on.
    pub base: Option<&'a BaseProof>,
}
