//! What a verdict says at the top: what the object is, as far as it is proven.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use super::answered_by::AnsweredBy;
use super::attested::{AttestationEvidence, Attested};
use super::base::{Answer, BaseProof};
use super::conclusion::Conclusion;
use super::reference::{Evidence, RootSigned};
use crate::attestation::VSA_TYPE;
use crate::trust::{Quorum, Role, SignedName};

/// What is proven about the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Everything that was judged holds under Docker's DHI key and an official name.
    HardenedImage(SignedName),
    /// Everything holds under Docker's DHI key, for a customisation of an organisation.
    Customisation(SignedName),
    /// Everything holds, and these hardened images are what it is built on.
    Built(Vec<String>),
    /// Not judged again: somebody whose word was taken verified it.
    Summarized {
        /// What was proven then, in a few words.
        proven: String,
        /// When.
        time: Timestamp,
    },
    /// Everything holds under other keys, or the signature of the root is what was asked for: the names and ids of the
    /// signers, and the signed names.
    Signed {
        /// `name (id)` of each key, `identity (issuer)` of each certificate.
        signers: Vec<String>,
        /// Names in the signed payloads.
        names: Vec<SignedName>,
    },
    /// Something does not hold. The names are those of the signatures that do.
    NotProven(Vec<SignedName>),
}

/// In a few words.
impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HardenedImage(name) => write!(f, "Docker Hardened Image, signed as {}", name.as_str()),
            Self::Customisation(name) => {
                write!(f, "customised Docker Hardened Image, signed as {}", name.as_str())
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
            Self::NotProven(signed) => write!(f, "not proven, signed as {}", listed(signed)),
        }
    }
}

fn listed(names: &[SignedName]) -> String {
    names.iter().map(SignedName::as_str).collect::<Vec<_>>().join(", ")
}

impl Claim {
    /// What is proven and, where that alone could mislead, the conclusion: an open question is not one that was denied,
    /// and what passes by an excuse is not proven.
    pub fn with(&self, conclusion: &Conclusion) -> String {
        match (self, conclusion) {
            (Self::NotProven(names), Conclusion::Unknown) if names.is_empty() => "unknown".to_owned(),
            (Self::NotProven(names), Conclusion::Unknown) => format!("unknown, signed as {}", listed(names)),
            (_, Conclusion::Excused(_)) => format!("{self}; {conclusion}"),
            _ => self.to_string(),
        }
    }

    /// What `evidence` and `base` prove under a policy that is answered by this. `holds` is whether every check does.
    pub(super) fn of(
        evidence: &Evidence,
        answered_by: AnsweredBy,
        base: Option<&BaseProof>,
        holds: bool,
    ) -> Self {
        let answering = answering(evidence, answered_by);
        if !holds {
            // What is denied is not said at the top, nor when the "no" of a policy is excused later.
            return Self::NotProven(names(&answering, false));
        }
        let bases = base.into_iter().flat_map(|base| &base.platforms);
        let built: BTreeSet<String> = bases
            .filter_map(|platform| match &platform.answer {
                Answer::DhiBased(base) => Some(base.to_string()),
                _ => None,
            })
            .collect();
        if !built.is_empty() {
            return Self::Built(built.into_iter().collect());
        }
        if answered_by != AnsweredBy::RootSignature
            && let Some(name) = hardened(evidence)
        {
            return if name.namespace() == "dhi" {
                Self::HardenedImage(name)
            } else {
                Self::Customisation(name)
            };
        }
        let facts = answering.iter().flat_map(|signatures| signatures.iter());
        let signers: BTreeSet<String> = facts.map(|facts| facts.signer().to_string()).collect();
        Self::Signed { signers: signers.into_iter().collect(), names: names(&answering, false) }
    }
}

/// The signatures that answer the question.
fn answering(evidence: &Evidence, answered_by: AnsweredBy) -> Vec<&Quorum> {
    let of_index = evidence.about_index.verified(evidence.root.digest);
    let of_index = of_index.filter(|(_, attested)| attested.statement().predicate_type != VSA_TYPE);
    match answered_by {
        AnsweredBy::Images => of_images(evidence).collect(),
        AnsweredBy::ImagesOrIndex => of_images(evidence).chain(by_image_keys(of_index)).collect(),
        AnsweredBy::RootSignature => match evidence.root_signed() {
            RootSigned::By(signatures) => vec![signatures],
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

/// The name under which Docker's key signed every attestation that answers, one of each image at least. What is about
/// the index neither makes an image hardened nor unmakes it.
fn hardened(evidence: &Evidence) -> Option<SignedName> {
    let root = evidence.root.digest;
    let by_docker = |signatures: &Quorum| signatures.iter().any(|facts| facts.signer().is_dhi());
    let each =
        evidence.platforms.iter().all(|platform| by_image_keys(platform.verified(root)).next().is_some());
    let own: Vec<&Quorum> = of_images(evidence).collect();
    match names(&own, true).as_slice() {
        [name] if each && own.iter().all(|signatures| by_docker(signatures)) => Some(name.clone()),
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
