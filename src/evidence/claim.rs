//! The first line of a verdict: what the object is, as far as it is proven.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use super::accepted_evidence::AcceptedEvidence;
use super::attested::{AttestationEvidence, Attested};
use super::base::{BaseAnswer, BaseProof};
use super::conclusion::Conclusion;
use super::reference::{Evidence, RootSignatureStatus};
use crate::attestation::VSA_TYPE;
use crate::trust::{Quorum, Role, SignedName};

/// What is proven about the object.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim {
    /// Everything that was judged verifies with Docker's DHI key, under an official name. A claim depends on the rules
    /// that always hold and on the policy that decides; what added policies deny is still proven.
    HardenedImage(SignedName),
    /// Everything verifies with Docker's DHI key, as a customization of an organization.
    Customization(SignedName),
    /// Everything holds, and the object is built on these hardened images.
    Built(Vec<String>),
    /// Not judged again: an accepted verification summary gives the result.
    Summarized {
        /// What was proven then, in a few words.
        proven: String,
        /// When.
        time: Timestamp,
    },
    /// Everything holds under other keys, or the signature of the root satisfies the policy: the names and IDs of the
    /// signers, and the signed names.
    Signed {
        /// `name (id)` of each key, `identity (issuer)` of each certificate.
        signers: Vec<String>,
        /// Names in the signed payloads.
        names: Vec<SignedName>,
    },
    /// Something does not hold. The names are those of the signatures that verify.
    NotProven(Vec<SignedName>),
}

/// In a few words.
impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HardenedImage(name) => write!(f, "Docker Hardened Image, signed as {}", name.as_str()),
            Self::Customization(name) => {
                write!(f, "customized Docker Hardened Image, signed as {}", name.as_str())
            }
            Self::Built(on) => write!(f, "built on {}", on.join(", ")),
            Self::Summarized { proven, time } => write!(f, "{proven}, as verified at {time:.0}"),
            Self::Signed { signers, names: signed } if signed.is_empty() => {
                write!(f, "signed by {}", signers.join(", "))
            }
            Self::Signed { signers, names: signed } => {
                write!(f, "signed by {} as {}", signers.join(", "), listed(signed))
            }
            Self::NotProven(signed) if signed.is_empty() => f.write_str("not proven"),
            Self::NotProven(signed) => write!(f, "not proven; signed as {}", listed(signed)),
        }
    }
}

fn listed(names: &[SignedName]) -> String {
    names.iter().map(SignedName::as_str).collect::<Vec<_>>().join(", ")
}

impl Claim {
    /// The claim, with the conclusion if the claim alone could mislead: an open result is not a denied one, and what
    /// passes only by an exception is not proven.
    pub fn with(&self, conclusion: &Conclusion) -> String {
        match (self, conclusion) {
            (Self::NotProven(names), Conclusion::Unknown) if names.is_empty() => "unknown".to_owned(),
            (Self::NotProven(names), Conclusion::Unknown) => format!("unknown; signed as {}", listed(names)),
            (_, Conclusion::Excused(_)) => format!("{self}; {conclusion}"),
            _ => self.to_string(),
        }
    }

    /// What `evidence` and `base` prove under a policy that accepts this evidence. `holds` is whether every check
    /// holds, but for those of added policies.
    pub(super) fn of(
        evidence: &Evidence,
        accepted: AcceptedEvidence,
        base: Option<&BaseProof>,
        holds: bool,
    ) -> Self {
        let accepted_signatures = accepted_signatures(evidence, accepted);
        if !holds {
            // The claim never states what a policy denies, even if the denial is excused later.
            return Self::NotProven(names(&accepted_signatures, false));
        }
        let bases = base.into_iter().flat_map(|base| &base.platforms);
        let built: BTreeSet<String> = bases
            .filter_map(|platform| match &platform.answer {
                BaseAnswer::DhiBased(base) => Some(format!("{base:#}")),
                _ => None,
            })
            .collect();
        if !built.is_empty() {
            return Self::Built(built.into_iter().collect());
        }
        if accepted != AcceptedEvidence::RootSignature
            && let Some(name) = hardened(evidence)
        {
            return if name.namespace() == "dhi" {
                Self::HardenedImage(name)
            } else {
                Self::Customization(name)
            };
        }
        let facts = accepted_signatures.iter().flat_map(|signatures| signatures.iter());
        let signers: BTreeSet<String> = facts.map(|facts| facts.signer().to_string()).collect();
        Self::Signed { signers: signers.into_iter().collect(), names: names(&accepted_signatures, false) }
    }
}

/// The signatures that the policy accepts.
fn accepted_signatures(evidence: &Evidence, accepted: AcceptedEvidence) -> Vec<&Quorum> {
    let of_index = evidence.about_index.verified(evidence.root.digest);
    let of_index = of_index.filter(|(_, attested)| attested.statement().predicate_type != VSA_TYPE);
    match accepted {
        AcceptedEvidence::Images => of_images(evidence).collect(),
        AcceptedEvidence::ImagesOrIndex => of_images(evidence).chain(by_image_keys(of_index)).collect(),
        AcceptedEvidence::RootSignature => match evidence.root_signature_status() {
            RootSignatureStatus::SignedBy(signatures) => vec![signatures],
            _ => Vec::new(),
        },
    }
}

fn of_images(evidence: &Evidence) -> impl Iterator<Item = &Quorum> {
    let root = evidence.root.digest;
    evidence.platforms.iter().flat_map(move |platform| by_image_keys(platform.verified(root)))
}

fn by_image_keys<'a>(
    verified: impl Iterator<Item = (&'a AttestationEvidence, &'a Attested)>,
) -> impl Iterator<Item = &'a Quorum> {
    let signatures = verified.map(|(_, attested)| attested.signatures());
    signatures.filter(|signatures| signatures.first().role() == Role::Image)
}

/// The name under which Docker's key signed every attestation that counts, if each image has one. Attestations about
/// the index do not matter here.
fn hardened(evidence: &Evidence) -> Option<SignedName> {
    let root = evidence.root.digest;
    let by_docker = |signatures: &Quorum| signatures.iter().any(|facts| facts.signer().is_dhi());
    let each =
        evidence.platforms.iter().all(|platform| by_image_keys(platform.verified(root)).next().is_some());
    let signatures: Vec<&Quorum> = of_images(evidence).collect();
    match names(&signatures, true).as_slice() {
        [name] if each && signatures.iter().all(|signatures| by_docker(signatures)) => Some(name.clone()),
        _ => None,
    }
}

/// The names of signatures, or of those by Docker's key alone.
fn names(signatures: &[&Quorum], only_dhi: bool) -> Vec<SignedName> {
    let facts = signatures.iter().flat_map(|signatures| signatures.iter());
    let counted = facts.filter(|facts| !only_dhi || facts.signer().is_dhi());
    let names: BTreeSet<SignedName> = counted.filter_map(|facts| facts.signed_name().cloned()).collect();
    names.into_iter().collect()
}
