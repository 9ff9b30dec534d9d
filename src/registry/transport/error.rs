//! Errors of the HTTP transport. They do not name the requested object: the caller adds it.

use std::fmt;
use std::time::Duration;

use super::ConnectionFailure;
use crate::diagnostic::Causes;
use crate::limits::Exceeded;

/// A request without a usable response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TransportError {
    /// DNS, connection, TLS, timeout or a broken stream, on every attempt. `causes` are for the log. If `is_repeated`,
    /// the error is that of an earlier request, and this one was not sent.
    Unreachable { failure: ConnectionFailure, causes: Causes, attempts: u32, is_repeated: bool },
    /// A transient error status (429, 5xx), on every attempt.
    Busy { status: u16, answer: String, retry_after: Option<Duration>, attempts: u32 },
    /// A redirect that must not be followed.
    Redirect { status: u16, cause: String },
    /// HTTP 407 of the proxy for `host`.
    Proxy { host: String, logged_in: bool },
    /// The body has a content encoding that was not requested.
    Encoded { encoding: String },
    /// The body exceeds its limit.
    TooLong { bound: u64, found: u64 },
    /// The body does not have the expected length.
    Size { expected: u64, found: u64 },
    /// A part of a file that is not the part that was asked for.
    Part { asked: u64, range: String },
    /// The body cannot be kept.
    #[cfg_attr(not(feature = "builder"), allow(dead_code, reason = "the builder downloads files"))]
    Sink { cause: String },
    /// A limit on all requests together.
    Limit(Exceeded),
}

impl TransportError {
    /// The failure of a request that was sent.
    pub(super) fn unreachable(failure: ConnectionFailure, causes: Causes, attempts: u32) -> Self {
        Self::Unreachable { failure, causes, attempts, is_repeated: false }
    }

    /// The same failure, for a request that was not sent.
    pub(super) fn repeated(&self) -> Self {
        match self.clone() {
            Self::Unreachable { failure, causes, attempts, .. } => {
                Self::Unreachable { failure, causes, attempts, is_repeated: true }
            }
            other => other,
        }
    }

    /// Whether there was no connection to the host, whatever was requested.
    pub(super) fn is_of_host(&self) -> bool {
        matches!(self, Self::Unreachable { failure, .. } if failure.is_of_host())
    }

    /// Whether another attempt may succeed.
    pub(in crate::registry) fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { failure, is_repeated, .. } => {
                !is_repeated && !matches!(failure, ConnectionFailure::Settings { .. })
            }
            Self::Busy { .. } => true,
            _ => false,
        }
    }

    /// The wait that the server requests.
    pub(in crate::registry) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// The exceeded limit for a body of at least `found` bytes.
pub(in crate::registry) fn too_long(bound: u64, found: u64) -> Exceeded {
    Exceeded::new(format!("size of {found} bytes"), bound, "bytes")
}

/// One line.
impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { failure, attempts, .. } => {
                failure.fmt(f)?;
                write_attempts(f, *attempts)
            }
            Self::Busy { answer, attempts, .. } => {
                f.write_str(answer)?;
                write_attempts(f, *attempts)
            }
            Self::Redirect { cause, .. } => write!(f, "the answer is {cause}"),
            Self::Proxy { logged_in: false, .. } => f.write_str("the proxy demands a login"),
            Self::Proxy { logged_in: true, .. } => f.write_str("the proxy refuses the login"),
            Self::Encoded { encoding } => {
                write!(f, "the answer has the encoding `{encoding}`, which was not requested")
            }
            Self::Size { expected, found } => {
                write!(f, "the answer has {found} bytes instead of {expected}")
            }
            Self::Part { asked, range } => {
                write!(f, "the answer is the part `{range}` instead of the bytes from {asked}")
            }
            Self::Sink { cause } => write!(f, "it cannot be kept: {cause}"),
            Self::TooLong { bound, found } => too_long(*bound, *found).fmt(f),
            Self::Limit(exceeded) => exceeded.fmt(f),
        }
    }
}

fn write_attempts(f: &mut fmt::Formatter<'_>, attempts: u32) -> fmt::Result {
    if attempts > 1 { write!(f, " (tried {attempts} times)") } else { Ok(()) }
}
