//! What a proof is worth is said by the caller alone, before anything is fetched.

use super::proof::Found;
use crate::trust::Error;

/// What the caller demands of the transparency log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogPolicy {
    /// A proof that is there must be good; none is needed.
    VerifyIfPresent,
    /// A good proof is needed.
    Require,
    /// Proofs are not looked at, and the report says so.
    Skip,
}

impl LogPolicy {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VerifyIfPresent => "verify-if-present",
            Self::Require => "require",
            Self::Skip => "skip",
        }
    }

    /// The policy that [`Self::as_str`] calls so.
    pub fn from_text(text: &str) -> Option<Self> {
        [Self::VerifyIfPresent, Self::Require, Self::Skip].into_iter().find(|policy| policy.as_str() == text)
    }

    /// Whether whatever holds under this policy holds under `other`.
    pub fn is_at_least(self, other: Self) -> bool {
        let strictness = |policy| match policy {
            Self::Skip => 0,
            Self::VerifyIfPresent => 1,
            Self::Require => 2,
        };
        strictness(self) >= strictness(other)
    }
}

/// What the caller demands of the log of certificates (certificate transparency, RFC 6962).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SctPolicy {
    /// Each certificate carries a timestamp of a log of the trusted root.
    Require,
    /// It is not looked at, and the report says so.
    Skip,
}

impl SctPolicy {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Require => "require",
            Self::Skip => "skip",
        }
    }
}

/// The policy's answer where there is no entry.
pub(in crate::trust) fn judge_absent(policy: LogPolicy) -> Result<Found, Error> {
    match policy {
        LogPolicy::VerifyIfPresent => Ok(Found::Absent),
        LogPolicy::Require => Err(Error::LogMissing { cause: "absent".to_owned() }),
        LogPolicy::Skip => Ok(Found::Skipped { present: false }),
    }
}

/// The policy's answer to a proof.
pub(in crate::trust) fn required(found: Found, policy: LogPolicy) -> Result<Found, Error> {
    match (found, policy) {
        (Found::Unknown { cause }, LogPolicy::Require) => Err(Error::LogMissing { cause }),
        (found, _) => Ok(found),
    }
}
