//! The names of VEX repositories.

use std::fmt;

use super::error::RepositoryError;
use crate::trust_store::limits::VEX_NAME;

/// The name that means every repository, where repositories are chosen.
const ALL: &str = "all";

/// The name of a repository: parts of letters, digits, `.`, `_` and `-`, with slashes between them. No part begins with a
/// dot or a hyphen, so that a name is neither a path out of a directory nor an option.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepositoryName(String);

impl RepositoryName {
    /// Reads a name.
    ///
    /// # Errors
    ///
    /// [`RepositoryError::Name`]
    pub fn parse(text: &str) -> Result<Self, RepositoryError> {
        let wrong = |cause| Err(RepositoryError::Name { text: text.chars().take(VEX_NAME).collect(), cause });
        let is_part = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        match text {
            ALL => wrong("it means all repositories"),
            _ if text.len() > VEX_NAME => wrong("it is too long"),
            _ if text.split('/').all(is_part) => Ok(Self(text.to_owned())),
            _ => wrong("expected letters, digits, `.`, `_` and `-`, such as `acme/team`"),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_local_relative_paths() {
        for name in ["dhi", "acme/team", "_a.b-c", "VEX2"] {
            assert_eq!(RepositoryName::parse(name).unwrap().as_str(), name);
        }
        for name in
            ["", "all", "/a", "a/", "a//b", "..", "a/../b", ".a", "-a", "a b", "C:\\a", "é", &"a".repeat(129)]
        {
            assert!(matches!(RepositoryName::parse(name), Err(RepositoryError::Name { .. })), "{name}");
        }
    }
}
