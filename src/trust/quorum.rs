//! As many authorities as were demanded have signed, each counted once: a second signature by one key, or by
//! two certificates that meet one rule, adds nothing.

use std::collections::BTreeSet;

use super::{Error, Role, SignatureFacts, Trust};

/// Good signatures of one object by enough authorities, in one role. Only [`Trust::quorum`] and [`Trust::attested`]
/// make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum {
    first: SignatureFacts,
    others: Vec<SignatureFacts>,
}

impl Quorum {
    /// The signature that was found first.
    pub fn first(&self) -> &SignatureFacts {
        &self.first
    }

    /// All signatures, one of each authority.
    pub fn iter(&self) -> impl Iterator<Item = &SignatureFacts> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl Trust {
    /// Whether `signatures`, all of one object, are by enough authorities. Those that answer the question are
    /// counted apart from those of attestors; `None` where neither are enough yet.
    pub(super) fn count(&self, signatures: &[&SignatureFacts]) -> Option<Quorum> {
        [Role::Image, Role::Attestor].into_iter().find_map(|role| {
            let mut seen = BTreeSet::new();
            let mut counted = signatures
                .iter()
                .filter(|facts| facts.role() == role && seen.insert(facts.signer().id()))
                .map(|facts| (*facts).clone());
            let first = counted.next()?;
            let others: Vec<_> = counted.collect();
            (1 + others.len() >= self.threshold.get()).then_some(Quorum { first, others })
        })
    }

    /// The error for an object with good signatures by too few authorities.
    pub fn too_few(&self, signatures: &[&SignatureFacts]) -> Error {
        let mut by: Vec<String> = signatures.iter().map(|facts| facts.signer().to_string()).collect();
        by.sort();
        by.dedup();
        Error::Threshold { needed: self.threshold.get(), by }
    }
}
