//! Whether a log proof or an SCT is required. The caller chooses this before anything is fetched. `checkpoint.rs` and
//! the sigstore library check the proofs themselves.

use super::proof::LogOutcome;
use crate::trust::Error;

/// What the caller requires of the transparency log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogPolicy {
    /// A proof that is present must be good. None is required.
    VerifyIfPresent,
    /// A good proof is required.
    Require,
    /// Proofs are not checked, and reports state it.
    Skip,
}

impl LogPolicy {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VerifyIfPresent => "verify-if-present",
            Self::Require => "require",
            Self::Skip => "skip",
        }
    }

    /// The policy of this name; see [`Self::as_str`].
    pub fn from_text(text: &str) -> Option<Self> {
        [Self::VerifyIfPresent, Self::Require, Self::Skip].into_iter().find(|policy| policy.as_str() == text)
    }

    /// Whether this policy is at least as strict as `other`.
    pub fn is_at_least(self, other: Self) -> bool {
        let strictness = |policy| match policy {
            Self::Skip => 0,
            Self::VerifyIfPresent => 1,
            Self::Require => 2,
        };
        strictness(self) >= strictness(other)
    }
}

/// What the caller requires of the certificate transparency log (RFC 6962).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SctPolicy {
    /// Each certificate must have a signed certificate timestamp (SCT) by a log of the trusted root.
    Require,
    /// SCTs are not checked, and reports state it.
    Skip,
}

impl SctPolicy {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Require => "require",
            Self::Skip => "skip",
        }
    }
}

/// Applies the policy to a signature without log entries.
pub(in crate::trust) fn apply_to_absent(policy: LogPolicy) -> Result<LogOutcome, Error> {
    match policy {
        LogPolicy::VerifyIfPresent => Ok(LogOutcome::Absent),
        LogPolicy::Require => Err(Error::LogMissing { cause: "absent".to_owned() }),
        LogPolicy::Skip => Ok(LogOutcome::Skipped { present: false }),
    }
}

/// Applies the policy to what a log entry proves.
pub(in crate::trust) fn apply(found: LogOutcome, policy: LogPolicy) -> Result<LogOutcome, Error> {
    match (found, policy) {
        (LogOutcome::Unknown { cause }, LogPolicy::Require) => Err(Error::LogMissing { cause }),
        (found, _) => Ok(found),
    }
}
