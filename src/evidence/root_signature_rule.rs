//! The rule for the signature of the root, if the policy decides by it: which signed names are accepted and which
//! annotations are required.

use std::collections::BTreeMap;

use super::signed_name_rule::NameRule;
use crate::trust::{Error, Role, SignatureFacts};

/// The rule for a signature of the root that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootSignatureRule {
    /// Which signed names are accepted.
    pub names: NameRule,
    /// Key and value of the annotations that the signature must have.
    pub annotations: BTreeMap<String, String>,
}

impl RootSignatureRule {
    /// Checks whether a signature with these facts counts.
    ///
    /// # Errors
    ///
    /// * [`Error::OnlyAttestor`] if it is by an attestor key
    /// * [`Error::SignedName`] if its name is not accepted
    /// * [`Error::Annotation`] if it lacks a required annotation
    pub fn check(&self, facts: &SignatureFacts) -> Result<(), Error> {
        if facts.role() != Role::Image {
            let signer = facts.signer().to_string();
            return Err(Error::OnlyAttestor { signer, trusted: Vec::new() });
        }
        self.names.check(facts)?;
        let missing = self.annotations.iter().find(|(key, value)| facts.annotation(key) != Some(value));
        match missing {
            None => Ok(()),
            Some((key, expected)) => Err(Error::Annotation {
                key: key.clone(),
                expected: expected.clone(),
                found: facts.annotation(key).map(str::to_owned),
            }),
        }
    }
}
