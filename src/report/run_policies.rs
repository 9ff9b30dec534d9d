//! The policies of a run, as reports name them.

use crate::evidence::PolicyIdentity;
use crate::oci::quote_untrusted;
use crate::policy::BuiltIn;
use crate::report::style::printable;

/// What is said of recorded facts everywhere.
pub(crate) const RECORDED: &str = "recorded, not verified";

/// How many policies are named one by one in a sentence.
const NAMED: usize = 3;

/// The policies of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunPolicies {
    deciding: Option<BuiltIn>,
    added: Vec<PolicyIdentity>,
    text: String,
}

impl RunPolicies {
    /// The policy that decides, and those that are added to it.
    pub fn new(deciding: BuiltIn, added: Vec<PolicyIdentity>) -> Self {
        let names: Vec<String> = added.iter().map(shown).collect();
        let text = match names.as_slice() {
            [] => deciding.as_str().to_owned(),
            [others @ .., last] if names.len() < NAMED => {
                let first: Vec<&str> =
                    std::iter::once(deciding.as_str()).chain(others.iter().map(String::as_str)).collect();
                format!("{} and {last}", first.join(", "))
            }
            _ => format!("{} and {} more policies", deciding.as_str(), names.len()),
        };
        Self { deciding: Some(deciding), added, text }
    }

    /// Policies that are evaluated on recorded facts. Nothing is verified, so none decides what an image is.
    pub fn recorded(added: Vec<PolicyIdentity>) -> Self {
        let names: Vec<String> = added.iter().map(shown).collect();
        let text = match names.as_slice() {
            [others @ .., last] if !others.is_empty() && names.len() <= NAMED => {
                format!("{} and {last}", others.join(", "))
            }
            [only] => only.clone(),
            several => format!("{} policies", several.len()),
        };
        Self { deciding: None, added, text: format!("{text} ({RECORDED})") }
    }

    /// In sentences, only the added policies that are evaluated for an image of the run.
    #[must_use]
    pub fn evaluated(self, is_evaluated: impl Fn(&str) -> bool) -> Self {
        let added = self.added.iter().filter(|policy| is_evaluated(&policy.name)).cloned().collect();
        let named = match self.deciding {
            Some(deciding) => Self::new(deciding, added),
            None => Self::recorded(added),
        };
        Self { text: named.text, ..self }
    }

    /// The name of the policy that decides.
    pub fn deciding_name(&self) -> &'static str {
        self.deciding.map_or(RECORDED, BuiltIn::as_str)
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

/// The name of an added policy in a sentence. Characters that act or are not shown are escaped.
fn shown(added: &PolicyIdentity) -> String {
    quote_untrusted(&printable(&added.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Digest;

    #[test]
    fn few_policies_are_named_and_many_are_counted() {
        let identities = |names: &[&str]| {
            let identity = |name: &&str| PolicyIdentity {
                name: (*name).to_owned(),
                digest: Digest::of(name.as_bytes()),
            };
            names.iter().map(identity).collect::<Vec<_>>()
        };
        let text = |names: &[&str]| RunPolicies::new(BuiltIn::Signed, identities(names)).as_str().to_owned();
        assert_eq!(text(&[]), "signed");
        assert_eq!(text(&["a"]), "signed and a");
        assert_eq!(text(&["a", "b"]), "signed, a and b");
        assert_eq!(text(&["a", "b", "c"]), "signed and 3 more policies");
        let recorded = |names: &[&str]| RunPolicies::recorded(identities(names)).as_str().to_owned();
        assert_eq!(recorded(&["a"]), "a (recorded, not verified)");
        assert_eq!(recorded(&["a", "b"]), "a and b (recorded, not verified)");
        assert_eq!(recorded(&["a", "b", "c", "d"]), "4 policies (recorded, not verified)");
        // What is evaluated for no image is not counted.
        let some = RunPolicies::new(BuiltIn::Signed, identities(&["a", "b", "c", "d"]))
            .evaluated(|name| name != "b");
        assert_eq!((some.as_str(), some.added().len()), ("signed and 3 more policies", 4));
        let some = RunPolicies::recorded(identities(&["a", "b", "c", "d"])).evaluated(|name| name == "b");
        assert_eq!(some.as_str(), "b (recorded, not verified)");
        // What a policy calls itself is no part of the sentence.
        assert_eq!(text(&["a and b"]), "signed and `a and b`");
        assert_eq!(text(&["a\u{202e}b"]), "signed and a\\u{202e}b");
        assert_eq!(recorded(&["a\u{200b}"]), "a\\u{200b} (recorded, not verified)");
    }
}
