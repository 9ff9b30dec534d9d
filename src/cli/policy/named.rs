//! The values of `--policy`: the name of a policy, or a Rego file.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, Remedy, closest};
use crate::policy::BuiltIn;
use crate::policy::rego::{BUILT_IN, BuiltInPolicy, built_in};

/// What a value of `--policy` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum NamedPolicy {
    /// A policy that decides what an image must be.
    Deciding(BuiltIn),
    /// A built-in policy in Rego.
    Rego(&'static BuiltInPolicy),
    /// A Rego file, `env://VAR` or https URL.
    File(String),
}

/// The policies that decide what an image must be.
const DECIDING: [BuiltIn; 3] = [BuiltIn::Attested, BuiltIn::Signed, BuiltIn::DhiOrDhiBased];

impl NamedPolicy {
    /// Parses a value. A name comes before a file of that name. A file ends in `.rego`, has a `/`, or exists.
    ///
    /// # Errors
    ///
    /// `usage/arguments` if it is neither.
    pub(in crate::cli) fn parse(text: &str) -> Result<Self, Diagnostic> {
        if let Some(deciding) = DECIDING.into_iter().find(|policy| policy.as_str() == text) {
            return Ok(Self::Deciding(deciding));
        }
        if let Some(policy) = built_in(text) {
            return Ok(Self::Rego(policy));
        }
        if text.ends_with(".rego") || text.contains('/') || Path::new(text).is_file() {
            return Ok(Self::File(text.to_owned()));
        }
        let names =
            || DECIDING.iter().map(|policy| policy.as_str()).chain(BUILT_IN.iter().map(|policy| policy.name));
        let what = format!("`--policy {text}`: no policy has this name, and there is no such file");
        let diagnostic = Diagnostic::new(Code::USAGE_ARGUMENTS, what);
        let text = match closest(text, names()) {
            Some(name) => format!("write `--policy {name}`"),
            None => "`dhi policy list` lists the built-in policies".to_owned(),
        };
        Err(diagnostic.remedy(Remedy::ChangeCommandLine { text }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_files() {
        let parse = |text: &str| NamedPolicy::parse(text).unwrap();
        assert_eq!(parse("attested"), NamedPolicy::Deciding(BuiltIn::Attested));
        assert_eq!(parse("dhi-or-dhi-based"), NamedPolicy::Deciding(BuiltIn::DhiOrDhiBased));
        assert!(matches!(parse("non-root"), NamedPolicy::Rego(policy) if policy.name == "non-root"));
        for file in ["a.rego", "./non-root", "https://example.com/a", "env://POLICY", "Cargo.toml"] {
            assert_eq!(parse(file), NamedPolicy::File(file.to_owned()), "{file}");
        }
        let hint = |text: &str| NamedPolicy::parse(text).unwrap_err().remedies;
        let text = "write `--policy non-root`".to_owned();
        assert_eq!(hint("nonroot"), [Remedy::ChangeCommandLine { text }]);
        let text = "`dhi policy list` lists the built-in policies".to_owned();
        assert_eq!(hint("xyz"), [Remedy::ChangeCommandLine { text }]);
    }
}
