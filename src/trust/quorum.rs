//! Counts signers against the threshold.
//!
//! Each signer counts once: several signatures by one key, or by certificates that match one rule, are one.

use std::collections::BTreeSet;

use super::{Error, Role, SignatureFacts, Trust};

/// Good signatures of one object by enough signers, in one role. Only [`Trust::quorum`] and [`Trust::count_enveloped`]
/// make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum {
    first: SignatureFacts,
    others: Vec<SignatureFacts>,
}

impl Quorum {
    /// The first signature.
    pub fn first(&self) -> &SignatureFacts {
        &self.first
    }

    /// All signatures, one of each signer.
    pub fn iter(&self) -> impl Iterator<Item = &SignatureFacts> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl Trust {
    /// Returns the quorum if `signatures`, all of one object, are by enough signers. Signers of images and attestors
    /// are counted separately.
    pub(super) fn count_signers(&self, signatures: &[&SignatureFacts]) -> Option<Quorum> {
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

    /// The error for an object with good signatures by too few signers.
    pub fn threshold_error(&self, signatures: &[&SignatureFacts]) -> Error {
        let mut by: Vec<String> = signatures.iter().map(|facts| facts.signer().to_string()).collect();
        by.sort();
        by.dedup();
        Error::Threshold { needed: self.threshold.get(), by }
    }
}
