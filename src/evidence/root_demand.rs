//! What is demanded of the signature of the root where it is what answers: that it was made for this name, and that it
//! says certain things.

use std::collections::BTreeMap;

use super::naming::NameRule;
use crate::trust::{Error, Role, SignatureFacts};

/// What a signature of the root must say to answer the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootDemand {
    /// Which signed names count.
    pub names: NameRule,
    /// Key and value of the annotations that the signature must have.
    pub annotations: BTreeMap<String, String>,
}

impl RootDemand {
    /// Whether a signature with these facts answers.
    pub fn check(&self, facts: &SignatureFacts) -> Result<(), Error> {
        if facts.role() != Role::Image {
            let signer = facts.signer().to_string();
            return Err(Error::OnlyAttestor { signer, trusted: Vec::new() });
        }
        self.names.check(facts)?;
        let lacking = self.annotations.iter().find(|(key, value)| facts.annotation(key) != Some(value));
        match lacking {
            None => Ok(()),
            Some((key, expected)) => Err(Error::Annotation {
                key: key.clone(),
                expected: expected.clone(),
                found: facts.annotation(key).map(str::to_owned),
            }),
        }
    }
}
