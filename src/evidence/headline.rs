//! What a verdict says at the top: what the object is, as far as it is proven.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use super::base::{Answer, BaseProof};
use super::conclusion::Conclusion;
use super::reference::Evidence;
use crate::trust::{Quorum, Role, SignedName};

/// What is proven about the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Headline {
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
    /// Everything holds under other keys: their names and ids, and the signed names.
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
impl fmt::Display for Headline {
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

impl Headline {
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

    /// What `evidence` and `base` prove. `holds` is whether every check does.
    pub(super) fn of(evidence: &Evidence, base: Option<&BaseProof>, holds: bool) -> Self {
        let answering: Vec<&Quorum> = evidence
            .platforms
            .iter()
            .flat_map(|platform| platform.verified(evidence.root.digest))
            .map(|(_, attested)| attested.signatures())
            .filter(|signatures| signatures.first().role() == Role::Image)
            .collect();
        let names = |only_dhi: bool| -> Vec<SignedName> {
            let facts = answering.iter().flat_map(|signatures| signatures.iter());
            let counted = facts.filter(|facts| !only_dhi || facts.signer().is_dhi());
            let names: BTreeSet<SignedName> =
                counted.filter_map(|facts| facts.signed_name().cloned()).collect();
            names.into_iter().collect()
        };
        if !holds {
            // What is denied is not said at the top, nor when the "no" of a policy is excused later.
            return Self::NotProven(names(false));
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
        let by_docker = |signatures: &&Quorum| signatures.iter().any(|facts| facts.signer().is_dhi());
        match names(true).as_slice() {
            [name] if answering.iter().all(by_docker) => {
                if name.namespace() == "dhi" {
                    Self::HardenedImage(name.clone())
                } else {
                    Self::Customisation(name.clone())
                }
            }
            _ => {
                let facts = answering.iter().flat_map(|signatures| signatures.iter());
                let signers: BTreeSet<String> = facts.map(|facts| facts.signer().to_string()).collect();
                Self::Signed { signers: signers.into_iter().collect(), names: names(false) }
            }
        }
    }
}
