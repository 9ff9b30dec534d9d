//! Exit codes of the process, by severity.

/// Process exit codes (`docs/errors.md`). The order is that of severity, the most severe last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Exit {
    /// Everything that was requested holds.
    Pass,
    /// A policy or another gate failed.
    Fail,
    /// Wrong usage or unreadable input.
    Usage,
    /// Something does not exist: image, platform, attestation or signature.
    Missing,
    /// Not available: network, timeout, rate limit, registry error.
    Unavailable,
    /// Not allowed: login missing or refused.
    Denied,
    /// A limit was reached, so the outcome is unknown.
    Limit,
    /// A proof is bad.
    BadProof,
    /// A bug of this program.
    Bug,
}

impl Exit {
    /// Whether the outcome is unknown: neither a pass nor a failure.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Unavailable | Self::Denied | Self::Limit)
    }

    /// The process exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Fail => 1,
            Self::Usage => 2,
            Self::Missing => 3,
            Self::Limit | Self::BadProof => 4,
            Self::Denied => 5,
            Self::Unavailable => 6,
            Self::Bug => 70,
        }
    }
}
