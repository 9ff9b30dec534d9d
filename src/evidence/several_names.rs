//! The check that Docker's key signed all attestations of one reference under one name.

use std::collections::BTreeMap;

use super::accepted_evidence::AcceptedEvidence;
use super::attestations::INDEX;
use super::attested::Attested;
use super::reference::Evidence;
use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};
use crate::trust::{SignatureFacts, SignedName};

/// The failure that attestations of one reference are signed with Docker's key under several names: each name, and
/// the platforms whose attestations have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeveralNames(BTreeMap<SignedName, Vec<String>>);

impl SeveralNames {
    /// Checks the attestations that Docker's key verifies, over all platforms; those about the index only if the
    /// policy accepts them.
    pub(super) fn of(evidence: &Evidence, accepted: AcceptedEvidence) -> Option<Self> {
        let mut names: BTreeMap<SignedName, Vec<String>> = BTreeMap::new();
        let mut add = |attested: &Attested, label: String| {
            let by_docker = attested.signatures().iter().filter(|facts| facts.signer().is_dhi());
            for name in by_docker.filter_map(SignatureFacts::signed_name) {
                names.entry(name.clone()).or_default().push(label.clone());
            }
        };
        let root = evidence.root.digest;
        for platform in &evidence.platforms {
            platform.verified(root).for_each(|(_, attested)| add(attested, platform.label()));
        }
        if accepted == AcceptedEvidence::ImagesOrIndex {
            let of_index = evidence.about_index.verified(root);
            of_index.for_each(|(_, attested)| add(attested, INDEX.to_owned()));
        }
        names.values_mut().for_each(Vec::dedup);
        (names.len() > 1).then_some(Self(names))
    }
}

impl ToDiagnostic for SeveralNames {
    fn to_diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::new(
            Code::TRUST_SIGNED_NAME,
            "attestations of one reference are signed under several names",
        );
        self.0.iter().fold(diagnostic, |diagnostic, (name, platforms)| {
            diagnostic.fact(name.as_str(), platforms.join(", "))
        })
    }
}
