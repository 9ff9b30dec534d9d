//! The policies of a run, as reports name them.

use crate::evidence::PolicyIdentity;
use crate::oci::quote_untrusted;
use crate::policy::BuiltIn;

/// How many policies are named one by one in a sentence.
const NAMED: usize = 3;

/// The policies of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunPolicies {
    deciding: BuiltIn,
    added: Vec<PolicyIdentity>,
    text: String,
}

impl RunPolicies {
    /// The policy that decides, and those that are added to it.
    pub fn new(deciding: BuiltIn, added: Vec<PolicyIdentity>) -> Self {
        let names: Vec<String> = added.iter().map(|added| quote_untrusted(&added.name)).collect();
        let text = match names.as_slice() {
            [] => deciding.as_str().to_owned(),
            [others @ .., last] if names.len() < NAMED => {
                let first: Vec<&str> =
                    std::iter::once(deciding.as_str()).chain(others.iter().map(String::as_str)).collect();
                format!("{} and {last}", first.join(", "))
            }
            _ => format!("{} and {} more policies", deciding.as_str(), names.len()),
        };
        Self { deciding, added, text }
    }

    /// The policy that decides.
    pub fn deciding(&self) -> BuiltIn {
        self.deciding
    }

    /// The added policies, in the order in which they were given.
    pub fn added(&self) -> &[PolicyIdentity] {
        &self.added
    }

    /// The names, for sentences.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Digest;

    #[test]
    fn few_policies_are_named_and_many_are_counted() {
        let text = |names: &[&str]| {
            let added = names
                .iter()
                .map(|name| PolicyIdentity { name: (*name).to_owned(), digest: Digest::of(name.as_bytes()) });
            RunPolicies::new(BuiltIn::Signed, added.collect()).as_str().to_owned()
        };
        assert_eq!(text(&[]), "signed");
        assert_eq!(text(&["a"]), "signed and a");
        assert_eq!(text(&["a", "b"]), "signed, a and b");
        assert_eq!(text(&["a", "b", "c"]), "signed and 3 more policies");
        assert!(!text(&["a\u{202e}\n"]).contains(['\n', '\u{202e}']));
    }
}
