//! Why there is no answer. The transport does not know what was asked for; who asked says it.

use std::fmt;
use std::time::Duration;

use crate::diagnostic::Causes;
use crate::limits::Exceeded;

/// What kept an answer from coming, as far as it decides what can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionFailure {
    /// No connection could be made.
    NotConnected,
    /// The system does not let this process connect.
    Denied,
    /// The certificate of the server is of an authority that is not known here.
    UnknownCa,
    /// The server demands a client certificate.
    ClientCertificateRequired,
    /// The connection ended before it could be used, as it does where a server that demands a client certificate says
    /// so too late.
    ClosedEarly,
    /// Anything else.
    Other,
}

/// A request without an answer that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TransportError {
    /// Name, connection, TLS, timeout or a broken stream, to the end of all attempts.
    Unreachable { obstacle: ConnectionFailure, causes: Causes, attempts: u32 },
    /// The server wants to be asked later, to the end of all attempts.
    Busy { status: u16, answer: String, retry_after: Option<Duration>, attempts: u32 },
    /// A redirect that must not be followed.
    Redirect { status: u16, cause: String },
    /// HTTP 407 of the proxy before `host`.
    Proxy { host: String, logged_in: bool },
    /// The settings of TLS cannot be used.
    Settings { obstacle: ConnectionFailure, causes: Causes },
    /// The body is encoded, which was not contacted for.
    Encoded { encoding: String },
    /// The body is longer than it may be.
    TooLong { bound: u64, found: u64 },
    /// The body has another length than it must have.
    Size { expected: u64, found: u64 },
    /// A bound of all requests together.
    Limit(Exceeded),
}

impl TransportError {
    /// Whether another attempt may help.
    pub(in crate::registry) fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Busy { .. })
    }

    /// The wait that the server asks for.
    pub(in crate::registry) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// A body of `found` bytes, or more.
pub(in crate::registry) fn too_long(bound: u64, found: u64) -> Exceeded {
    Exceeded::new(format!("size of {found} bytes"), bound, "bytes")
}

/// In one line, the innermost cause alone.
impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { causes, attempts, .. } => {
                f.write_str(causes.innermost())?;
                write_attempts(f, *attempts)
            }
            Self::Busy { answer, attempts, .. } => {
                f.write_str(answer)?;
                write_attempts(f, *attempts)
            }
            Self::Redirect { cause, .. } => write!(f, "the answer is {cause}"),
            Self::Proxy { logged_in: false, .. } => f.write_str("the proxy demands a login"),
            Self::Proxy { logged_in: true, .. } => f.write_str("the proxy refuses the login"),
            Self::Settings { causes, .. } => f.write_str(causes.innermost()),
            Self::Encoded { encoding } => {
                write!(f, "the answer is encoded as `{encoding}`, which was not contacted for")
            }
            Self::Size { expected, found } => {
                write!(f, "the answer has {found} bytes in place of {expected}")
            }
            Self::TooLong { bound, found } => too_long(*bound, *found).fmt(f),
            Self::Limit(exceeded) => exceeded.fmt(f),
        }
    }
}

fn write_attempts(f: &mut fmt::Formatter<'_>, attempts: u32) -> fmt::Result {
    if attempts > 1 { write!(f, " (tried {attempts} times)") } else { Ok(()) }
}
