//! Rules that accept certificate identities.
//!
//! A certificate counts only if a rule gives both its identity and its issuer. A rule without an issuer does not compile:
//!
//! ```
//! use dhi::trust::{IdentityRule, Matcher};
//! let rule = IdentityRule::new(Matcher::exact("dev@example.com"), Matcher::exact("https://accounts.example.com"));
//! ```
//!
//! ```compile_fail,E0061
//! use dhi::trust::{IdentityRule, Matcher};
//! let rule = IdentityRule::new(Matcher::exact("dev@example.com"));
//! ```

use std::fmt;

use regex::{Regex, RegexBuilder};

use super::Error;
use super::certificate::{Certificate, WorkflowClaim};
use super::limits::PATTERN;

/// Accepts certificates that have this identity, confirmed by this issuer, and these claims.
#[derive(Clone, Debug)]
pub struct IdentityRule {
    identity: Matcher,
    issuer: Matcher,
    claims: Vec<(WorkflowClaim, String)>,
}

/// How a string in a certificate is compared.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Matcher {
    /// It equals this text.
    Exact(String),
    /// The whole string matches this regular expression.
    Pattern {
        /// As given.
        text: String,
        /// Anchored at both ends.
        regex: Regex,
    },
}

impl Matcher {
    /// Matches `text` alone.
    pub fn exact(text: impl Into<String>) -> Self {
        Self::Exact(text.into())
    }

    /// Matches a string if `pattern` matches all of it.
    ///
    /// # Errors
    ///
    /// [`Error::Pattern`] if it is not a regular expression, or too large.
    pub fn pattern(pattern: &str) -> Result<Self, Error> {
        let wrong = |cause: String| Error::Pattern { pattern: pattern.to_owned(), cause };
        // Otherwise a pattern such as `a)|(b` would escape the group that anchors it.
        Regex::new(pattern).map_err(|error| wrong(pattern_cause(&error)))?;
        let regex = RegexBuilder::new(&format!(r"\A(?:{pattern})\z"))
            .size_limit(PATTERN)
            .dfa_size_limit(PATTERN)
            .build()
            .map_err(|error| wrong(pattern_cause(&error)))?;
        Ok(Self::Pattern { text: pattern.to_owned(), regex })
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == text,
            Self::Pattern { regex, .. } => regex.is_match(text),
        }
    }
}

/// What is wrong with a regular expression, in one line. The library draws the position in further lines.
fn pattern_cause(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(exact) => f.write_str(exact),
            Self::Pattern { text, .. } => write!(f, "/{text}/"),
        }
    }
}

impl IdentityRule {
    /// A rule for `identity` (an email address or a URI) as confirmed by `issuer` (the URL of an OIDC issuer).
    pub fn new(identity: Matcher, issuer: Matcher) -> Self {
        Self { identity, issuer, claims: Vec::new() }
    }

    /// Requires that the certificate has `claim` with exactly this value.
    #[must_use]
    pub fn with_claim(mut self, claim: WorkflowClaim, value: impl Into<String>) -> Self {
        self.claims.push((claim, value.into()));
        self
    }

    /// How the identity is compared.
    pub fn identity(&self) -> &Matcher {
        &self.identity
    }

    /// How the issuer is compared.
    pub fn issuer(&self) -> &Matcher {
        &self.issuer
    }

    /// The required claims.
    pub fn claims(&self) -> &[(WorkflowClaim, String)] {
        &self.claims
    }

    pub(super) fn matches(&self, certificate: &Certificate) -> bool {
        self.identity.matches(certificate.identity())
            && self.issuer.matches(certificate.issuer())
            && self.claims.iter().all(|(claim, value)| certificate.claim(*claim) == Some(value))
    }
}

impl fmt::Display for IdentityRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {}", self.identity, self.issuer)?;
        for (claim, value) in &self.claims {
            write!(f, ", {} {value}", claim.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_must_match_the_whole_text() {
        let matches = |pattern: &str, text: &str| Matcher::pattern(pattern).unwrap().matches(text);
        assert!(matches("https://github.com/acme/.*", "https://github.com/acme/x"));
        assert!(!matches("github.com/acme/", "https://github.com/acme/x"));
        assert!(!matches("https://github.com/acme", "https://github.com/acme-evil/x"));
        assert!(!matches("a|b", "ab"));
        assert!(!matches("a|b", "xb"));
        assert!(!matches("(?m)^a$", "x\na"));
        assert!(!matches("a", "a\n"));
        assert!(!matches("(?i)a", "ab"));
    }

    #[test]
    fn patterns_that_escape_or_are_too_large_are_refused() {
        for pattern in ["a)|(b", "(", "(?x)a #", r"(\w{1000}){1000}"] {
            let Err(Error::Pattern { cause, .. }) = Matcher::pattern(pattern) else { panic!("{pattern}") };
            assert!(!cause.is_empty() && !cause.contains('\n'), "{cause}");
        }
    }
}
